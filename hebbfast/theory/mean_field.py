"""Replica-symmetric mean-field theory of retrieval: K = alpha·D^(n-1) random patterns, D → ∞, temperature T.

Energy H = -Σ_μ m_μⁿ / (n D^(n-1)): the *normalized* interaction, whichever is passed, without self-couplings. The field
of a unit, times its stored value, is Gaussian with mean m^(n-1) and variance alpha·r::

    m = E tanh β(m^(n-1) + √(alpha r) z),    q = E tanh² of the same,    C = β(1 - q)
    n = 2:  r = q / (1 - C)²                 n ≥ 3:  r = F(q), no feedback since K >> D

n = 2: Amit, Gutfreund and Sompolinsky (AGS 1985, 1987). n ≥ 3: derived for hebbfast, of the form that Gardner (1987)
gives for products of distinct units; F(q) = E[f(x) f(x')] over normal x, x' of correlation q with f(x) = x^(n-1), so
F(1) = (2n-3)!!. Rectified: f(x) = max(x, 0)^(n-1), for n ≥ 3; at temperature zero just half the noise.

The curve of solutions at one temperature is followed by y = m^(n-1) / √(2 alpha r), the signal-to-noise ratio over √2,
down from ∞ (no patterns). At each y one equation in one unknown is left, and alpha is explicit. So nothing is iterated,
and nothing special happens at the spinodal: it is where alpha(y) is largest.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

from scipy import optimize

from hebbfast.interactions import Exponential, Interaction, Polynomial
from hebbfast.theory import _check
from hebbfast.theory._mean_field_curve import Model, Point

__all__ = [
    "CriticalLoad",
    "Solution",
    "almeida_thouless_temperature",
    "critical_load",
    "retrieval_temperature",
    "solve",
    "spin_glass",
    "spin_glass_temperature",
    "thermodynamic_load",
]

_HOPFIELD = Polynomial(2)


@dataclass(frozen=True)
class Solution:
    """A solution of the mean-field equations.

    Attributes
    ----------
    alpha, temperature : float
        Load K/D^(n-1) and temperature.
    overlap : float
        m, the overlap with the retrieved pattern per unit; 0 where nothing is retrieved.
    q : float
        Overlap per unit of two states of one network (the parameter of Edwards and Anderson).
    r : float
        Variance of the field of a unit, divided by alpha.
    susceptibility : float
        C = β(1 - q).
    free_energy : float
        Free energy of a unit, at temperature zero the energy; for n ≥ 3 without a constant that states share.
    replicon : float
        Replica symmetry is stable where it is positive (de Almeida and Thouless 1978); -inf at temperature zero.
    """

    alpha: float
    temperature: float
    overlap: float
    q: float
    r: float
    susceptibility: float
    free_energy: float
    replicon: float


@dataclass(frozen=True)
class CriticalLoad:
    """The largest load with retrieval states at one temperature, and their overlap there."""

    alpha: float
    overlap: float
    temperature: float


def solve(alpha: float, temperature: float, interaction: Interaction = _HOPFIELD) -> Solution:
    """Solve the mean-field equations for the retrieval state.

    Parameters
    ----------
    alpha : float
        Load K/D^(n-1), positive.
    temperature : float
        Temperature, in units of the normalized interaction; 0 is allowed.
    interaction : Polynomial or RectifiedPolynomial, default Polynomial(2)
        The F of the energy; rectified from n = 3 on.

    Returns
    -------
    Solution
        The retrieval state, or, if there is none at this load and temperature, the state of overlap 0 (`spin_glass`).

    Raises
    ------
    ValueError
        If alpha is not positive, temperature is negative, or no equations are known for the interaction.

    Notes
    -----
    Retrieval states are metastable above `thermodynamic_load`. Networks of n ≥ 3 that start in a pattern at temperature
    zero hold beyond this equilibrium line, so do not test one with the other.

    Examples
    --------
    >>> import hebbfast as hb
    >>> round(hb.theory.mean_field.solve(0.1, 0.0).overlap, 6)
    0.997999
    """
    alpha, temperature, model = _load(alpha), _temperature(temperature), _model(interaction)
    end = model.spinodal(temperature)
    if end is None or alpha > end.alpha * (1 + 1e-12):
        return spin_glass(alpha, temperature, interaction)
    return _solution(model, _at_load(model, end, alpha))


def spin_glass(alpha: float, temperature: float, interaction: Interaction = _HOPFIELD) -> Solution:
    """Solve the mean-field equations for the state without retrieval: overlap 0.

    Parameters
    ----------
    alpha, temperature, interaction
        As in `solve`.

    Returns
    -------
    Solution
        For n = 2 the spin glass, above `spin_glass_temperature` the paramagnet with q = 0. For n ≥ 3 the solution
        of the largest q.

    Raises
    ------
    ValueError
        As `solve`.

    Notes
    -----
    AGS (1987); at temperature zero and n = 2 its energy is -1/π - √(2 alpha/π). Replica symmetry does not hold there.

    Examples
    --------
    >>> import hebbfast as hb
    >>> round(hb.theory.mean_field.spin_glass(0.1, 0.0).free_energy, 6)
    -0.570623
    """
    alpha, temperature, model = _load(alpha), _temperature(temperature), _model(interaction)
    return _solution(model, model.disordered(alpha, temperature))


def critical_load(temperature: float = 0.0, interaction: Interaction = _HOPFIELD) -> CriticalLoad:
    """Largest load at which retrieval states exist.

    Parameters
    ----------
    temperature : float, default 0.0
        Temperature; for n = 2 below 1.
    interaction : Polynomial or RectifiedPolynomial, default Polynomial(2)
        The F of the energy.

    Returns
    -------
    CriticalLoad
        ``.alpha`` and ``.overlap``, the end of the retrieval phase and the overlap of its last state.

    Raises
    ------
    ValueError
        If there are no retrieval states at this temperature, or as `solve`.

    Notes
    -----
    Temperature zero, n = 2: the maximum over y of erf(y)/y - (2/√π) exp(-y²) is √(2 alpha_c) (AGS 1985, also Stojnic 2024,
    arXiv 2403.01907). One and two steps of replica symmetry breaking give 0.138186 and 0.138187 instead of 0.137906
    (Steffan and Kühn 1994).

    Examples
    --------
    >>> import hebbfast as hb
    >>> end = hb.theory.mean_field.critical_load()
    >>> round(end.alpha, 6), round(end.overlap, 6)
    (0.137906, 0.967417)
    """
    temperature, model = _temperature(temperature), _model(interaction)
    end = model.spinodal(temperature)
    if end is None:
        limit = model.highest_temperature()
        raise ValueError(f"temperature must be below {limit:.6g}, beyond which nothing is retrieved, got {temperature}")
    return CriticalLoad(end.alpha, end.overlap, temperature)


def retrieval_temperature(alpha: float, interaction: Interaction = _HOPFIELD) -> float:
    """Highest temperature T_M at which retrieval states exist.

    Parameters
    ----------
    alpha : float
        Load K/D^(n-1), positive.
    interaction : Polynomial or RectifiedPolynomial, default Polynomial(2)
        The F of the energy.

    Returns
    -------
    float
        The temperature T with ``critical_load(T).alpha == alpha``; of two the higher one (the replica-symmetric line is
        re-entrant: its largest load, 0.138184 for n = 2, lies at a temperature of 0.02).

    Raises
    ------
    ValueError
        If no temperature allows retrieval at this load, or as `solve`.

    Notes
    -----
    AGS (1987). Simulated networks of finite size escape from the metastable states near this line.

    Examples
    --------
    >>> import hebbfast as hb
    >>> round(hb.theory.mean_field.retrieval_temperature(0.05), 4)
    0.5423
    """
    alpha, model = _load(alpha), _model(interaction)
    turn = _turning_temperature(model)
    largest = _end(model, turn).alpha
    if alpha > largest:
        raise ValueError(f"alpha must be at most {largest:.6g}, beyond which nothing is retrieved, got {alpha}")
    high = model.highest_temperature() * (1 - 1e-9)
    if alpha <= _end(model, high).alpha:
        return high
    return float(optimize.brentq(lambda T: math.log(_end(model, T).alpha / alpha), turn, high, xtol=1e-14))


def thermodynamic_load(temperature: float) -> float:
    """Load at which the retrieval states stop being the global minimum of the free energy, for n = 2.

    Parameters
    ----------
    temperature : float
        Temperature, 0 ≤ T < 1.

    Returns
    -------
    float
        The load at which retrieval state and spin glass have the same free energy: the line T_c(alpha), inverted.

    Raises
    ------
    ValueError
        If the temperature is negative or not below 1.

    Notes
    -----
    AGS (1987). At temperature zero it is (π/2)(1/2 - 1/π)² = 0.05185, but for the tiny number of errors there.

    Examples
    --------
    >>> import hebbfast as hb
    >>> round(hb.theory.mean_field.thermodynamic_load(0.0), 6)
    0.051854
    """
    temperature, model = _check.real("temperature", temperature, 0, 1, ends="[)"), _model(_HOPFIELD)
    end = _end(model, temperature)

    def above(log_y: float) -> float:
        point = _point(model, temperature, math.exp(log_y))
        return model.free_energy(point) - model.free_energy(model.disordered(point.alpha, temperature))

    log_y = optimize.brentq(above, math.log(end.y), math.log(end.y) + 5, xtol=1e-14)
    return _point(model, temperature, math.exp(log_y)).alpha


def spin_glass_temperature(alpha: float) -> float:
    """Temperature T_g = 1 + √alpha at which the paramagnet freezes into the spin glass, for n = 2.

    Parameters
    ----------
    alpha : float
        Load K/D, positive.

    Returns
    -------
    float
        The temperature.

    Raises
    ------
    ValueError
        If alpha is not positive.

    Notes
    -----
    AGS (1985).

    Examples
    --------
    >>> import hebbfast as hb
    >>> hb.theory.mean_field.spin_glass_temperature(0.25)
    1.5
    """
    return 1 + math.sqrt(_load(alpha))


def almeida_thouless_temperature(alpha: float, interaction: Interaction = _HOPFIELD) -> float:
    """Temperature T_R below which replica symmetry of the retrieval state is broken (the AT line).

    Parameters
    ----------
    alpha : float
        Load K/D^(n-1), positive.
    interaction : Polynomial or RectifiedPolynomial, default Polynomial(2)
        The F of the energy.

    Returns
    -------
    float
        The temperature. Where the retrieval state is unstable as far as it exists (n = 2: 0.1382 and above) it is
        `retrieval_temperature`.

    Raises
    ------
    ValueError
        As `retrieval_temperature`.

    Notes
    -----
    AGS (1987): alpha β² (dr/dq) E sech⁴ β(m^(n-1) + √(alpha r) z) = 1. For n = 2 and small loads it approaches
    √(8 alpha/9π) exp(-1/(2 alpha)), which is far too low near the critical load.

    Examples
    --------
    >>> import hebbfast as hb
    >>> round(hb.theory.mean_field.almeida_thouless_temperature(0.1), 6)
    0.004
    """
    alpha, model = _load(alpha), _model(interaction)
    high = retrieval_temperature(alpha, interaction)

    def stability(log_t: float) -> float:
        T = math.exp(log_t)
        end = _end(model, T)
        return model.replicon(_at_load(model, end, min(alpha, end.alpha)))

    top = math.log(high)
    if stability(top) <= 0:
        return high
    low = top
    while stability(low) > 0:
        low -= 2
        if low < -650:
            return 0.0
    return math.exp(optimize.brentq(stability, low, top, xtol=1e-13))


def _load(alpha: float) -> float:
    return _check.real("alpha", alpha, 0)


def _temperature(temperature: float) -> float:
    temperature = _check.real("temperature", temperature, 0, ends="[)")
    return temperature if temperature > 1e-290 else 0.0  # 1/T must stay in float64


def _model(interaction: Interaction) -> Model:
    interaction = _check.interaction(interaction)
    if isinstance(interaction, Exponential) or (interaction.rectified and interaction.degree == 2):
        raise ValueError(
            f"interaction must be a Polynomial, or a RectifiedPolynomial of degree 3 or more: there are no mean-field "
            f"equations for {interaction!r}"
        )
    return Model(interaction.degree - 1, interaction.rectified)


def _solution(model: Model, point: Point) -> Solution:
    return Solution(
        point.alpha,
        point.temperature,
        point.overlap,
        point.q,
        point.r,
        point.susceptibility,
        model.free_energy(point),
        model.replicon(point),
    )


def _end(model: Model, T: float) -> Point:
    end = model.spinodal(T)
    assert end is not None, "T is below the highest temperature"
    return end


def _point(model: Model, T: float, y: float) -> Point:
    point = model.point(T, y)
    assert point is not None, "y is beyond the spinodal"
    return point


def _at_load(model: Model, end: Point, alpha: float) -> Point:
    """The retrieval state at a load up to that of the spinodal ``end``."""
    T = end.temperature
    if alpha >= end.alpha:
        return end
    y = optimize.brentq(lambda y: math.log(_point(model, T, y).alpha / alpha), end.y, 2 / math.sqrt(alpha), xtol=1e-14)
    return _point(model, T, y)


@lru_cache
def _turning_temperature(model: Model) -> float:
    """The temperature of the largest load, where the line of `retrieval_temperature` turns back."""
    high = model.highest_temperature() / 2
    return float(optimize.minimize_scalar(lambda T: -_end(model, T).alpha, bounds=(0, high), method="bounded").x)
