"""Patterns of MATLAB and Octave: the arrays of numbers in .mat files of versions 5 to 7.

The format is that of "MAT-File Format", The MathWorks. What a file claims is compared with its bytes, as in `arrays`.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import numpy as np

from hebbfast.bits import PackedPatterns
from hebbfast.files.arrays import chosen, pack_array

__all__ = ["MATLAB", "read_matlab"]

Path = str | os.PathLike[str]

MATLAB = b"MATLAB "
_LATER = b"MATLAB 7.3"  # HDF5 by another name
_HEADER = 128  # bytes; the last two say which end of a number comes first
_MATRIX, _COMPRESSED = 14, 15  # kinds of elements
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
    """What stands before the values of a matrix, and these; real ones alone."""

    name: str
    flags: int
    shape: tuple[int, ...]
    kind: int
    values: memoryview

    @property
    def of_numbers(self) -> bool:
        """Whether it is full, of real numbers or bools."""
        return self.flags & 0xFF in _NUMBERS and not self.flags & _COMPLEX


def read_matlab(path: Path, name: str | None, threshold: str | float | None) -> PackedPatterns:
    """Read the patterns of the array `name`, or of the only one; a row is a pattern."""
    with open(path, "rb") as file:
        data = file.read()
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
    stored = np.dtype(order + _STORED.get(matrix.kind, "V1"))
    wanted, held = prod(matrix.shape) * stored.itemsize, len(matrix.values)
    if stored.kind == "V" or min(matrix.shape) < 0 or wanted != held:
        raise ValueError(
            f"damaged .mat file: a matrix of shape {matrix.shape} has {held:,} bytes of kind {matrix.kind}"
        )
    values = np.frombuffer(matrix.values, stored).reshape(matrix.shape, order="F")
    return pack_array(values != 0 if matrix.flags & _LOGICAL else values, threshold)


def _matrices(data: memoryview, order: str) -> Iterator[Matrix]:
    """The matrices of a file."""
    for kind, content in _elements(data, order):
        if kind == _COMPRESSED:  # to a thousandth of its size at most
            kind, content = next(_elements(memoryview(zlib.decompress(content)), order), (0, content))
        if kind != _MATRIX:
            continue
        parts = [*_elements(content, order)]
        if len(parts) < 4:
            continue  # an object of a later version
        (_, flags), (_, shape), (_, name), (stored, values) = parts[:4]
        marks, dimensions = (
            struct.unpack_from(f"{order}I", flags)[0],
            struct.unpack(f"{order}{len(shape) // 4}i", shape),
        )
        yield Matrix(bytes(name).decode("latin-1"), marks, dimensions, stored, values)


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
