"""Exact moments of the one-step noise, and the signal-to-noise ratio they give.

The cue is pattern 1, or that pattern with some of its *other* units flipped. Multiply the field of unit i by
ξ_i of pattern 1. What is left is the signal F(D) - F(D-2) and, for each further pattern, a term a·g(S) with
g(S) = F(S+1) - F(S-1), where a is a fair ±1 and S a sum of M = D-1 fair ±1 that does not depend on a. So the mean
of the noise is exactly 0 and its variance exactly (K-1)·E[g²] (Krotov and Hopfield 2016, section 2, give the leading
order for large D; hebbfast keeps every term).
"""

import math
from fractions import Fraction
from functools import lru_cache

from hebbfast import _arguments
from hebbfast.interactions import Exponential, Interaction, Polynomial
from hebbfast.theory import _check, _table_law

__all__ = ["noise_moment", "noise_second_moment", "snr"]

# Up to here the one irrational-looking term of the rectified polynomial, P(S=0), is kept as an exact fraction.
_EXACT_UNITS = 4096
_HIGHEST = 600  # moment of S, a matter of a second or two; the time grows with its fourth power


def noise_moment(D: int, interaction: Interaction, order: int) -> Fraction | float:
    """Moment E[(a·g)^order] of the noise that one foreign pattern adds to the field of a unit.

    Parameters
    ----------
    D : int
        Number of units.
    interaction : Interaction
        The F of the energy: Polynomial, RectifiedPolynomial, Exponential or another one.
    order : int
        Order of the moment, up to 10,000, for polynomials up to 600 / (degree - 1); odd moments are exactly zero.

    Returns
    -------
    fractions.Fraction or float
        Exact for polynomials at any D and for rectified ones up to D = 4096; beyond, one term of these that is
        some D^(n-1/2) times smaller than the sum is rounded to float64. A float for any other interaction.

    Raises
    ------
    ValueError
        If D or order is not an integer of at least 1, or the order is too large.
    OverflowError
        If the moment of an exponential interaction leaves float64.

    Notes
    -----
    Polynomial: n·g is a polynomial in S, whose moments follow from the cumulants of a fair ±1. Rectified: g² is an
    even function, so E[g₊^k] is half of E[g^k] but for the share of S = 0, where g₊ is 1/n.
    Exponential: (2 sinh β)^k cosh(kβ)^M, with M = D - 1. Any other interaction: the sum over its table.

    Examples
    --------
    >>> import hebbfast as hb
    >>> from hebbfast import theory
    >>> theory.noise_moment(50, hb.Polynomial(3), 2)
    Fraction(256960, 9)
    """
    D, order = _check.count("D", D, 1), _check.count("order", order, 1)
    if order > 10_000:
        raise ValueError(f"order must be at most 10,000, got {order:,}")
    interaction = _check.interaction(interaction)
    if isinstance(interaction, Exponential):
        if order % 2:
            return 0.0
        beta = interaction.beta
        return (2 * math.sinh(beta)) ** order * math.exp((D - 1) * _log_cosh(order * beta))
    if order % 2:
        return Fraction(0) if isinstance(interaction, Polynomial) else 0.0
    if isinstance(interaction, Polynomial):
        return _polynomial_moment(D, interaction, order)
    return _table_law.moment(D, interaction, order)


def noise_second_moment(D: int, interaction: Interaction) -> float:
    """Second moment E[g²] of the noise that one foreign pattern adds to the field of a unit.

    The noise of K patterns has variance (K-1)·E[g²] exactly, in the units of F.

    Parameters
    ----------
    D : int
        Number of units.
    interaction : Interaction
        The F of the energy: Polynomial, RectifiedPolynomial, Exponential or another one.

    Returns
    -------
    float
        `noise_moment` of order 2, rounded once. Leading order 4 (2n-3)!! D^(n-1), half of it when rectified.

    Raises
    ------
    ValueError
        If D is not a positive integer.
    OverflowError
        If the value leaves float64; `snr` has no such limit.

    Examples
    --------
    >>> import hebbfast as hb
    >>> hb.theory.noise_second_moment(50, hb.Polynomial(2))
    196.0
    """
    return float(noise_moment(D, interaction, 2))


def snr(D: int, K: float, interaction: Interaction, flips: int = 0) -> float:
    """Ratio of the signal to the standard deviation of the noise, for one update of one unit.

    Parameters
    ----------
    D : int
        Number of units.
    K : float
        Number of stored patterns, at least 1; it may be fractional, as a capacity is.
    interaction : Interaction
        The F of the energy: Polynomial, RectifiedPolynomial, Exponential or another one.
    flips : int, default 0
        Number of *other* units of the cue that are flipped; the state of the unit itself does not matter.

    Returns
    -------
    float
        ``s / sqrt((K-1) E[g²])`` with s = F(D-2·flips) - F(D-2·flips-2). Infinite for K = 1, zero without a signal,
        negative when the cue is nearer to the opposite of the pattern and n is even.

    Raises
    ------
    ValueError
        If D < 1, K < 1, the degree of a polynomial is above 301, or flips is outside 0..D-1.

    Notes
    -----
    Krotov and Hopfield (2016), section 2, with exact moments. For the exponential interaction
    r² = (2 / (1 + exp(-4β)))^M exp(-4β·flips) / (K-1).

    Examples
    --------
    >>> import hebbfast as hb
    >>> round(hb.theory.snr(100, 500, hb.Polynomial(3)), 4)
    2.5646
    """
    D, K = _check.count("D", D, 1), _arguments.real("K", K, 1)
    return ratio(D, _check.interaction(interaction), flipped(D, flips), K - 1)


