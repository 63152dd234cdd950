"""Generalised Hebbian rules: exact moments of the recall field, the capacity they give, the best coefficients.

A rule adds c0 + c1_pre x_j + c1_post x_i + c2_pre x_j² + c2_post x_i² + c2_corr x_i x_j to W_ij for each pattern; i
is the unit that receives (post), j the one that sends (pre), and W_ii = 0. Recall compares the field
h_i = Σ_j W_ij (x_j - threshold) with a level.
"""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from scipy import optimize, special

from hebbfast import _arguments
from hebbfast.theory import _check

__all__ = ["HebbianCoefficients", "HebbianMoments", "best_hebbian_coefficients", "hebbian_capacity", "hebbian_moments"]


class HebbianCoefficients(NamedTuple):
    """The coefficients of a rule; ``HebbianRule(**coefficients._asdict())`` makes the rule."""

    c0: float = 0.0
    c1_pre: float = 0.0
    c1_post: float = 0.0
    c2_pre: float = 0.0
    c2_post: float = 0.0
    c2_corr: float = 1.0


@dataclass(frozen=True)
class HebbianMoments:
    """Mean and variance of the field at a unit of a stored pattern; `hebbian_moments` makes it.

    Attributes
    ----------
    D, K : int, float
        Numbers of units and of patterns.
    low, high : float
        The two values of a unit.
    average, threshold : float
        Mean of the patterns; what recall subtracts from each state.
    rule : HebbianCoefficients
        The rule, its squares folded into the other coefficients.
    """

    D: int
    K: float
    low: float
    high: float
    average: float
    threshold: float
    rule: HebbianCoefficients

    @property
    def high_share(self) -> float:
        """Probability of the high value."""
        return (self.average - self.low) / (self.high - self.low)

    def mean(self, y: float) -> float:
        """Mean of the field at a unit whose stored value is y."""
        centred, d = self._stored(y) - self.average, self.average - self.threshold
        constant, post, pre = self._centred_rule()
        slope = pre + self.rule.c2_corr * centred
        return (self.D - 1) * ((self.K * constant + post * centred) * d + slope * self._spread())

    def variance(self, y: float) -> float:
        """Variance of the field at a unit whose stored value is y."""
        centred, d = self._stored(y) - self.average, self.average - self.threshold
        constant, post, pre = self._centred_rule()
        c, v, M = self.rule.c2_corr, self._spread(), self.D - 1
        skew = self.low + self.high - 2 * self.average  # third central moment / variance
        own = self.K * constant + post * centred + (pre + c * centred) * (d + skew)
        foreign = post**2 * (M * d * d + v) + (v + d * d) * (pre**2 + c * c * v)
        return M * v * (own * own + (self.K - 1) * foreign)

    def unit_error(self, level: float = 0.0) -> float:
        """Probability that comparing the field with ``level`` gives the wrong value, with Gaussian tails."""
        missed = _below(level, self.mean(self.high), self.variance(self.high))
        false = _below(-level, -self.mean(self.low), self.variance(self.low))
        return self.high_share * missed + (1 - self.high_share) * false

    def best_level(self) -> float:
        """The level between the means of the two classes at which `unit_error` is smallest."""
        low, high = self.mean(self.low), self.mean(self.high)
        if low >= high:
            return (low + high) / 2
        width = high - low
        found = optimize.minimize_scalar(
            lambda part: self.unit_error(low + part * width), bounds=(0, 1), method="bounded", options={"xatol": 1e-10}
        )
        return low + float(found.x) * width

    def _stored(self, y: float) -> float:
        if y not in (self.low, self.high):
            raise ValueError(f"y must be a value of the patterns, {self.low:g} or {self.high:g}, got {y!r}")
        return float(y)

    def _spread(self) -> float:
        return (self.high - self.average) * (self.average - self.low)

    def _centred_rule(self) -> tuple[float, float, float]:
        """Constant, post and pre coefficient once the rule is written in x - average."""
        a, r = self.average, self.rule
        constant = r.c0 + a * (r.c1_pre + r.c1_post) + a * a * r.c2_corr
        return constant, r.c1_post + a * r.c2_corr, r.c1_pre + a * r.c2_corr


