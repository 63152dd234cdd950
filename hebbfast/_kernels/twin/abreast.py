"""The NumPy twin of chains abreast: the names and arguments of `hebbfast._kernels`, from the rules of a single chain.

Sources
-------
Glauber (1963), J. Math. Phys. 4, 294: P(σ_i = +1) = 1 / (1 + exp(-2 h_i / T)).
Metropolis et al. (1953), J. Chem. Phys. 21, 1087: a flip that costs 2 σ_i h_i is made with probability
exp(-2 σ_i h_i / T).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast._kernels.twin.exp import exp_of
from hebbfast._kernels.twin.streams import Stream

__all__ = ["ABREAST", "Neighbours", "abreast_bytes", "load_abreast", "run_abreast", "store_abreast"]

ABREAST = 64


class Neighbours:
    """Sparse symmetric couplings; a field is unit (step a + base) scale."""

    def __init__(
        self, starts: Any, middles: Any, targets: Any, weights: Any, unit: int, step: int, base: Any, places: Any,
        numbers: Any, scale: float,
    ) -> None:  # fmt: skip
        self.units, self.unit, self.step, self.base, self.scale = len(base), unit, step, base.astype(np.int64), scale
        self.couplings = np.zeros((len(base), len(base)), dtype=np.int64)
        for j in range(len(base)):
            for e in range(starts[j], starts[j + 1]):
                self.couplings[targets[e], j] = (1 if e < middles[j] else -1) if weights is None else weights[e]
        self.dtype: Any = np.uint8 if weights is None else np.int16
        assert all(set(base[i] + step * self.reach(i)) <= set(numbers.tolist()) for i in range(len(base)))

    def reach(self, i: int) -> Any:
        """All that a of unit i can be, in steps that couplings allow."""
        row = self.couplings[i]
        lowest, highest = row[row < 0].sum(), row[row > 0].sum()
        return np.arange(lowest, highest + 1) + (-lowest if self.dtype == np.uint8 else 0)


def abreast_bytes(neighbours: Neighbours, each: bool) -> int:
    """It needs no workspace."""
    return 64


def load_abreast(neighbours: Neighbours, level: int, words: Any, fields: Any, up: Any) -> None:
    """Chains at packed states; ``fields`` are those of units that are all at -1."""
    bits = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little")[:, : neighbours.units]
    up[...] = 0
    up[:, : len(words)] = -bits.T.astype(np.int8)
    fields.view(neighbours.dtype)[...] += (neighbours.couplings @ -up.astype(np.int64)).astype(neighbours.dtype)


def store_abreast(level: int, up: NDArray[np.int8], words: Any) -> None:
    """The packed states of chains."""
    padded = np.zeros((64 * words.shape[1], len(words)), dtype=np.uint8)
    padded[: len(up)] = up[:, : len(words)] != 0
    words[...] = np.ascontiguousarray(np.packbits(padded.T, axis=1, bitorder="little")).view(np.uint64)


def run_abreast(
    neighbours: Neighbours, level: int, fields: Any, up: Any, best: Any, sums: Any, progress: Any, visits: Any,
    temperatures: Any, metropolis: bool, energies: Any, workspace: Any,
) -> None:  # fmt: skip
    """Sweeps, chain by chain and visit by visit."""
    m, order = neighbours, range(neighbours.units) if visits is None else visits.tolist()
    small = fields.view(m.dtype)
    for chain, row in enumerate(progress):
        stream = Stream(*row[:2].tolist())
        for sweep, temperature in enumerate(temperatures[:, min(chain, temperatures.shape[1] - 1)].tolist()):
            for i in order:
                number = m.unit * (m.step * int(small[i, chain]) + int(m.base[i]))
                sign, field, u = (1 if up[i, chain] else -1), number * m.scale, stream.uniform()
                if metropolis:
                    flips = u < float(exp_of((-2.0 * (sign * field)) / temperature))
                else:
                    flips = (u < 1.0 / (1.0 + float(exp_of((-2.0 * field) / temperature)))) != (sign == 1)
                if flips:
                    up[i, chain] = ~up[i, chain]
                    small[:, chain] += (-sign * m.couplings[:, i]).astype(m.dtype)
                    sums[0, chain] -= 4 * sign * number
                    row[3] += 1
            if (energies is not None or sweep == len(temperatures) - 1) and sums[0, chain] > sums[1, chain]:
                sums[1, chain], best[:, chain] = sums[0, chain], up[:, chain]
            if energies is not None:
                energies[sweep, chain] = -0.5 * (float(sums[0, chain]) * m.scale)
        row[0] = stream.z
        row[2] += len(temperatures)
