"""Tempering of many networks, on several ladders and from several seeds, by processes or a cluster, in one folder."""

import itertools
import os
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments
from hebbfast._records import Record
from hebbfast._work.cluster import workers_of
from hebbfast._work.progress import progress_bar
from hebbfast.dynamics.ladders import read_ladder
from hebbfast.dynamics.replicas import expect_energy
from hebbfast.dynamics.tempering import Tempering, parallel_tempering

__all__ = ["TemperedAverage", "TemperedRun", "average", "temper"]

_Job = tuple[int, int, int, Any, Any]  # which network, ladder and seed, and the first two themselves


@dataclass(frozen=True, eq=False)
class TemperedRun(Record):
    """One run of `temper`.

    Attributes
    ----------
    network, ladder, seed : int
        Which network, which ladder, which seed, counted from 0.
    result : Tempering
        What `parallel_tempering` gave.
    """

    network: int
    ladder: int
    seed: int
    result: Tempering


@dataclass(frozen=True, eq=False)
class TemperedAverage(Record):
    """Means over the networks of several runs on one ladder; T temperatures.

    Attributes
    ----------
    units, networks : int
        D, and how many networks.
    temperatures : ndarray
        float64 (T,), rising.
    energy, energy_error : ndarray
        float64 (T,): of a unit, and one standard deviation, over networks, or of one the run's own.
    overlap_squared, overlap_squared_error : ndarray
        float64 (T,): ⟨q²⟩; NaN with one copy.
    tau : ndarray
        float64 (T,): the longest autocorrelation time of the energy, in sweeps.
    swap_rate : ndarray
        float64 (T - 1,): the lowest share of accepted swaps with the next temperature.
    round_trips : int
        The fewest of a run.
    overlaps, overlap_values : ndarray
        float64 (T, B) and (B,): P(q), which adds to 1 at each temperature, and the q.
    """

    units: int
    networks: int
    temperatures: NDArray[np.float64]
    energy: NDArray[np.float64]
    energy_error: NDArray[np.float64]
    overlap_squared: NDArray[np.float64]
    overlap_squared_error: NDArray[np.float64]
    tau: NDArray[np.float64]
    swap_rate: NDArray[np.float64]
    round_trips: int
    overlaps: NDArray[np.float64]
    overlap_values: NDArray[np.float64]


def average(runs: Sequence[TemperedRun]) -> TemperedAverage:
    """Average runs of several networks on one ladder.

    Parameters
    ----------
    runs : sequence of TemperedRun
        What `temper` gave: networks of one D, one ladder, any number of seeds, which count as one run.

    Returns
    -------
    TemperedAverage

    Raises
    ------
    ValueError
        If there is no run, or they have different ladders or D.

    Examples
    --------
    >>> import hebbfast as hb
    >>> networks = [hb.spin_glass.sherrington_kirkpatrick(32, rng=seed) for seed in range(3)]
    >>> found = average(hb.experiments.temper(networks, [[0.8, 1.1, 1.5]], sweeps=4000))
    >>> found.networks, found.energy.shape, bool((found.energy < -0.2).all())
    (3, (3,), True)
    """
    if not runs:
        raise ValueError("runs must be at least one, got none")
    first = runs[0].result
    units = len(first.best_state)
    for run in runs:
        if len(run.result.best_state) != units or not np.array_equal(run.result.temperatures, first.temperatures):
            raise ValueError("runs must be of networks of one D on one ladder, got others")
    energy, energy_error = _over_networks(runs, "energy", units)
    squared, squared_error = _over_networks(runs, "overlap_squared", 1)
    counts = np.sum([run.result.overlaps for run in runs], axis=0)
    total = counts.sum(axis=1, keepdims=True)
    return TemperedAverage(
        units=units,
        networks=len({run.network for run in runs}),
        temperatures=first.temperatures.copy(),
        energy=energy,
        energy_error=energy_error,
        overlap_squared=squared,
        overlap_squared_error=squared_error,
        tau=np.max([run.result.tau.get("energy", np.full(len(counts), np.nan)) for run in runs], axis=0),
        swap_rate=np.min([run.result.swap_rate for run in runs], axis=0),
        round_trips=min(run.result.round_trips for run in runs),
        overlaps=np.divide(counts, total, out=np.full(counts.shape, np.nan), where=total > 0),
        overlap_values=first.overlap_values.copy(),
    )


