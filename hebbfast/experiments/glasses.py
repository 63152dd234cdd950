"""Ground states of the Sherrington-Kirkpatrick spin glass: many samples, many reads of each, in a store."""

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments, spin_glass
from hebbfast._records import Record
from hebbfast._work.cluster import workers_of
from hebbfast._work.pieces import pieces
from hebbfast._work.progress import progress_bar
from hebbfast.experiments import statistics
from hebbfast.experiments._sizes import read_sizes
from hebbfast.experiments.statistics import Interval, Line
from hebbfast.experiments.statistics.intervals import quantile
from hebbfast.experiments.store import Store

__all__ = ["GroundStates", "GroundStatesOfSize", "ground_states"]

_BLOCK = 1 << 26  # visits of a block: what a killed run loses

Job = tuple[int, int, int]  # D, the first sample, how many


@dataclass(frozen=True, eq=False)
class GroundStatesOfSize(Record):
    """Samples of one D.

    Attributes
    ----------
    units : int
        D.
    energies : ndarray
        float64 (samples,): the lowest energy found, per unit.
    hits : ndarray
        int64 (samples,): how many reads have found it. Where one has, a lower one may have been missed.
    mean : Interval
        Of the energies.
    """

    units: int
    energies: NDArray[np.float64]
    hits: NDArray[np.int64]
    mean: Interval


@dataclass(frozen=True, eq=False)
class GroundStates(Record):
    """What `ground_states` found.

    Attributes
    ----------
    sizes : tuple of GroundStatesOfSize
        In the order asked for.
    couplings : str
        "gaussian" or "signs".
    reads : int
        Of each sample.
    level : float
        Of all intervals.
    line : Line or None
        Mean energies against D^(-2/3); its intercept is the energy for D → ∞. None of one D.
    """

    sizes: tuple[GroundStatesOfSize, ...]
    couplings: str
    reads: int
    level: float
    line: Line | None


def ground_states(
    units: int | Sequence[int],
    samples: int | Sequence[int] = 100,
    *,
    couplings: str = "gaussian",
    reads: int = 32,
    sweeps: int | None = None,
    level: float = 0.95,
    seed: int = 0,
    store: "str | os.PathLike[str] | None" = None,
    workers: int = 1,
    scheduler: Any = None,
    progress: bool = False,
) -> GroundStates:
    """Find ground states of Sherrington-Kirkpatrick networks by simulated annealing.

    Parameters
    ----------
    units : int or sequence of int
        D, at least 2.
    samples : int or sequence of int
        Networks of each D, at least 2; one number for all, or one each.
    couplings : {"gaussian", "signs"}
        As in `spin_glass.sherrington_kirkpatrick`.
    reads : int
        Of each sample.
    sweeps : int, optional
        Of each read; by default 4 D, and at least 100.
    level : float, default 0.95
        Of all intervals.
    seed : int, default 0
        Of all chance. The numbers of a sample follow from seed, D and its number alone.
    store : path-like, optional
        SQLite file of finished samples: a run that was stopped goes on from it, and more samples or sizes cost only
        what is new.
    workers : int, default 1
        Processes on this machine; 1 is this process itself.
    scheduler : str or dask.distributed.Client, optional
        Run on a dask cluster instead.
    progress : bool, default False
        Show a progress bar, if this is a terminal (needs rich).

    Returns
    -------
    GroundStates
        It does not depend on who did the work.

    Raises
    ------
    ValueError
        If an argument is not as described, or the file is no store or one with other settings.
    OSError
        If the store cannot be written.

    Notes
    -----
    Energies are those of states, so a mean is an upper bound of that of the ground states; how many reads agree says
    how near. Means go as e + A D^(-2/3) (Boettcher 2005), with e = -0.763166 (Parisi 1980), and A about 0.7.

    Examples
    --------
    >>> import hebbfast as hb
    >>> found = hb.experiments.ground_states([20, 40], 50)
    >>> [-0.75 < size.mean.value < -0.6 for size in found.sizes]
    [True, True]
    """
    sizes = read_sizes(units, 2)
    if len(set(sizes)) < len(sizes):
        raise ValueError(f"units must be different numbers of at least 2, got {_arguments.shown(units)}")
    counts = _read_samples(samples, len(sizes))
    kind = _arguments.choice("couplings", couplings, ("gaussian", "signs"))
    tries, first = _arguments.size("reads", reads), _arguments.whole("seed", seed, 0)
    steps = None if sweeps is None else _arguments.size("sweeps", sweeps)
    level, shown = _arguments.real("level", level, 0, 1, "()"), _arguments.flag("progress", progress)
    settings = {
        "format": 1, "what": "ground states", "couplings": kind, "reads": tries, "sweeps": steps, "seed": first,
    }  # fmt: skip
    search = partial(_search, kind, tries, steps, first)
    with workers_of(workers, scheduler) as run, Store(store, settings) as base:
        jobs = [job for D, count in zip(sizes, counts, strict=True) for job in _missing(base, D, count, tries, steps)]
        if jobs:
            base.check_writable()
        with progress_bar("samples", sum(count for *_, count in jobs), shown) as advance:
            for (D, start, count), hits, energies in run(search, jobs):
                base.add(D, 0, start, hits, energies)
                advance(count)
        read = [base.read(D, 0, count) for D, count in zip(sizes, counts, strict=True)]
    found = tuple(_of_size(D, kind, *rows, level) for D, rows in zip(sizes, read, strict=True))
    return GroundStates(found, kind, tries, level, _line(found, level))


