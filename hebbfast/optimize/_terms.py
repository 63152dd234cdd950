"""Terms of objectives: indices and weights, as exact as they came."""

import math
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments

__all__ = ["exact_sum", "largest", "read_weights", "scipy_sparse", "total_size"]

_MOST = 1e300  # of all sizes together: sums of reads, and twice and four times of them, stay within float64


def scipy_sparse() -> Any:
    """`scipy.sparse`, or how to get it."""
    try:
        from scipy import sparse
    except ModuleNotFoundError as error:
        raise ImportError(f'hebbfast.optimize needs {error.name}: pip install "hebbfast[optimize]"') from None
    return sparse


def read_weights(name: str, values: ArrayLike) -> NDArray[Any]:
    """Finite numbers, as int64 where they are integers or bools, else as float64."""
    found = _arguments.array(name, values, "real numbers")
    if found.dtype == bool or not found.size:
        return found.astype(np.int64)
    if found.dtype == object and _arguments.are_integers(found):
        with suppress(OverflowError):  # of those beyond 64 bits, which are refused
            found = found.astype(np.int64)
    found = _arguments.real_array(name, found)
    if found.dtype.kind == "u" and found.max() >= 2**63:
        raise ValueError(f"{name} must be integers of 64 bits or floats, got {found.max()}")
    return found.astype(np.float64 if found.dtype.kind == "f" else np.int64)


def exact_sum(parts: Iterable[tuple[NDArray[Any], NDArray[np.int64]]]) -> int | float:
    """Σ w f over all parts, f in -1, 0, 1: an integer if all w are, else the exact sum rounded once (Shewchuk 1997)."""
    whole, floats = 0, []
    for weights, factors in parts:
        if weights.dtype.kind == "f":
            floats.append(weights * factors)
        else:  # halves of 32 bits: their sums fit
            whole += (int((weights >> 32) @ factors) << 32) + int((weights & 0xFFFFFFFF) @ factors)
    if not floats:
        return whole
    while whole:  # in pieces that are floats
        floats.append(np.array([float(whole)]))
        whole -= int(float(whole))
    return math.fsum(np.concatenate(floats))


def total_size(name: str, *values: NDArray[Any]) -> float:
    """The sum of all sizes, which no other sum of them leaves; a refusal if that is too large for float64."""
    with np.errstate(over="ignore"):
        total = sum(float(np.abs(part.astype(np.float64)).sum()) for part in values)
    if not total < _MOST:
        raise ValueError(f"{name} must have sizes that add up to less than {_MOST:g}, got {total:.3g}")
    return total


def largest(values: NDArray[Any]) -> int | float:
    """The largest size; that of -2⁶³ is no int64."""
    size: int | float = max(abs(values.min(initial=0).item()), abs(values.max(initial=0).item()))
    return size
