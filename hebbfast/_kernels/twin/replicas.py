"""The NumPy twin of the loops over replicas: the names and arguments of `hebbfast._kernels`.

Sources
-------
Hukushima and Nemoto (1996), J. Phys. Soc. Jpn. 65, 1604: exchanges of replicas.
Okabe, Kawashima, Okamoto and Mikami (2001), Chem. Phys. Lett. 335, 435: even and odd pairs in turn.
"""

import itertools

import numpy as np
from numpy.typing import NDArray

from hebbfast._kernels.twin.exp import exp
from hebbfast._kernels.twin.streams import Stream

__all__ = ["agreements", "swap"]


def swap(
    energies: NDArray[np.float64],
    ladder: NDArray[np.float64],
    parity: int,
    stream: NDArray[np.int64],
    who: NDArray[np.int64],
    temperatures: NDArray[np.float64],
    accepted: NDArray[np.int64] | None,
    trips: NDArray[np.int64] | None,
    heading: NDArray[np.int8] | None,
) -> None:
    """Replicas at β and β' < β swap iff u < exp((β - β')(E - E')); then each has the temperature where it is."""
    draws = Stream(int(stream[0]), int(stream[1]))
    for copy in who:
        for t in range(parity, len(ladder) - 1, 2):
            gain = (1.0 / ladder[t] - 1.0 / ladder[t + 1]) * (energies[copy[t]] - energies[copy[t + 1]])
            chance = np.empty(1)
            exp(np.array([min(gain, 0.0)]), chance)
            if draws.uniform() < chance[0]:
                copy[[t, t + 1]] = copy[[t + 1, t]]
                if accepted is not None:
                    accepted[t] += 1
        if trips is not None and heading is not None and len(ladder) > 1:
            trips[copy[0]] += heading[copy[0]] == -1
            heading[copy[0]] = 1
            heading[copy[-1]] = {1: -1}.get(int(heading[copy[-1]]), heading[copy[-1]])
    stream[0] = draws.z
    temperatures[who] = ladder


def agreements(states: NDArray[np.uint64], units: int, who: NDArray[np.int64], out: NDArray[np.int64]) -> None:
    """Units in which two copies at one temperature agree."""
    for row, (one, other) in zip(out, itertools.combinations(who, 2), strict=True):
        row[...] = units - np.bitwise_count(states[one] ^ states[other]).sum(axis=1, dtype=np.int64)
