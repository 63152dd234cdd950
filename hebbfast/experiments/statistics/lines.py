"""Straight lines through measured points, and the exponent of a capacity."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from hebbfast import _arguments
from hebbfast._records import Record
from hebbfast.experiments.statistics.intervals import Interval, quantile

__all__ = ["Line", "ScalingFit", "fit_line", "fit_scaling"]


@dataclass(frozen=True, eq=False)
class Line(Record):
    """A weighted straight line through measured points.

    Attributes
    ----------
    slope, intercept : Interval
        Of the line, with their intervals.
    slope_deviation : float
        Standard deviation of the slope.
    chi2 : float
        Weighted sum of squared residuals; about ``freedom`` if points scatter as their deviations say.
    freedom : int
        Number of points less two.
    """

    slope: Interval
    intercept: Interval
    slope_deviation: float
    chi2: float
    freedom: int


@dataclass(frozen=True, eq=False)
class ScalingFit(Record):
    """How a number of patterns grows with the number of units.

    Attributes
    ----------
    raw : Line
        ln(K - 1) against ln D.
    corrected : Line
        ln[(K - 1) z(D)²] against ln D.
    """

    raw: Line
    corrected: Line


def fit_line(x: ArrayLike, y: ArrayLike, deviations: ArrayLike, level: float = 0.95) -> Line:
    """Fit the straight line of least weighted squares through points whose standard deviations are known.

    Parameters
    ----------
    x, y, deviations : array-like of float, shape (P,)
        At least two different x; deviations > 0.
    level : float, default 0.95
        Chance that an interval holds the true value.

    Returns
    -------
    Line

    Raises
    ------
    ValueError
        If shapes differ, a value is not finite, or x does not change.

    Examples
    --------
    >>> line = fit_line([0, 1, 2], [1.0, 3.0, 5.0], [0.1, 0.1, 0.1])
    >>> round(line.slope.value, 6), round(line.slope_deviation, 4), line.freedom
    (2.0, 0.0707, 1)
    """
    given = {"x": x, "y": y, "deviations": deviations}
    x, y, deviations = (_arguments.real_array(name, part).astype(np.float64) for name, part in given.items())
    if x.ndim != 1 or x.shape != y.shape or x.shape != deviations.shape:
        raise ValueError(f"x, y and deviations must have one shape (P,), got {x.shape}, {y.shape}, {deviations.shape}")
    if not (deviations > 0).all():
        raise ValueError(f"deviations must be > 0, got {deviations.tolist()}")
    if len(set(x.tolist())) < 2:
        raise ValueError(f"x must hold at least two different values, got {x.tolist()}")
    z = quantile(level)
    design = np.stack([np.ones(len(x)), x], axis=1) / deviations[:, None]
    covariance = np.linalg.inv(design.T @ design)
    intercept, slope = covariance @ design.T @ (y / deviations)
    off, tilt = np.sqrt(covariance.diagonal())
    return Line(
        slope=Interval(float(slope), float(slope - z * tilt), float(slope + z * tilt)),
        intercept=Interval(float(intercept), float(intercept - z * off), float(intercept + z * off)),
        slope_deviation=float(tilt),
        chi2=float(np.square((y - intercept - slope * x) / deviations).sum()),
        freedom=len(x) - 2,
    )


def fit_scaling(
    units: ArrayLike, patterns: ArrayLike, deviations: ArrayLike, failure: float | None = 0.5, level: float = 0.95
) -> ScalingFit:
    """Fit the exponent of K ∝ D^(n-1), as measured and with the correction for finite D.

    A pattern of D units is stable with chance 1 - ``failure`` when a unit is stable with (1 - failure)^(1/D), so when
    the signal is z(D) = Φ⁻¹((1 - failure)^(1/D)) standard deviations of the noise. Since K - 1 ∝ D^(n-1) / z(D)², the
    raw slope stays below n - 1 (z² grows as 2 ln D), and the slope of ln[(K - 1) z(D)²] does not.
    ``docs/capacity.md`` derives it.

    Parameters
    ----------
    units : array-like of int, shape (P,)
        D; at least two different ones.
    patterns : array-like of float, shape (P,)
        K, as K50 of `fit_probit`; > 1.
    deviations : array-like of float, shape (P,)
        Standard deviations of ln K; `Interval.low` and ``.high`` give them as ln(high / low) / (2 z).
    failure : float or None, default 0.5
        The chance of failure of a pattern at K; ``None`` if K is measured at a fixed error of a unit, where
        z does not depend on D and the two slopes are the same.
    level : float, default 0.95
        Chance that an interval holds the true value.

    Returns
    -------
    ScalingFit

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    Examples
    --------
    >>> D = np.array([64, 128, 256])
    >>> K = 1 + D**2 / (3 * special.ndtri(0.5 ** (1 / D)) ** 2)
    >>> fit = fit_scaling(D, K, [0.01, 0.01, 0.01])
    >>> round(fit.raw.slope.value, 2), round(fit.corrected.slope.value, 2)
    (1.72, 2.0)
    """
    given = {"units": units, "patterns": patterns, "deviations": deviations}
    D, K, spread = (_arguments.real_array(name, part).astype(np.float64) for name, part in given.items())
    if D.shape != K.shape or D.shape != spread.shape or D.ndim != 1:
        raise ValueError(
            f"units, patterns and deviations must have one shape (P,), got {D.shape}, {K.shape}, {spread.shape}"
        )
    if not ((D > 1).all() and (K > 1).all()):
        raise ValueError(f"units and patterns must be > 1, got {D.tolist()} and {K.tolist()}")
    if failure is not None:
        failure = _arguments.real("failure", failure, 0, 1, "()")
    z = np.ones(len(D)) if failure is None else -special.ndtri(-np.expm1(np.log1p(-failure) / D))
    x, y, errors = np.log(D), np.log(K - 1), spread * K / (K - 1)
    return ScalingFit(fit_line(x, y, errors, level), fit_line(x, y + 2 * np.log(z), errors, level))
