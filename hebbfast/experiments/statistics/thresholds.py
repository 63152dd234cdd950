"""The load of half success, and that of a given error of a unit."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from hebbfast import _arguments
from hebbfast.experiments.statistics.intervals import Interval, Share, counts, quantile, share
from hebbfast.experiments.statistics.lines import fit_line

__all__ = ["ProbitFit", "fit_error", "fit_probit"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ProbitFit(Interval):
    """The load of half success.

    Attributes
    ----------
    value, low, high : float
        K50 and its interval, from 0 to infinity where data leave a side open. NaN where success and failure are not
        both seen, or where success does not fall with the load.
    slope : float
        Of Φ⁻¹(success) against ln K, negative; ``-inf`` for separable data, NaN where there is no K50.
    separable : bool
        Whether one load parts all successes from all failures. K50 is then the middle (in ln K) of the gap, the slope
        has no maximum-likelihood value, and the interval comes from the Wilson intervals at single loads.
    networks : int
        The number of networks.
    """

    slope: float
    separable: bool
    networks: int

    def success(self, patterns: ArrayLike) -> Floats:
        """Fitted chance of success, for every K in ``patterns``.

        >>> fit_probit([80, 80, 125, 125], [9, 8, 2, 1], [10, 10, 10, 10]).success([100.0]).round(2)
        array([0.5])
        """
        x = np.log(np.asarray(patterns, dtype=np.float64) / self.value)
        with np.errstate(invalid="ignore"):
            return np.asarray(special.ndtr(np.where(x == 0, 0.0, self.slope * x)), dtype=np.float64)


def fit_probit(patterns: ArrayLike, successes: ArrayLike, trials: ArrayLike, level: float = 0.95) -> ProbitFit:
    """Fit success = Φ(slope · ln(K / K50)) by maximum likelihood; the interval of K50 counts networks.

    The covariance is the sandwich H⁻¹ (N / (N - 2) Σ u_i u_iᵀ) H⁻¹ of the networks' scores u_i (Liang, Zeger 1986,
    Biometrika 73, 13), and the interval holds every K at which the line differs from zero by less than the Student
    quantile of N - 2 degrees of freedom (Fieller 1954, J. R. Stat. Soc. B 16, 175): a slope that may be zero leaves it
    open, as it must.

    Parameters
    ----------
    patterns : array-like of float, shape (N,)
        K, one entry a network.
    successes, trials : array-like of int, shape (N,)
        Of each network; a single trial number holds for all.
    level : float, default 0.95
        Chance that the interval holds the true K50.

    Returns
    -------
    ProbitFit

    Raises
    ------
    ValueError
        If there are fewer than three networks, or an entry lies outside its range.

    Examples
    --------
    >>> fit = fit_probit([80, 80, 100, 100, 125, 125], [9, 8, 5, 6, 2, 1], 10)
    >>> round(fit.value, 1), round(fit.slope, 2), fit.separable
    (101.2, -4.65, False)
    """
    k, n = counts(successes, trials)
    K = _arguments.real_array("patterns", patterns).astype(np.float64)
    if K.shape != k.shape or not (K > 0).all():
        raise ValueError(f"patterns must be one K > 0 a network ({len(k)} of them), got shape {K.shape}")
    if len(k) < 3:
        raise ValueError(f"patterns must hold at least 3 networks, got {len(k)}")
    quantile(level)
    won, lost = K[k > 0], K[k < n]
    if len(won) == 0 or len(lost) == 0 or won.min() >= lost.max():
        return ProbitFit(math.nan, *_bounds(K, k, n, level), math.nan, False, len(k))
    if lost.min() >= won.max():
        middle = math.sqrt(float(lost.min() * won.max()))
        return ProbitFit(middle, *_bounds(K, k, n, level), -math.inf, True, len(k))
    middle = float(np.log(K).mean())
    design = np.stack([np.ones(len(K)), np.log(K) - middle], axis=1)
    line, covariance = _probit(design, k, n)
    if line[1] >= 0:
        return ProbitFit(math.nan, *_bounds(K, k, n, level), math.nan, False, len(k))
    low, high = _fieller(line, covariance, float(special.stdtrit(len(k) - 2, (1 + level) / 2)))
    value = math.exp(middle - line[0] / line[1])
    return ProbitFit(value, _exp(middle + low), _exp(middle + high), float(line[1]), False, len(k))


def fit_error(
    patterns: Sequence[int], shares: Sequence[Share], error: float, level: float = 0.95
) -> tuple[Interval, float]:
    """Find the K at an error of a unit: Gaussian noise gives Φ⁻¹(1 - error) ∝ (K - 1)^(-1/2), a line in logarithms.

    Parameters
    ----------
    patterns : sequence of int
        K of each point.
    shares : sequence of Share
        The units that were right there.
    error : float
        The error wanted, in (0, 1/2).
    level : float, default 0.95
        Chance that the interval holds the true K.

    Returns
    -------
    Interval
        NaN, from 0 to infinity, where fewer than two points show errors, or errors do not grow with K.
    slope : float
        Of ln Φ⁻¹(success) against ln(K - 1).
    """
    unknown = Interval(math.nan, 0.0, math.inf), math.nan
    shown = [(K, s.value, s.effective_trials) for K, s in zip(patterns, shares, strict=True)]
    shown = [point for point in shown if point[0] > 1 and 0.5 < point[1] < 1]
    if len(shown) < 2:
        return unknown
    K, p, trials = np.array(shown).T
    x, z = np.log(K - 1), special.ndtri(p)
    deviations = np.sqrt(p * (1 - p) / trials) * math.sqrt(2 * math.pi) * np.exp(z * z / 2) / z
    wanted, origin = math.log(-special.ndtri(error)), float(x.mean())
    for _ in range(2):  # the deviation of the line is that of its intercept if its origin is where it is read
        line = fit_line(x - origin, np.log(z) - wanted, deviations, level)
        if not line.slope.value < 0:
            return unknown
        value, low, high = (
            1 + math.exp(origin - y / line.slope.value)
            for y in (line.intercept.value, line.intercept.low, line.intercept.high)
        )
        origin = math.log(value - 1)
    return Interval(value, low, high), line.slope.value


def _bounds(K: Floats, k: Floats, n: Floats, level: float) -> tuple[float, float]:
    """Bounds of K50 from single loads: the largest K surely above half success, the smallest surely below."""
    # Each bound is one-sided, and all loads are looked at together (Bonferroni).
    loads = np.unique(K)
    each = 1 - (1 - level) / len(loads)
    found = [share(k[load == K], n[load == K], each) for load in loads]
    above = [float(load) for load, s in zip(loads, found, strict=True) if s.low > 0.5]
    below = [float(load) for load, s in zip(loads, found, strict=True) if s.high < 0.5]
    return max(above, default=0.0), min(below, default=math.inf)


def _probit(design: Floats, k: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Line of the maximum likelihood by Fisher scoring, and its covariance clustered by network."""
    line = np.array([float(special.ndtri(np.clip(k.sum() / n.sum(), 0.01, 0.99))), 0.0])
    likelihood, scores, inverse = _at_line(line, design, k, n)
    for _ in range(200):
        gradient = scores.sum(axis=0)
        step = inverse @ gradient
        gain = float(gradient @ step)  # twice what the likelihood would gain if it were a parabola
        if gain < 1e-20:
            break
        moved = _at_line(line + step, design, k, n)
        while moved[0] < likelihood - 1e-12 * abs(likelihood):  # concave: a step that is short enough raises it
            step = step / 2
            moved = _at_line(line + step, design, k, n)
        line, (likelihood, scores, inverse) = line + step, moved
    return line, len(k) / (len(k) - 2) * inverse @ (scores.T @ scores) @ inverse


