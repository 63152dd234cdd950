"""The NumPy twin of the elementary functions: libm differs between systems, these do not."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["exp"]

_EXP_SERIES = tuple(1.0 / math.factorial(j) for j in range(14))


def exp(x: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """e^x to the last bit as the kernels have it."""
    out[...] = exp_of(x)


def exp_of(x: Any) -> Any:
    """2^k Σ_j r^j / j! with x = k ln 2 + r, |r| ≤ ln(2) / 2, and ln 2 in two parts (Cody and Waite 1980)."""
    inside = np.minimum(np.maximum(x, -708.0), 709.0)
    k = (inside * 1.4426950408889634 + 6755399441055744.0) - 6755399441055744.0
    r = (inside - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10
    series: Any = _EXP_SERIES[13]
    for coefficient in _EXP_SERIES[12::-1]:
        series = series * r + coefficient
    power = np.ldexp(1.0, k.astype(np.int64))
    return np.where(x > 709.0, np.inf, np.where(x < -708.0, 0.0, series * power))


def log_turn(s: float) -> float:
    """ln((1 + s) / (1 - s)) = 2 (s + s³ / 3 + s⁵ / 5 + ...)."""
    square, series = s * s, 2.0 / 23
    for j in range(21, 0, -2):
        series = series * square + 2.0 / j
    return s * series


def ln(x: float) -> float:
    """k ln 2 + ln f with x = 2^k f, √½ ≤ f < √2."""
    f, k = math.frexp(x)
    if f * f < 0.5:
        f, k = 2 * f, k - 1
    return k * 6.93147180369123816490e-01 + (log_turn((f - 1.0) / (f + 1.0)) + k * 1.90821492927058770002e-10)
