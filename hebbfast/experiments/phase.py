"""The phase diagram of the classical network: the lines of mean-field theory, and simulated networks on it."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments
from hebbfast._records import Record
from hebbfast._work.progress import progress_bar
from hebbfast.experiments import statistics
from hebbfast.experiments._networks import final_overlaps
from hebbfast.experiments._sizes import read_sizes
from hebbfast.experiments.statistics import Crossing, ProbitFit
from hebbfast.theory import mean_field

__all__ = ["CriticalLoad", "PhaseDiagram", "PhaseLines", "RetrievalTemperature", "phase_diagram", "phase_lines"]

Floats = NDArray[np.float64]

LOADS = (0.02, 0.04, 0.06, 0.08, 0.1, 0.12)  # of the simulated ends of retrieval
RATIOS = (0.6, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.25)  # temperatures there, in units of the one of theory
HELD = 2 / 3  # of the overlap of theory at the end of retrieval
CRITICAL_LOADS = (0.126, 0.130, 0.134, 0.138, 0.142, 0.146)
COLD, FAST = 100, 40  # at temperature zero: so many times the networks, each so much faster
MAP_LOADS = np.linspace(0.005, 0.165, 17)
MAP_TEMPERATURES = np.linspace(0.05, 1.45, 15)


@dataclass(frozen=True, eq=False)
class PhaseLines(Record):
    """Lines of the replica-symmetric theory, each float64 (2, P): loads alpha, temperatures T.

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


@dataclass(frozen=True, eq=False)
class RetrievalTemperature(Record):
    """The temperature up to which half of the states hold their pattern.

    Attributes
    ----------
    units : int
        D.
    alpha : float
        K / D.
    temperature : ProbitFit
        The temperature and its interval, clustered by network.
    theory : float
        T_M(alpha), for D → ∞.
    """

    units: int
    alpha: float
    temperature: ProbitFit
    theory: float


@dataclass(frozen=True, eq=False)
class CriticalLoad(Record):
    """The load at which the curves m(alpha; D) of two sizes cross at temperature zero.

    Attributes
    ----------
    units : tuple of int
        The two D.
    loads : ndarray
        float64 (P,): K / D.
    overlaps : ndarray
        float64 (2, P): mean final overlaps / D.
    alpha : Crossing
        The crossing and its interval.
    """

    units: tuple[int, int]
    loads: Floats
    overlaps: Floats
    alpha: Crossing


@dataclass(frozen=True, eq=False)
class PhaseDiagram(Record):
    """What `phase_diagram` found.

    Attributes
    ----------
    lines : PhaseLines
        Theory.
    loads, temperatures : ndarray
        float64 (A,) and (B,): the grid of the map.
    overlaps : ndarray
        float64 (B, A): mean overlaps / D on the grid, of networks of the smallest D.
    retrieval : tuple of RetrievalTemperature
        By D, then by load.
    critical : tuple of CriticalLoad
        One for two successive D.
    units : tuple of int
        The D, rising.
    networks : int
        Networks of the smallest D at each temperature of ``retrieval``; larger ones are fewer, so that each D takes the
        same time.
    cues, sweeps : int
        States of a network that begin in patterns, and for how long they move.
    level : float
        Of all intervals.
    """

    lines: PhaseLines
    loads: Floats
    temperatures: Floats
    overlaps: Floats
    retrieval: tuple[RetrievalTemperature, ...]
    critical: tuple[CriticalLoad, ...]
    units: tuple[int, ...]
    networks: int
    cues: int
    sweeps: int
    level: float


def phase_lines(points: int = 40) -> PhaseLines:
    """Lines of the phase diagram by mean-field theory (Amit, Gutfreund and Sompolinsky 1987).

    Parameters
    ----------
    points : int, default 40
        Points of a line, at least 2.

    Returns
    -------
    PhaseLines

    Raises
    ------
    ValueError
        If ``points`` is below 2.

    Examples
    --------
    >>> lines = phase_lines(10)
    >>> lines.retrieval[:, 0].round(4), lines.spin_glass[:, 0].round(2)
    (array([0.1379, 0.    ]), array([0., 1.]))
    """
    points = _arguments.whole("points", points, 2, 2**31 - 1)
    T = np.linspace(0.0, 0.995, points)
    ends = [mean_field.critical_load(t).alpha for t in T.tolist()]
    lower = [mean_field.thermodynamic_load(t) for t in T.tolist()]
    wide, stored = np.linspace(0.0, MAP_LOADS[-1], points), np.linspace(0.01, ends[0], points)
    return PhaseLines(
        retrieval=np.array([[*ends, 0.0], [*T, 1.0]]),
        thermodynamic=np.array([[*lower, 0.0], [*T, 1.0]]),
        spin_glass=np.array([wide, 1 + np.sqrt(wide)]),
        almeida_thouless=np.array([stored, [mean_field.almeida_thouless_temperature(a) for a in stored.tolist()]]),
    )


