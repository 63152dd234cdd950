"""The probability that one update of one unit goes wrong: from the exact law of the noise, not its variance alone."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

from hebbfast import _arguments
from hebbfast.interactions import Exponential, Interaction, Polynomial
from hebbfast.theory import _check, _table_law
from hebbfast.theory._noise_law import lattice_tail, log_half_binomial, smooth_tail
from hebbfast.theory.signal_to_noise import difference, flipped, ratio

__all__ = ["unit_error"]


def unit_error(
    D: int, K: float, interaction: Interaction, method: str = "exact", tie: str = "plus", flips: int = 0
) -> float:
    """Probability that one update of one unit goes wrong, averaged over random unbiased patterns.

    Parameters
    ----------
    D : int
        Number of units.
    K : int or float
        Number of stored patterns, at least 1; ``method="gaussian"`` takes fractions too.
    interaction : Interaction
        The F of the energy: Polynomial, RectifiedPolynomial, Exponential or another one;
        a normalization makes no difference.
    method : {"exact", "gaussian"}
        "exact" follows the law of the noise; "gaussian" is Φ(-snr).
    tie : {"plus", "keep", "minus"}
        What a field of exactly zero does. "keep": the unit stays right. "plus" and "minus": half of the units of
        an unbiased pattern go wrong.
    flips : int, default 0
        Number of *other* units of the cue that are flipped. The unit itself is right in the cue.

    Returns
    -------
    float
        The probability.

    Raises
    ------
    ValueError
        If an argument is out of range or a word is not one of those allowed.

    Notes
    -----
    The cue is a stored pattern. With M = D-1, T = K-1 and the notation of `noise_moment`:

    - n = 2: the field is a multiple of M + B, where B is a sum of T·M fair ±1, a binomial tail. Relative accuracy
      1e-12.
    - other polynomials, also rectified: n·g(S) is an integer, and the sum of T of them lives on a lattice; its
      generating function is inverted on that lattice. Relative accuracy about 1e-12 + T·1e-16, also for tiny
      probabilities. Lattices of more than 2^24 points (n ≥ 4) count as smooth: 1e-8, and 1e-5 when ties
      are kept.
    - any other interaction: the lattice of the integers of its table, or of floats as a table of 53 to 62 bits.
    - exponential: the same inversion without a lattice. Zero fields, which need an exact cancellation among foreign
      patterns, are counted as half an error under each ``tie``.

    Where neither lattice nor large numbers help (few patterns and n ≥ 6 or exponential) the noise is resolved to a few
    1e-4 of its largest value. That costs accuracy, up to some per cent, only with nearly half of the units flipped.

    The Gaussian form is close for n = 2, some per cent low for n ≥ 3 at errors below 1 %, and useless for the
    exponential interaction, whose noise has heavy tails.

    Examples
    --------
    >>> import hebbfast as hb
    >>> round(hb.theory.unit_error(100, 14, hb.Polynomial(2), tie="keep"), 8)
    0.00264602
    """
    D = _check.count("D", D, 1)
    interaction, flips = _check.interaction(interaction), flipped(D, flips)
    _arguments.choice("method", method, ("exact", "gaussian"))
    _arguments.choice("tie", tie, ("plus", "keep", "minus"))
    if method == "gaussian":
        return float(special.ndtr(-ratio(D, interaction, flips, _arguments.real("K", K, 1) - 1)))
    wrong, tied = _wrong_and_tied(D, _check.count("K", K, 1), interaction, flips)
    return max(wrong, 0.0) if tie == "keep" else max(wrong + tied / 2, 0.0)


def _wrong_and_tied(D: int, K: int, interaction: Interaction, flips: int) -> tuple[float, float]:
    """Probabilities that the field has the wrong sign, and that it is zero."""
    foreign, agreeing = K - 1, D - 1 - 2 * flips
    if ratio(D, interaction, flips, foreign) > 1e150:
        return 0.0, 0.0  # at most 1e-300, by Chebyshev's inequality
    if isinstance(interaction, Exponential):
        below = np.exp(-2 * interaction.beta * np.arange(_check.units_of_table(D)))
        weights = log_half_binomial(D - 1, np.arange(D))
        threshold = math.exp(-2 * interaction.beta * flips)
        return smooth_tail(below, weights, foreign, threshold), 0.0
    if isinstance(interaction, Polynomial):
        signal = difference(agreeing, interaction)
        if interaction.degree == 2 and not interaction.rectified:  # a·g(S) = 2aS is itself a sum of M fair ±1
            above, tied = _fair_sum_tail(foreign * (D - 1), abs(agreeing))
            return (above if signal >= 0 else 1 - above - tied), tied
        values, weights = _noise(D, interaction)
    else:
        table = _table_law.gains(D, interaction)[0]
        signal, values, weights = table[D - 1 - flips], [abs(g) for g in table], _table_law.chances(D)
    if foreign == 0 or not any(values):
        return float(signal < 0), float(signal == 0)
    above, tied = lattice_tail(values, weights, foreign, abs(signal))
    return (above if signal >= 0 else 1 - above - tied), tied


def _noise(D: int, interaction: Polynomial) -> tuple[list[int], NDArray[np.float64]]:
    """The values n·|g(S)|, which are integers, and the logs of their probabilities."""
    M = _check.units_of_table(D) - 1
    S = range(M, -1, -2)
    values = [abs(difference(s, interaction)) for s in S]
    weights = log_half_binomial(M, np.arange(len(S)))
    if interaction.rectified:  # S < 0 gives no noise
        silent = (1 - math.exp(weights[-1])) / 2 if M % 2 == 0 else 0.5
        return ([*values, 0], np.append(weights, math.log(silent))) if M else (values, weights)
    return values, weights + np.where(np.arange(M, -1, -2) > 0, math.log(2), 0.0)


def _fair_sum_tail(terms: int, threshold: int) -> tuple[float, float]:
    """P(B > threshold) and P(B = threshold) for a sum B of ``terms`` fair ±1 and a threshold ≥ 0."""
    minus, odd = divmod(terms - threshold, 2)  # so many terms are -1 at the threshold
    if minus < 0:
        return 0.0, 0.0
    tied = 0.0 if odd else math.exp(log_half_binomial(terms, np.array(minus)))
    if terms > 2**50:  # where float64 no longer holds the numbers; the normal law is good to 1 / terms
        return float(special.ndtr(-threshold / math.sqrt(terms))) - tied / 2, tied
    below = minus + odd  # B > threshold where fewer than so many are -1
    return (float(special.betainc(terms - below + 1, below, 0.5)) if below else 0.0), tied
