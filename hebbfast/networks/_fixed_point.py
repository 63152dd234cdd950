"""Couplings as integers times one power of two, so that every sum of them is exact."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast._work.pieces import pieces

__all__ = ["FixedPoint", "fixed_point", "fixed_point_of_few"]

FixedPoint = tuple[NDArray[Any], NDArray[Any], float]  # couplings, bias, and what one of them stands for
FINEST = 1074  # 2^-1074 is the smallest double


def fixed_point(matrix: NDArray[Any], bias: NDArray[Any]) -> FixedPoint:
    """Couplings (a row for each sending unit) and bias as integers, and the power of two they are multiples of.

    The integers are the narrowest exact ones, else int64. A flip adds twice a row, so partial sums of a field stay
    below three times the largest row sum, and that must fit the integers of the field.
    """
    if matrix.dtype.kind in "iu" and bias.dtype.kind in "iu" and max(size(matrix), size(bias)) < 2**61:
        found = _from_integers(matrix, bias.astype(np.int64))
        if found is not None:
            return found
    return _from_floats(matrix.astype(np.float64, copy=False), bias.astype(np.float64, copy=False))


def size(values: NDArray[Any]) -> int:
    """The largest absolute value of integers, as one of Python."""
    return max(abs(int(values.min())), abs(int(values.max())))


def _from_integers(matrix: NDArray[Any], bias: NDArray[np.int64]) -> FixedPoint | None:
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
        dtype, shift = narrowest(used, size(matrix).bit_length())
    outgoing = np.empty((units, units), dtype)
    for part in pieces(units, units, 32 * units):
        outgoing[:, part] = (matrix[part].astype(np.int64) >> shift).T
    return outgoing, (bias >> shift).astype(np.int64 if dtype is np.int64 else np.int32), math.ldexp(1.0, shift)


def narrowest(used: int, bits: int) -> tuple[Any, int]:
    """The narrowest type for integers of so many bits, and the low bits to drop, which are zero in all (`used`)."""
    narrow: Any
    shift = (used & -used).bit_length() - 1 if used else 0
    for narrow, width in ((np.int8, 7), (np.int16, 15)):
        if bits - shift <= width:
            return narrow, shift
    return np.int32, shift


def _from_floats(matrix: NDArray[np.float64], bias: NDArray[np.float64]) -> FixedPoint:
    sizes = np.abs(matrix)
    with np.errstate(over="ignore"):
        largest_sum = 3.0 * float((sizes.sum(axis=1) + np.abs(bias)).max())
    if not math.isfinite(largest_sum):
        raise ValueError(f"couplings must keep fields within float64, got sizes up to {float(sizes.max()):.3g}")
    sums = math.frexp(largest_sum)[1] if largest_sum else 1
    bits = math.frexp(float(sizes.max()))[1]
    del sizes

    def scaled(exponent: int, dtype: Any) -> tuple[NDArray[Any], NDArray[Any]]:
        integers = np.ascontiguousarray(np.rint(np.ldexp(matrix.T, exponent)), dtype=dtype)
        return integers, np.rint(np.ldexp(bias, exponent)).astype(dtype)

    exponent = min(31 - sums, FINEST)
    integers, offsets = scaled(exponent, np.int32)
    scale = math.ldexp(1.0, -exponent)
    if not (np.array_equal(integers.T * scale, matrix) and np.array_equal(offsets * scale, bias)):
        exponent = min(62 - sums, FINEST)
        return *scaled(exponent, np.int64), math.ldexp(1.0, -exponent)
    used = int(np.bitwise_or.reduce(integers, axis=None) | np.bitwise_or.reduce(offsets))
    narrow, shift = narrowest(used, max(0, bits + exponent))
    return (integers >> shift).astype(narrow), offsets >> shift, math.ldexp(scale, shift)


def fixed_point_of_few(data: NDArray[Any], receivers: NDArray[Any], bias: NDArray[Any]) -> FixedPoint:
    """The same of couplings that are not zero, given with who receives them; int32 where they fit, else int64."""
    sums = np.bincount(receivers, np.abs(data.astype(np.float64)), len(bias)) + np.abs(bias.astype(np.float64))
    largest = 3.0 * float(sums.max())
    if not math.isfinite(largest):
        raise ValueError(f"couplings must keep fields within float64, got sizes up to {float(np.abs(data).max()):.3g}")
    exponent = 0
    if data.dtype.kind in "iu" and bias.dtype.kind in "iu" and largest < 2.0**61:
        whole, offsets = data.astype(np.int64), bias.astype(np.int64)
    else:
        exponent = min(62 - (math.frexp(largest)[1] if largest else 1), FINEST)
        whole = np.rint(np.ldexp(data.astype(np.float64), exponent)).astype(np.int64)
        offsets = np.rint(np.ldexp(bias.astype(np.float64), exponent)).astype(np.int64)
    used = int(np.bitwise_or.reduce(whole) | np.bitwise_or.reduce(offsets))
    shift = (used & -used).bit_length() - 1 if used else 0
    whole >>= shift
    narrow = whole.astype(np.int32) if len(whole) == 0 or size(whole) < 2**31 else whole
    return narrow, offsets >> shift, math.ldexp(1.0, shift - exponent)
