"""Phase diagrams of retrieval: the lines of mean-field theory, and simulated networks on them."""

import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments
from hebbfast._records import Record
from hebbfast._work.cluster import workers_of
from hebbfast._work.progress import progress_bar
from hebbfast._work.threads import thread_count
from hebbfast.experiments import statistics
from hebbfast.experiments._finished import Finished
from hebbfast.experiments._networks import final_overlaps
from hebbfast.experiments._phase_lines import PhaseLines, phase_lines
from hebbfast.experiments._sizes import read_sizes
from hebbfast.experiments.statistics import Crossing, ProbitFit
from hebbfast.interactions import Interaction, Polynomial
from hebbfast.theory import mean_field
from hebbfast.theory.mean_field.states import HOPFIELD, model_of

__all__ = ["CriticalLoad", "PhaseDiagram", "PhaseLines", "RetrievalTemperature", "phase_diagram", "phase_lines"]

Floats = NDArray[np.float64]

LOADS = (0.02, 0.04, 0.06, 0.08, 0.1, 0.12)  # of the simulated ends of retrieval
RATIOS = (0.6, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.25)  # temperatures there, in units of the one of theory
HELD = 2 / 3  # of the overlap of theory at the end of retrieval
CRITICAL_LOADS = (0.126, 0.130, 0.134, 0.138, 0.142, 0.146)
COLD, FAST = 100, 40  # at temperature zero: so many times the networks, each so much faster
MAP_LOADS = np.linspace(0.005, 0.165, 17)
MAP_TEMPERATURES = np.linspace(0.05, 1.45, 15)
SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)  # loads for n ≥ 3, in units of the one of theory at T = 0
SIZES = {2: (1000, 4000), 3: (200, 400), 4: (80, 160)}  # K = alpha D^(n-1) is tens of thousands at most
LEAST = {2: 200, 3: 40, 4: 24}  # so that the smallest load has patterns enough for the cues


