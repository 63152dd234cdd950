"""A store of 100,000 units that no matrix could hold, packed from the start."""

import hebbfast as hb

store = hb.PackedPatterns.random(2000, 100_000, rng=0)
cue = hb.corrupt(store[17:18], flip=0.2, rng=1)
memory = hb.DenseAssociativeMemory(store, hb.Polynomial(3))
result = memory.recall(cue, rng=2)
print(
    f"{store}; overlap with the pattern: {store[17:18].overlaps(result.states)[0, 0]} after {result.sweeps[0]} sweeps"
)
