"""How many patterns a network holds, by simulation: success against load, K of half success, the exponent."""

import dataclasses
import itertools
import math
import os
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from hebbfast import bits, theory
from hebbfast._work.cluster import Run, workers_of
from hebbfast._work.progress import progress_bar
from hebbfast.experiments import statistics
from hebbfast.experiments.statistics import Crossing, Interval, ScalingFit, Share
from hebbfast.experiments.store import Store
from hebbfast.experiments.trials import Protocol, run_networks, successes
from hebbfast.interactions import Interaction, Polynomial

__all__ = ["Capacity", "CapacityOfSize", "CapacityPoint", "capacity"]

_FORMAT = 1  # of the store; another number whenever the same settings give other trials
_POINTS = 12  # loads of a search
_PROBE = 48  # networks that look for the range of loads
_BLOCK_WORK = 2**28  # pattern-visits of a block of networks, a fraction of a second
_BLOCK_NETWORKS = 64
_LARGEST = 2**32  # bits of a network's patterns
_FAR = 64  # times the K of theory, where a search gives up

Job = tuple[int, int, int, int]  # D, K, the first network, how many


@dataclass(frozen=True, eq=False)
class CapacityPoint:
    """Networks of one D and K.

    Attributes
    ----------
    units, patterns : int
        D and K.
    successes : ndarray
        int64 (networks,) successes of each network, out of ``trials``.
    trials : int
        Trials of each network: its cues, or for the criterion "unit" their units.
    overlaps : ndarray
        float64 (networks,) mean overlap / D of the final states of each network.
    success : Share
        The share of successes, and its Wilson interval clustered by network.
    theory : float
        The share predicted; NaN where theory has no answer.
    """

    units: int
    patterns: int
    successes: NDArray[np.int64]
    trials: int
    overlaps: NDArray[np.float64]
    success: Share
    theory: float


@dataclass(frozen=True, eq=False)
class CapacityOfSize:
    """Networks of one D.

    Attributes
    ----------
    units : int
        D.
    points : tuple of CapacityPoint
        By rising K.
    capacity : Interval
        The K of half success, or of the allowed error of a unit, with its interval; NaN where points do not show it.
    slope : float
        Of Φ⁻¹(success) against ln K, or of ln Φ⁻¹(success) against ln(K - 1) for the criterion "unit".
    theory : float
        The K predicted; NaN where theory has no answer.
    """

    units: int
    points: tuple[CapacityPoint, ...]
    capacity: Interval
    slope: float
    theory: float


@dataclass(frozen=True, eq=False)
class Capacity:
    """What `capacity` found.

    Attributes
    ----------
    protocol : Protocol
        What a trial is.
    error : float
        The error of a unit at capacity (criterion "unit"); else the share of failures there, 1/2.
    level : float
        Of the intervals.
    sizes : tuple of CapacityOfSize
        One for each D, in the order given.
    scaling : ScalingFit or None
        The exponent of K ∝ D^(n-1); None for fewer than two D with a capacity, and for exponential interactions.
    """

    protocol: Protocol
    error: float
    level: float
    sizes: tuple[CapacityOfSize, ...]
    scaling: ScalingFit | None

    def crossings(self) -> list[tuple[int, int, Crossing]]:
        """Loads at which the mean overlaps m(alpha; D) of successive D cross: estimates of the critical load.

        Returns
        -------
        list of (D, D', Crossing)

        Raises
        ------
        ValueError
            If the sizes were not measured at the same loads; give ``loads`` to `capacity`.
        """
        degree = getattr(self.protocol.interaction, "degree", None)
        if degree is None:
            raise ValueError(f"interaction must be polynomial for a load K/D^(n-1), got {self.protocol.interaction!r}")

        def loads_of(size: CapacityOfSize) -> list[float]:
            return [p.patterns / float(p.units) ** (degree - 1) for p in size.points]

        found = []
        for small, large in itertools.pairwise(self.sizes):
            loads, rounding = loads_of(large), 1 / float(small.units) ** (degree - 1)  # K is whole
            if len(small.points) != len(loads) or not np.allclose(loads_of(small), loads, rtol=0, atol=rounding):
                raise ValueError(f"loads must be the same for D={small.units} and D={large.units}, got two grids")
            lower, upper = ([p.overlaps for p in size.points] for size in (small, large))
            found.append((small.units, large.units, statistics.crossing(loads, lower, upper, self.level)))
        return found


