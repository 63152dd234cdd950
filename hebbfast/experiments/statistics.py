"""What the outcomes of many trials say: shares, thresholds, exponents and crossings, each with its interval.

The unit of chance is the network: its cues share the patterns, so their outcomes are correlated, and every interval
here counts networks. Plain arrays go in, frozen records come out.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special, stats

__all__ = [
    "Crossing",
    "Interval",
    "Line",
    "ProbitFit",
    "ScalingFit",
    "Share",
    "crossing",
    "fit_line",
    "fit_probit",
    "fit_scaling",
    "share",
    "trials_needed",
    "wilson",
]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A measured value and the bounds that hold the true one at the level asked for."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Share(Interval):
    """A share of successes in networks of several trials each.

    Attributes
    ----------
    value, low, high : float
        Successes / trials, and its Wilson interval for the effective number of trials.
    trials, networks : int
        Numbers of trials and of networks.
    design_effect : float
        Variance of the share over that of independent trials; NaN where one network, or outcomes that are all the same,
        do not show it.
    effective_trials : float
        The number of independent trials that know as much.
    """

    trials: int
    networks: int
    design_effect: float
    effective_trials: float


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class Line:
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


@dataclass(frozen=True)
class ScalingFit:
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


@dataclass(frozen=True)
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


def wilson(successes: float, trials: float, level: float = 0.95) -> Interval:
    """Wilson's score interval of a share.

    (p + z²/2n ± z √(p (1 - p) / n + z²/4n²)) / (1 + z²/n), with p = successes / trials, n = trials and z the normal
    quantile of ``level``. Wilson 1927, J. Am. Stat. Assoc. 22, 209.

    Parameters
    ----------
    successes, trials : float
        0 <= successes <= trials, trials > 0; effective numbers need not be whole.
    level : float, default 0.95
        Chance that the interval holds the true share.

    Returns
    -------
    Interval

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    Examples
    --------
    >>> found = wilson(8, 10)
    >>> round(found.low, 6), round(found.high, 6)
    (0.490162, 0.943318)
    """
    z = _quantile(level)
    if not (trials > 0 and 0 <= successes <= trials and math.isfinite(trials)):
        raise ValueError(f"successes must lie in [0, trials] and trials be > 0, got {successes} of {trials}")
    p = successes / trials
    centre = (p + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * math.sqrt(p * (1 - p) / trials + (z / (2 * trials)) ** 2) / (1 + z * z / trials)
    return Interval(p, 0.0 if p == 0 else max(0.0, centre - half), 1.0 if p == 1 else min(1.0, centre + half))


def share(successes: ArrayLike, trials: ArrayLike, level: float = 0.95) -> Share:
    """Share of successes, its interval clustered by network.

    With k_i successes of n_i trials in each of N networks, n = Σ n_i and p = Σ k_i / n, the variance of p is
    N / (N - 1) · Σ (k_i - p n_i)² / n² (ratio estimate, Cochran 1977, Sampling Techniques, chapter 6), and its ratio
    to p (1 - p) / n the design effect d (Kish 1965, Survey Sampling). Wilson's interval is that of n / max(d, 1)
    trials, corrected for the few networks that tell d by the squared ratio of Student quantiles of n - 1 and N - 1
    degrees of freedom (Korn, Graubard 1998, Survey Methodology 24, 193). Where d cannot be seen (all outcomes the
    same, or one network) a network counts as one trial.

    Parameters
    ----------
    successes, trials : array-like of int, shape (N,)
        One entry a network; a single trial number holds for all.
    level : float, default 0.95
        Chance that the interval holds the true share.

    Returns
    -------
    Share

    Raises
    ------
    ValueError
        If there is no network, or an entry lies outside [0, trials].

    Examples
    --------
    >>> found = share([4, 3, 4, 1, 0, 4], 4)
    >>> round(found.value, 3), round(found.design_effect, 2), round(found.effective_trials, 1)
    (0.667, 3.45, 4.5)
    """
    k, n = _counts(successes, trials)
    total, networks = float(n.sum()), len(k)
    p = float(k.sum()) / total
    if networks == 1 or p in (0.0, 1.0):
        design_effect, effective = math.nan, float(networks)
    else:
        variance = networks / (networks - 1) * float(np.square(k - p * n).sum()) / total**2
        design_effect = variance * total / (p * (1 - p))
        few = stats.t.ppf((1 + level) / 2, total - 1) / stats.t.ppf((1 + level) / 2, networks - 1)
        effective = total / max(design_effect, 1.0) * float(few) ** 2
    bounds = wilson(p * effective, effective, level)
    return Share(p, bounds.low, bounds.high, round(total), networks, design_effect, effective)


def trials_needed(width: float, expected: float = 0.5, design_effect: float = 1.0, level: float = 0.95) -> int:
    """Number of trials at which Wilson's interval is at most this wide.

    Parameters
    ----------
    width : float
        Distance of the two bounds, in (0, 1).
    expected : float, default 0.5
        The share expected; half is the worst.
    design_effect : float, default 1
        Variance of the share over that of independent trials, at least 1.
    level : float, default 0.95
        Chance that the interval holds the true share.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    Examples
    --------
    >>> trials_needed(0.1), trials_needed(0.1, design_effect=1.3)
    (381, 495)
    """
    z = _quantile(level)
    if not 0 < width < 1:
        raise ValueError(f"width must lie in (0, 1), got {width}")
    if not 0 <= expected <= 1:
        raise ValueError(f"expected must lie in [0, 1], got {expected}")
    if not 1 <= design_effect < math.inf:
        raise ValueError(f"design_effect must be at least 1, got {design_effect}")
    # width (1 + z²/n) = 2 z √(p (1 - p)/n + z²/4n²), squared, is quadratic in n.
    b = width**2 - 2 * expected * (1 - expected)
    c = (width**2 - 1) * z**2
    root = (-b * z**2 + math.sqrt((b * z**2) ** 2 - width**2 * c * z**2)) / width**2
    return max(1, math.ceil(design_effect * root * (1 - 1e-12)))


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
    k, n = _counts(successes, trials)
    K = np.asarray(patterns, dtype=np.float64)
    if K.shape != k.shape or not (np.isfinite(K).all() and (K > 0).all()):
        raise ValueError(f"patterns must be one K > 0 a network ({len(k)} of them), got shape {K.shape}")
    if len(k) < 3:
        raise ValueError(f"patterns must hold at least 3 networks, got {len(k)}")
    _quantile(level)
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
    low, high = _fieller(line, covariance, float(stats.t.ppf((1 + level) / 2, len(k) - 2)))
    value = math.exp(middle - line[0] / line[1])
    return ProbitFit(value, _exp(middle + low), _exp(middle + high), float(line[1]), False, len(k))


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
    x, y, deviations = (np.asarray(part, dtype=np.float64) for part in (x, y, deviations))
    if x.ndim != 1 or x.shape != y.shape or x.shape != deviations.shape:
        raise ValueError(f"x, y and deviations must have one shape (P,), got {x.shape}, {y.shape}, {deviations.shape}")
    if not (np.isfinite([x, y, deviations]).all() and (deviations > 0).all()):
        raise ValueError("x, y and deviations must be finite, deviations > 0")
    if len(set(x.tolist())) < 2:
        raise ValueError(f"x must hold at least two different values, got {x.tolist()}")
    z = _quantile(level)
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
    D, K = np.asarray(units, dtype=np.float64), np.asarray(patterns, dtype=np.float64)
    spread = np.asarray(deviations, dtype=np.float64)
    if D.shape != K.shape or D.shape != spread.shape or D.ndim != 1:
        raise ValueError(
            f"units, patterns and deviations must have one shape (P,), got {D.shape}, {K.shape}, {spread.shape}"
        )
    if not ((D > 1).all() and (K > 1).all()):
        raise ValueError(f"units and patterns must be > 1, got {D.tolist()} and {K.tolist()}")
    if failure is not None and not 0 < failure < 1:
        raise ValueError(f"failure must lie in (0, 1) or be None, got {failure}")
    z = np.ones(len(D)) if failure is None else -special.ndtri(-np.expm1(np.log1p(-failure) / D))
    x, y, errors = np.log(D), np.log(K - 1), spread * K / (K - 1)
    return ScalingFit(fit_line(x, y, errors, level), fit_line(x, y + 2 * np.log(z), errors, level))


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
    x = np.asarray(loads, dtype=np.float64)
    if x.ndim != 1 or len(x) < 2 or not (np.diff(x) > 0).all():
        raise ValueError(f"loads must be at least two numbers in rising order, got {x.tolist()}")
    if len(small) != len(x) or len(large) != len(x):
        raise ValueError(f"small and large must hold one array a load ({len(x)}), got {len(small)} and {len(large)}")
    curves = [[np.asarray(point, dtype=np.float64) for point in curve] for curve in (small, large)]
    if any(point.ndim != 1 or len(point) < 2 for curve in curves for point in curve):
        raise ValueError("small and large must hold at least two networks at each load")
    if draws < 100:
        raise ValueError(f"draws must be at least 100, got {draws}")
    _quantile(level)
    generator = np.random.default_rng(rng)
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


def _quantile(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError(f"level must lie in (0, 1), got {level}")
    return float(special.ndtri((1 + level) / 2))


def _counts(successes: ArrayLike, trials: ArrayLike) -> tuple[Floats, Floats]:
    k = np.asarray(successes, dtype=np.float64)
    n = np.asarray(trials, dtype=np.float64)
    if k.ndim != 1 or len(k) == 0 or (n.ndim and n.shape != k.shape):
        raise ValueError(f"successes and trials must have one entry a network, got shapes {k.shape} and {n.shape}")
    n = np.broadcast_to(n, k.shape)
    if not ((n > 0).all() and (k >= 0).all() and (k <= n).all()):
        raise ValueError("successes must lie in [0, trials] and trials be > 0, in every network")
    return k, n


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
    """Line of the maximum likelihood, and its covariance clustered by network."""

    def negative(line: Floats) -> tuple[float, Floats]:
        eta = design @ line
        log_won, log_lost = special.log_ndtr(eta), special.log_ndtr(-eta)
        scores = _scores(eta, k, n, log_won, log_lost)
        return -float(k @ log_won + (n - k) @ log_lost), -(design.T @ scores)

    start = np.array([float(special.ndtri(np.clip(k.sum() / n.sum(), 0.01, 0.99))), 0.0])
    line = np.asarray(optimize.minimize(negative, start, jac=True, method="BFGS", options={"gtol": 1e-9}).x)
    eta = design @ line
    log_won, log_lost = special.log_ndtr(eta), special.log_ndtr(-eta)
    scores = design * _scores(eta, k, n, log_won, log_lost)[:, None]
    log_density = -eta * eta / 2 - math.log(2 * math.pi) / 2
    information = design.T @ (design * (n * np.exp(2 * log_density - log_won - log_lost))[:, None])
    inverse = np.linalg.inv(information)
    return line, len(k) / (len(k) - 2) * inverse @ (scores.T @ scores) @ inverse


def _scores(eta: Floats, k: Floats, n: Floats, log_won: Floats, log_lost: Floats) -> Floats:
    log_density = -eta * eta / 2 - math.log(2 * math.pi) / 2
    return np.asarray(k * np.exp(log_density - log_won) - (n - k) * np.exp(log_density - log_lost))


def _fieller(line: Floats, covariance: Floats, z: float) -> tuple[float, float]:
    """Bounds of the x at which a falling line may be zero: (a + b x)² <= z² Var(a + b x)."""
    (a, b), V = line, covariance * z * z
    if b * b <= V[1, 1]:
        return -math.inf, math.inf
    roots = np.roots([b * b - V[1, 1], 2 * (a * b - V[0, 1]), a * a - V[0, 0]]).real
    return float(roots.min()), float(roots.max())


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


def _exp(x: float) -> float:
    return math.exp(x) if x < 700 else math.inf
