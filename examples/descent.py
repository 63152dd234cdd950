"""Downhill, sweep by sweep

Asynchronous updates never raise the energy. Cues near a pattern fall to its energy in two or three sweeps; random
states fall slower, and many end higher, in states that nobody stored.
"""

import matplotlib.pyplot as plt

import hebbfast as hb

patterns = hb.random_patterns(40, 600, rng=0)
memory = hb.DenseAssociativeMemory(patterns, hb.Polynomial(2))
starts = {
    "cues, 25 % flipped": hb.corrupt(patterns[:20], flip=0.25, rng=1),
    "random": hb.random_patterns(20, 600, rng=2),
}
for colour, (name, states) in zip(("C0", "C1"), starts.items(), strict=True):
    result = memory.recall(states, rng=3, record="energy")
    lines = plt.plot(result.trace["energy"] / 600, color=colour, alpha=0.6)
    lines[0].set_label(name)
    print(f"{name}: {result.sweeps.mean():.1f} sweeps, energy per unit {result.energy.mean() / 600:.1f}")
plt.xlabel("sweep")
plt.ylabel("energy per unit")
plt.xlim(0, 12)
plt.legend()
plt.show()