def capacity(
    interaction: Interaction,
    units: int | Sequence[int],
    *,
    criterion: str = "pattern",
    loads: Sequence[float] | None = None,
    trials: int = 200,
    cues: int = 4,
    noise: float | None = None,
    threshold: float = 0.9,
    update: str = "async",
    max_sweeps: int = 100,
    tie: str = "plus",
    error: float = 0.005,
    level: float = 0.95,
    width: float | None = None,
    seed: int = 0,
    store: "str | os.PathLike[str] | None" = None,
    workers: int = 1,
    scheduler: Any = None,
    progress: bool = False,
) -> Capacity:
    """Measure how many random patterns networks of D units hold.

    Parameters
    ----------
    interaction : Polynomial, RectifiedPolynomial or Exponential
        F of the energy.
    units : int or sequence of int
        D, at least 2.
    criterion : {"pattern", "unit", "retrieval"}
        What holds: "pattern", no unit of a stored pattern flips in one update of all units; "unit", a unit of a stored
        pattern does not; "retrieval", recall from a noisy cue ends with overlap / D of at least ``threshold``.
    loads : sequence of float, optional
        K / D^(n-1) (n the degree of a polynomial), above 0. By default a search: the range in which success falls is
        found with few networks, and 12 numbers of patterns in it are measured.
    trials : int, default 200
        Independent networks at each load, at least 2.
    cues : int, default 4
        Cues of one network. Networks tell more than cues, which share the noise of their patterns.
    noise : float, optional
        "retrieval": share of flipped units in a cue, 0.1 by default, up to 0.5.
    threshold, update, max_sweeps
        "retrieval": least overlap / D; "async" or "sync"; limit of sweeps, 1 for one step.
    tie : {"plus", "keep", "minus"}
        The value of a unit whose field is exactly zero.
    error : float, default 0.005
        "unit": the error at which the capacity is read.
    level : float, default 0.95
        Of all intervals.
    width : float, optional
        Refuse to run unless ``trials`` suffice for intervals of a share no wider than this.
    seed : int, default 0
        Of all chance. The numbers of a network follow from seed, D, K and its number.
    store : path-like, optional
        SQLite file of finished networks. An existing one is continued: a run that was stopped goes on where it was,
        with the same final numbers, and more loads, sizes or trials cost only what is new.
    workers : int, default 1
        Processes on this machine; 1 is this process itself.
    scheduler : str or dask.distributed.Client, optional
        Run on a dask cluster instead.
    progress : bool, default False
        Show a progress bar with the time left, if this is a terminal (needs rich).

    Returns
    -------
    Capacity

    Raises
    ------
    ValueError
        If an argument is out of range, ``trials`` are too few for ``width``, the file is no store or one with other
        settings, or more patterns would be needed than a network can hold here.
    ConnectionError
        If the scheduler does not answer.

    Notes
    -----
    Intervals of shares are Wilson's, clustered by network. K of half success is from a probit fit in ln K. K at an
    error of a unit is from a straight line of ln Φ⁻¹(1 - error) against ln(K - 1), as Gaussian noise gives. The
    exponent is from `statistics.fit_scaling`, with the correction for finite D. ``docs/capacity.md`` has the argument.
    Results do not depend on ``workers`` or ``scheduler``.

    Examples
    --------
    >>> import hebbfast as hb
    >>> found = hb.experiments.capacity(hb.Polynomial(2), [50, 100], trials=50)
    >>> [abs(size.capacity.value / size.theory - 1) < 0.1 for size in found.sizes]
    [True, True]
    """
    if noise is None:
        noise = 0.1 if criterion == "retrieval" else 0.0
    protocol = Protocol(interaction, criterion, noise, threshold, update, max_sweeps, tie, cues, seed)
    sizes = [bits.check_size(D, "units") for D in (units if isinstance(units, Iterable) else [units])]
    if not sizes or len(set(sizes)) < len(sizes) or min(sizes) < 2:
        raise ValueError(f"units must be different numbers of at least 2, got {units!r}")
    bits.check_size(workers, "workers")
    _check_statistics(trials, error, level, width)
    grids = None if loads is None else {D: _grid(protocol, D, loads) for D in sizes}
    settings = {"format": _FORMAT, **dataclasses.asdict(protocol), "interaction": repr(interaction)}
    with workers_of(workers, scheduler) as run, Store(store, settings) as base:
        work = _Work(protocol, base, run, level, progress)
        if grids is None:
            grids = _search_all(work, sizes, trials, error)
        work.finish({(D, K): trials for D, grid in grids.items() for K in grid})
        points = {D: tuple(_point(work, D, K, trials) for K in grid) for D, grid in grids.items()}
    target = error if criterion == "unit" else 0.5
    found = tuple(_of_size(protocol, D, points[D], target, level) for D in sizes)
    return Capacity(protocol, target, level, found, _scaling(protocol, found, target, level))


