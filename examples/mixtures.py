"""States that nobody stored

The majority of three patterns overlaps with each of them by a half, and is a fixed point of its own. Let it lean a
little to one of the three: a higher degree finds that pattern much sooner.
"""

import matplotlib.pyplot as plt
import numpy as np

import hebbfast as hb

patterns = hb.random_patterns(15, 1001, rng=0)
triples = [(i, j, k) for i in range(15) for j in range(i) for k in range(j)]
mixtures = np.array([np.sign(patterns[list(triple)].sum(axis=0)) for triple in triples], dtype=np.int8)
first = patterns[[triple[0] for triple in triples]]
leans = np.arange(0, 0.5, 0.05)
for degree in (2, 3, 4):
    memory = hb.DenseAssociativeMemory(patterns, hb.Polynomial(degree))
    found = []
    for lean in leans:
        taken = np.random.default_rng(1).random(first.shape) < lean
        states = memory.recall(np.where(taken, first, mixtures), rng=2).states
        found.append((states == first).all(axis=1).mean())
    print(f"n = {degree}: found from a lean of 0, 5, 10, ... %:", *(f"{share:.2f}" for share in found))
    plt.plot(leans, found, "o-", label=f"n = {degree}")
plt.xlabel("share of units taken from one of the three patterns")
plt.ylabel("share of mixtures that end in it")
plt.legend()
plt.show()
