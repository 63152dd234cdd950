"""Simulated annealing (Kirkpatrick, Gelatt and Vecchi 1983): many reads, each from hot to cold, the best kept."""

import time
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments, bits
from hebbfast._records import Record
from hebbfast.bits import PackedPatterns
from hebbfast.dynamics import chains, sampling, scale
from hebbfast.dynamics.rules import read_rules
from hebbfast.dynamics.starts import starts

__all__ = ["Annealing", "Counts", "anneal"]

_READS, _SWEEPS = 64, 1000
_KEPT = ("best", "last")


class Counts(NamedTuple):
    """Different states of an annealing, the lowest energy first.

    Attributes
    ----------
    states : ndarray
        int8 (S, D).
    energies : ndarray
        float64 (S,).
    counts : ndarray
        int64 (S,): how many reads ended with it.
    """

    states: NDArray[np.int8]
    energies: NDArray[np.float64]
    counts: NDArray[np.int64]


@dataclass(frozen=True, eq=False, repr=False)
class Annealing(Record):
    """What an annealing found.

    Attributes
    ----------
    states : ndarray or PackedPatterns
        (R, D): of each read the best state, of its start and those after a sweep; among equals the first. With
        ``keep="last"`` the state after the last sweep.
    energies : ndarray
        float64 (R,): their energies.
    best_state : ndarray
        (D,): the best of all reads, the first of equals.
    best_energy : float
        Its energy.
    reached : bool or None
        Whether ``target`` was met; None if there was none.
    sweeps : int
        Sweeps that each read has had.
    temperatures : ndarray
        float64 (S,): the schedule, T of each sweep.

    Examples
    --------
    >>> import hebbfast as hb
    >>> network = hb.HopfieldNetwork([[0, 1, 1], [1, 0, -1], [1, -1, 0]])
    >>> network.anneal(reads=4, sweeps=50, rng=0)
    <Annealing of 4 reads, D=3: best energy -1, found by 4; 50 sweeps from T=1.53 to 0.382>
    """

    states: Any
    energies: NDArray[np.float64]
    best_state: NDArray[Any]
    best_energy: float
    reached: bool | None
    sweeps: int
    temperatures: NDArray[np.float64]

    def counts(self) -> Counts:
        """The different states and how many reads ended with each, the lowest energy first.

        Examples
        --------
        >>> import hebbfast as hb
        >>> found = hb.HopfieldNetwork([[0, 1], [1, 0]]).anneal(reads=100, sweeps=20, rng=0).counts()
        >>> found.states.tolist(), found.energies.tolist(), int(found.counts.sum())
        ([[-1, -1], [1, 1]], [-1.0, -1.0], 100)
        """
        signs = bits.as_array(self.states, "states")
        rows, first, counts = np.unique(signs, axis=0, return_index=True, return_counts=True)
        order = np.argsort(self.energies[first], kind="stable")
        return Counts(rows[order].astype(np.int8), self.energies[first][order], counts[order])

    def __repr__(self) -> str:
        found = np.count_nonzero(self.energies == self.best_energy)
        span = f" from T={self.temperatures[0]:.3g} to {self.temperatures[-1]:.3g}" if len(self.temperatures) else ""
        return (
            f"<Annealing of {len(self.energies)} reads, D={self.best_state.size}: best energy {self.best_energy:g}, "
            f"found by {found}; {self.sweeps:,} sweeps{span}>"
        )


class Annealed(sampling.Moved, scale.Scaled, Protocol):
    """What can be annealed."""


def anneal(
    network: Annealed,
    states: ArrayLike | PackedPatterns | None = None,
    *,
    temperatures: ArrayLike | None = None,
    sweeps: int | None = None,
    reads: int = _READS,
    target: float | None = None,
    seconds: float | None = None,
    method: str = "heat_bath",
    order: Any = "sequential",
    clamp: ArrayLike | None = None,
    keep: str = "best",
    draws: str = "own",
    rng: Any = None,
    threads: int | None = None,
) -> Annealing:
    """`Network.anneal`, which says what it does."""
    units = network.units
    given = None if temperatures is None else read_schedule("temperatures", temperatures)
    count = _arguments.size("reads", reads)
    steps = (_SWEEPS if given is None else len(given)) if sweeps is None else _arguments.size("sweeps", sweeps)
    if given is not None and len(given) != steps:
        raise ValueError(f"temperatures must have one entry a sweep, {steps} of them, got {len(given)}")
    goal = -np.inf if target is None else _arguments.real("target", target)
    _arguments.choice("keep", keep, _KEPT)
    limit = None if seconds is None else _arguments.real("seconds", seconds, 0.0, ends="(]")
    began = time.monotonic()
    batch = None if states is None else network._read(states, "states")
    if batch is not None and not batch.single:
        count = len(batch.words)
        if count == 0:
            raise ValueError(f"states must hold at least one state, got shape (0, {units})")
    words, seeds = starts(network, states, count, clamp, _arguments.generator(rng))
    told = {"method": method, "order": order, "clamp": clamp, "draws": draws}
    rules = read_rules(units, **told)  # refuses before anything is measured
    if given is None:
        given = scale.linear_schedule(*scale.hot_and_cold(network, clamp, words), steps)
    rules = read_rules(units, temperature=given, **told)
    moving = network._chains(rules, words, seeds, threads=threads)
    done, stride = 0, chains.block(units, count)
    reached = bool(moving.best_energies.min() <= goal)
    while done < steps and not reached and (limit is None or not done or time.monotonic() - began < limit):
        done, reached = _follow(moving, done, min(steps, done + stride), goal)
    kept = (moving.words, moving.energies) if keep == "last" else (moving.best_words, moving.best_energies)
    return _found(network, *kept, batch, None if target is None else reached, done, given)


def _follow(moving: chains.Chains, done: int, sweeps: int, goal: float) -> tuple[int, bool]:
    """Sweeps up to so many, or to the first in which a chain reaches the goal, whatever the block: all stop there."""
    before = moving.state() if goal > -np.inf else {}
    met = (moving.follow(sweeps) <= goal).any(axis=1)
    if not met.any():
        return sweeps, False
    first = done + 1 + int(np.argmax(met))
    if first < sweeps:
        moving.restore(before)
        moving.follow(first)
    return first, True


def _found(
    network: Annealed,
    words: NDArray[np.uint64],
    energies: NDArray[np.float64],
    batch: bits.States | None,
    reached: bool | None,
    sweeps: int,
    schedule: Any,
) -> Annealing:
    given = bits.States(words, network.units, False, np.dtype(np.int8)) if batch is None else batch
    first = int(np.argmin(energies))
    schedule = np.array(schedule)
    schedule.flags.writeable = False
    return Annealing(
        states=network._restore(replace(given, single=False), words),
        energies=energies,
        best_state=network._values_of(words[first : first + 1])[0].reshape(given.picture or -1),
        best_energy=float(energies[first]),
        reached=reached,
        sweeps=sweeps,
        temperatures=schedule,
    )


def read_schedule(name: str, values: Any) -> NDArray[np.float64]:
    """(S,) temperatures of at least 0, at least one."""
    found = _arguments.real_array(name, values)
    if found.ndim != 1 or len(found) == 0:
        raise ValueError(f"{name} must have shape (sweeps,), got shape {found.shape}")
    table = found.astype(np.float64)
    if table.min() < 0:
        where = int(np.argmin(table))
        raise ValueError(f"{name} must not be negative, got {table[where]:g} at [{where}]")
    return table
