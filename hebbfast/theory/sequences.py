"""Sequences in which each pattern calls up the next: how well long ones are followed, and the load at which none is."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from hebbfast import _arguments
from hebbfast._records import Record
from hebbfast.interactions import Interaction, Polynomial
from hebbfast.theory import _check

__all__ = ["SequenceEnd", "sequence_end", "sequence_overlap"]

QUADRATIC = Polynomial(2)


@dataclass(frozen=True)
class SequenceEnd(Record):
    """Where the recall of sequences ends.

    Attributes
    ----------
    alpha : float
        The largest load K / D^(n-1) at which a sequence is followed.
    overlap : float
        m / D there.
    """

    alpha: float
    overlap: float


def sequence_overlap(alpha: float, interaction: Interaction = QUADRATIC) -> float:
    """Overlap with which a long sequence of random patterns is followed, all units at once, for D → ∞.

    Parameters
    ----------
    alpha : float
        Load K / D^(n-1), positive.
    interaction : Polynomial or RectifiedPolynomial, default Polynomial(2)
        The F of `SequenceMemory`.

    Returns
    -------
    float
        m / D of the state with the pattern whose turn it is, many steps after it began there; 0 where it is lost.

    Raises
    ------
    ValueError
        If the load is not positive, or the interaction no polynomial.

    Notes
    -----
    Düring, Coolen, Sherrington (1998), "Phase diagram and storage capacity of sequence processing neural networks",
    J. Phys. A 31, 8607: for n = 2 the fixed point of m = erf(m / √2 s), s² = α + (2/π) exp(-m² / s²). Each step is
    noise for the next one there; for higher n it is not, and m = erf(m^(n-1) / √(2 (2n-3)!! α)), half of the noise if
    rectified.

    Examples
    --------
    >>> import hebbfast as hb
    >>> [round(hb.theory.sequence_overlap(load), 4) for load in (0.2, 0.25, 0.26, 0.28)]
    [0.9663, 0.914, 0.8918, 0.0]
    """
    alpha, degree, noise = _arguments.real("alpha", alpha, 0.0, ends="()"), *_of(interaction)
    last = _last(degree)
    if alpha * noise > _load(last, degree):
        return 0.0
    found = optimize.brentq(lambda y: _load(y, degree) - alpha * noise, last, 2 * last + 1 / math.sqrt(alpha * noise))
    return float(special.erf(found / math.sqrt(2)))


def sequence_end(interaction: Interaction = QUADRATIC) -> SequenceEnd:
    """The largest load at which long sequences are followed, and the overlap there, for D → ∞.

    Parameters
    ----------
    interaction : Polynomial or RectifiedPolynomial, default Polynomial(2)
        The F of `SequenceMemory`.

    Returns
    -------
    SequenceEnd
        ``.alpha``, which is K / D^(n-1), and ``.overlap``.

    Raises
    ------
    ValueError
        If the interaction is no polynomial.

    Notes
    -----
    As `sequence_overlap`. For n > 2 the load is that of stored patterns in replica-symmetric theory at T = 0,
    `mean_field.critical_load`: what is an approximation there is exact here.

    Examples
    --------
    >>> import hebbfast as hb
    >>> [round(hb.theory.sequence_end(hb.Polynomial(n)).alpha, 6) for n in (2, 3, 4)]
    [0.269062, 0.084063, 0.013191]
    """
    degree, noise = _of(interaction)
    last = _last(degree)
    return SequenceEnd(_load(last, degree) / noise, float(special.erf(last / math.sqrt(2))))


def _of(interaction: Interaction) -> tuple[int, float]:
    """The degree, and the variance of the noise over D^(n-1) K."""
    found = _check.interaction(interaction)
    if not isinstance(found, Polynomial) or (found.rectified and found.degree == 2):
        raise ValueError(
            f"interaction must be a Polynomial, or a RectifiedPolynomial of degree 3 or more: there is no law of "
            f"sequences for {_arguments.shown(found)}"
        )
    moment = float(special.factorial2(2 * found.degree - 3))
    return found.degree, moment / 2 if found.rectified else moment


def _load(y: float, degree: int) -> float:
    """The load whose states have y = signal / noise, times the variance of the noise: α s² = m^(2n-2) / y²."""
    load = float(special.erf(y / math.sqrt(2))) ** (2 * degree - 2) / (y * y)
    return load - 2 / math.pi * math.exp(-y * y) if degree == 2 else load


def _last(degree: int) -> float:
    """The y of the largest load; it rises before and falls behind."""
    found = optimize.minimize_scalar(lambda x: -_load(math.exp(x), degree), bounds=(-1.0, np.log(2.0 + degree)))
    return math.exp(float(found.x))