def hebbian_moments(
    rule: Any, D: int, K: float, mean: float = 0.0, threshold: float = 0.0, values: str = "plus-minus"
) -> HebbianMoments:
    """Exact mean and variance of the recall field for a generalised Hebbian rule.

    Parameters
    ----------
    rule : HebbianRule or HebbianCoefficients
        Anything with numbers ``c0, c1_pre, c1_post, c2_pre, c2_post, c2_corr``.
    D : int
        Number of units.
    K : float
        Number of stored patterns, at least 1.
    mean : float, default 0.0
        Mean of a unit over patterns; for values 0 and 1 it is the share of ones and must be given.
    threshold : float, default 0.0
        What recall subtracts from each state, h_i = Σ_j W_ij (x_j - threshold); the mean of the patterns is the best.
    values : {"plus-minus", "zero-one"}
        The two values of a unit, ±1 or 0 and 1.

    Returns
    -------
    HebbianMoments
        ``.mean(y)`` and ``.variance(y)`` at a unit whose stored value is y, when the state is that pattern;
        ``.unit_error(level)`` and ``.best_level()`` from them.

    Raises
    ------
    ValueError
        If an argument is out of range, or a coefficient is no number (a function of W has no such moments).

    Notes
    -----
    Write a, v, κ for mean, variance, and third central moment over variance of the patterns; d = a - threshold;
    M = D-1; and the rule as A0 + A1 (x_i - a) + B (x_j - a) + c (x_i - a)(x_j - a). With u = y - a::

        mean(y) = M [ K A0 d + A1 u d + (B + c u) v ]
        var(y)  = M v [ K A0 + A1 u + (B + c u)(d + κ) ]² + (K-1) M v [ A1² (M d² + v) + (v + d²)(B² + c² v) ]

    Exact for all D and K; derived for hebbfast and checked by enumeration. For the activity product and ±1 it is
    the crosstalk of Hopfield (1982), for the covariance rule that of Sejnowski (1977) and Tsodyks and Feigel'man
    (1988). Sparse patterns (K times the share of ones about 1) have skewed fields: Gaussian tails are too small there.

    Examples
    --------
    >>> import hebbfast as hb
    >>> rule = hb.theory.HebbianCoefficients(c1_post=0.7)
    >>> moments = hb.theory.hebbian_moments(rule, 101, 20)
    >>> moments.mean(1), round(moments.variance(1), 6)
    (100.0, 2880.0)
    """
    D, K = _check.count("D", D, 1), _arguments.real("K", K, 1)
    low, high = _values(values)
    average, threshold = _arguments.real("mean", mean, low, high, ends="()"), _arguments.real("threshold", threshold)
    c = HebbianCoefficients(*(_coefficient(rule, name) for name in HebbianCoefficients._fields))
    if low < 0:  # x² = 1
        folded = HebbianCoefficients(c.c0 + c.c2_pre + c.c2_post, c.c1_pre, c.c1_post, 0.0, 0.0, c.c2_corr)
    else:  # x² = x
        folded = HebbianCoefficients(c.c0, c.c1_pre + c.c2_pre, c.c1_post + c.c2_post, 0.0, 0.0, c.c2_corr)
    return HebbianMoments(D, K, low, high, average, threshold, folded)


