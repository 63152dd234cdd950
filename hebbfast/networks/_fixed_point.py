"""Couplings as integers times one number: what a `HopfieldNetwork` keeps, of dense and of sparse ones."""

import math
from collections.abc import Iterable
from contextlib import nullcontext
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


_FixedPoint = tuple[NDArray[Any], NDArray[Any], float]
_FINEST = 1074  # 2^-1074 is the smallest double
_EXACT = 2**53  # up to it integers are doubles


def fixed_point(matrix: NDArray[Any], bias: NDArray[Any], scale: float) -> _FixedPoint:
    """Couplings and bias as integers, the former a row for each sending unit, and the number they are multiples of.

    The integers are the narrowest exact ones of a power of two; where none of 32 bits are, those of another number, of
    which all are multiples up to rounding; else int64, which comes before any power of two where it is exact. All is
    multiplied by ``scale`` then. A flip adds twice a row, so partial sums of a field stay below three times the largest
    row sum, and that must fit the integers of the field.
    """
    matrix, bias = _alike(matrix, bias)
    sums = np.empty(len(bias))
    with np.errstate(over="ignore") if "f" in (matrix.dtype.kind, bias.dtype.kind) else nullcontext():
        for part in _blocks(matrix):
            sums[part] = np.abs(matrix[part].astype(np.float64)).sum(axis=1)
        return _made(matrix, bias, sums, scale)


def fixed_point_sparse(columns: Any, bias: NDArray[Any], scale: float) -> tuple[Sparse, NDArray[Any], float]:
    """`fixed_point` of what `read_sparse` gives. Values take 16 bits at least: 8 would save a seventh."""
    data, bias = _alike(columns.data, bias)
    with np.errstate(over="ignore"):
        sums: NDArray[Any] = np.bincount(columns.indices, np.abs(data.astype(np.float64)), len(bias))
        values, offsets, unit = _made(data, bias, sums, scale)
    if values.dtype == np.int8:
        values = values.astype(np.int16)
    starts, targets = columns.indptr.astype(np.int64), columns.indices.astype(np.uint32)
    return Sparse(starts, targets, values), offsets, unit


