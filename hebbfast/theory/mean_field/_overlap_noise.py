"""How the noise of foreign patterns depends on the overlap q of two replicas: F(q) = E[f(x) f(x')].

x and x' are normal with variance 1 and correlation q, f(x) = x^p (polynomial, p = n-1) or max(x, 0)^p (rectified).
Price's theorem ties the powers together: F_p' = p² F_{p-1}.
"""

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.polynomial import legendre, polynomial
from numpy.typing import NDArray

__all__ = ["excess", "noise", "slope"]

FloatOrArray = float | np.floating[Any] | NDArray[np.floating[Any]]
_NODES, _WEIGHTS = legendre.leggauss(40)


def noise(power: int, rectified: bool, q: FloatOrArray) -> FloatOrArray:
    """F(q). Polynomial: Σ_k k! [C(p,k) (p-1-k)!!]² q^k over k with p-k even; F(1) = (2p-1)!!.

    Rectified: the arc-cosine kernel of Cho and Saul (2009), (P(q)(π/2 + arcsin q) + Q(q)√(1-q²)) / 2π, where P is
    the polynomial above. It is half of that at q = 1, but only a quarter of it when p is even and q = 0.
    """
    whole, edge = _coefficients(power)
    value = polynomial.polyval(q, whole)
    if not rectified:
        return value
    q = np.clip(q, -1, 1)
    root = np.sqrt((1 - q) * (1 + q))
    return (value * (math.pi / 2 + np.arcsin(q)) + polynomial.polyval(q, edge) * root) / (2 * math.pi)


def slope(power: int, rectified: bool, q: FloatOrArray) -> FloatOrArray:
    """F'(q), for p ≥ 1."""
    return power**2 * noise(power - 1, rectified, q)


def excess(power: int, rectified: bool, q: float) -> float:
    """∫_q^1 (F(t) - F(q)) dt, without cancellation for q near 1."""
    part = (1 + _NODES) / 2
    return float((1 - q) ** 2 / 2 * (_WEIGHTS @ ((1 - part) * slope(power, rectified, q + part * (1 - q)))))


@lru_cache
def _coefficients(power: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The polynomials P and Q of one power."""
    whole = np.zeros(power + 1)
    for k in range(power, -1, -2):
        odd_factorial = math.prod(range(power - 1 - k, 0, -2))
        whole[k] = math.factorial(k) * (math.comb(power, k) * odd_factorial) ** 2
    if power == 0:
        return whole, np.zeros(1)
    lower = np.concatenate([[0, 0], _coefficients(power - 1)[1], [0, 0, 0]])  # Q of the power below, from q^-2 on
    edge = np.zeros(power + 2)
    for k in range(power, 0, -1):  # from F_p' = p² F_{p-1}
        edge[k - 1] = (whole[k] + (k + 1) * edge[k + 1] - power**2 * (lower[k + 2] - lower[k])) / k
    return whole, edge[:power]
