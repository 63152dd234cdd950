"""How many patterns: the load at which an allowed error is reached, at finite D and for large D."""

import math
from collections.abc import Callable
from functools import cache

from scipy import optimize, special

from hebbfast import _arguments
from hebbfast.interactions import Exponential, Interaction
from hebbfast.theory import _check, mean_field
from hebbfast.theory.error_law import unit_error
from hebbfast.theory.signal_to_noise import flipped, ratio

__all__ = ["asymptotic_capacity", "capacity"]

_CRITERIA = ("unit", "pattern", "all")


def capacity(
    D: int,
    interaction: Interaction,
    criterion: str = "unit",
    error: float | None = None,
    method: str = "gaussian",
    flips: int = 0,
) -> float:
    """Number of random patterns at which one update step reaches an allowed error.

    Parameters
    ----------
    D : int
        Number of units.
    interaction : Interaction
        The F of the energy: Polynomial, RectifiedPolynomial, Exponential or another one.
    criterion : {"unit", "pattern", "all"}
        What ``error`` counts. "unit": a unit of a stored pattern. "pattern": a stored pattern that is not a
        fixed point in every unit. "all": any unit of any of the K patterns (a union bound: ``error`` is the expected
        number of wrong units among D·K).
    error : float, optional
        The allowed probability; default 0.005 for "unit", 0.5 for the others.
    method : {"gaussian", "exact"}
        "gaussian" inverts Φ(-snr), with exact moments. "exact" inverts `unit_error`, with ties counted as half an
        error; it is the one to use for the exponential interaction and takes up to seconds.
    flips : int, default 0
        Number of other units of the cue that are flipped, as in `snr`.

    Returns
    -------
    float
        The number of patterns K, a real number of at least 1; infinite beyond float64.

    Raises
    ------
    ValueError
        If an argument is out of range or a degree above 301, if the allowed error of a unit is not below 1/2 (guessing
        reaches that), or if the flips leave no signal.

    Notes
    -----
    With the signal s, the noise moment E[g²], z(p) = Φ⁻¹(1-p) and δ = ``error``::

        unit     K = 1 + s² / (z(δ)² E[g²])          pattern   the same with p = 1 - (1-δ)^(1/D)
        all      the K that solves K = K_unit(δ / (D K))

    "pattern" and "all" treat the units of a pattern as independent, which they are not quite: simulations exceed
    "pattern" by some per cent for n = 2, by up to 15 % for n = 3 at small D, and fall below it for n = 4 at D < 25.

    Examples
    --------
    >>> import hebbfast as hb
    >>> [round(hb.theory.capacity(1000, hb.Polynomial(2), criterion), 2) for criterion in ("unit", "pattern", "all")]
    [151.57, 98.71, 55.34]
    """
    D, interaction, flips = _check.count("D", D, 1), _check.interaction(interaction), flipped(D, flips)
    _arguments.choice("criterion", criterion, _CRITERIA)
    _arguments.choice("method", method, ("gaussian", "exact"))
    allowed = _allowed_unit_error(D, criterion, error)
    single = ratio(D, interaction, flips)
    if not single > 0 and D > 1:
        raise ValueError(f"flips must leave a signal, F(D-2·flips) > F(D-2·flips-2), got {flips} of {D - 1} units")

    def gaussian(p: float) -> float:
        reach = single / float(special.ndtri(p))
        return 1 + reach * reach  # infinite beyond float64, where ** would raise

    K = gaussian(allowed(1.0))
    if criterion == "all" and math.isfinite(K):
        K = _fixed_point(lambda patterns: gaussian(allowed(patterns)), K)
    if method == "gaussian" or not math.isfinite(K):
        return K
    return _crossing(lambda patterns: unit_error(D, patterns, interaction, flips=flips) / allowed(patterns), K)


