"""The NumPy twin of packed rows: signs to bits and back, turned, counted, compared."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["count_bits", "overlaps", "pack", "read_words", "signs_of", "transpose", "unpack", "words_of"]

_Words = NDArray[np.uint64]


def pack(values: NDArray[np.int8], out: _Words) -> int:
    """Pack (R, D) of ±1 to words; -1, or the flat index of the first value that is not ±1."""
    wrong = np.flatnonzero(np.abs(values.astype(np.int64)) != 1)
    if len(wrong):
        return int(wrong[0])
    out[...] = words_of(values)
    return -1


def unpack(words: _Words, out: NDArray[np.int8]) -> None:
    """Unpack words to (R, D) of ±1."""
    out[...] = signs_of(words, out.shape[1])


def count_bits(words: NDArray[np.uint64]) -> int:
    """Bits set, of all words."""
    return int(np.bitwise_count(words).sum(dtype=np.int64))


def read_words(words: NDArray[np.uint64]) -> int:
    """All words or-ed: what it takes to read them."""
    return int(np.bitwise_or.reduce(words, initial=np.uint64(0)))


def transpose(words: _Words, units: int, out: _Words, first: int, last: int) -> None:
    """The transposed bit matrix, (R, D) as (D, R): columns first..last-1 of it, from the rows of these numbers."""
    out[:, first // 64 : -(-last // 64)] = words_of(signs_of(words[first:last], units).T)


def words_of(signs: NDArray[Any]) -> _Words:
    """Bit 1 is +1, unit j is bit j % 64 of word j // 64, and the tail of the last word is zero."""
    octets = np.packbits(signs > 0, axis=-1, bitorder="little")
    padding = [(0, 0)] * (signs.ndim - 1) + [(0, -octets.shape[-1] % 8)]
    return np.ascontiguousarray(np.pad(octets, padding)).view("<u8").astype(np.uint64)


def signs_of(words: _Words, units: int) -> NDArray[np.int8]:
    octets = np.ascontiguousarray(words).astype("<u8").view(np.uint8)
    bits = np.unpackbits(octets, axis=-1, count=units, bitorder="little")
    return 2 * bits.astype(np.int8) - 1


def overlaps(rows: _Words, states: _Words, units: int, out: NDArray[np.int32]) -> None:
    """m_μ = Σ_i ξ_i^μ σ_i of every state with every pattern."""
    # A product of doubles is exact below 2^53, and the only fast one in NumPy.
    out[...] = signs_of(states, units).astype(np.float64) @ signs_of(rows, units).T.astype(np.float64)
