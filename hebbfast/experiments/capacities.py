"""How many patterns a network holds, by simulation: success against load, K of half success, the exponent."""

import itertools
import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from hebbfast import _arguments
from hebbfast._records import Record
from hebbfast._work.cluster import workers_of
from hebbfast.experiments import statistics
from hebbfast.experiments._blocks import Blocks
from hebbfast.experiments._laws import expected_patterns, expected_success
from hebbfast.experiments._search import LARGEST, search_all
from hebbfast.experiments._sizes import read_loads, read_sizes
from hebbfast.experiments.statistics import Crossing, Interval, ScalingFit, Share
from hebbfast.experiments.store import Store
from hebbfast.experiments.trials import CRITERIA, Protocol
from hebbfast.interactions import Interaction

__all__ = ["Capacity", "CapacityOfSize", "CapacityPoint", "capacity"]

_FORMAT = 2  # of the store; another number whenever the same settings give other trials


@dataclass(frozen=True, eq=False)
class CapacityPoint(Record):
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
class CapacityOfSize(Record):
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
class Capacity(Record):
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
        degree = self.protocol.degree
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
    interaction : Interaction
        F of the energy: Polynomial, RectifiedPolynomial, Exponential, or what has ``weights(units, patterns)`` and
        ``__call__``.
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
        noise = 0.1 if _arguments.choice("criterion", criterion, CRITERIA) == "retrieval" else 0.0
    protocol = Protocol(interaction, criterion, noise, threshold, update, max_sweeps, tie, cues, seed)
    sizes = read_sizes(units, 2)
    if len(set(sizes)) < len(sizes):
        raise ValueError(f"units must be different numbers of at least 2, got {_arguments.shown(units)}")
    workers, progress = _arguments.size("workers", workers), _arguments.flag("progress", progress)
    trials, error, level = _read_statistics(trials, error, level, width)
    grids = None if loads is None else {D: _grid(protocol, D, loads) for D in sizes}
    settings = {"format": _FORMAT, **({} if store is None else protocol.settings())}
    with workers_of(workers, scheduler) as run, Store(store, settings) as base:
        blocks = Blocks(protocol, base, run, level, progress)
        if grids is None:
            grids = search_all(blocks, sizes, trials, error)
        blocks.finish({(D, K): trials for D, grid in grids.items() for K in grid})
        points = {D: tuple(_point(blocks, D, K, trials) for K in grid) for D, grid in grids.items()}
    target = error if criterion == "unit" else 0.5
    found = tuple(_of_size(protocol, D, points[D], target, level) for D in sizes)
    return Capacity(protocol, target, level, found, _scaling(protocol, found, target, level))


def _read_statistics(trials: Any, error: Any, level: Any, width: Any) -> tuple[int, float, float]:
    error, level = _arguments.real("error", error, 0, 0.5, "()"), _arguments.real("level", level, 0, 1, "()")
    trials = _arguments.size("trials", trials)
    needed, what = 2, "for an interval"
    if width is not None:
        width = _arguments.real("width", width, 0, 1, "()")
        # Cues of one network could all share their fate: then a network is one trial.
        needed = max(2, statistics.trials_needed(width, level=level))
        what = f"for {100 * level:g} % intervals no wider than {width:g}"
    if trials < needed:
        raise ValueError(f"trials must be at least {needed} {what}, got {trials}")
    return trials, error, level


def _grid(protocol: Protocol, units: int, loads: Sequence[float]) -> list[int]:
    """Numbers of patterns of some loads, each at least 1."""
    if protocol.degree is None:
        raise ValueError(f"loads must be left out for {protocol.interaction!r}: K / D^(n-1) needs a degree n")
    values = read_loads(loads)
    if math.log2(values.max()) + protocol.degree * math.log2(units) > math.log2(LARGEST):
        raise ValueError(f"loads must keep K * D at most 2**32, got {values.max():g} at D={units}")
    return sorted({max(1, round(load * float(units) ** (protocol.degree - 1))) for load in values.tolist()})


def _point(blocks: Blocks, units: int, patterns: int, count: int) -> CapacityPoint:
    p, (won, overlaps) = blocks.protocol, blocks.read(units, patterns, count)
    trials, cues = p.answers(units, patterns), min(p.cues, patterns)
    share = statistics.share(won, trials, blocks.level)
    return CapacityPoint(
        units, patterns, won, trials, overlaps / (cues * units), share, expected_success(p, units, patterns)
    )


def _of_size(
    protocol: Protocol, units: int, points: tuple[CapacityPoint, ...], error: float, level: float
) -> CapacityOfSize:
    predicted = expected_patterns(protocol, units, error)
    if protocol.criterion == "unit":
        found, slope = statistics.fit_error([p.patterns for p in points], [p.success for p in points], error, level)
        return CapacityOfSize(units, points, found, slope, predicted)
    fit = statistics.fit_probit(
        np.concatenate([np.full(len(p.successes), p.patterns) for p in points]),
        np.concatenate([p.successes for p in points]),
        np.concatenate([np.full(len(p.successes), p.trials) for p in points]),
        level,
    )
    return CapacityOfSize(units, points, Interval(fit.value, fit.low, fit.high), fit.slope, predicted)


def _scaling(protocol: Protocol, sizes: Iterable[CapacityOfSize], error: float, level: float) -> ScalingFit | None:
    if protocol.degree is None:
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
