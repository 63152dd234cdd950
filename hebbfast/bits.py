"""The packed format, known to this module alone on the Python side.

Bit 1 is +1. Unit j of a row is bit j % 64 of word j // 64, words are little-endian uint64, and the bits behind
the last unit are zero::

    units   0 1 2 ........ 63 | 64 65 ..... D-1  0 0 0
            word 0              word 1           tail
"""

import contextlib
import operator
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _kernels
from hebbfast._work import threads

__all__ = ["PackedPatterns", "States", "read_states"]

_FEW = 64  # words for which aligning costs more than it saves
_PIECE = 1 << 24  # values converted, or 2^37 bits compared, between two looks at Ctrl-C


class PackedPatterns:
    """K patterns of D units of ±1, one bit a unit.

    Parameters
    ----------
    patterns : array_like
        (K, D) of ±1: int8 is fastest; other integers, floats, and bools with True = +1 are converted.

    Attributes
    ----------
    words : ndarray
        (K, ceil(D / 64)) uint64, read-only; the module docstring draws the format.
    shape : tuple of int
        (K, D).

    Raises
    ------
    ValueError
        If ``patterns`` is not a (K, D) array of ±1 with K, D ≥ 1; the message names the first wrong value.

    Examples
    --------
    >>> import hebbfast as hb
    >>> packed = hb.PackedPatterns([[1, -1, 1], [-1, -1, 1]])
    >>> packed.words.tolist()
    [[5], [4]]
    >>> packed.overlaps([1, 1, 1]).tolist()
    [1, -1]
    """

    __slots__ = ("_units", "_words")

    def __init__(self, patterns: ArrayLike) -> None:
        values = as_array(patterns, "patterns")
        if values.ndim != 2 or 0 in values.shape:
            raise ValueError(f"patterns must have shape (K, D) with K, D >= 1, got shape {values.shape}")
        self._set(pack_signs(values, "patterns"), values.shape[1])

    def _set(self, words: NDArray[np.uint64], units: int) -> None:
        words.flags.writeable = False
        self._words, self._units = words, units

    @classmethod
    def _of(cls, words: NDArray[np.uint64], units: int) -> "PackedPatterns":
        """Wrap words whose tail bits are known to be zero."""
        packed = cls.__new__(cls)
        packed._set(words, units)
        return packed

    @classmethod
    def random(cls, patterns: int, units: int, *, rng: Any = None) -> "PackedPatterns":
        """Draw unbiased patterns as bits, never as bytes.

        Parameters
        ----------
        patterns, units : int
            K and D, at least 1.
        rng : seed, SeedSequence or Generator, optional
            Where the bits come from (`numpy.random.default_rng`).

        Returns
        -------
        PackedPatterns
            (K, D), each unit ±1 with probability ½, in K·D/8 bytes.

        Examples
        --------
        >>> import hebbfast as hb
        >>> hb.PackedPatterns.random(10, 100_000, rng=0).shape
        (10, 100000)
        """
        patterns, units = check_size(patterns, "patterns"), check_size(units, "units")
        words = empty_words(patterns, units)
        rng = np.random.default_rng(rng)
        rows = max(1, _PIECE // words.shape[1])
        for first in range(0, patterns, rows):
            piece = words[first : first + rows]
            piece[...] = rng.integers(0, 2**64, size=piece.shape, dtype=np.uint64)
        words[:, -1] &= tail_mask(units)
        return cls._of(words, units)

    @staticmethod
    def concatenate(parts: Iterable["PackedPatterns"]) -> "PackedPatterns":
        """Join stores of equal D, one below the other.

        Parameters
        ----------
        parts : iterable of PackedPatterns
            At least one.

        Returns
        -------
        PackedPatterns
            All their patterns, in order.

        Examples
        --------
        >>> import hebbfast as hb
        >>> a = hb.PackedPatterns([[1, -1]])
        >>> len(hb.PackedPatterns.concatenate([a, a]))
        2
        """
        parts = list(parts)
        sizes = sorted({part.shape[1] for part in parts})
        if len(sizes) != 1:
            raise ValueError(f"parts must be PackedPatterns of one D, got D in {sizes}")
        words = empty_words(sum(map(len, parts)), sizes[0])
        np.concatenate([part.words for part in parts], out=words)
        return PackedPatterns._of(words, sizes[0])

    @property
    def words(self) -> NDArray[np.uint64]:
        """(K, ceil(D / 64)) uint64, read-only."""
        return self._words

    @property
    def shape(self) -> tuple[int, int]:
        """(K, D)."""
        return self._words.shape[0], self._units

    @property
    def nbytes(self) -> int:
        """Size of `words` in bytes."""
        return self._words.nbytes

    def __len__(self) -> int:
        return len(self._words)

    def __repr__(self) -> str:
        return f"<PackedPatterns K={len(self)} D={self._units}, {self.nbytes:,} bytes>"

    def __getitem__(self, index: Any) -> Any:
        """PackedPatterns for a slice, mask or list of indices; for one index the row itself, (D,) int8."""
        if isinstance(index, (int, np.integer)):
            index = int(index)
            if not -len(self) <= index < len(self):
                raise IndexError(f"index must lie in {-len(self)}..{len(self) - 1}, got {index}")
            return _unpack(self._words[index][None], self._units)[0]
        words = np.ascontiguousarray(self._words[index])
        if words.ndim != 2:
            raise IndexError(f"index must select whole patterns, got {index!r}")
        return PackedPatterns._of(words.view(), self._units)

    def unpack(self) -> NDArray[np.int8]:
        """The patterns as (K, D) int8 of ±1."""
        return _unpack(self._words, self._units)

    def columns(self) -> NDArray[np.uint64]:
        """The transposed bit matrix, (D, ceil(K / 64)) uint64: row i holds unit i of every pattern."""
        out = empty_words(self._units, len(self))
        _kernels.transpose(self._words, self._units, out)
        return out

    def overlaps(self, states: "ArrayLike | PackedPatterns") -> NDArray[np.int32]:
        """Overlaps m_μ = Σ_i ξ_i^μ σ_i.

        Parameters
        ----------
        states : array_like or PackedPatterns
            (D,) or (Q, D) of ±1.

        Returns
        -------
        ndarray
            int32 (K,) for one state, (Q, K) for a batch.

        Examples
        --------
        >>> import hebbfast as hb
        >>> patterns = hb.random_patterns(3, 100, rng=0)
        >>> int(hb.PackedPatterns(patterns).overlaps(patterns[1])[1])
        100
        """
        batch = read_states(states, self._units, "states")
        out = np.empty((len(batch.words), len(self)), dtype=np.int32)
        if len(out) == 1 and len(self) * self._units >= threads.HUGE:

            def count_rows(first: int, last: int) -> None:
                _kernels.overlaps(self._words[first:last], batch.words, self._units, out[:, first:last])

            threads.share(count_rows, len(self), threads.thread_count(None))
            return out[0] if batch.single else out
        step = max(1, int(2**37 // (len(self) * self._units)))
        for first in range(0, len(out), step):
            part = slice(first, first + step)
            _kernels.overlaps(self._words, batch.words[part], self._units, out[part])
        return out[0] if batch.single else out

    def save(self, path: "str | os.PathLike[str]") -> None:
        """Write the words to a safetensors file; needs ``pip install "hebbfast[files]"``.

        The file holds one tensor, ``words``, and D in its metadata as ``units``. It appears whole or not at all.

        Parameters
        ----------
        path : path-like
            The file to write; an existing one is replaced.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        safetensors = _safetensors()
        part = f"{os.fspath(path)}.{os.getpid()}.part"
        try:
            safetensors.numpy.save_file({"words": self._words}, part, {"format": "hebbfast", "units": str(self._units)})
            os.replace(part, path)
        except safetensors.SafetensorError as error:
            raise OSError(f"path must name a file that can be written, got {os.fspath(path)!r}: {error}") from None
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(part)

    @classmethod
    def load(cls, path: "str | os.PathLike[str]", *, mmap: bool = True) -> "PackedPatterns":
        """Read what `save` wrote.

        Parameters
        ----------
        path : path-like
            The file.
        mmap : bool, default True
            Map the words from the file instead of reading them; they are then read when they are needed.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If the file is truncated or was not written by `save`.
        """
        path = os.fspath(path)
        if not os.path.isfile(path):
            raise FileNotFoundError(f"path must name a file written by PackedPatterns.save, got {path!r}: no such file")
        safetensors = _safetensors()
        try:
            with safetensors.safe_open(path, framework="np") as file:
                units = int((file.metadata() or {})["units"])
                shape = tuple(file.get_slice("words").get_shape())
                words = None if mmap else file.get_tensor("words")
        except (safetensors.SafetensorError, KeyError, ValueError) as error:
            raise ValueError(f"path must name a file written by PackedPatterns.save, got {path!r}: {error}") from None
        if words is None:
            with open(path, "rb") as header:
                offset = 8 + int.from_bytes(header.read(8), "little")
            words = np.memmap(path, dtype="<u8", mode="r", offset=offset, shape=shape).view(np.ndarray)
        if words.shape != (shape[0], words_of(units)) or np.any(words[:, -1] & ~tail_mask(units)):
            raise ValueError(
                f"path must name a file written by PackedPatterns.save, got {path!r}: words and units disagree"
            )
        return cls._of(words, units)


@dataclass(frozen=True, slots=True)
class States:
    """A batch of packed states, and what is needed to give results back as they came."""

    words: NDArray[np.uint64]
    units: int
    single: bool
    dtype: np.dtype[Any] | None  # None: they came packed

    def restore(self, words: NDArray[np.uint64]) -> Any:
        """States of the same kind as those given: dtype, dimensions, or packed."""
        if self.dtype is None:
            return PackedPatterns._of(words, self.units)
        values: NDArray[Any] = _unpack(words, self.units)
        values = values > 0 if self.dtype.kind == "b" else values.astype(self.dtype, copy=False)
        return values[0] if self.single else values


def read_states(states: "ArrayLike | PackedPatterns", units: int, name: str) -> States:
    """Pack (D,) or (Q, D) states of ±1 for ``units``; the words may be the caller's own, so copy before writing."""
    if isinstance(states, PackedPatterns):
        if states.shape[1] != units:
            raise ValueError(f"{name} must have D={units} units, got {states.shape[1]}")
        return States(states.words, units, False, None)
    values = as_array(states, name)
    if values.ndim not in (1, 2) or values.shape[-1] != units:
        raise ValueError(f"{name} must have shape ({units},) or (Q, {units}), got shape {values.shape}")
    return States(pack_signs(values if values.ndim == 2 else values[None], name), units, values.ndim == 1, values.dtype)


def read_mask(mask: ArrayLike, units: int, name: str) -> NDArray[np.uint64]:
    """Pack a boolean mask of shape (D,) to words of shape (ceil(D / 64),)."""
    flags = np.asarray(mask)
    if flags.dtype != bool or flags.shape != (units,):
        raise ValueError(f"{name} must be a boolean mask of shape ({units},), got {flags.dtype} of shape {flags.shape}")
    words: NDArray[np.uint64] = pack_signs(flags[None], name)[0]
    return words


def check_size(size: int, name: str) -> int:
    """A size of an array as int, at least 1 and below 2^31."""
    try:
        number = operator.index(size)
    except TypeError:
        number = 0
    if isinstance(size, bool) or not 1 <= number < 2**31:
        raise ValueError(f"{name} must be an integer from 1 to 2**31 - 1, got {size!r}")
    return number


def words_of(units: int) -> int:
    """Words in a row of ``units`` bits."""
    return (units + 63) // 64


def tail_mask(units: int) -> np.uint64:
    """The bits of the last word that hold units."""
    return np.uint64(2 ** (units % 64 or 64) - 1)


def empty_words(rows: int, units: int) -> NDArray[np.uint64]:
    """Room for packed rows; unless they are few, they start on a cache line."""
    count = rows * words_of(units)
    if count >= 2**60:
        raise ValueError(f"patterns of shape ({rows}, {units}) must fit the address space, got {8 * count} bytes")
    if count <= _FEW:
        return np.empty((rows, words_of(units)), dtype=np.uint64)
    return aligned_bytes(8 * count).view(np.uint64).reshape(rows, words_of(units))


def aligned_bytes(size: int) -> NDArray[np.uint8]:
    """``size`` bytes, not initialised, starting at a multiple of 64."""
    raw = np.empty(size + 64, dtype=np.uint8)
    start = -raw.__array_interface__["data"][0] % 64  # raw.ctypes takes 2 µs
    return raw[start : start + size]


def as_array(values: Any, name: str) -> NDArray[Any]:
    """An array of numbers or bools; what the numbers are is checked when they are packed."""
    if isinstance(values, PackedPatterns):
        return values.unpack()
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(f"{name} must be a rectangular array of +1 and -1, got rows of different lengths") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold numbers +1 and -1 (or bools), got dtype {array.dtype}")
    return array


def pack_signs(values: NDArray[Any], name: str) -> NDArray[np.uint64]:
    """Pack rows of ±1 (or bools), naming the first value that is neither."""
    rows, units = values.shape
    words = empty_words(rows, units)
    step = max(1, _PIECE // max(1, units))
    for first in range(0, rows, step):
        piece = values[first : first + step]
        wrong = _kernels.pack(_as_int8(piece), words[first : first + step])
        if wrong >= 0:
            row, column = divmod(wrong, units)
            where = f"[{column}]" if rows == 1 else f"[{first + row}, {column}]"
            raise ValueError(f"{name} must hold +1 and -1 only, got {piece[row, column]} at {where}")
    return words


def _as_int8(values: NDArray[Any]) -> NDArray[np.int8]:
    """C-contiguous int8; whatever is not ±1 becomes 0, for the kernel to find."""
    if values.dtype == np.int8:
        signs = values
    elif values.dtype == bool:
        signs = values.astype(np.int8) * np.int8(2) - np.int8(1)
    else:
        signs = (values == 1).astype(np.int8) - (values == -1).astype(np.int8)
    return np.ascontiguousarray(signs)


def _unpack(words: NDArray[np.uint64], units: int) -> NDArray[np.int8]:
    out = np.empty((len(words), units), dtype=np.int8)
    _kernels.unpack(words, out)
    return out


def _safetensors() -> Any:
    try:
        import safetensors
        import safetensors.numpy
    except ImportError:
        raise ImportError('files of packed patterns need safetensors: pip install "hebbfast[files]"') from None
    return safetensors
