"""Patterns that others are stored behind, in both layouts: room that the memories made from one another share."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import bits

__all__ = ["Growing", "without"]

Words = NDArray[np.uint64]


class Growing:
    """Both layouts of patterns, with room behind the last one.

    A memory sees the patterns that it was made with. Whoever first stores some behind them writes into the room, where
    no older memory looks: words of the transposed layout that two memories share have the same bits for both, for
    kernels pass over those behind the last pattern. Whoever comes second has a copy.

    Attributes
    ----------
    rows : ndarray
        uint64 (room, words of D).
    columns : ndarray or None
        uint64 (D, words of room), if the memory had them when the room was made.
    """

    __slots__ = ("_claims", "columns", "rows", "units")

    def __init__(self, words: Words, columns: Words | None, units: int, patterns: int) -> None:
        """Room for so many patterns and a quarter more; the first are copied."""
        room = patterns + patterns // 4
        self.units = units
        self._claims: dict[int, Any] = {}
        self.rows = bits.empty_words(room, units)
        self.rows[: len(words)] = words
        self.columns = None if columns is None else bits.empty_words(units, room)
        if columns is not None and self.columns is not None:
            self.columns[:, : columns.shape[1]] = columns

    def claim(self, seen: int, patterns: int) -> bool:
        """May the caller, who sees the first ones alone, write up to so many? Only who asks first may."""
        token = object()
        return patterns <= len(self.rows) and self._claims.setdefault(seen, token) is token  # one step, in all threads

    def write(self, seen: int, added: Words) -> None:
        """Put patterns behind those that are seen."""
        end = seen + len(added)
        self.rows[seen:end] = added
        if self.columns is not None:
            first = seen // 64  # the word that the last pattern seen stands in is made again
            tail = bits.packed(self.rows[64 * first : end], self.units).columns()
            self.columns[:, first : first + tail.shape[1]] = tail

    def seen(self, patterns: int) -> tuple[Words, Words | None]:
        """The layouts of the first patterns."""
        columns = None if self.columns is None else self.columns[:, : bits.words_of(patterns)]
        return self.rows[:patterns], columns


def without(columns: Words, rows: Words, units: int, first: int) -> Words:
    """The transposed layout of `rows`, which up to ``first`` are those of ``columns``."""
    if first >= len(rows):
        return columns[:, : bits.words_of(len(rows))]
    out, whole = bits.empty_words(units, len(rows)), first // 64
    out[:, :whole] = columns[:, :whole]
    if whole < out.shape[1]:
        out[:, whole:] = bits.packed(rows[64 * whole :], units).columns()
    return out
