"""e^x as the kernels have it."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["exp"]


def exp(x: ArrayLike) -> NDArray[np.float64]:
    """e^x to the last bit as the kernels have it: libm differs between systems.

    2^k Σ_j r^j / j! with x = k ln 2 + r, |r| ≤ ln(2) / 2, and ln 2 in two parts (Cody and Waite 1980).
    """
    x = np.asarray(x, dtype=np.float64)
    inside = np.clip(x, -708.0, 709.0)
    k = (inside * 1.4426950408889634 + 6755399441055744.0) - 6755399441055744.0
    r = (inside - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10
    series: Any = 1.0 / math.factorial(13)
    for j in reversed(range(13)):
        series = series * r + 1.0 / math.factorial(j)
    power = np.ldexp(1.0, k.astype(np.int64))
    return np.where(x > 709.0, np.inf, np.where(x < -708.0, 0.0, series * power))
