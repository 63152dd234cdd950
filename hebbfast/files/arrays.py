"""NumPy's files, .npy and .npz, read in blocks.

What a header claims is checked against the size of the file before anything is made of it, and nothing is unpickled.
A compressed file can hold a thousand times its size; what would then take much memory is refused.
"""

import io
import os
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from math import prod
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from hebbfast.bits import PackedPatterns, words_of
from hebbfast.files import blocks
from hebbfast.files.thresholds import binarise

__all__ = [
    "MAGIC",
    "chosen",
    "expect_modest",
    "pack_array",
    "read_archive",
    "read_array",
    "read_numbers",
    "rows_of",
    "split_name",
]

Path = str | os.PathLike[str]

MAGIC = b"\x93NUMPY"
_LISTED = 8  # names of arrays in a message
_MODEST = 1 << 30  # bytes of memory for what a compressed file holds, or more if the file is large
_EACH = 64  # of them for the name of a pattern
_READERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


@dataclass(frozen=True)
class Source:
    """Where the bytes of one array come from: a file, or a member of an archive; `packed` is the size of that one."""

    open: Callable[[], AbstractContextManager[IO[bytes]]]
    size: int
    packed: int | None = None


@dataclass(frozen=True)
class Header:
    """What stands before the values."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    by_columns: bool
    offset: int

    @property
    def rows(self) -> tuple[int, int]:
        """(K, D)."""
        return rows_of(self.shape)

    @property
    def together(self) -> int:
        """Bytes that must be in memory at once: a row, or all of an array that is kept by columns."""
        patterns, units = self.rows
        return (patterns if self.by_columns else 1) * units * self.dtype.itemsize

    def place(self, row: int, unit: int) -> list[int]:
        """The index in the array of a unit of a pattern."""
        return [int(j) for j in np.unravel_index(row * self.rows[1] + unit, self.shape)]


def rows_of(shape: tuple[int, ...]) -> tuple[int, int]:
    """(K, D) of an array: one row a pattern, whatever the dimensions behind the first."""
    return (1, shape[0]) if len(shape) == 1 else (shape[0], prod(shape[1:]))


def expect_modest(shape: tuple[int, ...], together: int, file_bytes: int) -> None:
    """Refuse an array out of a compressed file that takes far more memory than the file is large.

    ``together``: bytes of its values that are held at once.
    """
    patterns, units = rows_of(shape)
    needed, most = together + patterns * (8 * words_of(units) + _EACH), max(_MODEST, 4 * file_bytes)
    if needed > most:
        raise ValueError(
            f"an array of shape {shape} takes {needed:,} bytes of memory, and {most:,} are the most for a compressed "
            f"file of {file_bytes:,} bytes: save it without compression"
        )


def split_name(text: str) -> tuple[str, str | None]:
    """Split ``FILE.npz:NAME``; a colon of a name that exists is nothing else."""
    if not os.path.lexists(text):
        for place, letter in enumerate(text):
            if letter == ":" and os.path.isfile(text[:place]):
                return text[:place], text[place + 1 :]
    return text, None


def read_array(path: Path, threshold: str | float | None) -> PackedPatterns:
    """Read the patterns of a ``.npy`` file; values that are not ±1 or bools are cut at the threshold."""
    return _read(Source(lambda: open(path, "rb"), os.stat(path).st_size), threshold)


def read_numbers(path: Path) -> NDArray[Any]:
    """The numbers of a .npy file, as they are."""
    source = Source(lambda: open(path, "rb"), os.stat(path).st_size)
    with source.open() as file:
        header = _header(file, source.size)
    return np.concatenate([block for _, block in _blocks(source, header)]).reshape(header.shape)


def read_archive(path: Path, name: str | None, threshold: str | float | None) -> PackedPatterns:
    """Read the patterns of the array `name`, or of the only one, of a ``.npz`` file."""
    with zipfile.ZipFile(path) as archive:
        names = [member[:-4] for member in archive.namelist() if member.endswith(".npy")]
        member = archive.getinfo(f"{chosen(names, name, 'FILE.npz:NAME')}.npy")
        packed = None if member.compress_type == zipfile.ZIP_STORED else os.stat(path).st_size
        return _read(Source(lambda: archive.open(member), member.file_size, packed), threshold)


def chosen(names: list[str], name: str | None, form: str) -> str:
    """The array that is asked for, or the only one; `form` says how to ask."""
    if name is None and len(names) == 1:
        return names[0]
    if name is None or name not in names:
        listed = ", ".join(names[:_LISTED]) + (f" and {len(names) - _LISTED} more" if len(names) > _LISTED else "")
        raise ValueError(f"say which array as {form}; it holds {listed or 'no arrays'}")
    return name


def pack_array(values: NDArray[Any], threshold: str | float | None) -> PackedPatterns:
    """The patterns of an array that is in memory."""
    _expect_numbers(values.shape, values.dtype)
    raw = np.ascontiguousarray(values).tobytes()
    return _packed(Source(lambda: io.BytesIO(raw), len(raw)), Header(values.shape, values.dtype, False, 0), threshold)


def _read(source: Source, threshold: str | float | None) -> PackedPatterns:
    with source.open() as file:
        header = _header(file, source.size)
    if source.packed is not None:
        expect_modest(header.shape, header.together, source.packed)
    return _packed(source, header, threshold)


def _packed(source: Source, header: Header, threshold: str | float | None) -> PackedPatterns:
    """Values as they are if they are signs, else cut."""
    if header.dtype == bool or _signs(source, header, threshold is None):
        return blocks.pack_blocks(block for _, block in _blocks(source, header))
    assert threshold is not None  # `_signs` has raised
    return blocks.pack_blocks(
        np.array([binarise(row, threshold) for row in block]) for _, block in _blocks(source, header)
    )


def _header(file: IO[bytes], size: int) -> Header:
    """Read and check what stands before the values."""
    try:
        version = np.lib.format.read_magic(file)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "created on Python 2"
            shape, by_columns, dtype = _READERS[version](file)
    except KeyError:
        raise ValueError(f"version 1.0 or 2.0 of the format is wanted, got {version[0]}.{version[1]}") from None
    except Exception:  # NumPy reads the header as Python and passes on what its parser and its own advice say
        raise ValueError("damaged header") from None
    _expect_numbers(shape, dtype)
    wanted, held = prod(shape) * dtype.itemsize, size - file.tell()
    if wanted != held:
        what = "the file is cut short" if wanted > held else "more follows, one array a file is wanted"
        raise ValueError(f"{dtype} of shape {shape} needs {wanted:,} bytes, got {held:,}: {what}")
    return Header(shape, dtype, by_columns, file.tell())


def _expect_numbers(shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    if not shape or dtype.kind not in "biuf":
        raise ValueError(f"an array of numbers is wanted, got {dtype} of shape {shape}")
    if min(shape) < 1:
        raise ValueError(f"an array of shape {shape} holds no patterns")


def _blocks(source: Source, header: Header) -> Iterator[tuple[int, NDArray[Any]]]:
    """Give blocks of rows, each with the number of its first; an array kept by columns comes in one."""
    patterns, units = header.rows
    row_bytes = units * header.dtype.itemsize
    step = patterns if header.by_columns else max(1, blocks.BLOCK_BYTES // 4 // row_bytes)  # two are there at a time
    with source.open() as file:
        file.read(header.offset)
        for first in range(0, patterns, step):
            count = min(step, patterns - first)
            block = np.frombuffer(_exactly(file, count * row_bytes), header.dtype)
            if header.by_columns:
                block = block.reshape(header.shape, order="F")
            yield first, block.reshape(count, units)
        file.read(1)  # the end, where an archive compares its checksum


def _exactly(file: IO[bytes], count: int) -> bytes:
    found = file.read(count)
    if len(found) != count:
        raise ValueError(f"{count:,} bytes are wanted, got {len(found):,}: the file was cut short")
    return found


def _signs(source: Source, header: Header, needed: bool) -> bool:
    """Whether all values are ±1, as they must be if `needed`; a value that is not finite is refused at once."""
    signs = True
    for first, block in _blocks(source, header):
        if signs:
            wrong = (block != 1) & (block != -1)
            if needed and wrong.any():
                what = "without a threshold only +1 and -1 are taken"
                raise ValueError(_first(what, header, first, block, wrong))
            signs = not wrong.any()
        if header.dtype.kind == "f" and not (finite := np.isfinite(block)).all():
            raise ValueError(_first("finite values are wanted", header, first, block, ~finite))
        if not signs and header.dtype.kind != "f":
            return False
    return signs


def _first(what: str, header: Header, first: int, block: NDArray[Any], wrong: NDArray[np.bool_]) -> str:
    """Say which value is the first wrong one, and where in the whole array."""
    row, unit = divmod(int(wrong.argmax()), block.shape[1])
    return f"{what}, got {block[row, unit]} at {header.place(first + row, unit)}"
