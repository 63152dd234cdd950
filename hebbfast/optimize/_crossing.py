"""Partition crossover (Whitley, Hains and Howe 2009): a child of two states that is no worse than either."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast.networks.hopfield import HopfieldNetwork

__all__ = ["Crossing"]

States = NDArray[np.int8]


class Crossing:
    """Children of pairs of states of one network.

    The units in which two states differ fall into clusters that no coupling connects. What exchanging one cluster costs
    depends on no other, so the child takes each from the state where it has the lower energy. Without a bias a state
    and its negative are one, and the nearer one meets the other parent. Where couplings are dense all is one cluster,
    which is not looked for: the better state stays.
    """

    def __init__(self, network: HopfieldNetwork) -> None:
        couplings = network.couplings
        self._couplings: Any = couplings if hasattr(couplings, "tocsr") else None
        self._bias = network.bias
        self._even = not self._bias.any()

    def children(self, states: States, energies: NDArray[np.float64], order: NDArray[np.int64]) -> States:
        """(R, D): the first two of ``order`` have a child, which comes twice, and so on; an odd last one stays."""
        found = states[order].copy()
        for row in range(0, len(order) - 1, 2):
            one, other = order[row : row + 2]
            if energies[other] < energies[one]:
                one, other = other, one
            found[row : row + 2] = self._child(states[one], states[other])
        return found

    def _child(self, better: States, other: States) -> States:
        if self._couplings is None:
            return better
        from scipy.sparse.csgraph import connected_components

        differ = better != other
        if self._even and 2 * np.count_nonzero(differ) > len(differ):
            differ = ~differ
        units = np.flatnonzero(differ)
        if not len(units):
            return better
        rows = self._couplings[units]
        costs = better[units] * (rows @ np.where(differ, 0, better) + self._bias[units])
        count, cluster = connected_components(rows[:, units], directed=False)
        child = better.copy()
        child[units[np.bincount(cluster, costs, count)[cluster] < 0]] *= -1
        return child
