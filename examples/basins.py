"""Which learning holds the widest basins?

Variants of the rules on the same patterns at load 0.5.

Usage: python examples/basins.py [UNITS [NETWORKS [LOAD]]]   (100 units, 2 networks, load 0.5; docs/learning.md has 20)

Printed: stability, mean of the margins ξ_i h_i / |J_i|; held, mean final overlap from the patterns themselves; basin,
share of flipped units from which synchronous recall still ends with a mean overlap of 0.95; and that basin over the one
of plain redundancy learning.
"""

import sys

import matplotlib.pyplot as plt
import numpy as np

import hebbfast as hb
from hebbfast import learning

units, networks = (int(sys.argv[j]) if len(sys.argv) > j else default for j, default in ((1, 100), (2, 2)))
load = float(sys.argv[3]) if len(sys.argv) > 3 else 0.5
margins: dict[str, list[float]] = {}


def redundancy(epochs=400, **options):
    """Redundancy learning with options."""
    return lambda p, rng: learning.redundancy(p, epochs=epochs, rng=rng, **options)


def logistic(epochs=400, **options):
    """Logistic learning with options."""
    return lambda p, rng: learning.logistic(p, epochs=epochs, rng=rng, **options)


VARIANTS = {
    "redundancy": redundancy(5000),
    "redundancy, no early stop": redundancy(2000, early_stop=False),
    "goal I(E;Y)": redundancy(5000, goal=(1, 0, 1, 0, 0)),
    "goal (-.27, -.68, .68, -.77, -.8)": redundancy(5000, goal=(-0.27, -0.68, 0.68, -0.77, -0.8)),
    "external 6": redundancy(5000, external=6.0),
    "external 6 falling to 0": redundancy(2000, external=np.linspace(6, 0, 2000), early_stop=False),
    "external 0 rising to 6": redundancy(2000, external=np.linspace(0, 6, 2000), early_stop=False),
    "redundancy, 100 copies, 5 % noise": redundancy(100, flip=0.05, copies=100, early_stop=False),
    "redundancy, 100 copies, 15 % noise": redundancy(100, flip=0.15, copies=100, early_stop=False),
    "redundancy, norm 3": redundancy(norm=3.0),
    "logistic": logistic(5000),
    "logistic, 100 copies, 5 % noise": logistic(100, flip=0.05, copies=100, early_stop=False),
    "logistic, 100 copies, 15 % noise": logistic(100, flip=0.15, copies=100, early_stop=False),
    **{f"logistic, norm {norm:g}": logistic(norm=norm) for norm in (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0)},
    "perceptron, margin 0": lambda p, rng: learning.perceptron(p),
    "perceptron, margin 0.6": lambda p, rng: learning.perceptron(p, kappa=0.6, epochs=1000),
    "symmetric perceptron, margin 0.6": lambda p, rng: learning.perceptron(p, kappa=0.6, symmetric=True, epochs=1000),
    "maximal stability": lambda p, rng: learning.maximal_stability(p),
    "pseudo-inverse": lambda p, rng: learning.projection(p),
}


def measured(name, variant):
    """The variant as a rule of `learned_capacity`, which notes its margins."""

    def rule(patterns, _epochs, rng, _threads):
        learned = variant(patterns, rng)
        margins.setdefault(name, []).append(float(learned.margins.mean()))
        return learned

    return rule


rules = {name: measured(name, variant) for name, variant in VARIANTS.items()}
found = hb.experiments.learned_capacity(units, [load], rules=rules, networks=networks, rng=0)
basins = found.basins[:, 0].mean(axis=1)
print(f"D = {units}, load {load}, {networks} networks")
print(f"{'':36}{'stability':>10}{'held':>7}{'basin':>8}{'ratio':>7}")
for name, held, basin in zip(found.rules, found.overlaps[0, :, 0].mean(axis=1), basins, strict=True):
    print(f"{name:36}{np.mean(margins[name]):10.3f}{held:7.3f}{basin:8.4f}{basin / max(basins[0], 1e-9):7.2f}")

order = np.argsort(basins)
plt.figure(figsize=(7, 6), layout="constrained")
plt.barh([found.rules[j] for j in order], basins[order])
plt.xlabel("basin, share of flipped units")
plt.show()
