"""What recalls went through, in five pictures

Ten digits with 10 % of their pixels flipped: which come back, by way of which energies and overlaps, from how far, and
which digit a recall takes for which. Digits are alike, so degree 2 mixes them up and degree 20 does not.

Usage: python examples/journeys.py   (needs scikit-learn and matplotlib; journeys-1.png to journeys-5.png)
"""

import numpy as np
from sklearn.datasets import load_digits

import hebbfast as hb
from hebbfast import experiments, plots

grey, _ = load_digits(return_X_y=True)
digits = np.where(grey[:10] > 7, 1, -1).astype(np.int8)  # 0 to 9
names = [f"digit {j}" for j in range(10)]
cues = hb.corrupt(digits, flip=0.1, rng=0)
low, high = (hb.DenseAssociativeMemory(digits, hb.Polynomial(n, normalized=True)) for n in (2, 20))
runs = {f"degree {m.interaction.degree}": m.recall(cues, rng=1, record=("energy", "overlaps")) for m in (low, high)}

with open("journeys-1.png", "wb") as file:
    columns = {"cue": cues, **{name: run.states for name, run in runs.items()}, "stored": digits}
    five = {name: states[:5] for name, states in columns.items()}
    plots.states(file, five, (8, 8), names=names[:5], against="stored", title="Orange: overlap with the digit")
with open("journeys-2.png", "wb") as file:
    plots.energy_descent(file, runs["degree 2"], title="Degree 2: downhill, sweep by sweep")
with open("journeys-3.png", "wb") as file:
    plots.overlap_trajectories(file, runs["degree 20"], title="Degree 20: overlap with the digit that was meant")

found = experiments.basins(high, digits, np.arange(0, 34, 3) / 64, rng=2)
with open("journeys-4.png", "wb") as file:
    plots.basins(file, found)
for name, size in zip(names, found.sizes(), strict=True):
    print(f"{name}: half of the cues return while less than {size:.0%} of the pixels are flipped")

meant = np.repeat(np.arange(10), 50)
ends = high.recall(hb.corrupt(digits[meant], flip=0.25, rng=3), rng=4).states
kinds = hb.classify_states(ends, digits)
with open("journeys-5.png", "wb") as file:
    plots.confusion(file, meant, kinds, names=names, title="50 cues a digit, 25 % flipped")
print(f"where 500 cues with 25 % flipped pixels end: {kinds.counts()}")
