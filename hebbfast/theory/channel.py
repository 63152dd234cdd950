"""The channel between a pattern and a damaged cue: what it carries, and how often the best decoder fails."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from hebbfast import _arguments
from hebbfast.theory import _check

__all__ = ["channel_capacity", "decoding_error"]


def channel_capacity(D: int, flip: float) -> float:
    """log2 of the number of patterns that D units of ±1 carry through noise, for large D.

    Parameters
    ----------
    D : int
        Units.
    flip : float
        The probability p, from 0 to ½, with which each unit flips.

    Returns
    -------
    float
        D (1 + p log2 p + (1 - p) log2(1 - p)) bits: random patterns are found again iff log2 K stays below.

    Raises
    ------
    ValueError
        If an argument is not as described.

    Notes
    -----
    Shannon (1948), "A mathematical theory of communication", section 12, for the binary symmetric channel.
    `decoding_error` is exact at finite D.

    Examples
    --------
    >>> import hebbfast as hb
    >>> round(hb.theory.channel_capacity(64, 0.2), 3)
    17.797
    """
    D, flip = _check.count("D", D, 1), _arguments.real("flip", flip, 0.0, 0.5)
    entropy = float(special.entr(flip) + special.entr(1 - flip)) / math.log(2)
    return D * (1 - entropy)


def decoding_error(D: int, K: int, flip: float) -> float:
    """The probability that the pattern nearest to a damaged one is another: no decoder fails less often.

    Parameters
    ----------
    D, K : int
        Units; random patterns, the damaged one among them.
    flip : float
        The probability p, from 0 to ½, with which each unit flips.

    Returns
    -------
    float
        1 - Σ_d Bin(d; D, p) [(1 - F(d - 1))^K - (1 - F(d))^K] / (K f(d)), where f and F are the law of the distance
        to another pattern, Bin(D, ½); ties are split evenly.

    Raises
    ------
    ValueError
        If an argument is not as described.

    Notes
    -----
    The cue's own pattern lies at distance d; none of K - 1 others may lie nearer, and of j at the same distance the
    decoder picks the right one with probability 1 / (j + 1). `PackedPatterns.nearest` is this decoder, but for ties,
    which it gives to the lower index; T = 0 recall with `Exponential` comes near it.

    Examples
    --------
    >>> import hebbfast as hb
    >>> round(hb.theory.decoding_error(64, 2**12, 0.2), 4)
    0.0829
    """
    D, K = _check.units_of_table(_check.count("D", D, 1)), _check.count("K", K, 1)
    flip = _arguments.real("flip", flip, 0.0, 0.5)
    if K == 1:
        return 0.0
    d = np.arange(D + 1)
    own = stats.binom.pmf(d, D, flip)
    d, own = d[own > 0], own[own > 0]
    density, beyond = stats.binom.pmf(d, D, 0.5), stats.binom.sf(d - 1, D, 0.5)  # f(d), 1 - F(d - 1)
    nobody_nearer = (K - 1) * _log_of_complement(stats.binom.cdf(d - 1, D, 0.5), beyond)
    share = np.minimum(np.divide(density, beyond, out=np.ones(len(d)), where=beyond > 0), 1.0)
    # [(1 - F(d - 1))^K - (1 - F(d))^K] / (K f(d)) = (1 - F(d - 1))^(K - 1) · (1 - `_beaten`); 1 - that keeps its digits
    wrong = np.exp(nobody_nearer) * _beaten(share, K) - np.expm1(nobody_nearer)
    return min(1.0, math.fsum((own * wrong).tolist()))


def _beaten(share: NDArray[np.float64], K: int) -> NDArray[np.float64]:
    """1 - [1 - (1 - x)^K] / (K x): the tie is lost, if each of K - 1 others is in it with probability x."""
    many = K * share
    with np.errstate(divide="ignore"):
        likely = 1 + np.expm1(K * np.log1p(-share)) / np.maximum(many, 0.5)
    rare = np.zeros_like(share)
    for place, weight in zip(*np.polynomial.legendre.leggauss(16), strict=True):  # ∫₀¹ 1 - (1 - x u)^(K - 1) du
        rare -= weight / 2 * np.expm1((K - 1) * np.log1p(np.minimum(share, 0.5) * (-(1 + place) / 2)))
    return np.where(many < 0.5, rare, likely)


def _log_of_complement(x: NDArray[np.float64], complement: NDArray[np.float64]) -> NDArray[np.float64]:
    """ln(1 - x), from whichever of both is exact."""
    with np.errstate(divide="ignore"):
        logarithm: NDArray[np.float64] = np.where(x < 0.5, np.log1p(-np.minimum(x, 0.5)), np.log(complement))
    return logarithm
