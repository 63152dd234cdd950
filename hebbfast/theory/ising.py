"""The Ising model on a square torus: Kaufman's partition function, an exact oracle for whatever samples a lattice."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments

__all__ = ["IsingTorus", "ising_torus"]

_TINY = 1e-40  # the step of complex differences, which lose no digits


@dataclass(frozen=True)
class IsingTorus:
    """The Ising model of J = 1 on an L by L torus.

    Attributes
    ----------
    length : int
        L.
    temperature : float
        T.
    energy, specific_heat : float
        e and de/dT of a unit.
    """

    length: int
    temperature: float
    energy: float
    specific_heat: float


def ising_torus(length: int, temperature: float) -> IsingTorus:
    """Energy and specific heat of the ferromagnet J = 1 on an L by L torus.

    Parameters
    ----------
    length : int
        L, at least 3: along shorter axes sites have one bond, not two.
    temperature : float
        T > 0; in an infinite lattice it orders at 2 / ln(1 + √2).

    Returns
    -------
    IsingTorus

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    Kaufman (1949), in the form of Ferdinand and Fisher (1969). With K = 1/T and
    cosh γ_l = cosh² 2K / sinh 2K - cos(πl/L),

        Z = ½ (2 sinh 2K)^(L²/2) [Π 2cosh ½Lγ_{2r+1} + Π 2sinh ½Lγ_{2r+1} + Π 2cosh ½Lγ_{2r} + Π 2sinh ½Lγ_{2r}],

    r = 0 ... L - 1, where γ_0 = 2K + ln tanh K changes its sign at the transition. e is -∂ ln Z / ∂K / L².

    With S = sinh 2K, x_l² = (1 - S)² + S (1 - cos(πl/L)), y_l² = x_l² + 2S and x_0 = S - 1 a factor, with its share of
    the power in front, is (y_l + x_l)^L ± (y_l - x_l)^L: no digits are lost as K → 0.

    Examples
    --------
    >>> import hebbfast as hb
    >>> found = hb.theory.ising_torus(16, 3.0)
    >>> round(found.energy, 6), round(found.specific_heat, 6)
    (-0.817689, 0.404333)
    """
    L = _arguments.whole("length", length, 3, 2**20)
    T = _arguments.real("temperature", temperature, 0.02, 1e6)  # beyond, powers leave float64
    slope = _slope(L, 1.0 / T + 1j * _TINY) / L**2
    return IsingTorus(L, T, -slope.real, slope.imag / _TINY / T**2)


def _slope(L: int, K: complex) -> complex:
    """∂ ln Z / ∂K, of a complex K."""
    S, rise = np.sinh(2 * K), 2 * np.cosh(2 * K)
    sign = 1.0 if S.real >= 1.0 else -1.0  # of x_0: its root is taken here, and the sign goes before the product
    gaps = 2.0 * np.sin(0.5 * math.pi * np.arange(2 * L) / L) ** 2
    x, y = np.sqrt((1 - S) ** 2 + S * gaps), np.sqrt(1 + S * S + S * gaps)
    x[0], x_rise = sign * (S - 1), np.full(2 * L, sign * rise)
    x_rise[1:] = rise * (0.5 * gaps[1:] - 1 + S) / x[1:]
    grows = (x_rise + rise * (0.5 * gaps + S) / y) / (x + y)  # the logarithms of y + x, and below of y - x over it
    falls = rise / S - 2 * grows
    shares = np.exp(L * np.log(2 * S / (x + y) ** 2))

    def product(which: slice, signs: NDArray[np.float64]) -> tuple[complex, complex]:
        """ln Π [(y + x)^L ± (y - x)^L], and its slope."""
        part = signs * shares[which]
        logs = L * np.log(x[which] + y[which]) + np.log1p(part)
        return logs.sum(), (L * (grows[which] + part / (1 + part) * falls[which])).sum()

    odd, even, ones = slice(1, None, 2), slice(0, None, 2), np.ones(L)
    others = np.append(0.0, -ones[1:])  # the factor of γ_0, which may be 0, is a weight
    found = [product(odd, ones), product(odd, -ones), product(even, ones), product(even, others)]
    logs, slopes = np.array(found).T
    weights = np.array([1.0, 1.0, 1.0, sign * (1 - shares[0])])
    weights_rise = np.array([0.0, 0.0, 0.0, -sign * L * shares[0] * falls[0]])
    terms = np.exp(logs - logs[np.argmax(logs.real)])
    return complex(terms @ (weights * slopes + weights_rise) / (terms @ weights))
