"""The states of the mean-field equations: retrieval, no retrieval, and the last retrieval state."""

from dataclasses import dataclass

from hebbfast import _arguments
from hebbfast.interactions import Interaction, Polynomial
from hebbfast.theory import _check
from hebbfast.theory.mean_field._curve import Model, Point

__all__ = ["CriticalLoad", "Solution", "critical_load", "solve", "spin_glass"]

HOPFIELD = Polynomial(2)
_DEGREES = 100  # beyond, numbers of the equations leave float64


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


def solve(alpha: float, temperature: float, interaction: Interaction = HOPFIELD) -> Solution:
    """Solve the mean-field equations for the retrieval state.

    Parameters
    ----------
    alpha : float
        Load K/D^(n-1), positive.
    temperature : float
        Temperature, in units of the normalized interaction; 0 is allowed.
    interaction : Polynomial or RectifiedPolynomial, default Polynomial(2)
        The F of the energy; rectified from n = 3 on, n up to 100.

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
    alpha, temperature, model = checked_load(alpha), checked_temperature(temperature), model_of(interaction)
    retrieves = temperature < model.highest_temperature()
    if retrieves and alpha <= model.spinodal(temperature).alpha * (1 + 1e-12):
        return _solution(model, model.at_load(alpha, temperature))
    return spin_glass(alpha, temperature, interaction)


def spin_glass(alpha: float, temperature: float, interaction: Interaction = HOPFIELD) -> Solution:
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
    alpha, temperature, model = checked_load(alpha), checked_temperature(temperature), model_of(interaction)
    return _solution(model, model.disordered(alpha, temperature))


def critical_load(temperature: float = 0.0, interaction: Interaction = HOPFIELD) -> CriticalLoad:
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
    Temperature zero, n = 2: the maximum over y of erf(y)/y - (2/√π) exp(-y²) is √(2 alpha_c) (AGS 1985; Stojnic 2024,
    arXiv 2403.01907, has the same number by another way). One and two steps of replica symmetry breaking give 0.138186
    and 0.138187 instead of 0.137906 (Steffan and Kühn 1994).

    Examples
    --------
    >>> import hebbfast as hb
    >>> end = hb.theory.mean_field.critical_load()
    >>> round(end.alpha, 6), round(end.overlap, 6)
    (0.137906, 0.967417)
    """
    temperature, model = checked_temperature(temperature), model_of(interaction)
    limit = model.highest_temperature()
    if temperature >= limit:
        raise ValueError(f"temperature must be below {limit:.6g}, beyond which nothing is retrieved, got {temperature}")
    end = model.spinodal(temperature)
    return CriticalLoad(end.alpha, end.overlap, temperature)


def checked_load(alpha: float) -> float:
    """A positive load."""
    return _arguments.real("alpha", alpha, 0, ends="(]")


def checked_temperature(temperature: float) -> float:
    """A temperature of at least 0."""
    temperature = _arguments.real("temperature", temperature, 0)
    return temperature if temperature > 1e-290 else 0.0  # 1/T must stay in float64


def model_of(interaction: Interaction) -> Model:
    """The equations of an interaction."""
    found = _check.interaction(interaction)
    if not isinstance(found, Polynomial) or (found.rectified and found.degree == 2):
        raise ValueError(
            f"interaction must be a Polynomial, or a RectifiedPolynomial of degree 3 or more: there are no mean-field "
            f"equations for {_arguments.shown(found)}"
        )
    if found.degree > _DEGREES:
        raise ValueError(
            f"interaction must have a degree of at most {_DEGREES} for mean-field equations, got {found!r}"
        )
    return Model(found.degree - 1, found.rectified)


def _solution(model: Model, point: Point) -> Solution:
    return Solution(
        alpha=point.alpha,
        temperature=point.temperature,
        overlap=point.overlap,
        q=point.q,
        r=point.r,
        susceptibility=point.susceptibility,
        free_energy=model.free_energy(point),
        replicon=model.replicon(point),
    )
