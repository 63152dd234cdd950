"""Which stored patterns lie near a state: the best few, how many at each overlap, and what they say of each unit.

Everything is counted in integers, so results do not depend on threads, on levels, or on how a batch is split.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments, _kernels, bits
from hebbfast._records import Record
from hebbfast._work.threads import HUGE, over, thread_count

__all__ = ["Asked", "Found", "Nearest", "blend", "masked_overlaps", "nearest", "overlaps", "read_known", "search"]

_COMPARED = 1 << 35  # bits compared between two looks at Ctrl-C
_COUNTS = 1 << 26  # bytes of histograms and sums that a piece may take
_NO_BEST, _NO_COUNTS = np.empty(0, dtype=np.int32), np.empty((0, 0), dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Nearest(Record):
    """The stored patterns with the largest overlaps; for one state without the leading Q.

    Attributes
    ----------
    index : ndarray
        int64 (Q, count): patterns in order of falling overlap; among equal ones the lower index first.
    overlap : ndarray
        int32 (Q, count): their overlaps, over the known units.

    Examples
    --------
    >>> import hebbfast as hb
    >>> patterns = hb.PackedPatterns([[1, 1, 1, 1], [1, 1, -1, -1]])
    >>> patterns.nearest([1, 1, -1, 1], count=2)
    Nearest(index=array([0, 1]), overlap=array([2, 2], dtype=int32))
    """

    index: NDArray[np.int64]
    overlap: NDArray[np.int32]


@dataclass(frozen=True)
class Asked:
    """Where to search: rows of ``units`` bits, the units that count, and how often each row does."""

    rows: NDArray[np.uint64]
    units: int
    known: NDArray[np.uint64] | None = None
    known_units: int = 0
    multitude: NDArray[np.int64] | None = None

    def kernel(self, first: int, last: int, top: int, reach: int) -> _kernels.Search:
        """The rows first..last-1 as the kernels take them."""
        many = None if self.multitude is None else self.multitude[first:last]
        units = self.units if self.known is None else self.known_units
        return _kernels.Search(self.rows[first:last], self.units, self.known, units, first, top, reach, many)


@dataclass(frozen=True)
class Found:
    """What a search found: keys as the bridge says, the best overlap, and the counts from there down in steps of 2."""

    keys: NDArray[np.uint64]
    best: NDArray[np.int32]
    counts: NDArray[np.int64]

    def nearest(self, units: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Indices and overlaps."""
        low = np.uint64(2**32 - 1)
        index = (low - (self.keys & low)).astype(np.int64)
        return index, ((self.keys >> np.uint64(32)).astype(np.int64) - units).astype(np.int32)


def read_known(known: ArrayLike | None, units: int) -> tuple[NDArray[np.uint64] | None, int]:
    """A mask of known units as words, and how many they are; None stands for all."""
    if known is None:
        return None, units
    mask = _arguments.mask("known", known, units)
    count = int(mask.sum())
    if count == 0:
        raise ValueError(f"known must leave at least one unit, got none of {units}")
    return (None if count == units else bits.read_mask(mask, units, "known")), count


def nearest(
    patterns: bits.PackedPatterns,
    states: "ArrayLike | bits.PackedPatterns",
    count: int,
    known: ArrayLike | None,
    threads: int | None,
) -> Nearest:
    """As `PackedPatterns.nearest` says."""
    units = patterns.shape[1]
    count = _arguments.whole("count", count, 1, len(patterns))
    batch = bits.read_states(states, units, "states")
    asked = Asked(patterns.words, units, *read_known(known, units))
    index, overlap = search(asked, batch.words, top=count, threads=threads).nearest(units)
    return Nearest(index[0], overlap[0]) if batch.single else Nearest(index, overlap)


def masked_overlaps(
    patterns: bits.PackedPatterns, states: "ArrayLike | bits.PackedPatterns", known: ArrayLike, threads: int | None
) -> NDArray[np.int32]:
    """As `PackedPatterns.overlaps` says, over the known units."""
    units = patterns.shape[1]
    batch = bits.read_states(states, units, "states")
    found = overlaps(Asked(patterns.words, units, *read_known(known, units)), batch.words, threads)
    return found[0] if batch.single else found


def overlaps(asked: Asked, words: NDArray[np.uint64], threads: int | None = None) -> NDArray[np.int32]:
    """All overlaps (Q, K): unknown units, made equal, count as agreeing, and are taken away again."""
    if asked.known is None:
        return bits.packed(asked.rows.view(), asked.units).overlaps_of(words, threads)
    rows = bits.packed(asked.rows & asked.known, asked.units)
    found = rows.overlaps_of(words & asked.known, threads)
    found -= np.int32(asked.units - asked.known_units)
    return found