def _read_samples(samples: Any, sizes: int) -> list[int]:
    try:
        given = list(samples)
    except TypeError:
        given = [samples] * sizes
    if len(given) != sizes:
        raise ValueError(f"samples must be one number, or {sizes}, one for each of units, got {len(given)}")
    return [_arguments.whole("samples", count, 2, 2**31 - 1) for count in given]


def _missing(base: Store, D: int, count: int, reads: int, sweeps: int | None) -> Iterator[Job]:
    """Blocks of which a sample is not in the store."""
    known = base.known(D, 0)
    for block in pieces(count, D * reads * _sweeps(D, sweeps), visits=_BLOCK):
        if not known.issuperset(range(block.start, block.stop)):
            yield D, block.start, block.stop - block.start


def _sweeps(D: int, sweeps: int | None) -> int:
    return max(100, 4 * D) if sweeps is None else sweeps


def _search(
    kind: str, reads: int, sweeps: int | None, seed: int, job: Job
) -> tuple[Job, NDArray[np.int64], NDArray[np.int64]]:
    """A job, and of its samples the reads that found the lowest energy, and that energy in steps of couplings."""
    D, start, count = job
    hits, energies = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    for j in range(count):
        network = spin_glass.sherrington_kirkpatrick(D, couplings=kind, rng=[seed, D, start + j, 0])
        found = network.anneal(sweeps=_sweeps(D, sweeps), reads=reads, rng=[seed, D, start + j, 1], threads=1)
        hits[j] = np.count_nonzero(found.energies == found.best_energy)
        energies[j] = round(found.best_energy / spin_glass.step(D, kind))
    return job, hits, energies


def _of_size(
    D: int, kind: str, hits: NDArray[np.int64], energies: NDArray[np.int64], level: float
) -> GroundStatesOfSize:
    per_unit: NDArray[Any] = energies * (spin_glass.step(D, kind) / D)
    mean, reach = float(per_unit.mean()), quantile(level) * _error(per_unit)
    return GroundStatesOfSize(D, per_unit, hits, Interval(mean, mean - reach, mean + reach))


def _error(values: NDArray[np.float64]) -> float:
    return float(values.std(ddof=1)) / math.sqrt(len(values))


def _line(sizes: tuple[GroundStatesOfSize, ...], level: float) -> Line | None:
    errors = [_error(size.energies) for size in sizes]
    if len(sizes) < 2 or min(errors) == 0:
        return None
    return statistics.fit_line(
        [size.units ** (-2 / 3) for size in sizes], [size.mean.value for size in sizes], errors, level
    )
