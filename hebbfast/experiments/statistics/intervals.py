"""Shares of successes and their intervals, clustered by network."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from hebbfast import _arguments
from hebbfast._records import Record

__all__ = ["Interval", "Share", "counts", "quantile", "share", "trials_needed", "wilson"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Interval(Record):
    """A measured value and the bounds that hold the true one at the level asked for."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
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
    z = quantile(level)
    trials = _arguments.real("trials", trials, 0, ends="(]")
    successes = _arguments.real("successes", successes, 0, trials)
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
    k, n = counts(successes, trials)
    total, networks = float(n.sum()), len(k)
    p = float(k.sum()) / total
    if networks == 1 or p in (0.0, 1.0):
        design_effect, effective = math.nan, float(networks)
    else:
        variance = networks / (networks - 1) * float(np.square(k - p * n).sum()) / total**2
        design_effect = variance * total / (p * (1 - p))
        few = special.stdtrit(total - 1, (1 + level) / 2) / special.stdtrit(networks - 1, (1 + level) / 2)
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
    z = quantile(level)
    width = _arguments.real("width", width, 0, 1, "()")
    expected = _arguments.real("expected", expected, 0, 1)
    design_effect = _arguments.real("design_effect", design_effect, 1)
    # width (1 + z²/n) = 2 z √(p (1 - p)/n + z²/4n²), squared, is quadratic in n.
    b = width**2 - 2 * expected * (1 - expected)
    c = (width**2 - 1) * z**2
    root = (-b * z**2 + math.sqrt((b * z**2) ** 2 - width**2 * c * z**2)) / width**2
    return max(1, math.ceil(design_effect * root * (1 - 1e-12)))


def quantile(level: float) -> float:
    """Standard deviations on either side of the mean that hold a normal number with a chance of ``level``."""
    return float(special.ndtri((1 + _arguments.real("level", level, 0, 1, "()")) / 2))


def counts(successes: ArrayLike, trials: ArrayLike) -> tuple[Floats, Floats]:
    """Successes and trials of each network, float64 (N,)."""
    k = _arguments.real_array("successes", successes).astype(np.float64)
    n = _arguments.real_array("trials", trials).astype(np.float64)
    if k.ndim != 1 or len(k) == 0 or (n.ndim and n.shape != k.shape):
        raise ValueError(f"successes and trials must have one entry a network, got shapes {k.shape} and {n.shape}")
    n = np.broadcast_to(n, k.shape)
    if not ((n > 0).all() and (k >= 0).all() and (k <= n).all()):
        raise ValueError("successes must lie in [0, trials] and trials be > 0, in every network")
    return k, n
