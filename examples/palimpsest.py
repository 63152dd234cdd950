"""Forgetting the oldest

Hebb's sum breaks down when too many patterns are added. Bounded couplings forget the oldest instead, and always hold
the newest; so do couplings that decay. 300 patterns were learned by 200 units, one after another.
"""

import matplotlib.pyplot as plt
import numpy as np

import hebbfast as hb
from hebbfast import learning

ages = np.arange(60)
rules = {
    "Hebb": lambda patterns: hb.HopfieldNetwork.train(patterns),
    "bound 5": lambda patterns: hb.HopfieldNetwork(learning.palimpsest(patterns, bound=5).couplings),
    "decay 0.06": lambda patterns: hb.HopfieldNetwork(learning.palimpsest(patterns, decay=0.06).couplings),
}
for name, rule in rules.items():
    overlaps = np.zeros((20, len(ages)))
    for trial, overlap in enumerate(overlaps):
        patterns = hb.random_patterns(300, 200, rng=trial)
        newest = patterns[::-1][: len(ages)]
        states = rule(patterns).recall(newest, rng=1).states
        overlap[:] = (states * newest).mean(axis=1)
    print(f"{name}: the newest five have a mean overlap of {overlaps[:, :5].mean():.2f}")
    plt.plot(ages, overlaps.mean(axis=0), label=name)
plt.xlabel("age: patterns learned since")
plt.ylabel("overlap after recall from the pattern itself")
plt.legend()
plt.show()
