"""Chains: states that move by rules with temperatures, side by side, their energies, and the best on the way.

Sampling, annealing and tempering know chains alone. A network makes them (`Network._chains`), and one that has a faster
engine than its kernel brings its own.
"""

from collections.abc import Mapping
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
        """uint64 (Q, W): of each chain the state with the lowest energy that was seen, the first of equals."""
        ...

    @property
    def best_energies(self) -> Energies:
        """float64 (Q,): the energies of these."""
        ...

    @property
    def progress(self) -> NDArray[np.int64]:
        """int64 (Q, 5): stream, sweeps, flips and status of each chain, the columns of `hebbfast._kernels`."""
        ...

    def advance(self, sweeps: int) -> None:
        """Run every chain until it has had so many sweeps, all in all, and see its state then."""
        ...

    def follow(self, sweeps: int) -> Energies:
        """The same, and see every state on the way: energies (sweeps to come, Q)."""
        ...

    def place(self, rows: NDArray[np.int64], words: Words) -> None:
        """Give some chains other states."""
        ...

    def state(self) -> dict[str, NDArray[Any]]:
        """Copies of all that the future depends on."""
        ...

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from where chains of the same network and rules were."""
        ...


class Energetic(Protocol):
    """What makes chains of a network: its kernel, and energies."""

    @property
    def _kernel(self) -> Kernel: ...

    def _energies_of(self, words: Words, threads: int | None = None) -> Energies: ...


class Stepped:
    """Chains of any network, by its kernel of recall."""

    def __init__(
        self, network: Energetic, rules: Rules, words: Words, seeds: NDArray[np.uint64], *, threads: int | None
    ) -> None:
        """``seeds`` are two random words a chain."""
        self._network, self._threads, self._swept = network, threads, 0
        self._course = Course(network._kernel, rules, words, rng=0, threads=threads)
        self._follows = self._course.kernel.follows(rules)
        _kernels.seed(seeds, self._course.progress)
        self.energies = network._energies_of(self.words, threads)
        self.best_words, self.best_energies = self.words.copy(), self.energies.copy()

    @property
    def words(self) -> Words:
        """As `Chains` says."""
        return self._course.words

    @property
    def progress(self) -> NDArray[np.int64]:
        """As `Chains` says."""
        return self._course.progress

    def advance(self, sweeps: int) -> None:
        """As `Chains` says."""
        known = self._course.energies
        if known is None and self._follows:  # fields, and so energies, are at hand only on the way
            self.follow(sweeps)
            return
        if known is not None:
            known[...] = self.energies  # those of chains that rest stay
        self._course.advance(sweeps, self._visits(sweeps))
        self._swept = sweeps
        self.energies = self._network._energies_of(self.words, self._threads) if known is None else known.copy()
        self._keep_best()

    def _keep_best(self) -> None:
        better = self.energies < self.best_energies
        if better.any():
            self.best_words[better] = self.words[better]
            self.best_energies[better] = self.energies[better]

    def follow(self, sweeps: int) -> Energies:
        """As `Chains` says."""
        energies = np.empty((sweeps - self._swept, len(self.words)))
        if not self._follows:
            for row, sweep in enumerate(range(self._swept + 1, sweeps + 1)):
                self.advance(sweep)
                energies[row] = self.energies
        elif len(energies):
            energies[...] = self.energies
            self._course.follow(sweeps, energies, self.best_words, self.best_energies, self._visits(sweeps))
            self._swept, self.energies = sweeps, energies[-1].copy()
        return energies

    def place(self, rows: NDArray[np.int64], words: Words) -> None:
        """As `Chains` says."""
        self.words[rows] = words
        self.energies[rows] = self._network._energies_of(np.ascontiguousarray(words), self._threads)
        self._keep_best()

    def _visits(self, sweeps: int) -> int:
        return (sweeps - self._swept) * len(self.words) * self._course.rules.units

    def state(self) -> dict[str, NDArray[Any]]:
        """As `Chains` says."""
        return {
            "words": self.words.copy(),
            "progress": self.progress.copy(),
            "energies": self.energies.copy(),
            "best_words": self.best_words.copy(),
            "best_energies": self.best_energies.copy(),
            "swept": np.array(self._swept),
        }

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """As `Chains` says."""
        self.words[...], self.progress[...] = state["words"], state["progress"]
        self.energies = state["energies"].copy()
        self.best_words[...], self.best_energies[...] = state["best_words"], state["best_energies"]
        self._swept = int(state["swept"])


def block(units: int, count: int) -> int:
    """Sweeps of so many chains between two looks at Ctrl-C and at the clock, at least one."""
    return max(1, _BLOCK // max(1, units * count))
