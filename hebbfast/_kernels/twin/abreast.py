"""The NumPy twin of chains abreast: the names and arguments of `hebbfast._kernels`, from the rules of a single chain.

Sources
-------
Glauber (1963), J. Math. Phys. 4, 294: P(σ_i = +1) = 1 / (1 + exp(-2 h_i / T)).
Metropolis et al. (1953), J. Chem. Phys. 21, 1087: a flip that costs 2 σ_i h_i is made with probability
exp(-2 σ_i h_i / T).
Isakov, Zintchenko, Rønnow and Troyer (2015), Computer Physics Communications 192, 265: multi-spin coding.
"""

from typing import Any

import numpy as np

from hebbfast._kernels.twin.exp import exp_of
from hebbfast._kernels.twin.streams import Stream

__all__ = [
    "ABREAST",
    "MOST_AROUND",
    "MULTISPIN",
    "NEIGHBOURS",
    "Kinds",
    "Neighbours",
    "abreast_bytes",
    "run_abreast",
    "sum_abreast",
]

ABREAST = 64
MULTISPIN = 512
MOST_AROUND = 31
NEIGHBOURS = 8


class Neighbours:
    """Sparse symmetric couplings; a field is unit (step a + base) scale."""

    def __init__(
        self, starts: Any, middles: Any, targets: Any, weights: Any, unit: int, step: int, base: Any, bias: Any,
        places: Any, numbers: Any, scale: float,
    ) -> None:  # fmt: skip
        self.units, self.unit, self.step, self.scale = len(base), unit, step, scale
        self.base, self.bias = base.astype(np.int64), bias.astype(np.int64)
        self.couplings = np.zeros((len(base), len(base)), dtype=np.int64)
        for j in range(len(base)):
            for e in range(starts[j], starts[j + 1]):
                if targets[e] == self.units:
                    continue
                self.couplings[targets[e], j] = (1 if e < middles[j] else -1) if weights is None else weights[e]
        least, largest = np.minimum(self.couplings, 0).sum(axis=1), np.maximum(self.couplings, 0).sum(axis=1)
        self.shift = -least if weights is None else 0 * least  # a of units that are all at -1
        for first, steps in zip(self.base + step * (self.shift + least), largest - least, strict=True):
            assert set(first + step * np.arange(steps + 1)) <= set(numbers.tolist())


class Kinds:
    """Units with as many neighbours and the same fields."""

    def __init__(self, neighbours: Neighbours, kinds: Any) -> None:
        pairs = zip(neighbours.base.tolist(), np.abs(neighbours.couplings).sum(axis=1).tolist(), strict=True)
        assert len(set(zip(kinds.tolist(), pairs, strict=True))) == len(set(kinds.tolist()))


def abreast_bytes(neighbours: Neighbours, kinds: Kinds | None, each: bool) -> int:
    """It needs no workspace."""
    return 64


def _units_of(up: Any, chain: int, kinds: Kinds | None) -> tuple[Any, np.uint64]:
    """The words of a chain, and its place in them."""
    each = 1 if kinds is None else MULTISPIN // 64
    return up.reshape(-1, each)[:, chain // 64], np.uint64(chain % 64)


def sum_abreast(neighbours: Neighbours, kinds: Kinds | None, level: int, up: Any, sums: Any) -> None:
    """-2 E / scale of 64 or 512 chains."""
    m = neighbours
    for chain in range(len(sums)):
        words, place = _units_of(up, chain, kinds)
        state = (words[:-1] >> place & np.uint64(1)).astype(np.int64)
        numbers = m.step * (m.couplings @ state + m.shift) + m.base
        sums[chain] = m.unit * ((2 * state - 1) * (numbers + m.bias)).sum()


def _shared_draw(z: int, increment: int, visit: int, chain: int) -> int:
    """The 53 digits of a chain: bits of draws of its group."""
    x = 0
    for k in range(53):
        draw = Stream(z + (512 * visit + 8 * k + chain // 64) * increment, increment).next()
        x = 2 * x + (draw >> chain % 64 & 1)
    return x


def run_abreast(
    neighbours: Neighbours, kinds: Kinds | None, level: int, up: Any, best: Any, sums: Any, progress: Any, visits: Any,
    temperatures: Any, metropolis: bool, energies: Any, workspace: Any,
) -> None:  # fmt: skip
    """Sweeps, chain by chain and visit by visit."""
    m, order = neighbours, range(neighbours.units) if visits is None else visits.tolist()
    z, increment = progress[0, :2].tolist()
    for chain, row in enumerate(progress):
        (words, place), (kept, _) = _units_of(up, chain, kinds), _units_of(best, chain, kinds)
        stream, state, visit = Stream(*row[:2].tolist()), (words[:-1] >> place & np.uint64(1)).astype(np.int64), 0
        for sweep, temperature in enumerate(temperatures[:, min(chain, temperatures.shape[1] - 1)].tolist()):
            for i in order:
                number = m.unit * (m.step * int(m.couplings[i] @ state + m.shift[i]) + int(m.base[i]))
                sign, field = (1 if state[i] else -1), number * m.scale
                u = stream.uniform() if kinds is None else _shared_draw(z, increment, visit, chain) / 2**53
                if metropolis:
                    flips = u < float(exp_of((-2.0 * (sign * field)) / temperature))
                elif kinds is None:
                    flips = (u < 1.0 / (1.0 + float(exp_of((-2.0 * field) / temperature)))) != (sign == 1)
                else:
                    flips = u < 1.0 / (1.0 + float(exp_of((2.0 * (sign * field)) / temperature)))
                if flips:
                    state[i] = 1 - state[i]
                    words[i] ^= np.uint64(1) << place
                    sums[0, chain] -= 4 * sign * number
                    row[3] += 1
                visit += 1
            if (energies is not None or sweep == len(temperatures) - 1) and sums[0, chain] > sums[1, chain]:
                sums[1, chain] = sums[0, chain]
                kept ^= (kept ^ words) & np.uint64(1) << place
            if energies is not None:
                energies[sweep, chain] = -0.5 * (float(sums[0, chain]) * m.scale)
        if kinds is None:
            row[0] = stream.z
        elif chain == 0:
            row[0] = Stream(z + 512 * visit * increment, increment).z
        row[2] += len(temperatures)
