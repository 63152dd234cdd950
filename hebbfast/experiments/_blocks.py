"""Networks of `capacity` in blocks: run where they are missing, kept in the store, read from there alone."""

from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from hebbfast._work.cluster import Run
from hebbfast._work.pieces import VISITS, pieces
from hebbfast._work.progress import progress_bar
from hebbfast.experiments import statistics
from hebbfast.experiments.statistics import Share
from hebbfast.experiments.store import Store
from hebbfast.experiments.trials import Protocol, run_networks, successes

__all__ = ["Blocks"]

_NETWORKS = 64  # of a block at most: what a killed run loses

Job = tuple[int, int, int, int]  # D, K, the first network, how many


class Blocks:
    """Runs what the store lacks, and reads from the store alone."""

    def __init__(self, protocol: Protocol, store: Store, run: Run, level: float, progress: bool) -> None:
        self.protocol, self.store, self.run, self.level, self.progress = protocol, store, run, level, progress

    def finish(self, wanted: Mapping[tuple[int, int], int]) -> None:
        """Have so many networks of each D and K in the store."""
        jobs = [job for (D, K), count in wanted.items() for job in self._missing(D, K, count)]
        if not jobs:
            return
        self.store.check_writable()
        jobs.sort(key=self._cost, reverse=True)
        with progress_bar("networks", sum(map(self._cost, jobs)), self.progress) as advance:
            for job, won, overlaps in self.run(partial(run_block, self.protocol), jobs):
                D, K, first, _ = job
                self.store.add(D, K, first, won, overlaps)
                advance(self._cost(job))

    def read(self, units: int, patterns: int, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Successes and sums of overlaps of finished networks.

        Raises
        ------
        ValueError
            If one cannot have come from a simulation.
        """
        won, overlaps = self.store.read(units, patterns, count)
        most, cues = self.protocol.answers(units, patterns), min(self.protocol.cues, patterns)
        if won.min() < 0 or won.max() > most or np.abs(overlaps).max() > cues * units:
            raise ValueError(
                f"store must hold 0 to {most} successes and overlaps within {cues} * D for D={units}, K={patterns}, "
                f"{self.store.path!r} has others"
            )
        return won, overlaps

    def share(self, units: int, patterns: int, count: int) -> Share:
        """Successes of finished networks."""
        return statistics.share(
            self.read(units, patterns, count)[0], self.protocol.answers(units, patterns), self.level
        )

    def _missing(self, units: int, patterns: int, count: int) -> Iterator[Job]:
        """Blocks of which a network is not in the store."""
        known = self.store.known(units, patterns)
        work = max(self.protocol.work(units, patterns), VISITS // _NETWORKS)
        for block in pieces(count, work):
            if not known.issuperset(range(block.start, block.stop)):
                yield units, patterns, block.start, block.stop - block.start

    def _cost(self, job: Job) -> float:
        return self.protocol.work(job[0], job[1]) * job[3]


def run_block(protocol: Protocol, job: Job) -> tuple[Job, NDArray[np.int64], NDArray[np.int64]]:
    """A job, and successes and sums of overlaps of its networks."""
    overlaps = run_networks(protocol, *job)
    return job, successes(protocol, job[0], overlaps), overlaps.sum(axis=1)
