"""Digits completed from their upper halves, and digits dreamt, by a restricted Boltzmann machine.

Usage: python examples/boltzmann.py [PICTURE.png]   (needs scikit-learn and matplotlib; boltzmann.png)

The machine learns from 1500 digits of scikit-learn, of 8 x 8 pixels of ±1, with the defaults of `fit`. Columns: a digit
it has not seen; the half that is known; the mean of each pixel beside that half; the sign of the mean; under the name
the share of wrong pixels in the lower half. The last column are states of the machine itself.
"""

import sys
import time

import numpy as np

import hebbfast as hb
from hebbfast.experiments.shipped import shipped_digits
from hebbfast.plots import gallery

HIDDEN, ROWS = 128, 12

digits = shipped_digits()
order = np.random.default_rng(0).permutation(len(digits))
known_digits, others = digits[order[:1500]], digits[order[1500:]]
upper = np.arange(64) < 32

start = time.perf_counter()
machine = hb.BoltzmannMachine(64, HIDDEN, rng=0).fit(known_digits, validation=others)
seconds = time.perf_counter() - start
z = machine.log_partition(rng=1)
found = machine.complete(others, known=upper, rng=2)
wrong = (found.states != others)[:, ~upper].mean(axis=1)
print(f"{machine!r}: {seconds:.1f} s")
for epoch, train, test in zip(machine.history.epochs, machine.history.train, machine.history.validation, strict=True):
    print(f"{epoch:5} epochs: ln p {train:.2f}, of others {test:.2f}")
print(f"ln Z {z.value:.2f} ± {z.error:.2f}")
print(f"ln p {machine.score_samples(known_digits).mean():.2f}, of others {machine.score_samples(others).mean():.2f}")
print(f"lower halves: {wrong.mean():.3f} of the pixels wrong")

dreams = machine.sample(ROWS, sweeps=2000, rng=3)
shown = others[:ROWS]
columns = [
    ("digit", shown),
    ("known", np.where(upper, shown, 0)),
    ("mean", found.mean[:ROWS]),
    ("sign", found.states[:ROWS]),
    ("dreamt", dreams),
]
names = [f"{share:.0%} wrong" for share in wrong[:ROWS]]
with open(sys.argv[1] if len(sys.argv) > 1 else "boltzmann.png", "wb") as file:
    pictures = [(title, np.asarray(rows, dtype=float).reshape(-1, 8, 8)) for title, rows in columns]
    gallery(file, names, pictures, {}, title=f"{HIDDEN} hidden units: lower halves of digits not seen before")
