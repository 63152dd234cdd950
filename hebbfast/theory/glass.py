"""The Sherrington-Kirkpatrick spin glass for D → ∞: Parisi's solution, as a convex problem in the law of overlaps.

x(q) is the probability that two replicas have an overlap up to q. With Φ(1, h) = T ln 2cosh(h/T) and, downwards in q,

    ∂Φ/∂q = -½ [∂²Φ/∂h² + (x/T) (∂Φ/∂h)²],        -f = min over x of Φ(0, 0) - (1/2T) ∫ x(q) q dq.

The minimum is the only one, for the functional is convex in x (Auffinger and Chen 2015). Here x is constant on each
interval of a grid, and there Φ(q, h) = (T/x) ln E exp(x Φ(q', h + √(q' - q) z) / T), an average over a Gaussian step.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from hebbfast import _arguments

__all__ = ["ParisiSolution", "parisi"]

_GROUND = -0.763166  # e at T = 0 (Schmidt and Oppermann 2008)
_COLDEST = 0.2  # below, the law of small T
_FARTHEST = 7.0  # fields beyond do not occur: their variance is at most 1, and so is their drift ∫ x dq / T
_INTERVALS = (16, 24, 40)  # of grids that close in on the overlaps that occur

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ParisiSolution:
    """The Sherrington-Kirkpatrick model for D → ∞.

    Attributes
    ----------
    temperature : float
        T, in units in which couplings have variance 1/D.
    energy, free_energy : float
        e and f of a unit.
    overlap_mean, overlap_second_moment : float
        ⟨|q|⟩ and ⟨q²⟩ of two replicas.
    """

    temperature: float
    energy: float
    free_energy: float
    overlap_mean: float
    overlap_second_moment: float


def parisi(temperature: float) -> ParisiSolution:
    """Energy and overlaps of the Sherrington-Kirkpatrick model for D → ∞.

    Parameters
    ----------
    temperature : float
        T ≥ 0, in units in which couplings have variance 1/D; the model freezes at T = 1.

    Returns
    -------
    ParisiSolution

    Raises
    ------
    ValueError
        If the temperature is negative.

    Notes
    -----
    Parisi (1980). From T = 1 on e = -1/(2T) and q = 0. Below, x(q) minimizes Parisi's functional on 40 intervals, and

        e = -(1 - ⟨q²⟩) / 2T,        ⟨q²⟩ = 1 - 2 ∫ x q dq,        ⟨|q|⟩ = 1 - ∫ x dq.

    Errors of e and ⟨q²⟩ are some 10⁻⁴; ⟨|q|⟩ = 1 - T, which nothing here imposes, is met as well up to T = 0.8, and
    to 0.01 above, where the functional is flat. Below T = 0.2 f = e₀ - a T³ / 2 and e = e₀ + a T³, since the entropy is
    quadratic in T, with e₀ = -0.763166 (Schmidt and Oppermann 2008) and f at T = 0.2.

    Examples
    --------
    >>> import hebbfast as hb
    >>> found = hb.theory.parisi(0.5)
    >>> round(found.energy, 3), round(found.overlap_second_moment, 3)
    (-0.711, 0.289)
    >>> hb.theory.parisi(2.0).energy
    -0.25
    """
    T = _arguments.real("temperature", temperature, 0.0)
    if T >= 1.0:
        return ParisiSolution(T, -0.5 / T, -T * math.log(2.0) - 0.25 / T, 0.0, 0.0)
    if T >= _COLDEST:
        return _frozen(T)
    half = (_GROUND - _frozen(_COLDEST).free_energy) * (T / _COLDEST) ** 3
    energy = _GROUND + 2.0 * half
    return ParisiSolution(T, energy, _GROUND - half, 1.0 - T, 1.0 + 2.0 * T * energy)


@lru_cache(maxsize=256)
def _frozen(T: float) -> ParisiSolution:
    """Below the transition: grids that end where x = 1 in the one before, the last overlap that occurs."""
    last = 1.0
    for intervals in _INTERVALS:
        q = last * (1.0 - (1.0 - np.linspace(0.0, 1.0, intervals + 1)) ** 1.5)  # x rises most steeply near the end
        x, least = _minimum(T, q)
        last = float(q[min(intervals, 1 + int(np.argmax(np.append(x, 1.0) > 1.0 - 1e-6)))])
    second = float(q[-1] ** 2 - x @ np.diff(q**2))
    return ParisiSolution(
        temperature=T,
        energy=-0.5 * (1.0 - second) / T,
        free_energy=-least,
        overlap_mean=float(q[-1] - x @ np.diff(q)),
        overlap_second_moment=second,
    )


def _minimum(T: float, q: Floats) -> tuple[Floats, float]:
    """x on each interval of the grid, and Parisi's functional there; x = 1 above the grid.

    Near T = 1 the functional is so flat that rounding, another on each machine, ended the search early at 10⁻¹².
    """
    found = optimize.minimize(
        _functional(T, q), np.clip(0.5 * T * q[1:], 0.01, 1.0), jac=True, method="L-BFGS-B",
        bounds=[(1e-6, 1.0)] * (len(q) - 1), options={"maxcor": len(q), "ftol": 1e-15, "gtol": 1e-10},
    )  # fmt: skip
    return found.x, float(found.fun)


def _functional(T: float, q: Floats) -> Callable[[Floats], tuple[float, Floats]]:
    """Parisi's functional of x, and its gradient."""
    squares = np.diff(q**2)
    spacing = min(0.3 * T, 0.8 * math.sqrt(float(np.diff(q).min())))  # the trapezoidal rule is then exact to 10⁻⁵
    farthest = min(_FARTHEST, 10.0 * math.sqrt(q[-1]) + q[-1] / T)
    h = spacing * np.arange(int(farthest / spacing) + 1, dtype=np.float64)  # Φ is even
    kernels = [_gaussian(h, step) for step in np.diff(q).tolist()]
    straight = h > 0.7 * farthest  # where Φ rises like h, and Gaussian steps would leave the grid
    first = int(np.argmax(straight)) - 1
    top = h + T * np.log1p(np.exp(-2.0 * h / T)) + 0.5 * (1.0 - q[-1]) / T  # x = 1 up to q = 1

    def functional(x: Floats) -> tuple[float, Floats]:
        levels, powers = [top], []
        for kernel, b in zip(reversed(kernels), x[::-1] / T, strict=True):
            above = levels[-1]
            powers.append(np.exp(b * (above - h[-1])))  # largest there
            below = h[-1] + np.log(kernel @ powers[-1]) / b
            below[straight] = below[first] + h[straight] - h[first]
            levels.append(below)
        levels.reverse()
        powers.reverse()
        gradient, reach = np.empty(len(x)), np.zeros(len(h))
        reach[0] = 1.0  # how Φ(0, 0) depends on each level
        for i, kernel in enumerate(kernels):
            below, above, power = levels[i], levels[i + 1], powers[i]
            weights = reach / (kernel @ power)
            gradient[i] = (weights @ (kernel @ (power * above)) - reach @ below) / x[i]
            reach = (weights @ kernel) * power
        return float(levels[0][0] - 0.25 / T * (x @ squares + 1.0 - q[-1] ** 2)), gradient - 0.25 / T * squares

    return functional


def _gaussian(h: Floats, variance: float) -> Floats:
    """Weights of a Gaussian step from h to ± h', by the trapezoidal rule."""
    there, back = (np.exp(-((h[:, None] - way) ** 2) / (2.0 * variance)) for way in (h, -h))
    rows: Floats = (there + back) * (h[1] / math.sqrt(2.0 * math.pi * variance))
    rows[:, 0] /= 2.0
    return rows
