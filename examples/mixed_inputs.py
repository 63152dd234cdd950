"""An input that is several patterns at once

Each unit of an input copies one of three patterns, with shares .40, .35 and .25. Weights that are its overlaps, a row
of them for each input, make the patterns that it holds deeper (the couplings W(u) of Betteti et al. 2025, for units of
±1). At temperature zero most states get stuck between the three; a little noise takes them to the strongest.

The cubic memory needs no weights for that: its state makes its own, and it still recalls where patterns are many.
"""

import matplotlib.pyplot as plt
import numpy as np

import hebbfast as hb

D, shares, temperatures = 1000, [0.4, 0.35, 0.25], [0.0, 0.05, 0.1, 0.15, 0.2]
rng = np.random.default_rng(0)
found = {name: np.zeros(len(temperatures)) for name in ("classical", "by the input", "rectified cubic")}
nearest, networks = 0.0, 25
for _ in range(networks):
    patterns = hb.random_patterns(50, D, rng=rng)
    inputs = patterns[rng.choice(3, size=(4, D), p=shares), np.arange(D)]
    classical = hb.DenseAssociativeMemory(patterns, hb.Polynomial(2, normalized=True))
    cubic = hb.DenseAssociativeMemory(patterns, hb.RectifiedPolynomial(3, normalized=True))
    weights = np.maximum(classical.overlaps(inputs), 0)  # D times the saliencies, so temperatures are D times theirs
    nearest += (weights.argmax(axis=1) == 0).mean() / networks
    for j, T in enumerate(temperatures):
        ends = {
            "classical": classical.recall(inputs, temperature=T, max_sweeps=100, rng=rng),
            "by the input": classical.recall(inputs, weights=weights, temperature=T * D, max_sweeps=100, rng=rng),
            "rectified cubic": cubic.recall(inputs, temperature=T, max_sweeps=100, rng=rng),
        }
        for name, end in ends.items():
            found[name][j] += (classical.overlaps(end.states)[:, 0] > 0.8 * D).mean() / networks

print("share that ends in the strongest pattern, at T =", *temperatures)
for name, row in found.items():
    print(f"{name:>16}:", *(f"{share:.2f}" for share in row))
    plt.plot(temperatures, row, "o-", label=name)
print(f"  the nearest one: {nearest:.2f}")

patterns = hb.random_patterns(8000, 400, rng=rng)
cues = hb.corrupt(patterns[:40], flip=0.2, rng=rng)
memory = hb.DenseAssociativeMemory(patterns)
by_input = memory.recall(cues, weights=np.maximum(memory.overlaps(cues), 0), rng=rng).states
cubic = hb.DenseAssociativeMemory(patterns, hb.RectifiedPolynomial(3)).recall(cues, rng=rng).states
shares = [(states == patterns[:40]).all(axis=1).mean() for states in (by_input, cubic)]
print(
    "8,000 patterns of 400 units, 20 % flipped, found exactly:",
    *(f"{share:.2f}" for share in shares),
    "(by the input, cubic)",
)

plt.axhline(nearest, color="grey", linestyle=":", label="the nearest one")
plt.xlabel("temperature")
plt.ylabel("share that ends in the strongest pattern")
plt.ylim(0, 1)
plt.legend(loc="center right")
plt.show()
