"""A spin glass freezes: energies and overlaps of replicas against Parisi's solution, and ground states (needs SciPy).

Gaussian couplings obey e = -(1 - <q²>) / 2T at any size once replicas are in equilibrium; the last column shows it.
"""

import numpy as np

import hebbfast as hb

D, samples, ladder = 64, 12, [0.4, 0.5, 0.62, 0.78, 0.97, 1.2, 1.5]

runs = [
    hb.parallel_tempering(
        hb.spin_glass.sherrington_kirkpatrick(D, rng=j),
        temperatures=ladder, sweeps=8000, burn_in=1000, swap_every=4, rng=j,
    )
    for j in range(samples)
]  # fmt: skip
energy = np.mean([run.mean["energy"] for run in runs], axis=0) / D
squared = np.mean([run.mean["overlap_squared"] for run in runs], axis=0)
print(f"D = {D}, {samples} samples\n   T       e   Parisi    <q²>  Parisi   -2 T e / (1 - <q²>)")
for T, e, q2 in zip(ladder, energy, squared, strict=True):
    limit, ratio = hb.theory.parisi(T), -2 * T * e / (1 - q2)
    print(f"{T:4.2f} {e:7.3f} {limit.energy:8.3f} {q2:7.3f} {limit.overlap_second_moment:7.3f} {ratio:9.3f}")

found = hb.experiments.ground_states([16, 32, 64, 128], [400, 200, 100, 30], couplings="signs")
for size in found.sizes:
    print(
        f"D = {size.units:3}: ground states {size.mean.value:.4f} ({size.mean.low:.4f} to {size.mean.high:.4f}) a unit"
    )
end = found.line.intercept
print(f"a line in D^(-2/3) ends at {end.value:.3f} ({end.low:.3f} to {end.high:.3f}); Parisi: -0.763")
