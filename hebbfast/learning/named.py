"""Hebbian rules with names, each a `HebbianRule`; W_ij couples the sending unit j (pre) to the receiving unit i (post).

Activities are clamped to the pattern while it is learned: the output y_i of a rule that speaks of outputs is x_i.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments
from hebbfast.learning._exact import fraction
from hebbfast.learning.hebbian import VALUES, HebbianRule, Proportional

__all__ = [
    "bcm",
    "clipped",
    "covariance",
    "decay",
    "oja",
    "postsynaptically_gated",
    "presynaptically_gated",
    "zero_one_product",
]


def covariance(mean: float) -> HebbianRule:
    """ΔW_ij = (x_i - a)(x_j - a) for patterns of mean a (Sejnowski 1977).

    With recall of centred states (``threshold=mean``) no rule has less crosstalk; see `theory.hebbian_moments`.

    Parameters
    ----------
    mean : float
        a, the expectation of a unit over the patterns.

    Returns
    -------
    HebbianRule
        c0 = a², c1_pre = c1_post = -a, c2_corr = 1.

    Examples
    --------
    >>> import hebbfast as hb
    >>> hb.learning.covariance(0.5).couplings([[1, -1]]).tolist()
    [[0.0, -0.75], [-0.75, 0.0]]
    """
    a = _arguments.real("mean", mean)
    return HebbianRule(c0=float(fraction(a) ** 2), c1_pre=-a, c1_post=-a)


def presynaptically_gated(threshold: float) -> HebbianRule:
    """ΔW_ij = x_j (x_i - θ): with {0, 1}, only couplings from active units change, up or down with the receiver.

    Gerstner, Kistler, Naud and Paninski (2014), section 19.2. Not symmetric unless θ = 0.

    Parameters
    ----------
    threshold : float
        θ; the mean of the patterns is usual.

    Returns
    -------
    HebbianRule
        c1_pre = -θ, c2_corr = 1.

    Examples
    --------
    >>> import hebbfast as hb
    >>> hb.learning.presynaptically_gated(0.5).couplings([[1, 0]], values="zero-one").tolist()
    [[0.0, 0.0], [-0.5, 0.0]]
    """
    return HebbianRule(c1_pre=-_arguments.real("threshold", threshold))


def postsynaptically_gated(threshold: float) -> HebbianRule:
    """ΔW_ij = x_i (x_j - θ): with {0, 1}, only couplings to active units change, up or down with the sender.

    Gerstner, Kistler, Naud and Paninski (2014), section 19.2. Not symmetric unless θ = 0. With θ the mean of the
    patterns the variance of the field grows with D as for `covariance`, not faster (`theory.hebbian_moments`).

    Parameters
    ----------
    threshold : float
        θ; the mean of the patterns is usual.

    Returns
    -------
    HebbianRule
        c1_post = -θ, c2_corr = 1.

    Examples
    --------
    >>> import hebbfast as hb
    >>> hb.learning.postsynaptically_gated(0.5).couplings([[1, 0]], values="zero-one").tolist()
    [[0.0, -0.5], [0.0, 0.0]]
    """
    return HebbianRule(c1_post=-_arguments.real("threshold", threshold))


def zero_one_product() -> HebbianRule:
    """ΔW_ij = (2 x_i - 1)(2 x_j - 1) for patterns of 0 and 1 (Hopfield 1982, eq. 2).

    The couplings are those of `activity_product` for the same patterns written as ±1.

    Returns
    -------
    HebbianRule
        c0 = 1, c1_pre = c1_post = -2, c2_corr = 4; to be used with ``values="zero-one"``.

    Examples
    --------
    >>> import hebbfast as hb
    >>> hb.learning.zero_one_product().couplings([[1, 0]], values="zero-one").tolist()
    [[0.0, -1.0], [-1.0, 0.0]]
    """
    return HebbianRule(c0=1.0, c1_pre=-2.0, c1_post=-2.0, c2_corr=4.0)


def decay(rate: float) -> HebbianRule:
    """ΔW_ij = x_i x_j - γ W_ij: old patterns fade as (1 - γ)^age (Mézard, Nadal and Toulouse 1986).

    For ±1 this is also the soft bound: a step of 1 - γ W up, or 1 + γ W down, keeps W within ±1/γ.

    Parameters
    ----------
    rate : float
        γ, from 0 to 1.

    Returns
    -------
    HebbianRule
        c0 = -γ W, c2_corr = 1.

    Examples
    --------
    >>> import hebbfast as hb
    >>> hb.learning.decay(0.5).couplings([[1, 1], [1, -1]]).tolist()
    [[0.0, -0.5], [-0.5, 0.0]]
    """
    return HebbianRule(c0=Proportional(-_arguments.real("rate", rate, 0, 1)))


def clipped(bound: float) -> HebbianRule:
    """ΔW_ij = x_i x_j, but W stays within ±A: W_ij ← min(max(W_ij + x_i x_j, -A), A) for ±1 (Parisi 1986).

    A step up and a step down that end at the bounds, u = min(1, A - W) and d = min(1, A + W), are the two values of
    (u - d)/2 + (u + d)/2 x_i x_j. To clip once, after the sum over all patterns, take the sign of `activity_product`.

    Parameters
    ----------
    bound : float
        A, positive.

    Returns
    -------
    HebbianRule
        c0 = (u - d)/2, c2_corr = (u + d)/2; for patterns of ±1.

    Examples
    --------
    >>> import hebbfast as hb
    >>> hb.learning.clipped(2).couplings([[1, 1], [1, 1], [1, 1], [1, -1]]).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    bound = _arguments.real("bound", bound, 0, ends="(]")
    return HebbianRule(c0=_Bounded(bound, -1), c2_corr=_Bounded(bound, 1))