def _at_line(line: Floats, design: Floats, k: Floats, n: Floats) -> tuple[float, Floats, Floats]:
    """Log-likelihood, the scores of the networks, and the inverse of the information, for a line."""
    eta = design @ line
    log_won, log_lost = special.log_ndtr(eta), special.log_ndtr(-eta)
    log_density = -eta * eta / 2 - math.log(2 * math.pi) / 2
    scores = k * np.exp(log_density - log_won) - (n - k) * np.exp(log_density - log_lost)
    information = design.T @ (design * (n * np.exp(2 * log_density - log_won - log_lost))[:, None])
    return float(k @ log_won + (n - k) @ log_lost), design * scores[:, None], np.linalg.inv(information)


def _fieller(line: Floats, covariance: Floats, z: float) -> tuple[float, float]:
    """Bounds of the x at which a falling line may be zero: (a + b x)² <= z² Var(a + b x)."""
    (a, b), V = line, covariance * z * z
    if b * b <= V[1, 1]:
        return -math.inf, math.inf
    roots = np.roots([b * b - V[1, 1], 2 * (a * b - V[0, 1]), a * a - V[0, 0]]).real
    return float(roots.min()), float(roots.max())


def _exp(x: float) -> float:
    return math.exp(x) if x < 700 else math.inf
