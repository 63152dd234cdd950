"""Parallel tempering: replicas at a ladder of temperatures that swap, what is measured at each, and a store."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments, _kernels
from hebbfast._records import Record
from hebbfast.dynamics.checkpoint import Checkpoint, below
from hebbfast.dynamics.ladders import read_ladder, temperature_ladder
from hebbfast.dynamics.observables import Binning, energies, read_observables, warn_if_short
from hebbfast.dynamics.replicas import Replicas, Tempered, expect_energy

__all__ = ["Tempering", "parallel_tempering"]

_BUFFER = 256  # steps whose numbers are binned together, wherever a run was stopped
_COLUMNS = 4096  # of the histogram of overlaps, at most

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Tempering(Record):
    """What a tempering found; T temperatures, C copies.

    Attributes
    ----------
    temperatures : ndarray
        float64 (T,), rising.
    mean, error, tau : dict of str to ndarray
        (T, ...) of each observable: its mean over copies and sweeps at a temperature, one standard deviation of it, and
        its integrated autocorrelation time in sweeps. With two copies or more there is "overlap_squared", ⟨q²⟩.
    swap_rate : ndarray
        float64 (T - 1,): the share of swaps with the next temperature that were accepted; NaN where none was tried.
    round_trips : int
        How often a replica went from the coldest temperature to the hottest and back, all replicas together.
    overlaps : ndarray
        int64 (T, B): how often two copies at one temperature had the overlap q = Σ_i σ_i σ'_i / D of `overlap_values`.
    overlap_values : ndarray
        float64 (B,): -1 to 1, all D + 1 values, or middles of 4096 ranges where there are more.
    states : ndarray
        int8 (C, T, D): the states at the end.
    best_state : ndarray
        (D,): the state with the lowest energy after any number of sweeps between two swaps, the first of equals.
    best_energy : float
        Its energy.
    sweeps : int
        Sweeps in which was measured.

    Examples
    --------
    >>> import hebbfast as hb
    >>> network = hb.HopfieldNetwork.train(hb.random_patterns(5, 64, rng=0))
    >>> found = hb.parallel_tempering(network, temperatures=[40, 50, 65], sweeps=4000, rng=1)
    >>> found.mean["energy"].shape, found.overlaps.shape, found.best_energy
    ((3,), (3, 65), -2056.0)
    """

    temperatures: Floats
    mean: dict[str, Floats]
    error: dict[str, Floats]
    tau: dict[str, Floats]
    swap_rate: Floats
    round_trips: int
    overlaps: NDArray[np.int64]
    overlap_values: Floats
    states: NDArray[np.int8]
    best_state: NDArray[np.int8]
    best_energy: float
    sweeps: int

    def __repr__(self) -> str:
        low, high = self.temperatures[0], self.temperatures[-1]
        rates = self.swap_rate[~np.isnan(self.swap_rate)]
        swaps = f", {rates.min():.0%} or more of swaps accepted" if len(rates) else ""
        return (
            f"<Tempering of {len(self.temperatures)} temperatures from {low:.3g} to {high:.3g}, "
            f"{len(self.states)} copies, D={len(self.best_state)}: {self.sweeps:,} sweeps{swaps}, "
            f"{self.round_trips} round trips; best energy {self.best_energy:g}>"
        )


class Watched:
    """What is measured on replicas, by temperature."""

    def __init__(self, network: Tempered, observables: Any, copies: int) -> None:
        self.named = read_observables(observables, network)
        self._units, self._copies, self._filled = network.units, copies, 0
        self._bins = {name: Binning() for name in self.named}
        if copies > 1:
            if "overlap_squared" in self.named:
                raise ValueError("observables must not be named 'overlap_squared', which tempering of copies measures")
            self._bins["overlap_squared"] = Binning()

    def begin(self, temperatures: int) -> None:
        """Room for so many temperatures."""
        pairs = self._copies * (self._copies - 1) // 2
        self._energies = np.empty((_BUFFER, self._copies, temperatures))
        self._agreed = np.empty((_BUFFER, pairs, temperatures), dtype=np.int64)
        self.histogram = np.zeros((temperatures, min(self._units + 1, _COLUMNS)), dtype=np.int64)

    def add(self, run: Replicas) -> None:
        """Measure once; energies and overlaps wait for others, since binning many costs as much as one."""
        self._energies[self._filled] = run.energies
        if self._copies > 1:
            _kernels.agreements(run.chains.words, self._units, run.who, self._agreed[self._filled])
        self._filled += 1
        for name, observe in self.named.items():
            if observe is not energies:
                self._bins[name].add(np.asarray(observe(run.chains))[run.who].mean(axis=0))
        if self._filled == _BUFFER:
            self._flush(self._bins, self.histogram)
            self._filled = 0

    def _flush(self, bins: Mapping[str, Binning], histogram: NDArray[np.int64]) -> None:
        for name, observe in self.named.items():
            if observe is energies:
                bins[name].extend(self._energies[: self._filled].mean(axis=1))
        if self._copies > 1:
            agreed = self._agreed[: self._filled]
            bins["overlap_squared"].extend(((2.0 * agreed / self._units - 1.0) ** 2).mean(axis=1))
            columns = agreed if self._units < _COLUMNS else agreed * _COLUMNS // (self._units + 1)
            np.add.at(histogram, (np.broadcast_to(np.arange(len(histogram)), agreed.shape), columns), 1)

    def results(self) -> dict[str, Binning]:
        """Everything measured, binned; nothing can be added then."""
        self._flush(self._bins, self.histogram)
        self._filled = 0
        return self._bins

    def overlap_values(self) -> Floats:
        """The overlap of each column of the histogram, or the middle of those that it holds."""
        columns = self.histogram.shape[1]
        if columns == self._units + 1:
            return np.linspace(-1.0, 1.0, columns)
        edges = -(-np.arange(columns + 1) * (self._units + 1) // columns)  # the first agreement of each column
        return (edges[:-1] + edges[1:] - 1) / self._units - 1.0

    def state(self) -> dict[str, NDArray[Any]]:
        """Copies of all that the future depends on."""
        waiting = {"energies": self._energies[: self._filled], "agreed": self._agreed[: self._filled]}
        found = {**waiting, "histogram": self.histogram}
        for number, name in enumerate(sorted(self._bins)):
            found |= {f"observable {number} {part}": value for part, value in self._bins[name].state().items()}
        return {name: value.copy() for name, value in found.items()}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from there."""
        self._filled = len(state["energies"])
        self._energies[: self._filled], self._agreed[: self._filled] = state["energies"], state["agreed"]
        self.histogram[...] = state["histogram"]
        old = bool(below("bins ", state))  # counted in the order of the call, not in that of their names
        for number, name in enumerate(self._bins if old else sorted(self._bins)):
            self._bins[name].restore(below(f"{'bins' if old else 'observable'} {number} ", state))


