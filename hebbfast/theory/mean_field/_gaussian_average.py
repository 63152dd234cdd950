"""Averages over z ~ N(0, 1) of functions of u = A + σz that step at u = 0: tanh, sech², sech⁴, ln 2cosh.

The trapezoidal rule converges exponentially for smooth functions that decay. For σ < 1 it runs over z. For σ ≥ 1,
where a step would be narrow in z, it runs over u, and only over what decays there: from tanh and ln 2cosh the functions
erf(cu) and its integral are taken away, whose averages are known. So a grid of a hundred or two points serves all σ,
down to temperature zero, with errors of some 1e-14.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = ["mean_log_2cosh", "mean_sech2", "mean_sech4", "mean_tanh"]

_Z = np.arange(-47, 48) * 0.2
_Z_WEIGHTS = np.exp(-_Z * _Z / 2) * 0.2 / math.sqrt(2 * math.pi)
_U = np.arange(-100, 101) * 0.2
_C = math.sqrt(math.pi) / 2  # erf(cu) has the slope of tanh at 0
_DECAY = np.exp(-2 * np.abs(_U))
_SMOOTH = special.erf(_C * _U)
_TANH_REST = np.tanh(_U) - _SMOOTH
_LOG_REST = np.abs(_U) + np.log1p(_DECAY) - _U * _SMOOTH - np.exp(-((_C * _U) ** 2)) / (_C * math.sqrt(math.pi))
_SECH2 = 4 * _DECAY / (1 + _DECAY) ** 2


def mean_tanh(A: float, sigma: float) -> float:
    """E tanh(A + σz)."""
    if sigma < 1:
        return float(_Z_WEIGHTS @ np.tanh(A + sigma * _Z))
    return math.erf(A / math.hypot(1 / _C, math.sqrt(2) * sigma)) + float(_u_weights(A, sigma) @ _TANH_REST)


def mean_sech2(A: float, sigma: float) -> float:
    """E sech²(A + σz), which is 1 - E tanh²."""
    return _mean_sech_power(A, sigma, 1)


def mean_sech4(A: float, sigma: float) -> float:
    """E sech⁴(A + σz)."""
    return _mean_sech_power(A, sigma, 2)


def mean_log_2cosh(A: float, sigma: float) -> float:
    """E ln 2cosh(A + σz)."""
    if sigma < 1:
        u = np.abs(A + sigma * _Z)
        return float(_Z_WEIGHTS @ (u + np.log1p(np.exp(-2 * u))))
    width = math.hypot(sigma, 1 / (math.sqrt(2) * _C))  # u·erf(cu) + ... is the mean of |u + noise|
    folded = width * math.sqrt(2 / math.pi) * math.exp(-((A / width) ** 2) / 2) + A * math.erf(A / width / math.sqrt(2))
    return folded + float(_u_weights(A, sigma) @ _LOG_REST)


def _mean_sech_power(A: float, sigma: float, power: int) -> float:
    if sigma < 1:
        decay = np.exp(-2 * np.abs(A + sigma * _Z))
        return float(_Z_WEIGHTS @ (4 * decay / (1 + decay) ** 2) ** power)
    return float(_u_weights(A, sigma) @ _SECH2**power)


def _u_weights(A: float, sigma: float) -> NDArray[np.float64]:
    return np.asarray(np.exp(-(((_U - A) / sigma) ** 2) / 2) * (0.2 / (sigma * math.sqrt(2 * math.pi))))