def _alike(values: NDArray[Any], bias: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Both as integers, or as doubles but for integers that are none."""
    if values.dtype.kind != "f":
        bias = _whole(bias)
    elif bias.dtype.kind != "f" and _size(bias) > _EXACT:
        values = _whole(values)
    if values.dtype.kind == "f" or bias.dtype.kind == "f":
        values, bias = _doubles(values), _doubles(bias)
    return values, bias


def _whole(values: NDArray[Any]) -> NDArray[Any]:
    """Floats that are integers of 64 bits, as those."""
    if values.dtype.kind != "f" or not (np.abs(values) < 2.0**63).all() or (values != np.rint(values)).any():
        return values
    return values.astype(np.int64)


def _doubles(values: NDArray[Any]) -> NDArray[Any]:
    if values.dtype.kind != "f" and _size(values) > _EXACT:
        return values
    return values.astype(np.float64, copy=False)


def _size(values: NDArray[Any]) -> int:
    return max(abs(int(values.min(initial=0))), abs(int(values.max(initial=0))))


def _made(values: NDArray[Any], bias: NDArray[Any], row_sums: NDArray[np.float64], scale: float) -> _FixedPoint:
    """Of a matrix or, as they are, of entries; ``row_sums`` are those of their sizes."""
    sizes = np.abs(bias.astype(np.float64))
    largest_sum, energies = 3.0 * float((row_sums + sizes).max()), float(row_sums.sum() + 2 * sizes.sum())  # twice
    _expect_room(max(largest_sum, energies), scale, values, bias)
    if values.dtype.kind != "f" and bias.dtype.kind != "f":
        found = _from_integers(values, bias, largest_sum)
    else:
        found = _from_floats(values, bias, largest_sum)
    integers, offsets, unit = found
    if not unit * scale > 0.0:
        raise ValueError(
            f"scale must keep couplings and fields within float64, got {scale:g} for multiples of {unit:g}"
        )
    return integers, offsets, unit * scale


def _expect_room(most: float, scale: float, *arrays: NDArray[Any]) -> None:
    """Do fields and energies, up to ``most``, stay within float64?"""
    if math.isfinite(most * scale):
        return
    largest = max(float(np.abs(array.astype(np.float64)).max(initial=0)) for array in arrays)
    if not math.isfinite(most):
        raise ValueError(f"couplings must keep fields and energies within float64, got sizes up to {largest:.3g}")
    raise ValueError(
        f"scale must keep couplings and fields within float64, got {scale:g} for sizes up to {largest:.3g}"
    )


def _from_integers(values: NDArray[Any], bias: NDArray[Any], largest_sum: float) -> _FixedPoint:
    """Integers as they are, or the multiples of a power of two next to them, if a sum may leave int64."""
    absolute = values if values.dtype.kind == "u" else np.abs(values, dtype=np.int64)
    sizes = _used(absolute)  # its highest bit is that of the largest
    used = sizes | _used(bias)
    shift = max(0, math.frexp(largest_sum)[1] - 62)
    if largest_sum >= 2.0**31 * max(1, used & -used):
        return _integers(values, shift, np.int64), _over(bias, shift).astype(np.int64), math.ldexp(1.0, shift)
    dtype, shift = _narrowest(used, sizes.bit_length())
    return _integers(values, shift, dtype), _over(bias, shift).astype(np.int32), math.ldexp(1.0, shift)


def _used(values: NDArray[Any]) -> int:
    return int(np.bitwise_or.reduce(values, axis=None))


def _narrowest(used: int, bits: int) -> tuple[Any, int]:
    """The narrowest type for integers of so many bits, and the low bits to drop, which are zero in all (`used`)."""
    narrow: Any
    shift = (used & -used).bit_length() - 1 if used else 0
    for narrow, width in ((np.int8, 7), (np.int16, 15)):
        if bits - shift <= width:
            return narrow, shift
    return np.int32, shift


def _integers(values: NDArray[Any], shift: int, dtype: Any) -> NDArray[Any]:
    """Values over 2^shift, transposed, block by block: a large matrix is never held twice."""
    made = np.empty(values.shape, dtype)
    for part in _blocks(values):
        made.T[part] = _over(values[part], shift)
    return made


def _blocks(values: NDArray[Any]) -> Iterable[slice]:
    each = values.size // max(1, len(values))
    return pieces(len(values), each, 32 * each)


def _over(values: NDArray[Any], shift: int) -> NDArray[Any]:
    """The nearest integers to values over 2^shift, the even one of two."""
    if values.dtype.kind == "f" or shift > 62:
        return np.rint(np.ldexp(values.astype(np.float64, copy=False), -shift))
    whole = values.astype(np.uint64 if values.dtype.kind == "u" else np.int64, copy=False)
    if shift <= 0:
        return whole << -shift if shift else whole
    down, half = whole >> shift, 1 << shift - 1
    if _used(whole) % (2 * half) == 0:
        return down
    rest = whole - (down << shift)
    up = (rest > half) | ((rest == half) & (down % 2 == 1))
    return np.asarray(down + up)


def _from_floats(values: NDArray[Any], bias: NDArray[Any], largest_sum: float) -> _FixedPoint:
    """Doubles, or integers that are none beside them."""
    bits = math.frexp(largest_sum)[1] if largest_sum else 31
    shift = max(bits - 62, -_FINEST)
    if values.dtype.kind == "f" and bias.dtype.kind == "f":
        narrow = max(bits - 31, -_FINEST)
        if _fits(values, narrow) and _fits(bias, narrow):
            integers, offsets = _integers(values, narrow, np.int32), _over(bias, narrow).astype(np.int32)
            dtype, low = _narrowest(_used(integers) | _used(offsets), _size(integers).bit_length())
            return (integers >> low).astype(dtype), offsets >> low, math.ldexp(1.0, narrow + low)
        common = common_scale(values, bias)
        if common is not None and largest_sum / common < 2.0**31 * (1 - 1e-9):
            # Sums of multiples of a power of two are exact: what is off them then is no rounding.
            if math.frexp(common)[0] != 0.5 or not (_fits(values, shift) and _fits(bias, shift)):
                return _multiples(values, bias, common)
    return _integers(values, shift, np.int64), _over(bias, shift).astype(np.int64), math.ldexp(1.0, shift)


def _fits(values: NDArray[Any], shift: int) -> bool:
    """Are all of them integers times 2^shift?"""
    return all(np.array_equal(np.ldexp(_over(values[part], shift), shift), values[part]) for part in _blocks(values))


def _multiples(matrix: NDArray[np.float64], bias: NDArray[np.float64], scale: float) -> _FixedPoint:
    """Numbers that are integers times a scale, up to rounding."""
    dtype, _ = _narrowest(1, round(float(np.abs(matrix).max(initial=0)) / scale).bit_length())
    integers = np.ascontiguousarray(np.rint(matrix.T / scale), dtype=dtype)
    return integers, np.rint(bias / scale).astype(np.int32), scale