def parallel_tempering(
    network: Tempered,
    *,
    temperatures: ArrayLike | None = None,
    copies: int = 2,
    sweeps: int,
    swap_every: int = 1,
    burn_in: int = 0,
    cluster: str | None = None,
    observables: Any = ("energy",),
    states: Any = None,
    method: _arguments.Method = "heat_bath",
    order: _arguments.Order | ArrayLike = "sequential",
    clamp: ArrayLike | None = None,
    rng: Any = None,
    threads: int | None = None,
    store: Any = None,
) -> Tempering:
    """Sample a network at many temperatures at once; hot replicas carry cold ones over barriers.

    Parameters
    ----------
    network : HopfieldNetwork, DenseAssociativeMemory or another network with an energy
        What is sampled.
    temperatures : array_like, optional
        (T,) above 0, rising. By default what `temperature_ladder` measures.
    copies : int
        Independent replicas at each temperature; two or more give overlaps.
    sweeps : int
        Sweeps of each replica in which is measured, rounded down to a multiple of ``swap_every``.
    swap_every : int
        Sweeps between two rounds of swaps, which try every other pair of neighbouring temperatures: those that begin at
        an even one, then those at an odd one, in turn (Okabe et al. 2001; Syed et al. 2019).
    burn_in : int
        Sweeps before, in which replicas swap, too.
    cluster : {None, "houdayer"}
        Between two rounds, also exchange a cluster of differing units between copies 0 and 1, 2 and 3, ... (Houdayer
        2001): for sparse couplings at low temperatures. It ties copies together: errors know of that.
    observables : str, function, several of both, or mapping of names to both
        As in ``Network.sample``, measured before each round of swaps; with two copies or more none is named
        "overlap_squared".
    states : array_like, optional
        (D,), or (C T, D) beside ``temperatures``: where replicas start, copy after copy; random by default.
    method, order, clamp, rng, threads
        As in ``Network.sample``.
    store : path-like, optional
        A file that is written every ten seconds and at the end: a run that was killed goes on from it, bit for bit, and
        a finished one goes on to more ``sweeps``. It must have been made with the same arguments; observables are told
        apart by their names alone.

    Returns
    -------
    Tempering
        Means and errors at each temperature, how replicas moved, and the best state.

    Raises
    ------
    ValueError
        If an argument is not as described, couplings are asymmetric, or the store is damaged or of another run.
    OSError
        If the store cannot be written.

    Warns
    -----
    UserWarning
        If the run spans less than 50 autocorrelation times of an observable.

    Notes
    -----
    Swaps are accepted with probability min(1, exp((β - β')(E - E'))) (Hukushima and Nemoto 1996), from energies without
    drift and a draw of a stream of their own, so that a run is the same everywhere.

    Examples
    --------
    >>> import hebbfast as hb
    >>> network = hb.HopfieldNetwork([[0, 1, 1], [1, 0, 1], [1, 1, 0]])
    >>> found = hb.parallel_tempering(network, temperatures=[1.0, 2.0], sweeps=4000, rng=0)
    >>> weights = np.exp(np.array([3.0, -1.0, -1.0, -1.0]) / found.temperatures[:, None])
    >>> exact = weights @ [-3.0, 1.0, 1.0, 1.0] / weights.sum(axis=1)
    >>> bool((abs(found.mean["energy"] - exact) < 4 * found.error["energy"]).all())
    True
    """
    expect_energy(network)
    every = _arguments.size("swap_every", swap_every)
    steps = _arguments.whole("sweeps", sweeps, every) // every
    before = -(-_arguments.whole("burn_in", burn_in, 0) // every)
    copied = _arguments.size("copies", copies)
    if cluster is not None:
        _arguments.choice("cluster", cluster, ("houdayer",), "None")
    if cluster is not None and copied < 2:
        raise ValueError(f"copies must be at least 2 to exchange clusters, got {copied}")
    watched = Watched(network, observables, copied)
    kept = Checkpoint(store)
    seeds = kept.seeds(rng)
    if temperatures is not None:
        ladder = read_ladder("temperatures", temperatures)
    elif kept.ladder is not None:
        ladder = kept.ladder
    else:
        ladder = temperature_ladder(network, clamp=clamp, states=states, rng=seeds[0], threads=threads)
    run = Replicas(
        network, ladder, copied, states=states, method=method, order=order, clamp=clamp, clustered=cluster is not None,
        rng=seeds[1], threads=threads,
    )  # fmt: skip
    watched.begin(len(ladder))
    settings = {
        "temperatures": ladder.tolist(), "copies": copied, "swap_every": every, "burn_in": before * every,
        "cluster": cluster, "observables": sorted(watched.named), "method": method, "order": run.rules.order,
        "network": run.fingerprint(),
    }  # fmt: skip
    done = kept.begin(settings, run, watched)
    if done > before + steps:
        raise ValueError(f"sweeps must be at least {(done - before) * every}, which store holds, got {sweeps}")
    for step in range(done, before + steps):
        run.advance(every)
        if step >= before:
            watched.add(run)
        run.exchange()
        run.swap(counted=step >= before)
        kept.write(step + 1, run, watched, last=step + 1 == before + steps)
    return _found(network, run, watched, steps * every, every)


def _found(network: Tempered, run: Replicas, watched: Watched, sweeps: int, every: int) -> Tempering:
    bins = watched.results()
    tau = {name: every * found.tau for name, found in bins.items()}
    warn_if_short(f"sweeps={sweeps}", sweeps // every, {name: tau[name] for name in watched.named}, every)
    best = int(np.argmin(run.chains.best_energies))
    with np.errstate(invalid="ignore"):
        rate = run.accepted[:-1] / run.tried
    return Tempering(
        temperatures=run.ladder,
        mean={name: found.mean for name, found in bins.items()},
        error={name: found.error for name, found in bins.items()},
        tau=tau,
        swap_rate=rate,
        round_trips=int(run.trips.sum()),
        overlaps=watched.histogram,
        overlap_values=watched.overlap_values(),
        states=network._values_of(run.chains.words)[run.who],
        best_state=network._values_of(run.chains.best_words[best : best + 1])[0],
        best_energy=float(run.chains.best_energies[best]),
        sweeps=sweeps,
    )
