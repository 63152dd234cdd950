"""Sampling: chains at a temperature, what is measured on them, and how sure it is."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments, bits
from hebbfast._records import Record
from hebbfast.bits import PackedPatterns
from hebbfast.dynamics import chains, observables
from hebbfast.dynamics.rules import Rules, read_rules, read_temperature
from hebbfast.dynamics.run import seeds

__all__ = ["Moved", "Samples", "sample"]


@dataclass(frozen=True, eq=False, repr=False)
class Samples(Record):
    """What a sampling gave. For one state, (D,), chains have no axis; for a batch it is the leading one, Q.

    Attributes
    ----------
    states : ndarray or PackedPatterns
        The states at the end, of the same kind as those given.
    energy : float64 or ndarray
        Their energies.
    mean : dict of str to ndarray
        The mean of each observable over the measurements of a chain.
    error : dict of str to ndarray
        One standard deviation of each mean, from bins longer than the memory of the chain. Chains are independent: the
        mean of all Q has the error sqrt(Σ error²) / Q.
    tau : dict of str to ndarray
        Integrated autocorrelation times 1 + 2 Σ ρ, in sweeps: one independent value takes so many.
    trace : dict of str to ndarray
        What ``record`` asked for, after each measured sweep; the leading axis counts measurements.

    Examples
    --------
    >>> import hebbfast as hb
    >>> network = hb.HopfieldNetwork([[0, 1], [1, 0]])
    >>> network.sample([1, 1], temperature=2.0, sweeps=2000, rng=0)
    <Samples of one chain, D=2: energy -0.45 ± 0.02, tau 0.83 sweeps>
    """

    states: Any
    energy: Any
    mean: dict[str, NDArray[np.float64]]
    error: dict[str, NDArray[np.float64]]
    tau: dict[str, NDArray[np.float64]]
    trace: dict[str, NDArray[Any]] = field(default_factory=dict)

    def __repr__(self) -> str:
        single = np.ndim(self.energy) == 0
        of = "one chain" if single else f"{len(self.energy):,} chains"
        told = [_told(name, self.mean[name], self.error[name], self.tau[name], single) for name in self.mean]
        units = math.prod(self.states.shape[0 if single else 1 :])
        return f"<Samples of {of}, D={units}: {'; '.join(told) if told else 'states alone'}>"


def _told(name: str, mean: Any, error: Any, tau: Any, single: bool) -> str:
    if mean.ndim > (0 if single else 1):
        return f"{name} {mean.shape}"
    value, deviation = (mean, error) if single else (mean.mean(), np.sqrt((error**2).sum()) / len(mean))
    return f"{name} {value:.3g} ± {deviation:.1g}, tau {np.mean(tau):.2g} sweeps"


class Moved(Protocol):
    """A network whose states move by chains."""

    units: int

    def _read(self, states: ArrayLike | PackedPatterns, name: str) -> bits.States: ...

    def _restore(self, batch: bits.States, words: NDArray[np.uint64]) -> Any: ...

    def _values_of(self, words: NDArray[np.uint64]) -> NDArray[np.int8]: ...

    @property
    def _patterned(self) -> bool: ...

    def _overlaps_of(self, words: NDArray[np.uint64], threads: int | None = None) -> NDArray[np.int32]: ...

    def _chains(
        self, rules: Rules, words: NDArray[np.uint64], seeds: NDArray[np.uint64], *, threads: int | None
    ) -> chains.Chains: ...


def sample(
    network: Moved,
    states: ArrayLike | PackedPatterns,
    *,
    temperature: ArrayLike | None,
    beta: ArrayLike | None,
    sweeps: int,
    burn_in: int,
    thin: int,
    method: str,
    watched: Any,
    order: Any,
    clamp: ArrayLike | None,
    draws: str,
    rng: Any,
    threads: int | None,
    record: str | Iterable[str] | None,
) -> Samples:
    """`Network.sample`, which says what it does; ``watched`` are its observables."""
    least = _arguments.whole("sweeps", sweeps, 0)
    before, thin = _arguments.whole("burn_in", burn_in, 0), _arguments.whole("thin", thin, 1)
    named = observables.read_observables(watched, network)
    kept = observables.read_record(record, named, network)
    if (named or kept) and least < thin:
        raise ValueError(f"sweeps must be at least {thin} for one measurement (thin={thin}), got {least}")
    batch = network._read(states, "states")
    table = _temperatures(temperature, beta, batch)
    rules = read_rules(network.units, order=order, clamp=clamp, temperature=table, method=method, draws=draws)
    moving = network._chains(rules, batch.words, seeds(rng, len(batch.words)), threads=threads)
    moving.advance(before)
    bins: dict[str, observables.Binning] = {name: observables.Binning() for name in named}
    trace: dict[str, list[NDArray[Any]]] = {name: [] for name in kept}
    count = least // thin if named or kept else 0
    for measured in _measure(moving, named | kept, before, count, thin, network.units):
        for name in named:
            bins[name].extend(measured[name])
        for name in kept:
            trace[name].append(measured[name])
    moving.advance(before + least)
    one: Any = (lambda values: values[0]) if batch.single else (lambda values: values)
    tau = {name: thin * found.tau for name, found in bins.items()}
    observables.warn_if_short(f"sweeps={least}", least // thin, tau, thin)
    return Samples(
        states=network._restore(batch, moving.words.copy()),
        energy=one(moving.energies),
        mean={name: one(found.mean) for name, found in bins.items()},
        error={name: one(found.error) for name, found in bins.items()},
        tau={name: one(times) for name, times in tau.items()},
        trace={name: _joined(values, batch.single) for name, values in trace.items()},
    )


def _measure(
    moving: chains.Chains, named: Mapping[str, observables.Observable], before: int, count: int, thin: int, units: int
) -> Iterator[dict[str, NDArray[Any]]]:
    """Values (n, Q, ...) of all observables, in blocks: energies alone need no stop between two sweeps."""
    quick = all(observe is observables.energies for observe in named.values())
    stride = max(1, chains.block(units, len(moving.words)) // thin) if quick else 0
    for first in range(0, count, stride or 1):
        last = min(count, first + (stride or 1))
        if stride:
            yield dict.fromkeys(named, moving.follow(before + last * thin)[thin - 1 :: thin])
        else:
            moving.advance(before + last * thin)
            yield {name: np.asarray(observe(moving))[None] for name, observe in named.items()}


def _joined(values: list[NDArray[Any]], single: bool) -> NDArray[Any]:
    """(measurements, Q, ...), without Q for one state."""
    table = np.concatenate(values) if values else np.empty((0, 1))
    return table[:, 0] if single else table


def _temperatures(temperature: Any, beta: Any, batch: bits.States) -> NDArray[np.float64]:
    """(1, 1) or (1, Q) above zero."""
    name = "temperature" if beta is None else "beta"
    temperature = read_temperature(temperature, beta, sampled=True)
    found = _arguments.array(name, temperature, "real numbers")
    if found.ndim == 0:
        return np.full((1, 1), _arguments.real("temperature", temperature, 0.0, ends="(]"))
    found = _arguments.real_array("temperature", found).astype(np.float64)
    if batch.single or found.shape != (len(batch.words),):
        wanted = "a number" if batch.single else f"a number or have shape ({len(batch.words)},), one a state"
        raise ValueError(f"{name} must be {wanted}, got shape {found.shape}")
    if not found.min(initial=1.0) > 0:
        raise ValueError(f"temperature must be above 0, got {found.min():g} at [{int(np.argmin(found))}]")
    return found[None]
