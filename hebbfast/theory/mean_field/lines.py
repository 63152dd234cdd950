"""Lines of the phase diagram, temperature against load."""

import math
from functools import lru_cache

from scipy import optimize

from hebbfast import _arguments
from hebbfast.interactions import Interaction
from hebbfast.theory.mean_field._curve import Model
from hebbfast.theory.mean_field.states import HOPFIELD, checked_load, checked_temperature, model_of

__all__ = ["almeida_thouless_temperature", "retrieval_temperature", "spin_glass_temperature", "thermodynamic_load"]


def retrieval_temperature(alpha: float, interaction: Interaction = HOPFIELD) -> float:
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
        re-entrant: its largest load, 0.138189 for n = 2, lies at a temperature of 0.0225).

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
    alpha, model = checked_load(alpha), model_of(interaction)
    turn = _turning_temperature(model)
    largest = model.spinodal(turn).alpha
    if alpha > largest:
        raise ValueError(f"alpha must be at most {largest:.6g}, beyond which nothing is retrieved, got {alpha}")
    high = model.highest_temperature() * (1 - 1e-9)
    if alpha <= model.spinodal(high).alpha:
        return high
    return float(optimize.brentq(lambda T: math.log(model.spinodal(T).alpha / alpha), turn, high, xtol=1e-14))


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
    _arguments.real("temperature", temperature, 0, 1, ends="[)")
    temperature, model = checked_temperature(temperature), model_of(HOPFIELD)
    end = model.spinodal(temperature)

    def above(log_y: float) -> float:
        point = model.point(temperature, math.exp(log_y))
        return model.free_energy(point) - model.free_energy(model.disordered(point.alpha, temperature))

    log_y = optimize.brentq(above, math.log(end.y), math.log(end.y) + 5, xtol=1e-14)
    return model.point(temperature, math.exp(log_y)).alpha


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
    return 1 + math.sqrt(checked_load(alpha))


def almeida_thouless_temperature(alpha: float, interaction: Interaction = HOPFIELD) -> float:
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
        The temperature; 0 if it is below 1e-147. Where the retrieval state is unstable as far as it exists, it is
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
    0.00145
    """
    alpha, model = checked_load(alpha), model_of(interaction)
    high = retrieval_temperature(alpha, interaction)

    def stability(log_t: float) -> float:
        T = math.exp(log_t)
        return model.replicon(model.at_load(alpha, T))

    top = math.log(high)
    if stability(top) <= 0:
        return high
    low = top
    while stability(low) > 0:
        low -= 2
        if low < -340:
            return 0.0
    return math.exp(optimize.brentq(stability, low, top, xtol=1e-13))


@lru_cache
def _turning_temperature(model: Model) -> float:
    """The temperature of the largest load, where the line of `retrieval_temperature` turns back."""
    high = model.highest_temperature() / 2
    return float(optimize.minimize_scalar(lambda T: -model.spinodal(T).alpha, bounds=(0, high), method="bounded").x)
