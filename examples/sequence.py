"""A sequence, and where it breaks

Each pattern calls up its successor. With n = 2 the sequence of 150 patterns is lost at once; with n = 3 it runs, from a
damaged beginning, to its end.
"""

import matplotlib.pyplot as plt
import numpy as np

import hebbfast as hb

patterns = hb.random_patterns(150, 300, rng=0)
cue = hb.corrupt(patterns[0], flip=0.15, rng=1)
figure, axes = plt.subplots(1, 2, figsize=(8, 3.2), sharey=True, layout="constrained")
for degree, place in zip((2, 3), axes, strict=True):
    replay = hb.SequenceMemory(patterns, hb.Polynomial(degree)).replay(cue, steps=149)
    right = np.mean(replay.best == np.arange(150))
    print(f"n = {degree}: right at {right:.0%} of the steps, last overlap {replay.overlap[-1] / 300:.2f}")
    place.scatter(np.arange(150), replay.best, c=replay.overlap / 300, s=8, vmin=0, vmax=1)
    place.set(title=f"n = {degree}", xlabel="step")
axes[0].set_ylabel("nearest pattern")
figure.colorbar(axes[1].collections[0], ax=axes, label="overlap, m / D")
plt.show()