def asymptotic_capacity(
    D: int, interaction: Interaction, criterion: str = "pattern", error: float | None = None
) -> float:
    """Leading order of the capacity for many units: the formulas of the literature, by criterion.

    Parameters
    ----------
    D : int
        Number of units, at least 2.
    interaction : Polynomial, RectifiedPolynomial or Exponential
        The F of the energy.
    criterion : {"unit", "pattern", "all", "retrieval"}
        As in `capacity`; "retrieval" is the end of the retrieval phase at temperature zero in mean-field theory.
    error : float, optional
        Allowed error of a unit, default 0.005; used by "unit" alone.

    Returns
    -------
    float
        The number of patterns K; infinite beyond float64.

    Raises
    ------
    ValueError
        If an argument is out of range, or "retrieval" is asked for an interaction without mean-field equations.

    Notes
    -----
    Polynomials, doubled when rectified::

        unit        D^(n-1) / ((2n-3)!! z²)          Hertz, Krogh and Palmer (1991) for n = 2
        pattern     D^(n-1) / (2 (2n-3)!! ln D)      McEliece et al. (1987), n = 2; Krotov and Hopfield (2016)
        all         D^(n-1) / (2n (2n-3)!! ln D)     McEliece et al. (1987), n = 2: D / (4 ln D)
        retrieval   alpha_c D^(n-1)                  Amit, Gutfreund and Sompolinsky (1987), n = 2: 0.1379 D

    Exponential, to exponential order only: a typical pattern is stable up to (2 / (1 + exp(-4β)))^D, and all of them
    up to 2^(D/2), beyond which two patterns differ in a single unit (Demircigil et al. 2017, theorem 3, without flips).

    Corrections fall off as 1 / ln D: expect 30 to 50 % for D up to 1000, and compare measurements with `capacity`.

    Examples
    --------
    >>> import hebbfast as hb
    >>> round(hb.theory.asymptotic_capacity(1000, hb.Polynomial(2), "retrieval"), 1)
    137.9
    """
    D, interaction = _check.count("D", D, 2), _check.interaction(interaction)
    _arguments.choice("criterion", criterion, (*_CRITERIA, "retrieval"))
    p = _unit_error_allowed(error)
    if isinstance(interaction, Exponential):
        if criterion == "retrieval":
            raise ValueError(
                f"criterion must not be 'retrieval' for {interaction!r}: there are no mean-field equations"
            )
        log_k = D * (math.log(2) - math.log1p(math.exp(-4 * interaction.beta)))
        return _exp(min(log_k, D * math.log(2) / 2) if criterion == "all" else log_k)
    interaction = _check.polynomial(interaction, "the leading order")
    n = interaction.degree
    log_k = (n - 1) * math.log(D)
    if criterion == "retrieval":
        return _exp(log_k + math.log(mean_field.critical_load(interaction=interaction).alpha))
    log_k += math.log(2 if interaction.rectified else 1)
    log_k -= math.lgamma(2 * n - 1) - math.lgamma(n) - (n - 1) * math.log(2)  # (2n-3)!!
    if criterion == "unit":
        return _exp(log_k - 2 * math.log(-special.ndtri(p)))
    return _exp(log_k - math.log((2 if criterion == "pattern" else 2 * n) * math.log(D)))


def _exp(x: float) -> float:
    return math.exp(x) if x < 709 else math.inf


def _allowed_unit_error(D: int, criterion: str, error: float | None) -> Callable[[float], float]:
    """The allowed error of a unit as a function of the number of patterns."""
    if criterion == "unit":
        p = _unit_error_allowed(error)
        return lambda K: p
    delta = _arguments.real("error", 0.5 if error is None else error, 0, 1, ends="()")
    p = delta / D if criterion == "all" else -math.expm1(math.log1p(-delta) / D)
    if p >= 0.5:
        raise ValueError(f"error must ask less than 1/2 of a unit (guessing reaches that), got {delta} with D={D}")
    return (lambda K: p / K) if criterion == "all" else (lambda K: p)


def _unit_error_allowed(error: float | None) -> float:
    return _arguments.real("error", 0.005 if error is None else error, 0, 0.5, ends="()")


def _fixed_point(function: Callable[[float], float], start: float) -> float:
    """Iterate a slowly falling function of K to its fixed point."""
    K = start
    for _ in range(200):
        K, before = function(K), K
        if abs(K - before) <= 1e-13 * K:
            break
    return K


def _crossing(excess: Callable[[int], float], guess: float) -> float:
    """The K at which ``excess`` passes 1, interpolated in its logarithm between whole numbers."""

    @cache
    def log_excess(K: int) -> float:
        ratio = excess(K)
        return math.log(ratio) if ratio > 0 else -1000.0

    def interpolated(log_k: float) -> float:
        whole, part = divmod(math.exp(log_k), 1)
        below = log_excess(int(whole))
        return below + part * (log_excess(int(whole) + 1) - below) if whole < 1e6 else below

    low, step = math.log(guess), 0.1
    while low > 0 and interpolated(low) > 0:
        low, step = max(low - step, 0.0), 2 * step
    if interpolated(low) > 0:
        return 1.0
    high, step = low + 0.1, 0.1
    while interpolated(high) <= 0:
        high, step = high + step, 2 * step
    return math.exp(optimize.brentq(interpolated, low, high, xtol=1e-12))