def _check_statistics(trials: int, error: float, level: float, width: float | None) -> None:
    if not 0 < error < 0.5:
        raise ValueError(f"error must lie between 0 and 0.5, got {error!r}")
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level!r}")
    bits.check_size(trials, "trials")
    needed, what = 2, "for an interval"
    if width is not None:
        if not 0 < width < 1:
            raise ValueError(f"width must lie between 0 and 1, got {width!r}")
        # Cues of one network could all share their fate: then a network is one trial.
        needed = max(2, statistics.trials_needed(width, level=level))
        what = f"for {100 * level:g} % intervals no wider than {width:g}"
    if trials < needed:
        raise ValueError(f"trials must be at least {needed} {what}, got {trials}")


def _grid(protocol: Protocol, units: int, loads: Sequence[float]) -> list[int]:
    """Numbers of patterns of some loads, each at least 1."""
    if not isinstance(protocol.interaction, Polynomial):
        raise ValueError(f"loads must be left out for {protocol.interaction!r}: K / D^(n-1) needs a degree n")
    values = np.asarray(loads, dtype=np.float64)
    if values.ndim != 1 or len(values) == 0 or not (np.isfinite(values).all() and (values > 0).all()):
        raise ValueError(f"loads must be numbers above 0, got {loads!r}")
    grid = sorted({max(1, round(load * float(units) ** (protocol.interaction.degree - 1))) for load in values.tolist()})
    if grid[-1] * units > _LARGEST:
        raise ValueError(
            f"loads must keep K * D at most 2**32, got {max(values.tolist()):g}, which is K={grid[-1]:,} at D={units}"
        )
    return grid


