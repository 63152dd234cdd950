"""How many patterns fit, by theory and by simulation

The load at which half of the patterns are fixed points, against the number of units: closed forms at finite D, and
networks drawn at random (needs SciPy).
"""

import matplotlib.pyplot as plt

import hebbfast as hb
from hebbfast import experiments

sizes = [32, 64, 128]
for colour, degree in zip(("C0", "C1"), (2, 3), strict=True):
    found = experiments.capacity(hb.Polynomial(degree), sizes, criterion="unit", seed=1)
    held = [size.capacity.value for size in found.sizes]
    theory = [size.theory for size in found.sizes]
    for units, patterns, expected in zip(sizes, held, theory, strict=True):
        print(f"n = {degree}, D = {units}: {patterns:.1f} patterns, theory {expected:.1f}")
    plt.loglog(sizes, theory, color=colour, label=f"theory, n = {degree}")
    plt.loglog(sizes, held, "o", color=colour, label="simulation")
plt.xlabel("units D")
plt.ylabel("patterns K")
plt.legend()
plt.show()
