"""Houdayer's cluster moves (2001): two copies exchange a cluster of units in which they differ."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _kernels, bits

__all__ = ["Clusters"]

Words = NDArray[np.uint64]


class Clusters:
    """Moves of pairs of states on the graph of the couplings.

    The units in which two states differ, q_i = -1, fall into clusters that couplings connect. Exchanging one whole
    cluster leaves the sum of the two energies as it is, bias included, so the move is always accepted; where clusters
    percolate it exchanges nearly everything and serves nothing. A cluster with a clamped unit in it stays.
    """

    def __init__(self, network: Any, clamp: Words) -> None:
        couplings = getattr(network, "couplings", None)
        if couplings is None:
            raise ValueError("cluster must be None for a network without couplings between units, got 'houdayer'")
        self.units: int = network.units
        self._free = bits.unpack(clamp[None], self.units)[0] < 0 if len(clamp) else np.ones(self.units, dtype=bool)
        if hasattr(couplings, "tocsr"):
            rows = couplings.tocsr()
            rows.eliminate_zeros()
            self._first, self._others = rows.indptr.astype(np.int64), rows.indices.astype(np.int64)
        else:
            present = couplings != 0
            self._first = np.concatenate([[0], np.cumsum(present.sum(axis=1))])
            self._others = np.nonzero(present)[1]

    def exchanged(
        self, words: Words, who: NDArray[np.int64], stream: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], Words]:
        """The rows that change, and what they become; a unit of the cluster is drawn from those that differ."""
        rows: list[int] = []
        moved: list[Words] = []
        drawn = np.empty(1, dtype=np.uint32)
        for t in range(who.shape[1]):
            for one, other in zip(who[0 : len(who) - 1 : 2, t].tolist(), who[1::2, t].tolist(), strict=True):
                differ = bits.unpack((words[one] ^ words[other])[None], self.units)[0] > 0
                places = np.flatnonzero(differ)
                if not len(places):
                    continue
                _kernels.integers(stream, len(places), drawn)
                cluster = self._cluster(differ, int(places[drawn[0]]))
                if not self._free[cluster].all():
                    continue
                mask = bits.pack_signs(cluster[None], "cluster")[0]
                rows += [one, other]
                moved += [words[one] ^ mask, words[other] ^ mask]
        return np.array(rows, dtype=np.int64), np.array(moved, dtype=np.uint64).reshape(len(rows), words.shape[1])

    def _cluster(self, differ: NDArray[np.bool_], unit: int) -> NDArray[np.bool_]:
        """The cluster of a unit: its neighbours, theirs, and so on."""
        left, cluster = differ.copy(), np.zeros(self.units, dtype=bool)
        front = np.array([unit])
        while len(front):
            cluster[front], left[front] = True, False
            lengths = self._first[front + 1] - self._first[front]
            begins = np.repeat(self._first[front] - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
            reached = self._others[begins + np.arange(lengths.sum())]
            front = np.unique(reached[left[reached]])
        return cluster
