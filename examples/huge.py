"""A store of 100,000 units that no matrix could hold

Packed from the start: 2,000 patterns take 25 MB, where the couplings of 100,000 units would take 40 GB in float32. The
cue has a fifth of its units flipped, and yet it stands far out among the overlaps with all patterns.
"""

import matplotlib.pyplot as plt

import hebbfast as hb

store = hb.PackedPatterns.random(2000, 100_000, rng=0)
cue = hb.corrupt(store[17:18], flip=0.2, rng=1)
memory = hb.DenseAssociativeMemory(store, hb.Polynomial(3))
result = memory.recall(cue, rng=2)
print(
    f"{store}; overlap with the pattern: {store[17:18].overlaps(result.states)[0, 0]} after {result.sweeps[0]} sweeps"
)
plt.hist(store.overlaps(cue)[0] / 100_000, bins=200, log=True)
plt.xlabel("overlap of the cue with a pattern, m / D")
plt.ylabel("patterns")
plt.show()
