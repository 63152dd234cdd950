"""Grey values cut to ±1."""

import math
import zlib
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments

__all__ = ["THRESHOLDS", "binarise", "read_threshold"]

THRESHOLDS = ("balanced", "median", "mean")

_STEP = 1 << 20  # values at a time: sums of 2^20 numbers of 32 bits fit float64 and int64 exactly
_LOWEST = 1100  # exponents of float64 begin above -1100


def binarise(grey: ArrayLike, threshold: str | float = "balanced") -> NDArray[np.int8]:
    """Turn grey values into ±1: a value at or above the threshold becomes +1.

    Parameters
    ----------
    grey : (..., H, W) or (D,) array of finite numbers
        One picture, or any array that shall be cut at one threshold.
    threshold : "balanced", "median", "mean" or a number
        ``"balanced"`` (``"median"`` is the same) makes the brighter half +1. Values equal to the median are divided at
        random, the same way each time the same picture is read: exactly ``size // 2`` values become +1, because a
        memory of ±1 works best when both are equally frequent. ``"mean"`` is the exact mean, not a rounded one.

    Returns
    -------
    ndarray
        int8 of ±1 in the shape of `grey`.

    Raises
    ------
    ValueError
        If a value is not finite or there is none, or if `threshold` is neither a known word nor a finite number.
    TypeError
        If `grey` does not hold real numbers.

    Examples
    --------
    >>> binarise(np.array([10, 200, 30, 40]))
    array([-1,  1, -1,  1], dtype=int8)
    >>> binarise(np.array([10, 200, 30, 40]), 30)
    array([-1,  1,  1,  1], dtype=int8)
    """
    threshold, values = read_threshold(threshold), _arguments.array("grey", grey, "grey values")
    if values.dtype == bool:
        values = values.astype(np.uint8)
    values = _arguments.real_array("grey", values)
    if values.size == 0:
        raise ValueError(f"grey must hold at least one value, got shape {values.shape}")
    if threshold in ("balanced", "median"):
        return _balanced(values.ravel()).reshape(values.shape)
    cut = _mean_cut(values.ravel()) if threshold == "mean" else threshold
    signs = np.full(values.shape, -1, np.int8)
    with np.errstate(over="ignore"):  # a threshold beyond the largest float16
        signs[values >= cut] = 1
    return signs


def read_threshold(threshold: Any) -> str | float:
    """A known word or a finite number."""
    if isinstance(threshold, str):
        return _arguments.choice("threshold", threshold, THRESHOLDS, "a number")
    return _arguments.real("threshold", threshold)


def _balanced(values: NDArray[Any]) -> NDArray[np.int8]:
    """Make the larger half of (D,) values +1; a permutation that depends on the values alone decides among equals."""
    size, half = values.size, values.size // 2
    signs = np.full(size, -1, np.int8)
    if half == 0:
        return signs
    border = np.partition(values, size - half)[size - half]
    signs[values > border] = 1
    missing = half - int(np.count_nonzero(signs == 1))
    if missing:
        equal = values == border
        shuffled = np.arange(size, dtype=np.int32 if size < 2**31 else np.int64)  # memory: pictures may be large
        np.random.default_rng(zlib.crc32(np.ascontiguousarray(values).data)).shuffle(shuffled)
        for last in range(size, 0, -_STEP):
            part = shuffled[max(0, last - _STEP) : last]
            chosen = part[equal[part]][-missing:]
            signs[chosen] = 1
            missing -= len(chosen)
            if not missing:
                break
    return signs


def _mean_cut(values: NDArray[Any]) -> Any:
    """The least number of the kind of the values that is not below their exact mean."""
    mean = Fraction(_exact_sum(values)) / values.size
    if values.dtype.kind != "f":
        return math.ceil(mean)
    cut = float(mean)
    return np.float64(cut if Fraction(cut) >= mean else math.nextafter(cut, math.inf))


def _exact_sum(values: NDArray[Any]) -> Fraction:
    """The sum of (D,) integers or floats, without rounding."""
    total = Fraction(0)
    for first in range(0, values.size, _STEP):
        part = values[first : first + _STEP]
        if part.dtype.kind == "f":
            mantissas, exponents = np.frexp(part.astype(np.float64))
            numbers = np.ldexp(mantissas, 53).astype(np.int64)
            places = exponents + _LOWEST
            for shift, digits in ((27, numbers >> 27), (0, numbers & (2**27 - 1))):
                sums = np.bincount(places, weights=digits)
                for place in np.flatnonzero(sums):
                    total += int(sums[place]) * Fraction(2) ** (int(place) - _LOWEST - 53 + shift)
        else:
            wide = part.astype(np.int64 if part.dtype.kind == "i" else np.uint64)
            total += (int((wide >> 32).sum()) << 32) + int((wide & 0xFFFFFFFF).sum())
    return total
