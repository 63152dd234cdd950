"""Digits completed from their upper halves, and digits dreamt, by a restricted Boltzmann machine.

Usage: python examples/boltzmann.py [PICTURE.png]   (needs scikit-learn and matplotlib; boltzmann.png)

Machines learn from 1500 digits of scikit-learn, of 8 x 8 pixels of ±1, and are asked about 297 others. Columns of the
picture: a digit not seen before; the half that is known; the mean of each pixel beside that half; the sign of the mean;
under the name the share of wrong pixels in the lower half. The last column are states of the machine itself.
"""

import sys
import time

import numpy as np
from sklearn.neural_network import BernoulliRBM

import hebbfast as hb
from hebbfast.experiments.shipped import shipped_digits
from hebbfast.plots import gallery

HIDDEN, ROWS = 128, 12

digits = shipped_digits()
order = np.random.default_rng(0).permutation(len(digits))
known_digits, others = digits[order[:1500]], digits[order[1500:]]
upper = np.arange(64) < 32


def of_bernoulli(found):
    """The machine of units ±1 that a BernoulliRBM of 0 and 1 is: x = (1 + s) / 2."""
    weights = found.components_.T / 4
    visible, hidden = weights.shape
    couplings = np.block([[np.zeros((visible, visible)), weights], [weights.T, np.zeros((hidden, hidden))]])
    bias = np.concatenate([found.intercept_visible_, found.intercept_hidden_]) / 2 + couplings.sum(axis=1)
    return hb.BoltzmannMachine.of(couplings, bias, visible=visible)


def bernoulli():
    """scikit-learn's machine, as many epochs as it takes."""
    options = {"learning_rate": 0.05, "n_iter": 200, "batch_size": 100, "random_state": 0}
    return of_bernoulli(BernoulliRBM(16, **options).fit(known_digits > 0))


def independent():
    """Means alone, no couplings."""
    means = np.clip(known_digits.mean(axis=0), -0.999, 0.999)
    return hb.BoltzmannMachine.of(np.zeros((64, 64)), np.arctanh(means))


models = {
    "independent pixels": independent,
    "BernoulliRBM, 16 hidden": bernoulli,
    "visible only": lambda: hb.BoltzmannMachine(64, rng=0).fit(known_digits, epochs=500, looks=0),
    f"{HIDDEN} hidden": lambda: hb.BoltzmannMachine(64, HIDDEN, rng=0).fit(known_digits, validation=others),
}
print(f"{'':24} seconds   ln p of others (of its own)   wrong pixels of lower halves")
for name, learn in models.items():
    start = time.perf_counter()
    machine = learn()
    seconds = time.perf_counter() - start
    machine.log_partition(rng=1)
    found = machine.complete(others, known=upper, rng=2)
    wrong = (found.states != others)[:, ~upper].mean(axis=1)
    test, train = (machine.score_samples(rows).mean() for rows in (others, known_digits))
    print(f"{name:24} {seconds:7.1f}   {test:14.2f} ({train:.2f}) {wrong.mean():28.3f}")
print(machine.history)

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
