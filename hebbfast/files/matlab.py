"""Patterns of MATLAB and Octave: the arrays of numbers in .mat files of versions 5 to 7.

The format is that of "MAT-File Format", The MathWorks. What a file claims is compared with its bytes, as in `arrays`.
Of compressed matrices only the beginnings are unpacked, and then the one that is asked for.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from math import prod

import numpy as np

from hebbfast.bits import PackedPatterns
from hebbfast.files.arrays import chosen, expect_modest, pack_array

__all__ = ["is_matlab", "read_matlab"]

Path = str | os.PathLike[str]

_BEGINS = b"MATLAB "
_LATER = b"MATLAB 7.3"  # HDF5 by another name
_HEADER = 128  # bytes; the last two say which end of a number comes first
_MATRIX, _COMPRESSED = 14, 15  # kinds of elements
_BEGINNING = 4096  # bytes in which flags, shape and name of a matrix stand
_COPIES = 4  # of the values of a compressed matrix, on their way into bits
_STORED = {
    1: "i1",
    2: "u1",
    3: "i2",
    4: "u2",
    5: "i4",
    6: "u4",
    7: "f4",
    9: "f8",
    12: "i8",
    13: "u8",
}  # others: numbers
_NUMBERS = range(6, 16)  # classes of matrices: double to uint64
_LOGICAL, _COMPLEX = 0x200, 0x800  # flags of them


@dataclass(frozen=True)
class Matrix:
    """What stands before the values of a matrix, the element in which it is, and its size when unpacked."""

    name: str
    flags: int
    shape: tuple[int, ...]
    element: memoryview
    size: int
    compressed: bool

    @property
    def of_numbers(self) -> bool:
        """Whether it is full, of real numbers or bools."""
        return self.flags & 0xFF in _NUMBERS and not self.flags & _COMPLEX


def is_matlab(head: bytes) -> bool:
    """Whether a file begins as those of a version, which may be one that is not read."""
    return head.startswith(_BEGINS) or any(_is_version_4(head, order) for order in "<>")


def _is_version_4(head: bytes, order: str) -> bool:
    """Whether a kind in decimal digits comes first, M0PT, then rows, columns, parts, the size of a name, and that."""
    if len(head) < 20:
        return False
    kind, _, _, parts, size = struct.unpack_from(f"{order}5i", head)
    name = head[20 : 20 + max(size, 0)]
    numbers = 0 <= kind < 5000 and kind % 1000 < 60 and parts in (0, 1)
    return numbers and name[-1:] == b"\0" and name[:-1].decode("latin-1").isidentifier()


def read_matlab(path: Path, name: str | None, threshold: str | float | None) -> PackedPatterns:
    """Read the patterns of the array `name`, or of the only one; a row is a pattern."""
    with open(path, "rb") as file:
        data = file.read()
    if not data.startswith(_BEGINS):
        raise ValueError("version 4 of the format is not read: save it by MATLAB's save with '-v7'")
    if data.startswith(_LATER):
        raise ValueError("version 7.3 of the format is not read: save it by MATLAB's save with '-v7'")
    order = {b"IM": "<", b"MI": ">"}.get(data[_HEADER - 2 : _HEADER])
    try:
        if order is None:
            raise ValueError("its header is cut short")
        found = {matrix.name: matrix for matrix in _matrices(memoryview(data)[_HEADER:], order) if matrix.of_numbers}
    except (ValueError, struct.error, zlib.error) as error:
        raise ValueError(f"damaged .mat file: {error}") from None
    matrix = found[chosen(list(found), name, "FILE.mat:NAME")]
    if matrix.compressed:
        expect_modest(matrix.shape, _COPIES * matrix.size, len(data))
    try:
        kind, content = _values(matrix, order)
    except (ValueError, struct.error, zlib.error) as error:
        raise ValueError(f"damaged .mat file: {error}") from None
    stored = np.dtype(order + _STORED.get(kind, "V1"))
    wanted, held = prod(matrix.shape) * stored.itemsize, len(content)
    if stored.kind == "V" or min(matrix.shape) < 0 or wanted != held:
        raise ValueError(f"damaged .mat file: a matrix of shape {matrix.shape} has {held:,} bytes of kind {kind}")
    values = np.frombuffer(content, stored).reshape(matrix.shape, order="F")
    return pack_array(values != 0 if matrix.flags & _LOGICAL else values, threshold)


def _matrices(data: memoryview, order: str) -> Iterator[Matrix]:
    """The matrices of a file."""
    for kind, element in _elements(data, order):
        content, size, compressed = element, len(element), kind == _COMPRESSED
        if compressed:
            beginning = memoryview(zlib.decompressobj().decompress(element[: 2 * _BEGINNING], _BEGINNING))
            (kind, size), content = struct.unpack_from(f"{order}II", beginning), beginning[8:]
        if kind != _MATRIX:
            continue
        parts = [*islice(_elements(content, order), 3)]
        if len(parts) < 3:
            continue  # an object of a later version
        (_, flags), (_, shape), (_, name) = parts
        marks, dimensions = (
            struct.unpack_from(f"{order}I", flags)[0],
            struct.unpack(f"{order}{len(shape) // 4}i", shape),
        )
        yield Matrix(bytes(name).decode("latin-1"), marks, dimensions, element, size, compressed)


def _values(matrix: Matrix, order: str) -> tuple[int, memoryview]:
    """Kind and content of the values of a matrix."""
    content = matrix.element
    if matrix.compressed:
        unpacking = zlib.decompressobj()
        content = memoryview(unpacking.decompress(content, matrix.size + 16))[8:]
        if len(content) < matrix.size or not unpacking.eof:
            raise ValueError(f"a matrix does not end after {matrix.size:,} bytes")
    parts = [*islice(_elements(content[: matrix.size], order), 4)]
    if len(parts) < 4:
        raise ValueError("a matrix without values")
    return parts[3]


def _elements(data: memoryview, order: str) -> Iterator[tuple[int, memoryview]]:
    """Kind and content of one element after the other; a short one lies in its own tag."""
    place = 0
    while place < len(data):
        kind, size = struct.unpack_from(f"{order}II", data, place)
        start, end = place + 8, place + 8 + size
        if kind >> 16:
            kind, size = kind & 0xFFFF, kind >> 16
            start, end = place + 4, place + 8
        place = end if kind == _COMPRESSED else end + -end % 8
        if start + size > min(end, len(data)):
            raise ValueError("an element is cut short")
        yield kind, data[start : start + size]