@dataclass(frozen=True)
class _Bounded:
    """W ↦ (u + sign · d) / 2, with u and d as `clipped` has them."""

    bound: float
    sign: int

    def __call__(self, W: NDArray[np.float64]) -> NDArray[np.float64]:
        up, down = np.minimum(1.0, self.bound - W), np.minimum(1.0, self.bound + W)
        return np.asarray((up + self.sign * down) / 2)


def oja(rate: float) -> HebbianRule:
    """ΔW_ij = η (y_i x_j - y_i² W_ij) with the output clamped, y_i = x_i (Oja 1982).

    A free output y = Σ_j W_j x_j turns to the principal component of the inputs. Clamped, row i follows the average of
    x_i x_j over the last 1/η patterns: for ±1 the correlations, so that the leading eigenvector of W is the principal
    component of the patterns but for its diagonal; for {0, 1} it follows P(x_j = 1 | x_i = 1).

    Parameters
    ----------
    rate : float
        η, from 0 to 1.

    Returns
    -------
    HebbianRule
        c2_corr = η, c2_post = -η W.

    Examples
    --------
    >>> import hebbfast as hb
    >>> hb.learning.oja(0.5).couplings([[1, -1], [1, -1]]).tolist()
    [[0.0, -0.75], [-0.75, 0.0]]
    """
    eta = _arguments.real("rate", rate, 0, 1)
    return HebbianRule(c2_post=Proportional(-eta), c2_corr=eta)


def bcm(
    threshold: float | Callable[[NDArray[np.float64]], Any], *, rate: float = 1.0, values: str = "plus-minus"
) -> HebbianRule:
    """ΔW_ij = η x_j y_i (y_i - θ) with the output clamped, y_i = x_i (Bienenstock, Cooper and Munro 1982).

    Clamped outputs have two values, for which the rule is bilinear: η x_j (1 - θ x_i) for ±1, η (1 - θ) x_i x_j for
    {0, 1}. A sliding threshold is a function of the couplings.

    Parameters
    ----------
    threshold : float or callable
        θ; a callable takes W, (D, D), and returns a number or (D, 1), one threshold for each receiving unit.
    rate : float, default 1.0
        η.
    values : {"plus-minus", "zero-one"}
        The values of the patterns that the rule is for.

    Returns
    -------
    HebbianRule
        c1_pre = η, c2_corr = -η θ; or c2_corr = η (1 - θ).

    Examples
    --------
    >>> import hebbfast as hb
    >>> hb.learning.bcm(0.5).couplings([[1, -1]]).tolist()
    [[0.0, -0.5], [1.5, 0.0]]
    >>> sliding = hb.learning.bcm(lambda W: (W**2).sum(axis=1, keepdims=True), rate=0.1)
    >>> sliding.couplings([[1, -1], [1, 1]]).round(4).tolist()
    [[0.0, -0.001], [0.199, 0.0]]
    """
    eta = _arguments.real("rate", rate)
    signs = _arguments.choice("values", values, VALUES) == "plus-minus"
    offset, pre = (0.0, eta) if signs else (eta, 0.0)
    if callable(threshold):
        return HebbianRule(c1_pre=pre, c2_corr=_Sliding(threshold, eta, offset))
    theta = _arguments.real("threshold", threshold)
    return HebbianRule(c1_pre=pre, c2_corr=float(fraction(offset) - fraction(eta) * fraction(theta)))


@dataclass(frozen=True)
class _Sliding:
    """W ↦ offset - rate · threshold(W)."""

    threshold: Callable[[NDArray[np.float64]], Any]
    rate: float
    offset: float

    def __call__(self, W: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(self.offset - self.rate * np.asarray(self.threshold(W)))
