"""A batch in which each cue has weights of its own: one model a cue, over the same packed patterns."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from hebbfast.dynamics.rules import Rules
from hebbfast.dynamics.run import Compiled, Kernel
from hebbfast.networks._network import Network

if TYPE_CHECKING:
    from hebbfast.networks.dense import DenseAssociativeMemory

__all__ = ["PerCue"]


class PerCue(Network):
    """Cue q moves in memory q of several with the same patterns; good for one batch, and for `recall` alone."""

    _ties_count = False  # which memory fields are of depends on the cue

    def __init__(self, memories: "Sequence[DenseAssociativeMemory]") -> None:
        self.units, self._memories = memories[0].units, memories
        self._each = _Kernel([cast(Compiled, memory._kernel) for memory in memories])  # with weights none is streamed

    @property
    def _kernel(self) -> Kernel:
        return self._each

    def _overlaps_of(self, words: NDArray[np.uint64], threads: int | None = None) -> NDArray[np.int32]:
        return self._memories[0]._overlaps_of(words, threads)

    def _energies_of(self, words: NDArray[np.uint64], threads: int | None = None) -> NDArray[np.float64]:
        each = [memory._energies_of(words[q : q + 1], threads) for q, memory in enumerate(self._memories)]
        return np.concatenate(each)


class _Kernel:
    """As `hebbfast.dynamics.run.Kernel`; a call moves one cue, so that its workspace belongs to one model."""

    energies = True

    def __init__(self, each: Sequence[Compiled]) -> None:
        self._each, self.cost = each, each[0].cost

    def of(self, rules: Rules, count: int) -> "_Kernel":
        """Always itself."""
        return self

    def workspace_bytes(self, rules: Rules) -> int:
        """As `Kernel` says: of the largest."""
        return max(kernel.workspace_bytes(rules) for kernel in self._each)

    def alone(self, rules: Rules, cue: Any, out: Any, sweep_limit: int, words: Any) -> None:
        """Never: a single cue has a memory of its own."""

    def few(self, rules: Rules, cues: Any, out: Any, sweep_limit: int, rng: Any, progress: Any) -> None:
        """Never: one model for all is what this shortens."""

    def shared(self, rules: Rules) -> None:
        """Never."""

    def follows(self, rules: Rules) -> bool:
        """Never: chains are not made of these."""
        return False

    def follow(self, rules: Rules, *state: Any) -> int:
        """Never."""
        raise NotImplementedError

    def recall(
        self, rules: Rules, level: int, words: Any, previous: Any, progress: Any, sweep_limit: int,
        first: int, last: int, budget: int, energies: Any, workspace: Any,
    ) -> int:  # fmt: skip
        """As `Kernel` says."""
        return self._each[first].recall(
            rules, level, words, previous, progress, sweep_limit, first, first + 1, budget, energies, workspace
        )
