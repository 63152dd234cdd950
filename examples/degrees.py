"""How much more a higher degree holds: the same 2,000 patterns of 128 units, n = 2 to 5."""

import hebbfast as hb

patterns = hb.random_patterns(2000, 128, rng=0)
cues = hb.corrupt(patterns, flips=6, rng=1)
for degree in (2, 3, 4, 5):
    result = hb.DenseAssociativeMemory(patterns, hb.Polynomial(degree)).recall(cues, rng=2)
    exact = (result.states == patterns).all(axis=1).mean()
    print(f"n = {degree}: {exact:.1%} recalled exactly, {result.sweeps.mean():.1f} sweeps")