class _Work:
    """Runs what the store lacks, and reads from the store alone."""

    def __init__(self, protocol: Protocol, store: Store, run: Run, level: float, progress: bool) -> None:
        self.protocol, self.store, self.run, self.level, self.progress = protocol, store, run, level, progress

    def finish(self, wanted: Mapping[tuple[int, int], int]) -> None:
        """Have so many networks of each D and K in the store."""
        jobs = [job for (D, K), count in wanted.items() for job in self._missing(D, K, count)]
        jobs.sort(key=self._cost, reverse=True)
        with progress_bar("networks", sum(map(self._cost, jobs)), self.progress and bool(jobs)) as advance:
            for job, won, overlaps in self.run(partial(_run_block, self.protocol), jobs):
                D, K, first, _ = job
                self.store.add(D, K, first, won, overlaps)
                advance(self._cost(job))

    def share(self, units: int, patterns: int, count: int) -> Share:
        """Successes of finished networks."""
        won, _ = self.store.read(units, patterns, count)
        return statistics.share(won, self.protocol.answers(units, patterns), self.level)

    def _missing(self, units: int, patterns: int, count: int) -> Iterator[Job]:
        """Blocks of which a network is not in the store."""
        known = self.store.known(units, patterns)
        step = max(1, min(_BLOCK_NETWORKS, int(_BLOCK_WORK / self.protocol.work(units, patterns))))
        for first in range(0, count, step):
            block = range(first, min(first + step, count))
            if not known.issuperset(block):
                yield units, patterns, first, len(block)

    def _cost(self, job: Job) -> float:
        return self.protocol.work(job[0], job[1]) * job[3]


def _run_block(protocol: Protocol, job: Job) -> tuple[Job, NDArray[np.int64], NDArray[np.int64]]:
    """A job, and successes and sums of overlaps of its networks."""
    overlaps = run_networks(protocol, *job)
    return job, successes(protocol, job[0], overlaps), overlaps.sum(axis=1)


Search = Generator[list[int], dict[int, Share], list[int]]


def _search_all(work: _Work, sizes: Iterable[int], trials: int, error: float) -> dict[int, list[int]]:
    """For each D the numbers of patterns to measure; all D search side by side."""
    probe, grids = min(trials, _PROBE), {}
    searches = {D: _search(work.protocol, D, error) for D in sizes}
    asked = {D: next(search) for D, search in searches.items()}
    while asked:
        work.finish({(D, K): probe for D, wanted in asked.items() for K in wanted})
        for D, wanted in list(asked.items()):
            try:
                asked[D] = searches[D].send({K: work.share(D, K, probe) for K in wanted})
            except StopIteration as end:
                grids[D] = end.value
                del asked[D]
    return {D: grids[D] for D in sizes}


