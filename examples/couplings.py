"""The classical network twice: with its couplings matrix, and as n = 2 without one. Same course, flip by flip."""

import hebbfast as hb

patterns = hb.random_patterns(60, 1000, rng=0)
cues = hb.corrupt(patterns, flip=0.15, rng=1)
network = hb.HopfieldNetwork.train(patterns)
memory = hb.DenseAssociativeMemory(patterns, hb.Polynomial(2))
a, b = network.recall(cues, rng=2), memory.recall(cues, rng=2)
assert (a.states == b.states).all()
assert (a.flips == b.flips).all()
print(f"{(a.states == patterns).all(axis=1).mean():.0%} recalled exactly by both; {network}, {memory}")

hot = memory.recall(cues[0], temperature=200.0, max_sweeps=20, rng=3, record="overlaps")
print("overlap with the pattern while hot:", (hot.trace["overlaps"][::5, 0] / 1000).round(2))