def hebbian_capacity(
    rule: Any,
    D: int,
    mean: float = 0.0,
    threshold: float = 0.0,
    values: str = "plus-minus",
    error: float = 0.005,
    level: float | None = None,
) -> float:
    """Number of patterns at which a unit of a stored pattern goes wrong with a given probability.

    Parameters
    ----------
    rule, D, mean, threshold, values
        As in `hebbian_moments`.
    error : float, default 0.005
        The allowed probability, between 0 and 1/2.
    level : float, optional
        What the field is compared with; the best level for each K when it is left out.

    Returns
    -------
    float
        The number of patterns K; 0 if a single pattern already exceeds the allowed error.

    Raises
    ------
    ValueError
        As `hebbian_moments`, or if more than 1e300 patterns satisfy the error.

    Notes
    -----
    `HebbianMoments.unit_error`, solved for K. For ±1 patterns without bias and c0 = c1_pre = 0 it is
    K = 1 + (M c²/z² - c1_post²) / (c² + c1_post²), and M / (z² v) more than 1 for the covariance rule.

    Examples
    --------
    >>> import hebbfast as hb
    >>> round(hb.theory.hebbian_capacity(hb.theory.HebbianCoefficients(), 1000), 2)
    151.57
    """
    error = _arguments.real("error", error, 0, 0.5, ends="()")
    level = None if level is None else _arguments.real("level", level)

    def excess(log_k: float) -> float:
        moments = hebbian_moments(rule, D, math.exp(log_k), mean, threshold, values)
        return moments.unit_error(moments.best_level() if level is None else level) - error

    if excess(0.0) > 0:
        return 0.0
    high = 1.0
    while excess(high) <= 0:
        high *= 2
        if high > 690:
            raise ValueError(f"error must be reached at some number of patterns, but {error} is not: is the rule zero?")
    return math.exp(optimize.brentq(excess, 0.0, high, xtol=1e-13))


def best_hebbian_coefficients(
    D: int, mean: float = 0.0, threshold: float | None = None, values: str = "plus-minus"
) -> HebbianCoefficients:
    """Coefficients with the least crosstalk of foreign patterns for a given bias, at c2_corr = 1.

    Parameters
    ----------
    D : int
        Number of units.
    mean : float, default 0.0
        Mean of a unit over patterns; for values 0 and 1 the share of ones.
    threshold : float, optional
        What recall subtracts from each state; left out, it is the mean, the best choice.
    values : {"plus-minus", "zero-one"}
        The two values of a unit.

    Returns
    -------
    HebbianCoefficients
        With centred recall the covariance rule (x_i - mean)(x_j - mean). A rule for `hebbian_moments`.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    In the notation of `hebbian_moments` the separation of the classes is proportional to A1 d + c v, and K-1 multiplies
    A1² (M d² + v) + (v + d²)(B² + c² v) in the variance. Least noise at a given separation has B = 0 and
    A1 = c d (v + d²) / (M d² + v); A0 = 0 removes the term that grows as K². Derived for hebbfast. The squared ratio
    of half the separation to the noise is then M (high - low)²/4 · [d²/(M d² + v) + v/(v + d²)] / ((K-1) v).

    Examples
    --------
    >>> import hebbfast as hb
    >>> best = hb.theory.best_hebbian_coefficients(1000, mean=0.5)
    >>> best.c0, best.c1_pre, best.c1_post, best.c2_corr
    (0.25, -0.5, -0.5, 1.0)
    """
    D = _check.count("D", D, 1)
    low, high = _values(values)
    a = _arguments.real("mean", mean, low, high, ends="()")
    d = 0.0 if threshold is None else a - _arguments.real("threshold", threshold)
    v = (high - a) * (a - low)
    post = d * (v + d * d) / ((D - 1) * d * d + v)
    return HebbianCoefficients(c0=a * a - a * post, c1_pre=-a, c1_post=post - a)


def _values(values: str) -> tuple[float, float]:
    _arguments.choice("values", values, ("plus-minus", "zero-one"))
    return (-1.0, 1.0) if values == "plus-minus" else (0.0, 1.0)


def _coefficient(rule: Any, name: str) -> float:
    value = getattr(rule, name, None)
    if value is None or callable(value):
        raise ValueError(f"rule must have the number {name}; functions of W have no closed moments; got {value!r}")
    return _arguments.real(f"rule.{name}", value)


def _below(level: float, mean: float, variance: float) -> float:
    if variance == 0:
        return 0.5 if level == mean else float(mean < level)
    return float(special.ndtr((level - mean) / math.sqrt(variance)))
