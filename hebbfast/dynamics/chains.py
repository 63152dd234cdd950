"""Chains: states that move by rules with temperatures, side by side, their energies, and the best on the way.

Sampling, annealing and tempering know chains alone. A network makes them (`Network._chains`), and one that has a faster
engine than its kernel brings its own.
"""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hebbfast import _kernels
from hebbfast.dynamics.rules import Rules
from hebbfast.dynamics.run import Course, Kernel

__all__ = ["Chains", "Stepped", "block"]

_BLOCK = 1 << 22  # visits between two looks at Ctrl-C and the clock: 0.1 s at 40 million a second

Words = NDArray[np.uint64]
Energies = NDArray[np.float64]


class Chains(Protocol):
    """States on their way; chain q draws from a stream of its own and depends on no other."""

    @property
    def words(self) -> Words:
        """uint64 (Q, W): the states as they are now."""
        ...

    @property
    def energies(self) -> Energies:
        """float64 (Q,): their energies."""
        ...

    @property
    def best_words(self) -> Words:
        """uint64 (Q, W): of each chain the state with the lowest energy, at the start or after a sweep; the first."""
        ...

    @property
    def best_energies(self) -> Energies:
        """float64 (Q,): the energies of these."""
        ...

    @property
    def progress(self) -> NDArray[np.int64]:
        """int64 (Q, 5): what a kernel knows of a chain, see `hebbfast._kernels`; streams, sweeps, flips."""
        ...

    def advance(self, sweeps: int, target: float = -np.inf) -> bool:
        """Run every chain until it has had so many sweeps, all in all; at most some millions of visits a call.

        With a ``target``, stop after the first sweep in which the best energy of a chain is at or below it, all chains
        at the same sweep; the result says so.
        """
        ...

    def restore(self, words: Words, progress: NDArray[np.int64]) -> None:
        """Go on from where other chains of the same rules were."""
        ...


class Energetic(Protocol):
    """What makes chains of a network: its kernel, and energies."""

    @property
    def _kernel(self) -> Kernel: ...

    def _energies_of(self, words: Words, threads: int | None = None) -> Energies: ...


class Stepped:
    """Chains of any network, by its kernel of recall."""

    def __init__(
        self,
        network: Energetic,
        rules: Rules,
        words: Words,
        seeds: NDArray[np.uint64],
        *,
        threads: int | None,
        best: bool,
    ) -> None:
        """``seeds`` are two random words a chain. Unless ``best``, nothing is kept on the way."""
        self._network, self._threads, self._best = network, threads, best
        self._course = Course(network._kernel, rules, words, rng=0, threads=threads, steps=True)
        _kernels.seed(seeds, self._course.progress)
        self.energies = network._energies_of(self._course.words, threads)
        self.best_words, self.best_energies = self.words.copy(), self.energies.copy()

    @property
    def words(self) -> Words:
        """As `Chains` says."""
        return self._course.words

    @property
    def progress(self) -> NDArray[np.int64]:
        """As `Chains` says."""
        return self._course.progress

    def advance(self, sweeps: int, target: float = -np.inf) -> bool:
        """As `Chains` says."""
        done = int(self.progress[:, _kernels.SWEEPS].max(initial=0))
        for sweep in range(done + 1, sweeps + 1) if self._best else (sweeps,):
            if not self._course.running:
                break
            self._course.advance(sweep)
            self._observe()
            if self._best and self.best_energies.min() <= target:
                return True
        return False

    def _observe(self) -> None:
        found = self._course.energies
        self.energies = self._network._energies_of(self.words, self._threads) if found is None else found.copy()
        if self._best:
            better = self.energies < self.best_energies
            if better.any():
                self.best_words[better] = self.words[better]
                self.best_energies[better] = self.energies[better]

    def restore(self, words: Words, progress: NDArray[np.int64]) -> None:
        """As `Chains` says."""
        self.words[...], self.progress[...] = words, progress
        self.energies = self._network._energies_of(self.words, self._threads)


def block(units: int, count: int) -> int:
    """Sweeps of so many chains between two looks at Ctrl-C and at the clock, at least one."""
    return max(1, _BLOCK // max(1, units * count))
