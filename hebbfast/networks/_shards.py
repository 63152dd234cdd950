"""One shard of a memory, on the worker that has it: what it adds to sums over all patterns, in integers."""

import threading
import zlib
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from hebbfast import bits, search
from hebbfast._records import aligned
from hebbfast._work.threads import over
from hebbfast.bits import PackedPatterns
from hebbfast.interactions import Weights

__all__ = ["Shard", "ask", "joined", "opened"]

Words = NDArray[np.uint64]

_BLOCK = 1 << 24  # bytes of the patterns that are gone through together


class Shard:
    """Some of the patterns; sent to another worker it is its source alone, and is loaded there again."""

    def __init__(self, source: str | PackedPatterns, threads: int = 1) -> None:
        self._source, self._threads = source, threads
        if isinstance(source, PackedPatterns):
            self.patterns, self._sum = source, 0
        else:
            self.patterns, self._sum = PackedPatterns.load(source), _header_sum(source)

    def __reduce__(self) -> Any:
        return Shard, (self._source, self._threads)

    def held(self) -> tuple[int, int, int]:
        """K, D, and the CRC-32 of the file's header, in which are those of its arrays; 0 without a file."""
        return *self.patterns.shape, self._sum

    def expect(self, held: tuple[int, int, int] | None) -> None:
        """Refuse a file that is not the one that there was."""
        if held is not None and held != self.held():
            (rows, units), (k, d) = self.patterns.shape, held[:2]
            raise ValueError(
                f"patterns must stay in their files: {self._source!r} held K={k} of D={d}, and holds other ones now, "
                f"K={rows} of D={units}"
            )

    def overlaps(self, words: Words) -> NDArray[np.int16] | NDArray[np.int32]:
        """(Q, K) of this shard, in as few bytes as serve to send them."""
        found = self.patterns.overlaps_of(words, None)
        return found.astype(np.int16) if self.patterns.shape[1] < 2**15 else found

    def histogram(self, words: Words, multitude: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        """(Q, D + 1): patterns by the units that agree, each once or so many times."""
        units = self.patterns.shape[1]
        asked = search.Asked(self.patterns.words, units, multitude=multitude)
        found = search.search(asked, words, reach=2 * units, threads=self._threads)
        out = np.zeros((len(words), units + 1), dtype=np.int64)
        for row, counts, best in zip(out, found.counts, (found.best + units) // 2, strict=True):
            row[best::-1] = counts[: best + 1]
        return out

    def best(self, words: Words) -> NDArray[np.int32]:
        """(Q,): the largest overlap."""
        return search.nearest(self.patterns, bits.packed(words, self.patterns.shape[1]), 1, None, None).overlap[:, 0]

    def fields(self, words: Words, weights: Weights, best: NDArray[np.int32] | None) -> NDArray[np.int64]:
        """(Q, D): twice the integers N_i of these patterns; G may be relative to the largest overlaps, ``best``."""
        rows, units = self.patterns.shape
        total, adding = np.zeros((len(words), units), dtype=np.int64), threading.Lock()
        step = min(rows, max(1, _BLOCK * 8 // units))

        def add(first: int, stop: threading.Event) -> None:
            if not stop.is_set():
                some = slice(first, first + step)
                many = None if weights.multitude is None else weights.multitude[some]
                sums = _blended(bits.packed(self.patterns.words[some], units), words, weights, many, best)
                with adding:
                    total[...] += sums

        over(add, range(0, rows, step), self._threads)
        return total

    def found(self, words: Words, known: Words | None, known_units: int, top: int, reach: int) -> search.Found:
        """What a search of this shard finds; indices count from its own first pattern."""
        asked = search.Asked(self.patterns.words, self.patterns.shape[1], known, known_units)
        return search.search(asked, words, top=min(top, len(self.patterns)), reach=reach)


def _blended(
    part: PackedPatterns, words: Words, weights: Weights, many: NDArray[np.int64] | None, best: NDArray[np.int32] | None
) -> NDArray[np.int64]:
    """Row by row: ξ_i G(m - ξ_i σ_i) = ½ [ξ_i P + σ_i Q] with P = G(m - 1) + G(m + 1) and Q = G(m - 1) - G(m + 1)."""
    units, gain = part.shape[1], cast(Any, weights.gain)
    highest = np.full(len(words), units, dtype=np.int32) if best is None else best
    below = np.arange(units, -1, -1)  # units that agree, counted from those of the highest overlap down
    counts = Shard(part).histogram(words, many)
    for row, top in zip(counts, (highest + units) // 2, strict=True):
        row[:] = np.roll(row, units - top)  # none lies above the highest
    asked = search.Asked(part.words, units, multitude=many)
    sums = search.blend(asked, words, highest, gain[below] + gain[below + 1], 1)
    sums += bits.unpack(words, units) * (counts @ (gain[:-1] - gain[1:]))[:, None]
    return sums


def opened(source: str | PackedPatterns) -> Shard:
    """The shard of a file, or of patterns."""
    return Shard(source)


def _header_sum(path: str) -> int:
    with open(path, "rb") as file:
        return zlib.crc32(file.read(int.from_bytes(file.read(8), "little")))


def ask(shard: Shard, held: tuple[int, int, int] | None, what: str, *arguments: Any) -> Any:
    """A question, by the name of a method, to a shard that holds what it held."""
    shard.expect(held)
    return getattr(shard, what)(*map(aligned, arguments))


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
