"""A memory melts

Chains start in a pattern and move at temperature T. Theory for D → ∞ says at which temperature retrieval ends, and that
it ends by a jump (needs SciPy).
"""

import matplotlib.pyplot as plt
import numpy as np

import hebbfast as hb

UNITS = 2000
temperatures = np.arange(0.1, 1.15, 0.1)
for colour, load in zip(("C0", "C1"), (0.02, 0.05), strict=True):
    patterns = hb.random_patterns(round(UNITS * load), UNITS, rng=0)
    memory = hb.DenseAssociativeMemory(patterns, hb.Polynomial(2, normalized=True))
    starts = np.tile(patterns[0], (len(temperatures), 1))
    run = {"sweeps": 400, "burn_in": 200, "thin": 4, "observables": "overlaps"}
    overlap = memory.sample(starts, temperature=temperatures, rng=1, **run).mean["overlaps"][:, 0] / UNITS
    theory = [hb.theory.mean_field.solve(load, t).overlap for t in temperatures]
    print(f"load {load}: at T = 0.4 overlap {overlap[3]:.3f}, theory {theory[3]:.3f}")
    plt.plot(temperatures, theory, color=colour, label=f"theory, load {load}")
    plt.plot(temperatures, overlap, "o", color=colour, label=f"{UNITS} units")
plt.xlabel("temperature")
plt.ylabel("overlap with the pattern, m / D")
plt.legend()
plt.show()