def phase_diagram(
    units: int | Sequence[int] = (1000, 4000),
    *,
    networks: int = 40,
    cues: int = 2,
    sweeps: int = 50,
    level: float = 0.95,
    seed: int = 0,
    threads: int | None = None,
    progress: bool = False,
) -> PhaseDiagram:
    """Simulate the phase diagram of the classical Hopfield network, beside the lines of theory.

    States begin in stored patterns and move by the heat bath at a temperature, in pattern space (n = 2, normalized,
    without self-couplings). Three things are measured: the mean overlap on a grid of loads and temperatures; at some
    loads the temperature up to which half of the states hold, a probit fit; and at temperature zero the load at which
    the mean final overlaps of successive D cross.

    Parameters
    ----------
    units : int or sequence of int, default (1000, 4000)
        D, at least 200.
    networks : int, default 40
        Networks of the smallest D at each load and temperature, at least 4. A larger D has fewer, in inverse
        proportion, but at least 4. The map takes a tenth of them, the crossing, which is cheap, 100 times as many.
    cues : int, default 2
        States of a network; at most 4.
    sweeps : int, default 50
        How long a state moves at a temperature above zero.
    level : float, default 0.95
        Of all intervals.
    seed : int, default 0
        Of all chance.
    threads : int, optional
        Threads that take the networks; results do not depend on it.
    progress : bool, default False
        Show a progress bar (needs rich).

    Returns
    -------
    PhaseDiagram

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    A state holds while its overlap is at least 2/3 of the one that theory has at the end of retrieval; final overlaps
    have two peaks, one above and one below. Retrieval states are metastable: at finite D they last for some time above
    T_M, and decay in the end below it, so the transition is rounded and moves with ``sweeps``. Loads of single
    networks fluctuate as D^(-1/2), which is much near the critical load. ``docs/capacity.md`` has figures.

    Examples
    --------
    >>> found = phase_diagram(200, networks=4, sweeps=5)
    >>> found.overlaps.shape, len(found.retrieval), found.critical
    ((15, 17), 6, ())
    """
    sizes = sorted(set(read_sizes(units, 200)))
    networks = _arguments.whole("networks", networks, 4, 2**31 - 1)
    cues = _arguments.whole("cues", cues, 1, 4)  # 0.02 * 200 patterns
    sweeps, level = _arguments.size("sweeps", sweeps), _arguments.real("level", level, 0, 1, "()")
    rng = np.random.default_rng(_arguments.whole("seed", seed, 0))
    progress = _arguments.flag("progress", progress)
    counts = {D: max(4, round(networks * sizes[0] / D)) for D in sizes}
    few = max(1, networks // 10)
    crossing_sizes = sizes if len(sizes) > 1 else []
    work = few * sizes[0] * len(MAP_LOADS) * len(MAP_TEMPERATURES)
    work += sum(D * counts[D] for D in sizes) * len(LOADS) * len(RATIOS)
    work += sum(COLD * D * counts[D] for D in crossing_sizes) * len(CRITICAL_LOADS) // FAST
    with progress_bar("networks", work, progress) as done:

        def measure(D: int, alpha: float, count: int, temperature: float) -> Floats:
            found = final_overlaps(D, max(cues, round(alpha * D)), count, cues, rng, temperature, sweeps, threads)
            done(D * count)
            return found

        overlaps = np.array(
            [[measure(sizes[0], a, few, T).mean() for a in MAP_LOADS.tolist()] for T in MAP_TEMPERATURES.tolist()]
        )
        retrieval = []
        for D, alpha in itertools.product(sizes, LOADS):
            limit = mean_field.retrieval_temperature(alpha)
            least = HELD * mean_field.solve(alpha, limit * (1 - 1e-9)).overlap
            temperatures = limit * np.array(RATIOS)
            held = [(measure(D, alpha, counts[D], T) >= least).sum(axis=1) for T in temperatures.tolist()]
            fit = statistics.fit_probit(np.repeat(temperatures, counts[D]), np.concatenate(held), cues, level)
            retrieval.append(RetrievalTemperature(D, alpha, fit, limit))
        curves: dict[int, list[Floats]] = {D: [] for D in crossing_sizes}
        for D, alpha in itertools.product(crossing_sizes, CRITICAL_LOADS):
            curves[D].append(
                final_overlaps(D, round(alpha * D), COLD * counts[D], cues, rng, threads=threads).mean(axis=1)
            )
            done(COLD * D * counts[D] // FAST)
    return PhaseDiagram(
        lines=phase_lines(),
        loads=MAP_LOADS.copy(),
        temperatures=MAP_TEMPERATURES.copy(),
        overlaps=overlaps,
        retrieval=tuple(retrieval),
        critical=tuple(_crossing(a, b, curves[a], curves[b], level) for a, b in itertools.pairwise(sizes)),
        units=tuple(sizes),
        networks=networks,
        cues=cues,
        sweeps=sweeps,
        level=level,
    )


def _crossing(small: int, large: int, lower: list[Floats], upper: list[Floats], level: float) -> CriticalLoad:
    loads = np.array(CRITICAL_LOADS)
    means = np.array([[point.mean() for point in curve] for curve in (lower, upper)])
    return CriticalLoad((small, large), loads, means, statistics.crossing(loads, lower, upper, level))
