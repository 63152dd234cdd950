"""The packed format, known to this module alone on the Python side.

Bit 1 is +1. Unit j of a row is bit j % 64 of word j // 64, words are little-endian uint64, and the bits behind
the last unit are zero::

    units   0 1 2 ........ 63 | 64 65 ..... D-1  0 0 0
            word 0              word 1           tail
"""

import math
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments, _kernels
from hebbfast._records import aligned
from hebbfast._work.pieces import pieces
from hebbfast._work.threads import HUGE, over, share, thread_count

if TYPE_CHECKING:
    from hebbfast._work.tensors import Contents
    from hebbfast.search import Nearest

__all__ = ["PackedPatterns", "States", "packed", "read_states"]

_SIGN = np.dtype(np.int8)
_FEW = 64  # words for which aligning costs more than it saves
_COMPARED = 1 << 37  # bits compared between two looks at Ctrl-C
_TRANSPOSED = 1 << 31  # bits moved between two looks


class PackedPatterns:
    """K patterns of D units of ±1, one bit a unit.

    Parameters
    ----------
    patterns : array_like
        (K, D) of ±1: int8 is fastest; other integers, floats, and bools with True = +1 are converted. Pictures
        (K, H, W) are taken row by row, D = H W.

    Attributes
    ----------
    words : ndarray
        (K, ceil(D / 64)) uint64, read-only; the module docstring draws the format.
    shape : tuple of int
        (K, D).

    Raises
    ------
    ValueError
        If ``patterns`` is not a (K, D) or (K, H, W) array of ±1, or empty; the message names the first wrong value.

    Examples
    --------
    >>> import hebbfast as hb
    >>> packed = hb.PackedPatterns([[1, -1, 1], [-1, -1, 1]])
    >>> packed.words.tolist()
    [[5], [4]]
    >>> packed.overlaps([1, 1, 1]).tolist()
    [1, -1]
    """

    __slots__ = ("__weakref__", "_units", "_words")

    def __init__(self, patterns: ArrayLike) -> None:
        values = as_array(patterns, "patterns")
        if values.ndim not in (2, 3) or 0 in values.shape:
            raise ValueError(f"patterns must have shape (K, D) with K, D >= 1, or (K, H, W), got shape {values.shape}")
        rows = values.reshape(len(values), -1)
        self._set(pack_signs(rows, "patterns"), rows.shape[1])

    def _set(self, words: NDArray[np.uint64], units: int) -> None:
        self._words, self._units = aligned(words), units
        self._words.flags.writeable = False

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
        patterns, units = _arguments.size("patterns", patterns), _arguments.size("units", units)
        words = empty_words(patterns, units)
        rng = _arguments.generator(rng)
        for part in pieces(patterns, 8 * words.shape[1]):
            words[part] = rng.integers(0, 2**64, size=words[part].shape, dtype=np.uint64)
        words[:, -1] &= tail_mask(units)
        return packed(words, units)

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
        try:
            parts = list(parts)
        except TypeError:
            raise TypeError(f"parts must be PackedPatterns, several, got {_arguments.shown(parts)}") from None
        for part in parts:
            if not isinstance(part, PackedPatterns):
                raise TypeError(f"parts must be PackedPatterns, got {type(part).__name__} among them")
        sizes = sorted({part.shape[1] for part in parts})
        if len(sizes) != 1:
            raise ValueError(f"parts must be PackedPatterns of one D, got D in {sizes}")
        words = empty_words(sum(map(len, parts)), sizes[0])
        np.concatenate([part.words for part in parts], out=words)
        return packed(words, sizes[0])

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

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PackedPatterns):
            return NotImplemented
        return self.shape == other.shape and bool(np.array_equal(self._words, other._words))

    def __hash__(self) -> int:
        return hash((self.shape, self._words[:1].tobytes(), self._words[-1:].tobytes()))

    def __copy__(self) -> "PackedPatterns":
        return self  # never changes

    def __deepcopy__(self, memo: Any) -> "PackedPatterns":
        return self

    def __reduce__(self) -> Any:
        return packed, (np.asarray(self._words), self._units)

    def __getitem__(self, index: Any) -> Any:
        """As of an array of shape (K, D): PackedPatterns for a slice, mask or list of rows; for one row (D,) int8.

        A second index takes units of these rows: ``packed[:, :100]`` is packed again, ``packed[:, 7]`` is (K,) int8.
        """
        if isinstance(index, tuple):
            if len(index) == 2:
                return self._units_of(self[index[0]], index[1])
            raise IndexError(f"index must name patterns, or patterns and units, got {_arguments.shown(index)}")
        if isinstance(index, (int, np.integer)) and not isinstance(index, bool):
            index = int(index)
            if not -len(self) <= index < len(self):
                raise IndexError(f"index must lie in {-len(self)}..{len(self) - 1}, got {index}")
            return unpack(self._words[index][None], self._units)[0]
        try:
            words = np.ascontiguousarray(self._words[_rows(index)])
        except IndexError as error:
            raise IndexError(f"index must select patterns, got {_arguments.shown(index)}: {error}") from None
        return packed(words.view(), self._units)

    def _units_of(self, rows: Any, units: Any) -> Any:
        """Some units of one unpacked row, or of packed ones."""
        if not isinstance(rows, PackedPatterns):
            return rows[units]
        if isinstance(units, slice) and units.indices(self._units) == (0, self._units, 1):
            return rows
        chosen = np.arange(self._units)[units if isinstance(units, (int, np.integer)) else _rows(units)]
        if chosen.ndim == 0:
            return unpack((rows._words[:, chosen // 64, None] >> np.uint64(chosen % 64)) & np.uint64(1), 1)[:, 0]
        if len(chosen) == 0:
            raise IndexError(f"index must select at least one unit, got {_arguments.shown(units)}")
        words = empty_words(len(rows), len(chosen))
        for part in pieces(len(rows), self._units, self._units):
            words[part] = pack_signs(unpack(rows._words[part], self._units)[:, chosen], "index")
        return packed(words, len(chosen))

    def unpack(self) -> NDArray[np.int8]:
        """The patterns as (K, D) int8 of ±1."""
        return unpack(self._words, self._units)

    def columns(self) -> NDArray[np.uint64]:
        """The transposed bit matrix, (D, ceil(K / 64)) uint64: row i holds unit i of every pattern."""
        out = empty_words(self._units, len(self))
        step = max(512, _TRANSPOSED // self._units // 512 * 512)  # whole words of `out`, and blocks of the kernel
        for first in range(0, len(self), step):
            _kernels.transpose(self._words, self._units, out, first, min(len(self), first + step))
        return out

    def overlaps(
        self,
        states: "ArrayLike | PackedPatterns",
        *,
        known: ArrayLike | None = None,
        threads: int | None = None,
    ) -> NDArray[np.int32]:
        """Overlaps m_μ = Σ_i ξ_i^μ σ_i.

        Parameters
        ----------
        states : array_like or PackedPatterns
            (D,) or (Q, D) of ±1.
        known : array_like of bool, optional
            (D,); units that are False are left out of the sums.
        threads : int, optional
            At most so many; by default HEBBFAST_NUM_THREADS or the CPUs of the process.

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
        if known is not None:
            from hebbfast import search

            return search.masked_overlaps(self, states, known, threads)
        if threads is None and is_plain(states) and len(self) * self._units < HUGE:
            out = np.empty(len(self), dtype=np.int32)
            if _kernels.overlaps_one(self._words, states, self._units, out):
                return out
        batch = read_states(states, self._units, "states")
        found = self.overlaps_of(batch.words, threads)
        return found[0] if batch.single else found

    def overlaps_of(self, words: NDArray[np.uint64], threads: int | None) -> NDArray[np.int32]:
        """Overlaps (Q, K) of packed states; threads share the patterns of one huge memory, or the states of a batch."""
        out = np.empty((len(words), len(self)), dtype=np.int32)
        work = len(self) * self._units
        workers = thread_count(threads) if threads is not None or work * len(words) >= HUGE else 1
        if len(words) == 1:

            def count_rows(first: int, last: int) -> None:
                _kernels.overlaps(self._words[first:last], words, self._units, out[:, first:last])

            share(count_rows, len(self), workers if work >= HUGE else 1)
            return out
        step = max(1, min(_COMPARED // work, -(-len(words) // workers)))
        if step >= len(words):
            if len(words):
                _kernels.overlaps(self._words, words, self._units, out)
            return out

        def count_states(first: int, stop: threading.Event) -> None:
            if not stop.is_set():
                part = slice(first, first + step)
                _kernels.overlaps(self._words, words[part], self._units, out[part])

        over(count_states, range(0, len(words), step), workers)
        return out

    def nearest(
        self,
        states: "ArrayLike | PackedPatterns",
        count: int = 1,
        *,
        known: ArrayLike | None = None,
        threads: int | None = None,
    ) -> "Nearest":
        """The patterns with the largest overlaps, without a table of all of them.

        Parameters
        ----------
        states : array_like or PackedPatterns
            (D,) or (Q, D) of ±1.
        count : int
            Patterns for each state, 1..K.
        known : array_like of bool, optional
            (D,); units that are False are left out of the overlaps.
        threads : int, optional
            At most so many; by default HEBBFAST_NUM_THREADS or the CPUs of the process.

        Returns
        -------
        Nearest
            ``.index`` int64 and ``.overlap`` int32, (count,) or (Q, count): the best first, of equal ones the lower
            index. The Hamming distance is (D - overlap) / 2.

        Raises
        ------
        ValueError
            If an argument is not as described, or ``known`` leaves no unit.

        Examples
        --------
        >>> import hebbfast as hb
        >>> patterns = hb.PackedPatterns.random(1000, 256, rng=0)
        >>> cues = hb.corrupt(patterns[[3, 14]], flip=0.2, rng=1)
        >>> patterns.nearest(cues).index.tolist()
        [[3], [14]]
        """
        from hebbfast import search

        return search.nearest(self, states, count, known, threads)

    def save(self, path: "str | os.PathLike[str]") -> None:
        """Write the words to a safetensors file; needs ``pip install "hebbfast[files]"``.

        The file holds one array, ``words``, with its checksum. It appears whole or not at all.

        Parameters
        ----------
        path : path-like
            The file to write; an existing one is replaced.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        from hebbfast._work.tensors import write_tensors  # whoever saves nothing does without it

        write_tensors(path, "PackedPatterns", {"units": self._units}, {"words": self._words})

    @classmethod
    def load(cls, path: "str | os.PathLike[str]", *, mmap: bool = True, verify: bool | None = None) -> "PackedPatterns":
        """Read what `save` wrote.

        Parameters
        ----------
        path : path-like
            The file.
        mmap : bool, default True
            Map the words from the file instead of reading them; they are then read when they are needed, and
            processes share them. The file must not change meanwhile: patterns would change with it, and if it is cut
            the process dies of SIGBUS.
        verify : bool, optional
            Compare the words with their checksum, for which all are read; by default unless they are mapped and more
            than 64 MiB.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If the file is damaged, was not written by `save`, or by a later version.
        """
        from hebbfast._work.tensors import read_tensors

        wanted = {"words": ("U64", 2)}
        return of_file(read_tensors(path, "PackedPatterns", wanted, ["units"], mmap=mmap, verify=verify))


def of_file(found: "Contents") -> PackedPatterns:
    """The ``words`` of a file. Bits behind the last unit are a fault; where nobody looks, kernels pass over them."""
    words, units = found.arrays["words"], found.parameters["units"]
    if type(units) is not int or units < 1 or len(words) < 1 or words.shape[1] != words_of(units):
        raise found.refusal(f"words of shape {words.shape} do not fit {_arguments.shown(units)} units")
    if found.verified and units % 64 and np.any(words[:, -1] & ~tail_mask(units)):
        raise found.refusal(f"bits behind the last of {units} units")
    return packed(words, units)


@dataclass(frozen=True, slots=True)
class States:
    """A batch of packed states, and what is needed to give results back as they came."""

    words: NDArray[np.uint64]
    units: int
    single: bool
    dtype: np.dtype[Any] | None  # None: they came packed
    picture: tuple[int, ...] = ()  # (H, W) if they came so

    def restore(self, words: NDArray[np.uint64]) -> Any:
        """States of the same kind as those given: dtype, dimensions, or packed; int8 where the dtype has no -1."""
        if self.dtype is None:
            return packed(words, self.units)
        values: NDArray[Any] = unpack(words, self.units)
        if self.dtype.kind == "b":
            values = values > 0
        elif self.dtype.kind != "u":
            values = values.astype(self.dtype, copy=False)
        if self.picture:
            values = values.reshape(-1, *self.picture)
        return values[0] if self.single else values


def packed(words: NDArray[np.uint64], units: int) -> PackedPatterns:
    """Wrap words whose tail bits are known to be zero; they become read-only."""
    made = PackedPatterns.__new__(PackedPatterns)
    made._set(words, units)
    return made


def read_states(states: "ArrayLike | PackedPatterns", units: int, name: str) -> States:
    """Pack (D,) or (Q, D) states of ±1 for ``units``; the words may be the caller's own, so copy before writing.

    So are pictures, (H, W) or (Q, H, W) with H W = D, which cannot be taken for anything else.
    """
    if isinstance(states, PackedPatterns):
        if states.shape[1] != units:
            raise ValueError(f"{name} must have D={units} units, got {states.shape[1]}")
        return States(states.words, units, False, None)
    values = as_array(states, name)
    if values.ndim in (1, 2) and values.shape[-1] == units:
        rows = values if values.ndim == 2 else values[None]
        return States(pack_signs(rows, name), units, values.ndim == 1, values.dtype)
    picture = values.shape[-2:]
    if values.ndim not in (2, 3) or math.prod(picture) != units:
        of_pictures = "" if values.ndim < 3 else f", of pictures (Q, H, W) with H * W = {units}"
        raise ValueError(f"{name} must have shape ({units},) or (Q, {units}){of_pictures}, got shape {values.shape}")
    return States(pack_signs(values.reshape(-1, units), name), units, values.ndim == 2, values.dtype, picture)


def is_plain(state: Any) -> TypeGuard[NDArray[Any]]:
    """May it be one state (D,) as the kernels take it? They look at the rest themselves, so it tries a short way."""
    return type(state) is np.ndarray and state.ndim == 1


def are_plain(states: Any, units: int) -> TypeGuard[NDArray[np.int8]]:
    """The same of a batch (Q, D) with at least one state."""
    if type(states) is not np.ndarray or states.dtype != _SIGN or states.ndim != 2 or not states.flags.c_contiguous:
        return False
    return states.shape[1] == units and len(states) > 0


def read_mask(mask: ArrayLike, units: int, name: str) -> NDArray[np.uint64]:
    """Pack a boolean mask of shape (D,) to words of shape (ceil(D / 64),)."""
    words: NDArray[np.uint64] = pack_signs(_arguments.mask(name, mask, units)[None], name)[0]
    return words


def unpack(words: NDArray[np.uint64], units: int) -> NDArray[np.int8]:
    """The signs (Q, D) of packed rows."""
    out = np.empty((len(words), units), dtype=np.int8)
    _kernels.unpack(words, out)
    return out


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
    array = _arguments.array(name, values, "+1 and -1")
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold numbers +1 and -1 (or bools), got dtype {array.dtype}")
    return array


def pack_signs(values: NDArray[Any], name: str) -> NDArray[np.uint64]:
    """Pack rows of ±1 (or bools), naming the first value that is neither."""
    rows, units = values.shape
    words = empty_words(rows, units)
    for part in pieces(rows, 8 * units, 2 * units):
        piece = values[part]
        wrong = _kernels.pack(_as_int8(piece), words[part])
        if wrong >= 0:
            row, column = divmod(wrong, units)
            where = f"[{column}]" if rows == 1 else f"[{part.start + row}, {column}]"
            binary = piece[row, column] == 0 and bool(np.isin(piece, (0, 1)).all())
            advice = f"; patterns of 0 and 1 become ±1 as 2 * {name} - 1, or as bools" if binary else ""
            raise ValueError(f"{name} must hold +1 and -1 only, got {piece[row, column]} at {where}{advice}")
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


def _rows(index: Any) -> Any:
    """A slice, or an array of indices or flags; never a list that NumPy would take for a tuple, or floats."""
    if isinstance(index, slice):
        return index
    array = _arguments.array("index", index, "integers or bools")
    if array.ndim != 1 or (array.dtype.kind not in "biu" and array.size):
        raise IndexError(f"index must be a slice or 1-d integers or bools, got {array.dtype} of shape {array.shape}")
    return array if array.size else array.astype(np.int64)
