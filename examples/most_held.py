"""How many patterns are fixed points at most?

Learning rules on the same patterns, by the measure of ``learned_capacity``.

Usage: python examples/most_held.py [UNITS [NETWORKS [LOAD,LOAD,... [RULE ...]]]]   (30 units, 2 networks, all rules)

Printed: held, the load at which the mean overlap from the patterns themselves falls below 0.95, and these overlaps.
"""

import math
import sys

import matplotlib.pyplot as plt

import hebbfast as hb
from hebbfast import learning


def redundancy(**options):
    """Redundancy learning with options."""
    return lambda p, epochs, rng, threads: learning.redundancy(p, epochs=epochs, rng=rng, threads=threads, **options)


def perceptron(epochs):
    """Perceptron learning with a limit of its own."""
    return lambda p, _epochs, _rng, threads: learning.perceptron(p, epochs=epochs, threads=threads)


RULES = {
    "redundancy": redundancy(),
    "redundancy, external 4": redundancy(external=4.0),
    "goal I(E;Y)": redundancy(goal=(1, 0, 1, 0, 0)),
    "goal (.48, -.16, .25, .04, -.63)": redundancy(goal=(0.48, -0.16, 0.25, 0.04, -0.63)),
    "logistic": lambda p, epochs, rng, threads: learning.logistic(p, epochs=epochs, rng=rng, threads=threads),
    "perceptron, 5,000 epochs": perceptron(5_000),
    "perceptron, 100,000 epochs": perceptron(100_000),
}
units, networks, loads, *names = [*sys.argv[1:], *("30", "2", "1.2,1.5,1.8")[len(sys.argv) - 1 :]]
found = hb.experiments.learned_capacity(
    int(units),
    [float(load) for load in loads.split(",")],
    rules={name: RULES[name] for name in names or RULES},
    networks=int(networks),
    flips=(),
    basins=False,
    rng=0,
)
print(f"D = {units}, {networks} networks a load, at most {found.epochs:,} epochs unless the rule has its own limit")
print(f"{'':34}{'held':>14}" + "".join(f"{load:>7g}" for load in found.loads))
for name, overlaps in zip(found.rules, found.overlaps[0].mean(axis=2), strict=True):
    capacity, error = found.capacity(name), found.capacity_error(name)
    held = f"< {found.loads[0]:g}" if math.isnan(capacity) else f"{capacity:.3f} ± {error:.3f}"
    print(f"{name:34}{held:>14}" + "".join(f"{overlap:7.3f}" for overlap in overlaps))
    plt.plot(found.loads, overlaps, "o-", label=name)
plt.axhline(0.95, color="grey", linestyle=":")
plt.xlabel("load K / D")
plt.ylabel("mean overlap from the patterns themselves")
plt.legend(fontsize="small")
plt.show()
