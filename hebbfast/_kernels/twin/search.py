"""The NumPy twin of the kernels that search: the same names and arguments as `hebbfast._kernels.search`."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast._kernels.twin.packing import signs_of

__all__ = ["Search", "blend", "search", "search_bytes", "tally"]


class Search:
    """Patterns as signs, and what is asked of them."""

    def __init__(
        self,
        rows: NDArray[np.uint64],
        units: int,
        known: NDArray[np.uint64] | None,
        known_units: int,
        base: int,
        top: int,
        reach: int,
        multitude: NDArray[np.int64] | None,
    ) -> None:
        self.patterns = signs_of(rows, units)
        self.mask = np.ones(units) if known is None else signs_of(known[None], units)[0] > 0
        self.units, self.known_units, self.base, self.top, self.reach = units, known_units, base, top, reach
        self.multitude = np.ones(len(rows), np.int64) if multitude is None else multitude

    def overlaps(self, states: NDArray[np.uint64]) -> NDArray[np.int64]:
        """m_μ = Σ_i ξ_i^μ σ_i over the known units."""
        signs = signs_of(states, self.units).astype(np.int64) * self.mask.astype(np.int64)
        return signs @ self.patterns.T.astype(np.int64)


def search_bytes(asked: Search, count: int) -> int:
    """The twin needs no room."""
    return 0


def search(
    asked: Search,
    states: NDArray[np.uint64],
    keys: NDArray[np.uint64],
    best: NDArray[np.int32],
    histogram: NDArray[np.int64],
    workspace: Any,
) -> None:
    """The patterns in order of falling overlap, then rising index; how many lie at each overlap near the best."""
    for q, m in enumerate(asked.overlaps(states)):
        order = np.lexsort((np.arange(len(m)), -m))[: asked.top]
        keys[q] = [(int(m[k]) + asked.units) * 2**32 + 2**32 - 1 - (asked.base + int(k)) for k in order]
        if asked.reach >= 0:
            best[q] = m.max()
            for overlap, times in zip(m.tolist(), asked.multitude.tolist(), strict=True):
                if overlap >= best[q] - asked.reach:
                    histogram[q, (overlap + asked.known_units) // 2] += times


def blend(
    asked: Search,
    states: NDArray[np.uint64],
    best: NDArray[np.int32],
    weights: NDArray[np.int64],
    sums: NDArray[np.int64],
    workspace: Any,
) -> None:
    """Σ_μ w_μ weights[(best - m_μ) / 2] ξ^μ modulo 2^64; what stands behind the last unit means nothing."""
    for q, m in enumerate(asked.overlaps(states)):
        near = (best[q] - asked.reach <= m) & (m <= best[q])
        counts = asked.multitude[near] * weights[(best[q] - m[near]) // 2]
        sums[q, : asked.units] += counts @ asked.patterns[near]


def tally(columns: NDArray[np.uint64], values: NDArray[np.int64], sums: NDArray[np.int64]) -> None:
    """Σ_k ±values[k], in Python integers, modulo 2^64."""
    signs = signs_of(columns, values.shape[1]).astype(object)
    for q, row in enumerate(values.tolist()):
        exact = [sum(int(s) * v for s, v in zip(column, row, strict=True)) for column in signs]
        sums[q] = [(x + 2**63) % 2**64 - 2**63 for x in exact]
