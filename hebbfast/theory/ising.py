"""The Ising model on a square torus: Kaufman's partition function, an exact oracle for whatever samples a lattice."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments

__all__ = ["IsingTorus", "ising_torus"]

_TINY, _STEP = 1e-40, 1e-5  # of complex and of real differences: errors of some 1e-16 and 1e-10


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

    Examples
    --------
    >>> import hebbfast as hb
    >>> found = hb.theory.ising_torus(16, 3.0)
    >>> round(found.energy, 6), round(found.specific_heat, 6)
    (-0.817689, 0.404333)
    """
    L = _arguments.whole("length", length, 3, 2**20)
    T = _arguments.real("temperature", temperature, 0.02, 1e6)  # beyond, powers leave float64
    K = 1.0 / T
    slope = (_energy(L, K * (1 + _STEP)) - _energy(L, K * (1 - _STEP))) / (2 * _STEP * K)
    return IsingTorus(L, T, _energy(L, K), -K * K * slope)


def _energy(L: int, K: float) -> float:
    """-∂ ln Z / ∂K / L², by a step in the imaginary direction."""
    return -float(_log_partition(L, K + 1j * _TINY).imag) / _TINY / L**2


def _log_partition(L: int, K: complex) -> complex:
    """ln Z but for constants, of a complex K."""
    high = np.cosh(2 * K) ** 2 / np.sinh(2 * K)
    gammas = np.arccosh(high - np.cos(math.pi * np.arange(2 * L) / L))
    gammas[0] = 2 * K + np.log(np.tanh(K))
    halves = 0.5 * L * gammas
    signs = np.where(halves.real < 0, -1.0, 1.0)  # of γ_0 alone: cosh is even, sinh odd
    halves *= signs
    odd, even = halves[1::2], halves[::2]
    logs = np.array([_products(odd, 1), _products(odd, -1), _products(even, 1), _products(even, -1)])
    weights = np.array([1.0, 1.0, 1.0, signs[0]])
    largest = logs[np.argmax(logs.real)]
    return complex(0.5 * L * L * np.log(2 * np.sinh(2 * K)) + largest + np.log(weights @ np.exp(logs - largest)))


def _products(halves: NDArray[np.complex128], sign: int) -> complex:
    """Σ ln 2cosh or ln 2sinh."""
    return complex((halves + np.log1p(sign * np.exp(-2 * halves))).sum())