def _search(protocol: Protocol, units: int, error: float) -> Search:
    """Walk from what theory expects until success is high below and low above; then look at steps in between."""
    high, low = (1 - error / 2, 1 - 2 * error) if protocol.criterion == "unit" else (0.9, 0.1)
    expected = max(2.0, _theory(protocol, units, error))
    if expected * units > _LARGEST:
        raise ValueError(f"units must have a capacity within reach, got D={units}: theory expects K={expected:.3g}")
    largest = int(min(_LARGEST // units, _FAR * expected))
    K = int(expected)
    seen: dict[int, float] = {}

    def ask(wanted: Iterable[int]) -> Generator[list[int], dict[int, Share], None]:
        new = sorted(set(wanted) - seen.keys())
        if new:
            seen.update({K: share.value for K, share in (yield new).items()})

    yield from ask([K])
    bottom = top = K
    while seen[bottom] < high and bottom > 1:
        bottom = max(1, bottom * 2 // 3)
        yield from ask([bottom])
    while seen[top] > low:
        if top == largest:
            raise ValueError(
                f"units must have a capacity within reach, got D={units}: success is still {seen[top]:.2f} at K={top:,}"
            )
        top = min(largest, top * 3 // 2 + 1)
        yield from ask([top])
    yield from ask(_steps(bottom, top, 7))
    bottom = max((K for K in seen if seen[K] >= high), default=bottom)
    top = min((K for K in seen if seen[K] <= low and K > bottom), default=top)
    return _steps(bottom, top, _POINTS)


def _steps(bottom: int, top: int, count: int) -> list[int]:
    """Whole numbers in about equal ratios, the ends among them."""
    return sorted({round(K) for K in np.geomspace(bottom, top, count).tolist()})


def _theory(protocol: Protocol, units: int, error: float) -> float:
    """The K that one update predicts."""
    if protocol.criterion == "unit":
        return theory.capacity(units, protocol.interaction, "unit", error)
    return theory.capacity(units, protocol.interaction, "pattern", 0.5)


def _point(work: _Work, units: int, patterns: int, count: int) -> CapacityPoint:
    p, (won, overlaps) = work.protocol, work.store.read(units, patterns, count)
    trials, cues = p.answers(units, patterns), min(p.cues, patterns)
    share = statistics.share(won, trials, work.level)
    predicted = math.nan
    if p.one_step:
        predicted = 1 - theory.unit_error(units, patterns, p.interaction, tie=p.tie)
        predicted = predicted if p.criterion == "unit" else predicted**units
    return CapacityPoint(units, patterns, won, trials, overlaps / (cues * units), share, predicted)


def _of_size(
    protocol: Protocol, units: int, points: tuple[CapacityPoint, ...], error: float, level: float
) -> CapacityOfSize:
    predicted = math.nan
    if protocol.one_step:
        predicted = _theory(protocol, units, error)
    elif isinstance(protocol.interaction, Polynomial) and protocol.interaction.degree == 2:
        predicted = theory.asymptotic_capacity(units, protocol.interaction, "retrieval")
    if protocol.criterion == "unit":
        return CapacityOfSize(units, points, *_at_error(points, error, level), predicted)
    fit = statistics.fit_probit(
        np.concatenate([np.full(len(p.successes), p.patterns) for p in points]),
        np.concatenate([p.successes for p in points]),
        np.concatenate([np.full(len(p.successes), p.trials) for p in points]),
        level,
    )
    return CapacityOfSize(units, points, Interval(fit.value, fit.low, fit.high), fit.slope, predicted)


def _at_error(points: Iterable[CapacityPoint], error: float, level: float) -> tuple[Interval, float]:
    """The K at an error of a unit: Gaussian noise gives Φ⁻¹(1 - error) ∝ (K - 1)^(-1/2), a line in logarithms."""
    shown = [p for p in points if p.patterns > 1 and 0.5 < p.success.value < 1]
    if len(shown) < 2:
        return Interval(math.nan, 0.0, math.inf), math.nan
    x = np.log([p.patterns - 1 for p in shown])
    z = special.ndtri([p.success.value for p in shown])
    share_deviation = np.array(
        [math.sqrt(p.success.value * (1 - p.success.value) / p.success.effective_trials) for p in shown]
    )
    deviations = share_deviation * math.sqrt(2 * math.pi) * np.exp(z * z / 2) / z
    wanted, origin = math.log(-special.ndtri(error)), float(x.mean())
    for _ in range(2):  # the deviation of the line is that of its intercept if its origin is where it is read
        line = statistics.fit_line(x - origin, np.log(z) - wanted, deviations, level)
        if not line.slope.value < 0:
            return Interval(math.nan, 0.0, math.inf), math.nan
        value, low, high = (
            1 + math.exp(origin - y / line.slope.value)
            for y in (line.intercept.value, line.intercept.low, line.intercept.high)
        )
        origin = math.log(value - 1)
    return Interval(value, low, high), line.slope.value


def _scaling(protocol: Protocol, sizes: Iterable[CapacityOfSize], error: float, level: float) -> ScalingFit | None:
    if not isinstance(protocol.interaction, Polynomial):
        return None
    shown = [s for s in sizes if 1 < s.capacity.low <= s.capacity.value <= s.capacity.high < math.inf]
    shown = [s for s in shown if s.capacity.low < s.capacity.high]
    if len(shown) < 2:
        return None
    z = float(special.ndtri((1 + level) / 2))
    return statistics.fit_scaling(
        [s.units for s in shown],
        [s.capacity.value for s in shown],
        [math.log(s.capacity.high / s.capacity.low) / (2 * z) for s in shown],
        error if protocol.criterion == "pattern" else None,
        level,
    )
