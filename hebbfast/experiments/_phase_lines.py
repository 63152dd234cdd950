"""Lines of mean-field theory in the plane of load and temperature."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments
from hebbfast._records import Record
from hebbfast.interactions import Interaction
from hebbfast.theory import mean_field
from hebbfast.theory.mean_field.states import HOPFIELD, model_of

__all__ = ["PhaseLines", "phase_lines"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PhaseLines(Record):
    """Lines of the replica-symmetric theory, each float64 (2, P): loads alpha, temperatures T.

    Of n ≥ 3 only ``retrieval`` and ``almeida_thouless`` are known; the others are empty, (2, 0).

    Attributes
    ----------
    retrieval : ndarray
        T_M(alpha): below it retrieval states exist.
    thermodynamic : ndarray
        T_c(alpha): below it they are the global minima of the free energy.
    spin_glass : ndarray
        T_g(alpha) = 1 + √alpha: above it nothing freezes.
    almeida_thouless : ndarray
        T_R(alpha): below it replica symmetry breaks in the retrieval states.
    """

    retrieval: Floats
    thermodynamic: Floats
    spin_glass: Floats
    almeida_thouless: Floats


def phase_lines(points: int = 40, interaction: Interaction = HOPFIELD) -> PhaseLines:
    """Lines of the phase diagram by mean-field theory (Amit, Gutfreund and Sompolinsky 1987; `theory.mean_field`).

    Parameters
    ----------
    points : int, default 40
        Points of a line, at least 2.
    interaction : Polynomial or RectifiedPolynomial, default Polynomial(2)
        F of the energy.

    Returns
    -------
    PhaseLines

    Raises
    ------
    ValueError
        If ``points`` is below 2, or no equations are known for the interaction.

    Examples
    --------
    >>> lines = phase_lines(10)
    >>> lines.retrieval[:, 0].round(4), lines.spin_glass[:, 0].round(2)
    (array([0.1379, 0.    ]), array([0., 1.]))
    """
    points = _arguments.whole("points", points, 2, 2**31 - 1)
    highest = model_of(interaction).highest_temperature()
    T = np.linspace(0.0, 0.995 * highest, points)
    ends = [mean_field.critical_load(t, interaction).alpha for t in T.tolist()]
    few = points if interaction == HOPFIELD else max(2, points // 4)  # for others one takes a tenth of a second
    stored = np.linspace(0.0725 * ends[0], ends[0], few)
    broken = [mean_field.almeida_thouless_temperature(a, interaction) for a in stored.tolist()]
    lower, freezing = np.empty((2, 0)), np.empty((2, 0))
    if interaction == HOPFIELD:
        wide = np.linspace(0.0, 1.2 * ends[0], points)
        lower = np.array([[*(mean_field.thermodynamic_load(t) for t in T.tolist()), 0.0], [*T, highest]])
        freezing = np.array([wide, 1 + np.sqrt(wide)])
    return PhaseLines(
        retrieval=np.array([[*ends, 0.0], [*T, highest]]),
        thermodynamic=lower,
        spin_glass=freezing,
        almeida_thouless=np.array([stored, broken]),
    )
