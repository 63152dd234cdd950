"""How much more a higher degree holds

The same patterns of 128 units in memories with F(x) = xⁿ/n, n = 2 to 5; six units of each cue are flipped. Patterns
are recalled to the last unit until the load is too high, and a higher degree carries a higher load: K ∝ D^(n-1).
"""

import matplotlib.pyplot as plt

import hebbfast as hb

patterns = hb.random_patterns(2000, 128, rng=0)
cues = hb.corrupt(patterns, flips=6, rng=1)
sizes = [5, 10, 20, 50, 100, 200, 500, 1000, 2000]
for degree in (2, 3, 4, 5):
    shares = []
    for size in sizes:
        memory = hb.DenseAssociativeMemory(patterns[:size], hb.Polynomial(degree))
        shares.append((memory.recall(cues[:size], rng=2).states == patterns[:size]).all(axis=1).mean())
    print(f"n = {degree}: {shares[-1]:.1%} of 2,000 recalled exactly")
    plt.semilogx(sizes, shares, "o-", label=f"n = {degree}")
plt.xlabel("patterns K")
plt.ylabel("share recalled exactly")
plt.legend()
plt.show()
