"""Patterns whose transposed copy does not fit into memory: each answer is one way through the patterns."""

import numpy as np
from numpy.typing import NDArray

from hebbfast._work.free import free_bytes
from hebbfast._work.threads import thread_count
from hebbfast.bits import PackedPatterns
from hebbfast.interactions import Interaction, Weights
from hebbfast.networks._shards import Shard
from hebbfast.networks._summed import Summed, expect_summable

__all__ = ["Streamed"]

Words = NDArray[np.uint64]


class Streamed(Summed):
    """Sums over patterns that are read block by block, a mapped file's from the disk."""

    _place = "patterns without that copy"

    def __init__(self, patterns: PackedPatterns, interaction: Interaction, weights: Weights) -> None:
        self._shard = Shard(patterns, thread_count(None))
        self.units, self._weights = patterns.shape[1], weights
        try:
            expect_summable(weights, interaction, *patterns.shape)
        except ValueError as error:
            raise self._refusal(str(error)) from None
        if weights.relative and weights.multitude is not None:
            raise self._refusal(f"weights must be None for {type(interaction).__name__} and {self._place}")

    def _sums(self, words: Words) -> tuple[NDArray[np.int64], NDArray[np.int32] | None]:
        best = self._shard.best(words) if self._weights.relative else None
        sums = self._shard.fields(words, self._weights, best) // 2
        return sums if self._weights.bias is None else sums + self._weights.bias, best

    def _counts(self, words: Words) -> NDArray[np.int64]:
        return self._shard.histogram(words, self._weights.multitude)

    def _expect_asynchronous(self) -> None:
        raise self._refusal(f"update must be 'sync' for {self._place}")

    def _refusal(self, reason: str) -> MemoryError:
        needed, free = self._shard.patterns.nbytes, free_bytes() or 0
        return MemoryError(
            f"memory must have room for the patterns transposed, {needed:,} bytes, and {free:,} are free, or {reason}; "
            'saved with layouts="both" elsewhere, the copy is mapped, too'
        )