def _over_networks(
    runs: Sequence[TemperedRun], name: str, units: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean of an observable a unit, and its error."""
    if name not in runs[0].result.mean:
        nothing = np.full(len(runs[0].result.temperatures), np.nan)
        return nothing, nothing.copy()
    numbers = sorted({run.network for run in runs})
    means = [np.mean([r.result.mean[name] for r in runs if r.network == j], axis=0) for j in numbers]
    if len(numbers) > 1:
        error = np.std(means, axis=0, ddof=1) / np.sqrt(len(numbers))
    else:
        error = np.sqrt(np.sum([r.result.error[name] ** 2 for r in runs], axis=0)) / len(runs)
    return np.mean(means, axis=0) / units, error / units


def temper(
    networks: Sequence[Any],
    ladders: Iterable[Any] | None = None,
    *,
    sweeps: int,
    seeds: int = 1,
    seed: int = 0,
    store: "str | os.PathLike[str] | None" = None,
    workers: int = 1,
    scheduler: Any = None,
    progress: bool = False,
    **options: Any,
) -> list[TemperedRun]:
    """Run `parallel_tempering` for every network, ladder and seed.

    Parameters
    ----------
    networks : sequence of networks
        What is tempered, for instance samples of random couplings.
    ladders : iterable of array_like, optional
        Temperatures, rising; each network has a run on each. By default each run measures its own.
    sweeps : int
        Of each run.
    seeds : int
        Runs of each network on each ladder, with random numbers of their own.
    seed : int
        Of all chance. A run's numbers follow from (seed, network, ladder, its seed) alone.
    store : path-like, optional
        A folder with a file for each run, made where there is none: killed sequences go on from it, bit for bit.
    workers : int
        Processes on this machine; 1 is this process itself.
    scheduler : str or dask.distributed.Client, optional
        A cluster instead; the folder must be one that its workers see.
    progress : bool
        Whether to show a bar.
    **options
        Of `parallel_tempering`: copies, swap_every, burn_in, cluster, observables, states, method, order, clamp.

    Returns
    -------
    list of TemperedRun
        In the order of networks, ladders, seeds; numbers do not depend on who did the work.

    Warns
    -----
    UserWarning
        As `parallel_tempering` does of short runs, from processes of this machine, too.

    Raises
    ------
    ValueError, TypeError
        If an argument is not as described, or a file of the folder is of another run.
    OSError
        If the folder cannot be written.

    Examples
    --------
    >>> import hebbfast as hb
    >>> networks = [hb.HopfieldNetwork.train(hb.random_patterns(3, 30, rng=seed)) for seed in range(2)]
    >>> runs = hb.experiments.temper(networks, [[15, 20, 30]], sweeps=4000, seeds=2)
    >>> [(run.network, run.seed) for run in runs]
    [(0, 0), (0, 1), (1, 0), (1, 1)]
    """
    for name in ("rng", "temperatures", "threads"):
        if name in options:
            raise TypeError(f"{name} must be left to temper, which has seed and ladders, and a thread a run")
    if not isinstance(networks, Sequence) or not networks:
        raise ValueError(f"networks must be a sequence of at least one network, got {_arguments.shown(networks)}")
    for i, network in enumerate(networks):
        expect_energy(network, f"networks[{i}]")
    count, first = _arguments.size("seeds", seeds), _arguments.whole("seed", seed, 0)
    tables = [None] if ladders is None else [read_ladder("ladders", ladder) for ladder in _arguments.several(ladders)]
    if not tables:
        raise ValueError("ladders must be at least one, or None, got none")
    folder = None if store is None else os.path.abspath(_arguments.path("store", store))
    if folder is not None:
        _make(folder)
    jobs: list[_Job] = [
        (i, j, k, network, table)
        for (i, network), (j, table), k in itertools.product(enumerate(networks), enumerate(tables), range(count))
    ]
    function, found = partial(_run, folder, first, {"sweeps": sweeps, **options}), []
    if scheduler is None and workers != 1:
        function = partial(_heard, function)
    with (
        workers_of(workers, scheduler) as run,
        progress_bar("runs", len(jobs), _arguments.flag("progress", progress)) as advance,
    ):
        for done, warned in run(function, jobs):
            for warning in warned:
                warnings.warn(warning, stacklevel=2)
            found.append(done)
            advance(1)
    return sorted(found, key=lambda run: (run.network, run.ladder, run.seed))


def _make(folder: str) -> None:
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise OSError(f"store must be a folder that can be made, got {folder!r}: {error}") from None


def _run(folder: str | None, seed: int, options: dict[str, Any], job: _Job) -> tuple[TemperedRun, list[Warning]]:
    """A job, in whatever process, and warnings that nobody has heard."""
    network, ladder, number, model, temperatures = job
    path = None if folder is None else os.path.join(folder, f"network-{network}-ladder-{ladder}-seed-{number}.npz")
    rng = [seed, network, ladder, number]
    found = parallel_tempering(model, temperatures=temperatures, rng=rng, threads=1, store=path, **options)
    return TemperedRun(network, ladder, number, found), []


def _heard(function: Callable[[_Job], tuple[TemperedRun, list[Warning]]], job: _Job) -> Any:
    """A job in a process of its own, whose warnings are for whoever started it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        done, _ = function(job)
    return done, [one.message for one in caught]
