"""One shard of a memory, on the worker that has it: what it adds to sums over all patterns, in integers."""

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _kernels, bits, search
from hebbfast._work.free import free_bytes
from hebbfast._work.once import Once
from hebbfast._work.pieces import BYTES, pieces
from hebbfast._work.threads import over
from hebbfast.bits import PackedPatterns

__all__ = ["LARGE", "Shard", "ask", "fits", "joined", "opened"]

Words = NDArray[np.uint64]

LARGE = 1 << 28  # bytes from which a transposed copy is only made where memory is free
_LEAST = 1 << 12  # patterns of a block


class Shard:
    """Some of the patterns; sent to another worker it is its source alone, and is loaded there again."""

    def __init__(self, source: str | PackedPatterns, threads: int = 1) -> None:
        self._source, self._threads = source, threads
        self.patterns = source if isinstance(source, PackedPatterns) else PackedPatterns.load(source)
        self._columns = Once(self.patterns.columns)

    def __reduce__(self) -> Any:
        return Shard, (self._source, self._threads)

    def shape(self) -> tuple[int, int]:
        """(K, D) of this shard."""
        return self.patterns.shape

    def overlaps(self, words: Words) -> NDArray[np.int32]:
        """(Q, K) of this shard."""
        return self.patterns.overlaps_of(words, None)

    def histogram(self, words: Words) -> NDArray[np.int64]:
        """(Q, D + 1): patterns by the units that agree."""
        units = self.patterns.shape[1]
        asked = search.Asked(self.patterns.words, units)
        found = search.search(asked, words, reach=2 * units, threads=self._threads)
        out = np.zeros((len(words), units + 1), dtype=np.int64)
        for row, counts, best in zip(out, found.counts, (found.best + units) // 2, strict=True):
            row[best::-1] = counts[: best + 1]
        return out

    def best(self, words: Words) -> NDArray[np.int32]:
        """(Q,): the largest overlap."""
        return search.nearest(self.patterns, bits.packed(words, self.patterns.shape[1]), 1, None, None).overlap[:, 0]

    def fields(self, words: Words, gain: NDArray[np.int64], best: NDArray[np.int32] | None) -> NDArray[np.int64]:
        """(Q, D): Σ_μ ξ_i P_μ + σ_i Q_μ, twice the integers N_i, modulo 2^64; ``gain`` may be relative to ``best``.

        ξ_i G(m - ξ_i σ_i) = ½ [ξ_i P + σ_i Q] with P = G(m - 1) + G(m + 1) and Q = G(m - 1) - G(m + 1).
        """
        units, total = self.patterns.shape[1], np.zeros((len(words), self.patterns.shape[1]), dtype=np.int64)
        adding = threading.Lock()

        def add(rows: slice, stop: threading.Event) -> None:
            if not stop.is_set():
                part = bits.packed(self.patterns.words[rows], units)
                columns = part.columns() if rows.stop - rows.start < len(self.patterns) else self._columns()
                sums = _sums_of(part, columns, words, gain, best)
                with adding:
                    total[...] += sums

        over(add, self._blocks(), self._threads)
        return total

    def _blocks(self) -> list[slice]:
        """All rows, if their transposed copy may stay; else so many at a time that theirs is small."""
        rows, units = self.patterns.shape
        if self._columns.peek() is not None or fits(self.patterns.nbytes):
            return [slice(0, rows)]
        step = max(_LEAST, min(BYTES // 48, 2 * BYTES // units) // 64 * 64)
        return [slice(first, min(rows, first + step)) for first in range(0, rows, step)]

    def found(self, words: Words, known: Words | None, known_units: int, top: int, reach: int) -> search.Found:
        """What a search of this shard finds; indices count from its own first pattern."""
        asked = search.Asked(self.patterns.words, self.patterns.shape[1], known, known_units)
        return search.search(asked, words, top=min(top, len(self.patterns)), reach=reach)


def _sums_of(
    patterns: PackedPatterns, columns: Words, words: Words, gain: NDArray[np.int64], best: NDArray[np.int32] | None
) -> NDArray[np.int64]:
    """`Shard.fields` of some patterns, which are there transposed, too."""
    count, units = patterns.shape
    out = np.empty((len(words), units), dtype=np.int64)
    for part in pieces(len(words), count * units, 48 * count):
        agree = (patterns.overlaps_of(words[part], 1).astype(np.int64) + units) // 2
        if best is not None:
            agree += units - (best[part, None].astype(np.int64) + units) // 2
        with_unit, without = gain[agree], gain[agree + 1]
        values = np.zeros((len(agree), 64 * columns.shape[1]), dtype=np.int64)
        values[:, :count] = with_unit + without
        _kernels.tally(columns, values, out[part])
        out[part] += bits.unpack(words[part], units) * (with_unit - without).sum(axis=1, keepdims=True)
    return out


def fits(size: int) -> bool:
    """May so many bytes be taken from the memory that is free? Small ones always."""
    free = None if size < LARGE else free_bytes()
    return free is None or size <= free


def opened(source: str | PackedPatterns) -> Shard:
    """The shard of a file, or of patterns."""
    return Shard(source)


def ask(shard: Shard, what: str, *arguments: Any) -> Any:
    """A question, by the name of a method."""
    return getattr(shard, what)(*arguments)


def joined(parts: list[search.Found], starts: list[int], top: int) -> search.Found:
    """What searches of shards, whose first patterns are ``starts``, have found together."""
    keys = np.concatenate([p.keys - np.uint64(start) for p, start in zip(parts, starts, strict=True)], axis=1)
    keys = np.sort(keys, axis=1)[:, ::-1][:, :top]
    if not parts[0].counts.size:
        return search.Found(keys, parts[0].best, parts[0].counts)
    best = np.max([part.best for part in parts], axis=0)
    counts = np.zeros_like(parts[0].counts)
    for part in parts:
        for row, found, below in zip(counts, part.counts, (best - part.best) // 2, strict=True):
            row[below:] += found[: max(0, len(row) - below)]
    return search.Found(keys, best, counts)