def ratio(D: int, interaction: Interaction, flips: int, foreign: float = 1.0) -> float:
    """The ratio of signal to noise when ``foreign`` patterns (K-1) make the noise; infinite beyond float64."""
    if isinstance(interaction, Exponential):
        beta = interaction.beta
        log_ratio = beta * (D - 1 - 2 * flips) - (D - 1) * _log_cosh(2 * beta) / 2
        log_ratio -= math.log(foreign) / 2 if foreign else -math.inf
        return math.exp(log_ratio) if log_ratio < 709 else math.inf
    if not isinstance(interaction, Polynomial):
        gain, spread = _table_law.signal_and_spread(D, interaction, flips)
        if gain == 0:
            return 0.0
        return gain / (spread * math.sqrt(foreign)) if spread * foreign > 0 else math.copysign(math.inf, gain)
    s = signal(D, interaction, flips)
    if s == 0:
        return 0.0
    try:
        squared = float(s * s / (_polynomial_moment(D, interaction, 2) * Fraction(foreign)))
    except (ZeroDivisionError, OverflowError):
        squared = math.inf
    return math.sqrt(squared) if s > 0 else -math.sqrt(squared)


def flipped(D: int, flips: int) -> int:
    """The checked number of flipped units among the D-1 others."""
    flips = _check.count("flips", flips, 0)
    if flips >= D:
        raise ValueError(f"flips must be an integer from 0 to D-1 = {D - 1}, the number of other units, got {flips!r}")
    return flips


def signal(D: int, interaction: Polynomial, flips: int) -> Fraction:
    """F(m) - F(m-2) for m = D - 2·flips: the contribution of the pattern that the cue comes from."""
    return Fraction(difference(D - 2 * flips - 1, interaction), interaction.degree * _scale(D, interaction))


def difference(overlap: int, interaction: Polynomial) -> int:
    """n·g(S), an integer: S is the overlap without the unit, and any normalization is left out."""
    high, low = overlap + 1, overlap - 1
    if interaction.rectified:
        high, low = max(high, 0), max(low, 0)
    return int(high**interaction.degree - low**interaction.degree)


@lru_cache
def _polynomial_moment(D: int, interaction: Polynomial, order: int) -> Fraction:
    n, M = interaction.degree, D - 1
    if order * (n - 1) > _HIGHEST:
        raise ValueError(
            f"interaction must have (degree - 1) times the order of the moment of at most {_HIGHEST}, "
            f"got {interaction!r} and order {order}"
        )
    gain = [math.comb(n, n - j) * (1 - (-1) ** (n - j)) for j in range(n)]  # n·g = (S+1)ⁿ - (S-1)ⁿ
    power = [1]
    for _ in range(order):
        power = _product(power, gain)
    moments = _binomial_moments(M, len(power) - 1)
    total = Fraction(sum(c * m for c, m in zip(power, moments, strict=True)))
    if interaction.rectified:
        total = total / 2 + _chance_of_zero(M) * (1 - Fraction(gain[0] ** order, 2))
    return total / Fraction((n * _scale(D, interaction)) ** order)


def _scale(D: int, interaction: Polynomial) -> int:
    return D ** (interaction.degree - 1) if interaction.normalized else 1


def _product(p: list[int], q: list[int]) -> list[int]:
    result = [0] * (len(p) + len(q) - 1)
    for i, a in enumerate(p):
        for j, b in enumerate(q):
            result[i + j] += a * b
    return result


def _binomial_moments(M: int, highest: int) -> list[int]:
    """E[S^k], k = 0..highest, of a sum S of M fair ±1: M times the cumulants of one, whose moments are 1, 0, 1, 0..."""
    cumulants, moments = [0], [1]
    for k in range(1, highest + 1):
        one = 1 - k % 2
        cumulants.append(one - sum(math.comb(k - 1, j - 1) * cumulants[j] for j in range(1, k) if (k - j) % 2 == 0))
        moments.append(M * sum(math.comb(k - 1, j - 1) * cumulants[j] * moments[k - j] for j in range(1, k + 1)))
    return moments


def _chance_of_zero(M: int) -> Fraction:
    """P(S = 0)."""
    if M % 2:
        return Fraction(0)
    if M < _EXACT_UNITS:
        return Fraction(math.comb(M, M // 2), 2**M)
    return Fraction(math.exp(math.lgamma(M + 1) - 2 * math.lgamma(M / 2 + 1) - M * math.log(2)))


def _log_cosh(x: float) -> float:
    return abs(x) + math.log1p(math.exp(-2 * abs(x))) - math.log(2)