@dataclass(frozen=True, eq=False)
class RetrievalTemperature(Record):
    """The temperature up to which half of the states hold their pattern.

    Attributes
    ----------
    units : int
        D.
    alpha : float
        K / D^(n-1).
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
        float64 (A,) and (B,): the grid of the map; loads are K / D^(n-1).
    overlaps : ndarray
        float64 (B, A): mean overlaps / D on the grid, of networks of the smallest D.
    retrieval : tuple of RetrievalTemperature
        By D, then by load.
    critical : tuple of CriticalLoad
        One for two successive D; of n = 2 alone.
    units : tuple of int
        The D, rising.
    networks : int
        Networks of the smallest D at each temperature of ``retrieval``; larger ones are fewer, so that each D takes the
        same time.
    cues, sweeps : int
        States of a network that begin in patterns, and for how long they move.
    level : float
        Of all intervals.
    interaction : Polynomial or RectifiedPolynomial
        F of the energy, normalized.
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
    interaction: Polynomial


def phase_diagram(
    units: int | Sequence[int] | None = None,
    *,
    interaction: Interaction = HOPFIELD,
    networks: int = 40,
    cues: int = 2,
    sweeps: int = 50,
    level: float = 0.95,
    seed: int = 0,
    store: "str | os.PathLike[str] | None" = None,
    threads: int | None = None,
    workers: int = 1,
    scheduler: Any = None,
    progress: bool = False,
) -> PhaseDiagram:
    """Simulate the phase diagram of retrieval, beside the lines of theory.

    States begin in stored patterns and move by the heat bath at a temperature, in pattern space (normalized, without
    self-couplings). Three things are measured: the mean overlap on a grid of loads and temperatures; at some
    loads the temperature up to which half of the states hold, a probit fit; and at temperature zero the load at which
    the mean final overlaps of successive D cross (n = 2 alone: theory for n ≥ 3 is of equilibrium, and at T = 0 states
    hold beyond it).

    Parameters
    ----------
    units : int or sequence of int, optional
        D, at least 200, for n = 3 and 4 at least 40 and 24. By default 1000 and 4000; 200 and 400; 80 and 160.
    interaction : Polynomial or RectifiedPolynomial, default Polynomial(2)
        F of the energy, of degree 2, 3 or 4, rectified from 3 on.
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
    store : path-like, optional
        A file of finished points, written every ten seconds and at the end: a run that was stopped goes on from it, to
        the same numbers.
    threads : int, optional
        Threads that take the networks; results do not depend on it. Each worker has one.
    workers : int, default 1
        Processes on this machine; 1 is this process itself.
    scheduler : str or dask.distributed.Client, optional
        Run on a dask cluster instead.
    progress : bool, default False
        Show a progress bar (needs rich).

    Returns
    -------
    PhaseDiagram

    Raises
    ------
    ValueError
        If an argument is out of range, or the store is none, damaged, or one of other arguments.
    OSError
        If the store cannot be written.

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
    normalized = _normalized(interaction)
    degree = normalized.degree
    sizes = sorted(set(read_sizes(SIZES[degree] if units is None else units, LEAST[degree])))
    networks = _arguments.whole("networks", networks, 4, 2**31 - 1)
    cues = _arguments.whole("cues", cues, 1, 4)  # 0.02 * 200 patterns
    sweeps, level = _arguments.size("sweeps", sweeps), _arguments.real("level", level, 0, 1, "()")
    seed, progress = _arguments.whole("seed", seed, 0), _arguments.flag("progress", progress)
    alone = scheduler is None and _arguments.size("workers", workers) == 1
    threads = thread_count(threads) if alone else 1
    loads, map_loads, map_temperatures = _grid(normalized)
    counts = {D: max(4, round(networks * sizes[0] / D)) for D in sizes}
    crossing_sizes = sizes if degree == 2 and len(sizes) > 1 else []
    settings = {
        "what": "phase diagram", "interaction": repr(normalized), "units": sizes, "networks": networks, "cues": cues,
        "sweeps": sweeps, "seed": seed,
    }  # fmt: skip
    limits = [mean_field.retrieval_temperature(alpha, interaction) for alpha in loads]
    plan: list[_Point] = []

    def point(D: int, alpha: float, count: int, T: float, most: int = sweeps, fast: int = 1) -> int:
        """Plan one; its number."""
        first = plan[-1].first + plan[-1].networks if plan else 0
        plan.append(_Point(D, max(cues, round(alpha * D ** (degree - 1))), count, T, most, first, D * count // fast))
        return len(plan) - 1

    few = max(1, networks // 10)
    of_map = [[point(sizes[0], a, few, T) for a in map_loads.tolist()] for T in map_temperatures.tolist()]
    ends = [
        (D, alpha, limit, [point(D, alpha, counts[D], T) for T in (limit * np.array(RATIOS)).tolist()])
        for D, (alpha, limit) in itertools.product(sizes, zip(loads, limits, strict=True))
    ]
    crossings = {D: [point(D, a, COLD * counts[D], 0.0, 1000, FAST) for a in CRITICAL_LOADS] for D in crossing_sizes}
    measure = partial(_measured, seed, cues, threads, normalized)
    with Finished(store, settings) as finished, workers_of(workers, scheduler) as run:
        jobs = [(number, planned) for number, planned in enumerate(plan) if number not in finished]
        with progress_bar("networks", sum(planned.work for planned in plan), progress) as done:
            done(sum(planned.work for number, planned in enumerate(plan) if number in finished))
            for number, found in run(measure, jobs):
                finished.add(number, found)
                done(plan[number].work)
    overlaps = np.array([[finished[number].mean() for number in row] for row in of_map])
    retrieval = []
    for D, alpha, limit, numbers in ends:
        least = HELD * mean_field.solve(alpha, limit * (1 - 1e-9), interaction).overlap
        held = [(finished[number] >= least).sum(axis=1) for number in numbers]
        temperatures = np.repeat(limit * np.array(RATIOS), counts[D])
        fit = statistics.fit_probit(temperatures, np.concatenate(held), cues, level)
        retrieval.append(RetrievalTemperature(D, alpha, fit, limit))
    curves = {D: [finished[number].mean(axis=1) for number in numbers] for D, numbers in crossings.items()}
    return PhaseDiagram(
        lines=phase_lines(interaction=interaction),
        loads=map_loads,
        temperatures=map_temperatures,
        overlaps=overlaps,
        retrieval=tuple(retrieval),
        critical=tuple(_crossing(a, b, curves[a], curves[b], level) for a, b in itertools.pairwise(crossing_sizes)),
        units=tuple(sizes),
        networks=networks,
        cues=cues,
        sweeps=sweeps,
        level=level,
        interaction=normalized,
    )


class _Point(NamedTuple):
    """Networks of one size and load at one temperature; ``first`` is the number of the first one's stream."""

    units: int
    patterns: int
    networks: int
    temperature: float
    sweeps: int
    first: int
    work: int


def _measured(
    seed: int, cues: int, threads: int, interaction: Polynomial, job: tuple[int, _Point]
) -> tuple[int, Floats]:
    """The number of a point, and its overlaps, (networks, cues)."""
    number, at = job
    rng = np.random.default_rng(np.random.SeedSequence(seed, n_children_spawned=at.first))
    return number, final_overlaps(
        at.units, at.patterns, at.networks, cues, rng, at.temperature, at.sweeps, threads, interaction
    )


def _normalized(interaction: Interaction) -> Polynomial:
    """One that can be simulated here."""
    model_of(interaction)
    if not isinstance(interaction, Polynomial) or interaction.degree not in SIZES:
        raise ValueError(f"interaction must have degree 2, 3 or 4, got {_arguments.shown(interaction)}")
    return type(interaction)(interaction.degree, normalized=True)


def _grid(interaction: Polynomial) -> tuple[tuple[float, ...], Floats, Floats]:
    """Loads of the ends of retrieval, and loads and temperatures of the map."""
    if interaction.degree == 2:
        return LOADS, MAP_LOADS.copy(), MAP_TEMPERATURES.copy()
    end = mean_field.critical_load(0.0, interaction).alpha
    highest = model_of(interaction).highest_temperature()
    return tuple(share * end for share in SHARES), MAP_LOADS * (end / 0.1379), MAP_TEMPERATURES * highest


def _crossing(small: int, large: int, lower: list[Floats], upper: list[Floats], level: float) -> CriticalLoad:
    loads = np.array(CRITICAL_LOADS)
    means = np.array([[point.mean() for point in curve] for curve in (lower, upper)])
    return CriticalLoad((small, large), loads, means, statistics.crossing(loads, lower, upper, level))
