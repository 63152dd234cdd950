"""An interaction of one's own

Anything with ``weights(units, patterns)`` and ``__call__`` is an interaction. This one counts patterns near the state
for much and others for little. How far from a pattern is it still recalled, beside n = 2 and 3?
"""

import matplotlib.pyplot as plt
import numpy as np

import hebbfast as hb


class Softplus:
    """F(x) = w ln(1 + exp((x - center) / w)): patterns farther than `center` count for little."""

    def __init__(self, center, width):
        self.center, self.width = center, width

    def __call__(self, overlap):
        """F of overlaps."""
        return self.width * np.logaddexp(0, (np.asarray(overlap, dtype=np.float64) - self.center) / self.width)

    def weights(self, units, patterns):
        """G(S) = F(S + 1) - F(S - 1)."""
        s = np.arange(1 - units, units, 2)  # overlaps of the other units
        return self(s + 1) - self(s - 1)


patterns = hb.random_patterns(400, 256, rng=0)
for name, interaction in {"n = 2": hb.Polynomial(2), "n = 3": hb.Polynomial(3), "own": Softplus(64, 8)}.items():
    memory = hb.DenseAssociativeMemory(patterns, interaction)
    found = []
    flips = (0.0, 0.1, 0.2, 0.3, 0.35, 0.4)
    for flip in flips:
        states = memory.recall(hb.corrupt(patterns, flip=flip, rng=1), rng=2).states
        found.append((states == patterns).all(axis=1).mean())
    print(f"{name}: recalled from 0, 10, 20, 30, 35, 40 % flipped units:", *(f"{share:.2f}" for share in found))
    plt.plot(flips, found, "o-", label=name)
plt.xlabel("share of flipped units")
plt.ylabel("share recalled exactly")
plt.legend()
plt.show()