def search(
    asked: Asked, words: NDArray[np.uint64], *, top: int = 0, reach: int = -1, threads: int | None = None
) -> Found:
    """The best ``top`` patterns of packed states, and how many lie at each overlap down to ``reach`` below the best."""
    width = reach // 2 + 1 if reach >= 0 else 0
    rows, workers = len(asked.rows), _workers(asked, len(words), threads)
    keys = np.empty((len(words), top), dtype=np.uint64)
    if not width and workers == 1 and rows * asked.units * len(words) <= _COMPARED:  # in one piece
        kernel = asked.kernel(0, rows, top, reach)
        room = bits.aligned_bytes(_kernels.search_bytes(kernel, len(words)))
        _kernels.search(kernel, words, keys, _NO_BEST, _NO_COUNTS, room)
        return Found(keys, _NO_BEST, _NO_COUNTS)
    best = np.empty(len(words), dtype=np.int32)
    counts = np.zeros((len(words), width), dtype=np.int64)

    def part_of(words: NDArray[np.uint64], first: int, last: int) -> Found:
        """Of a part of the patterns."""
        kernel = asked.kernel(first, last, min(top, last - first), reach)
        found = np.empty((len(words), min(top, last - first)), dtype=np.uint64)
        highest = np.empty(len(words) if width else 0, dtype=np.int32)
        histogram = np.zeros((len(words) if width else 0, asked.units + 1), dtype=np.int64)
        room = bits.aligned_bytes(_kernels.search_bytes(kernel, len(words)))
        _kernels.search(kernel, words, found, highest, histogram, room)
        return Found(found, highest, _downwards(histogram, highest, asked, width) if width else counts[:0])

    def put(part: slice, found: Found) -> None:
        keys[part] = found.keys
        if width:
            best[part], counts[part] = found.best, found.counts

    each = 8 * (asked.units + 1) if width else 1
    if len(words) == 1 and workers > 1:
        parts = over(lambda job, _: part_of(words, *job), pairwise(_edges(rows, workers)), workers)
        put(slice(0, 1), _joined(parts, top, width))
    else:
        _each(lambda part: put(part, part_of(words[part], 0, rows)), asked, len(words), each, workers)
    return Found(keys, best, counts)


def blend(
    asked: Asked,
    words: NDArray[np.uint64],
    best: NDArray[np.int32],
    weights: NDArray[np.int64],
    threads: int | None = None,
) -> NDArray[np.int64]:
    """Σ_μ weights[(best - m_μ) / 2] ξ^μ of each state, (Q, D), over the patterns that have a weight."""
    out = np.empty((len(words), asked.units), dtype=np.int64)
    kernel = asked.kernel(0, len(asked.rows), 0, 2 * (len(weights) - 1))

    def put(part: slice) -> None:
        sums = np.zeros((len(words[part]), 64 * words.shape[1]), dtype=np.int64)
        room = bits.aligned_bytes(_kernels.search_bytes(kernel, len(sums)))
        _kernels.blend(kernel, words[part], best[part], weights, sums, room)
        out[part] = sums[:, : asked.units]

    _each(put, asked, len(words), 8 * 64 * words.shape[1], _workers(asked, len(words), threads))
    return out


def _workers(asked: Asked, count: int, threads: int | None) -> int:
    """Small work is not worth a second thread, unless the caller asks for it."""
    busy = threads is not None or len(asked.rows) * asked.units * count >= HUGE
    return thread_count(threads) if busy else 1


def _each(work: Callable[[slice], Any], asked: Asked, count: int, bytes_each: int, workers: int) -> None:
    """``work`` of parts of the states, on so many threads."""
    most = min(_COMPARED // (len(asked.rows) * asked.units), _COUNTS // bytes_each, -(-count // workers))
    step = max(1, most if most < 64 else most // 64 * 64)

    def do(first: int, stop: threading.Event) -> None:
        if not stop.is_set():
            work(slice(first, min(count, first + step)))

    over(do, range(0, count, step), workers)


def _edges(rows: int, workers: int) -> list[int]:
    return [*range(0, rows, max(64, -(-rows // workers))), rows]


def _downwards(histogram: NDArray[np.int64], best: NDArray[np.int32], asked: Asked, width: int) -> NDArray[np.int64]:
    """The histogram from the best overlap down."""
    known = asked.units if asked.known is None else asked.known_units
    places = (best[:, None].astype(np.int64) + known) // 2 - np.arange(width)
    taken = np.take_along_axis(histogram, np.maximum(places, 0), axis=1)
    taken[places < 0] = 0
    return taken


def _joined(parts: list[Found], top: int, width: int) -> Found:
    """One state's findings in several parts of the patterns."""
    keys = np.sort(np.concatenate([part.keys for part in parts], axis=1), axis=1)[:, ::-1][:, :top]
    if not width:
        return Found(keys, parts[0].best, parts[0].counts)
    best = np.max([part.best for part in parts], axis=0)
    counts = np.zeros((1, width), dtype=np.int64)
    for part in parts:
        below = int(best[0] - part.best[0]) // 2
        counts[:, below:] += part.counts[:, : max(0, width - below)]
    return Found(keys, best, counts)
