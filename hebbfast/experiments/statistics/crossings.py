"""The load at which two curves cross."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments
from hebbfast.experiments.statistics.intervals import Interval, quantile

__all__ = ["Crossing", "crossing"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Crossing(Interval):
    """The load at which two curves of the overlap against the load cross.

    Attributes
    ----------
    value, low, high : float
        The load, and its interval.
    deviation : float
        Standard deviation of resampled crossings.
    networks : tuple of int
        Networks of the two curves, all loads together.
    """

    deviation: float
    networks: tuple[int, int]


def crossing(
    loads: ArrayLike,
    small: Sequence[ArrayLike],
    large: Sequence[ArrayLike],
    level: float = 0.95,
    draws: int = 1000,
    rng: int | np.random.Generator | None = 0,
) -> Crossing:
    """Load at which the mean overlaps of a smaller and of a larger network cross: an estimate of the critical load.

    Below the critical load overlaps grow with D, above it they fall, so curves of successive D cross near it. The
    crossing is the root nearest to the middle load of the polynomial through the differences of means (a parabola for
    three loads or more, by least squares weighted with their deviations); its interval the percentiles of crossings
    whose networks are resampled (Efron, Tibshirani 1993, chapter 13).

    Parameters
    ----------
    loads : array-like of float, shape (P,)
        At least two different loads, in rising order.
    small, large : sequence of P array-likes of float
        Mean overlaps of the networks at each load, one entry a network (at least two).
    level : float, default 0.95
        Chance that the interval holds the true crossing.
    draws : int, default 1000
        Number of resamplings.
    rng : int, Generator or None, default 0
        Of the resampling.

    Returns
    -------
    Crossing
        NaN where the curves do not cross; bounds are infinite where more of the resampled ones miss than the level
        allows.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    Examples
    --------
    >>> small, large = [[0.9, 0.92], [0.8, 0.82]], [[0.95, 0.97], [0.75, 0.77]]
    >>> round(crossing([0.13, 0.15], small, large).value, 3)
    0.14
    """
    x = _arguments.real_array("loads", loads).astype(np.float64)
    if x.ndim != 1 or len(x) < 2 or not (np.diff(x) > 0).all():
        raise ValueError(f"loads must be at least two numbers in rising order, got {x.tolist()}")
    if len(small) != len(x) or len(large) != len(x):
        raise ValueError(f"small and large must hold one array a load ({len(x)}), got {len(small)} and {len(large)}")
    curves = [
        [_arguments.real_array(name, point).astype(np.float64) for point in curve]
        for name, curve in (("small", small), ("large", large))
    ]
    if any(point.ndim != 1 or len(point) < 2 for curve in curves for point in curve):
        raise ValueError("small and large must hold at least two networks at each load")
    draws = _arguments.whole("draws", draws, 100)
    quantile(level)
    generator = _arguments.generator(rng)
    middle, half = (x[0] + x[-1]) / 2, (x[-1] - x[0]) / 2
    scaled = (x - middle) / half
    errors = np.sqrt(sum(np.array([point.var(ddof=1) / len(point) for point in curve]) for curve in curves))
    weights = 1 / np.maximum(errors, 1e-12)
    weights /= weights.max()
    small_means, large_means = (np.array([_means(point, draws, generator) for point in curve]) for curve in curves)
    found = middle + half * _roots(np.polyfit(scaled, large_means - small_means, min(2, len(x) - 1), w=weights))
    value, resampled = float(found[0]), found[1:]
    # A resampled pair that does not cross may lie on either side.
    low = float(np.quantile(np.where(np.isnan(resampled), -np.inf, resampled), (1 - level) / 2, method="lower"))
    high = float(np.quantile(np.where(np.isnan(resampled), np.inf, resampled), (1 + level) / 2, method="higher"))
    deviation = float(np.nanstd(resampled)) if np.isfinite(resampled).any() else math.nan
    sizes = [sum(len(point) for point in curve) for curve in curves]
    return Crossing(value, low, high, deviation, (sizes[0], sizes[1]))


def _means(point: Floats, draws: int, generator: np.random.Generator) -> Floats:
    """The mean of a point, then those of its resampled networks."""
    resampled = [generator.choice(point, len(point)).mean() for _ in range(draws)]
    return np.array([point.mean(), *resampled])


def _roots(polynomials: Floats) -> Floats:
    """The root nearest to zero of each column (degree 1 or 2), NaN beyond 2: further out a parabola says nothing."""
    *square, b, c = polynomials
    a = square[0] if square else np.zeros_like(b)
    with np.errstate(invalid="ignore", divide="ignore"):
        # 2c / (-b ± √(b² - 4ac)), the sign that makes the denominator large: the smaller root, also for a = 0
        nearest = -2 * c / (b + np.where(b < 0, -1, 1) * np.sqrt(b * b - 4 * a * c))
        return np.where(np.abs(nearest) <= 2, nearest, np.nan)
