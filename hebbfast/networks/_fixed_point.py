"""Couplings as integers times one number: what a `HopfieldNetwork` keeps, of dense and of sparse ones."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hebbfast._work.pieces import pieces
from hebbfast.networks._common_scale import common_scale, real

__all__ = ["Sparse", "fixed_point", "fixed_point_sparse", "is_sparse", "read_sparse"]


class Sparse(NamedTuple):
    """Sparse integers: from unit j to ``targets[e]`` leads ``values[e]``, where starts[j] ≤ e < starts[j + 1]."""

    starts: NDArray[np.int64]
    targets: NDArray[np.uint32]
    values: NDArray[Any]

    def matrix(self, scale: float) -> Any:
        """(D, D) float64 SciPy array in CSR, row i what unit i receives."""
        from scipy import sparse

        units, wide = len(self.starts) - 1, len(self.values) >= 2**31
        targets = self.targets.astype(np.int64 if wide else np.int32)
        starts = self.starts.astype(targets.dtype)
        return sparse.csc_array((real(self.values, scale), targets, starts), shape=(units, units)).tocsr()


def is_sparse(values: Any) -> bool:
    """A SciPy sparse matrix or array? Asked without SciPy, which whoever has one has imported."""
    return hasattr(values, "tocsc") and hasattr(values, "nnz")


def read_sparse(name: str, values: Any) -> Any:
    """Columns of a sparse (D, D) matrix of finite numbers: duplicates summed, entries in order, zeros left out."""
    if len(values.shape) != 2 or values.shape[0] != values.shape[1] or values.shape[0] == 0:
        raise ValueError(f"{name} must have shape (D, D), got shape {values.shape}")
    if values.dtype.kind not in "iuf":
        raise TypeError(f"{name} must hold real numbers, got dtype {values.dtype}")
    columns = values.tocsc(copy=True)
    columns.sum_duplicates()
    columns.eliminate_zeros()
    if not np.isfinite(columns.data).all():
        entry = int(np.flatnonzero(~np.isfinite(columns.data))[0])
        column = int(np.searchsorted(columns.indptr, entry, side="right")) - 1
        raise ValueError(f"{name} must be finite, got {columns.data[entry]} at [{columns.indices[entry]}, {column}]")
    return columns


def fixed_point_sparse(columns: Any, bias: NDArray[Any]) -> tuple[Sparse, NDArray[Any], float]:
    """`fixed_point` of what `read_sparse` gives. Values take 16 bits at least: 8 would save a seventh."""
    data, units = columns.data, len(bias)
    with np.errstate(over="ignore"):
        sums: NDArray[Any] = np.bincount(columns.indices, np.abs(data.astype(np.float64)), units)
        sums = sums + np.abs(bias.astype(np.float64))
    found: Any = None
    if data.dtype.kind in "iu" and bias.dtype.kind in "iu" and max(_size(data), _size(bias)) < 2**61:
        found = _entries(data.astype(np.int64), bias.astype(np.int64), float(sums.max()))
    if found is None:
        found = _from_floats(data.astype(np.float64, copy=False), bias.astype(np.float64, copy=False), sums)
    values, offsets, scale = found
    if values.dtype == np.int8:
        values = values.astype(np.int16)
    starts, targets = columns.indptr.astype(np.int64), columns.indices.astype(np.uint32)
    return Sparse(starts, targets, np.ascontiguousarray(values)), offsets, scale


def _entries(data: NDArray[np.int64], bias: NDArray[np.int64], sums: float) -> Any:
    """Integers as they are. None if a sum may leave int64."""
    if 3 * sums >= 2.0**61:
        return None
    if 3 * sums >= 2.0**31:
        return data, bias, 1.0
    dtype, shift = _narrowest(_used(data) | _used(bias), _size(data).bit_length())
    return (data >> shift).astype(dtype), (bias >> shift).astype(np.int32), math.ldexp(1.0, shift)


def _used(values: NDArray[np.int64]) -> int:
    return int(np.bitwise_or.reduce(values, axis=None))


_FixedPoint = tuple[NDArray[Any], NDArray[Any], float]
_FINEST = 1074  # 2^-1074 is the smallest double


def fixed_point(matrix: NDArray[Any], bias: NDArray[Any]) -> _FixedPoint:
    """Couplings (a row for each sending unit) and bias as integers, and the number they are multiples of.

    The integers are the narrowest exact ones of a power of two; where none of 32 bits are, those of another number, of
    which all are multiples up to rounding; else int64. A flip adds twice a row, so partial sums of a field stay below
    three times the largest row sum, and that must fit the integers of the field.
    """
    if matrix.dtype.kind in "iu" and bias.dtype.kind in "iu" and max(_size(matrix), _size(bias)) < 2**61:
        found = _from_integers(matrix, bias.astype(np.int64))
        if found is not None:
            return found
    matrix, bias = matrix.astype(np.float64, copy=False), bias.astype(np.float64, copy=False)
    with np.errstate(over="ignore"):
        sums = np.abs(matrix).sum(axis=1) + np.abs(bias)
    return _from_floats(matrix, bias, sums)


def _size(values: NDArray[Any]) -> int:
    return max(abs(int(values.min(initial=0))), abs(int(values.max(initial=0))))


def _from_integers(matrix: NDArray[Any], bias: NDArray[np.int64]) -> _FixedPoint | None:
    """Integers as they are, block by block: a large matrix is never held twice. None if a sum may leave int64."""
    units, sums = len(matrix), 0.0
    used = int(np.bitwise_or.reduce(bias))
    for part in pieces(units, units, 32 * units):
        block = matrix[part].astype(np.int64)
        used |= int(np.bitwise_or.reduce(block, axis=None))
        sums = max(sums, float((np.abs(block).astype(np.float64).sum(axis=1) + np.abs(bias[part])).max()))
    if 3 * sums >= 2.0**61:
        return None
    dtype: Any = np.int64
    shift = 0
    if 3 * sums < 2.0**31:
        dtype, shift = _narrowest(used, _size(matrix).bit_length())
    outgoing = np.empty((units, units), dtype)
    for part in pieces(units, units, 32 * units):
        outgoing[:, part] = (matrix[part].astype(np.int64) >> shift).T
    return outgoing, (bias >> shift).astype(np.int64 if dtype is np.int64 else np.int32), math.ldexp(1.0, shift)


def _narrowest(used: int, bits: int) -> tuple[Any, int]:
    """The narrowest type for integers of so many bits, and the low bits to drop, which are zero in all (`used`)."""
    narrow: Any
    shift = (used & -used).bit_length() - 1 if used else 0
    for narrow, width in ((np.int8, 7), (np.int16, 15)):
        if bits - shift <= width:
            return narrow, shift
    return np.int32, shift


def _from_floats(matrix: NDArray[np.float64], bias: NDArray[np.float64], row_sums: NDArray[np.float64]) -> _FixedPoint:
    """Of a matrix or, as they are, of entries; ``row_sums`` are those of sizes, with the bias."""
    largest, largest_sum = float(np.abs(matrix).max(initial=0)), 3.0 * float(row_sums.max())
    if not math.isfinite(largest_sum):
        raise ValueError(f"couplings must keep fields within float64, got sizes up to {largest:.3g}")
    sums = math.frexp(largest_sum)[1] if largest_sum else 1
    bits = math.frexp(largest)[1]

    def scaled(exponent: int, dtype: Any) -> tuple[NDArray[Any], NDArray[Any]]:
        integers = np.ascontiguousarray(np.rint(np.ldexp(matrix.T, exponent)), dtype=dtype)
        return integers, np.rint(np.ldexp(bias, exponent)).astype(dtype)

    exponent = min(31 - sums, _FINEST)
    integers, offsets = scaled(exponent, np.int32)
    scale = math.ldexp(1.0, -exponent)
    if not (np.array_equal(integers.T * scale, matrix) and np.array_equal(offsets * scale, bias)):
        common = common_scale(matrix, bias)
        if common is not None and largest_sum / common < 2.0**31 * (1 - 1e-9):
            return _multiples(matrix, bias, common)
        exponent = min(62 - sums, _FINEST)
        return *scaled(exponent, np.int64), math.ldexp(1.0, -exponent)
    used = int(np.bitwise_or.reduce(integers, axis=None) | np.bitwise_or.reduce(offsets))
    narrow, shift = _narrowest(used, max(0, bits + exponent))
    return (integers >> shift).astype(narrow), offsets >> shift, math.ldexp(scale, shift)


def _multiples(matrix: NDArray[np.float64], bias: NDArray[np.float64], scale: float) -> _FixedPoint:
    """Numbers that are integers times a scale, up to rounding."""
    dtype, _ = _narrowest(1, round(float(np.abs(matrix).max(initial=0)) / scale).bit_length())
    integers = np.ascontiguousarray(np.rint(matrix.T / scale), dtype=dtype)
    return integers, np.rint(bias / scale).astype(np.int32), scale
