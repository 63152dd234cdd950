"""The classical network twice

With its couplings matrix, and as n = 2 without one: the same course, flip by flip. Above temperature zero the overlap
with the pattern settles below one; the unit of temperature is that of the energy, here D = 1,000 is of order one.
"""

import matplotlib.pyplot as plt

import hebbfast as hb

patterns = hb.random_patterns(60, 1000, rng=0)
cues = hb.corrupt(patterns, flip=0.15, rng=1)
network = hb.HopfieldNetwork.train(patterns)
memory = hb.DenseAssociativeMemory(patterns, hb.Polynomial(2))
a, b = network.recall(cues, rng=2), memory.recall(cues, rng=2)
assert (a.states == b.states).all()
assert (a.flips == b.flips).all()
print(f"{(a.states == patterns).all(axis=1).mean():.0%} recalled exactly by both; {network}, {memory}")

for temperature in (200.0, 500.0, 800.0, 1200.0):
    hot = memory.recall(cues[0], temperature=temperature, max_sweeps=40, rng=3, record="overlaps")
    plt.plot(hot.trace["overlaps"][:, 0] / 1000, label=f"T = {temperature:g}")
plt.xlabel("sweep")
plt.ylabel("overlap with the pattern, m / D")
plt.legend()
plt.show()
