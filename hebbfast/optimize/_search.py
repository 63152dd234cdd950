"""The search: anneals from random states, whose answers meet in pairs and are annealed again; then all for longer."""

import itertools
import math
import operator
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments
from hebbfast._work import threads as pool
from hebbfast._work.progress import progress_bar
from hebbfast.dynamics import chains
from hebbfast.dynamics.annealing import Annealing, read_schedule
from hebbfast.dynamics.scale import hot_and_cold, linear_schedule
from hebbfast.networks.hopfield import HopfieldNetwork
from hebbfast.optimize._crossing import Crossing

__all__ = ["Asked", "Goal", "Search"]

Floats = NDArray[np.float64]

_READS = 64
_FIRST, _LAST = 64, 1024  # sweeps of the rounds; the last where no clock says when to stop
_MEETINGS = 4  # of a round: 64 reads descend from 4 couples then
_HOT = 0.9  # of the rms field: hotter is lost time
_WARM = 1 / 3  # of hot: children lose some of what they have, not all
_ENOUGH = 256  # sweeps: fewer reads, where the time does not suffice for so many


@dataclass(frozen=True)
class Asked:
    """The arguments of `Problem.solve`, validated by `read`."""

    reads: int | None
    schedule: Floats | None
    sweeps: int | None
    target: int | float | None
    seconds: float | None
    method: Any
    generator: Any
    threads: int
    progress: bool

    @classmethod
    def read(
        cls,
        reads: Any,
        sweeps: Any,
        temperatures: ArrayLike | None,
        target: Any,
        seconds: Any,
        method: Any,
        rng: Any,
        threads: Any,
        progress: Any,
    ) -> "Asked":
        """What was given, or a refusal that names it."""
        schedule = None if temperatures is None else read_schedule("temperatures", temperatures)
        steps = None if sweeps is None else _arguments.size("sweeps", sweeps)
        if schedule is not None and steps not in (None, len(schedule)):
            raise ValueError(f"temperatures must have one entry a sweep, {steps} of them, got {len(schedule)}")
        return cls(
            reads=None if reads is None else _arguments.size("reads", reads),
            schedule=schedule,
            sweeps=steps if schedule is None else len(schedule),
            target=None if target is None else _exact("target", target),
            seconds=None if seconds is None else _arguments.real("seconds", seconds, 0.0, ends="(]"),
            method=_arguments.choice("method", method, _arguments.METHODS),
            generator=_arguments.generator(rng),
            threads=pool.thread_count(threads),
            progress=_arguments.flag("progress", progress),
        )


def _exact(name: str, value: Any) -> int | float:
    """A finite number; an integer as it is, of any size."""
    number = _arguments.real(name, value)
    with suppress(TypeError):
        return operator.index(value)
    return number


class Goal(NamedTuple):
    """An energy to reach, by how much rounding may have it wrong, and whether a state is truly as good as asked."""

    energy: float
    rounding: float
    met: Callable[[NDArray[np.int8]], bool]


class Search:
    """One search in a network for a goal: what it has found so far.

    Attributes
    ----------
    state, energy
        The best.
    energies, length, took
        Those of all reads after the last whole anneal from random states, its sweeps and seconds.
    sweeps
        Of each read.
    reached
        Whether the goal was met.
    history
        Seconds and energy at the end of each anneal that found a better one.
    """

    def __init__(self, network: HopfieldNetwork, asked: Asked, goal: Goal | None) -> None:
        self._network, self._asked, self._goal = network, asked, goal
        self._slack = goal.rounding if goal else 0.0
        self._reads, self._pace = asked.reads or _READS, 0.0
        self.state, self.energy = np.empty(0, dtype=np.int8), math.inf
        self.energies, self.length, self.took = np.empty(0), 0, 0.0
        self.sweeps, self.reached = 0, False
        self.history: list[tuple[float, float]] = []

    def run(self) -> None:
        """Search until the goal is met, the time is over, or all is done."""
        self._began = time.monotonic()
        total = self._asked.sweeps or (2 * _LAST - _FIRST) * (1 + _MEETINGS)
        with progress_bar("annealing", self._asked.seconds or total, self._asked.progress) as self._advance:
            if self._asked.sweeps is None:
                self._rounds()
            else:
                self._as_told(self._asked.sweeps)

    def _as_told(self, sweeps: int) -> None:
        line = self._asked.schedule
        if line is None:
            line = linear_schedule(*self._ends(), sweeps)
        while self._anneal(None, line) is not None and self._asked.seconds is not None:
            pass

    def _rounds(self) -> None:
        hot, cold = self._ends()
        crossing, warm = Crossing(self._network), max(cold, _WARM * hot)
        if self._asked.seconds is not None and not self._paced(hot, cold, self._asked.seconds):
            return
        for k in itertools.count():
            sweeps = _FIRST << k
            if self._asked.seconds is None and sweeps > _LAST:
                return
            found = self._anneal(None, linear_schedule(hot, cold, sweeps))
            for _ in range(_MEETINGS):
                if found is None:
                    return
                order = self._asked.generator.permutation(self._reads)
                children = crossing.children(found.states, found.energies, order)
                found = self._anneal(children, linear_schedule(warm, cold, sweeps))
            if found is None:
                return

    def _paced(self, hot: float, cold: float, seconds: float) -> bool:
        """A quick anneal, which tells the time of a sweep, and so how many reads there is time for."""
        sweeps = min(_FIRST, chains.block(self._network.units, self._reads))
        found = self._anneal(None, linear_schedule(hot, cold, sweeps + 1)[1:])  # one alone is cold
        if found is not None and self._asked.reads is None:
            possible = (seconds - (time.monotonic() - self._began)) / self._pace
            reads = max(1, int(_READS * min(1.0, possible / _ENOUGH)))
            self._reads, self._pace = reads, self._pace * reads / self._reads
        return found is not None

    def _ends(self) -> tuple[float, float]:
        hot, cold = hot_and_cold(self._network)
        return max(cold, _HOT * hot), cold

    def _anneal(self, states: NDArray[np.int8] | None, line: Floats) -> Annealing | None:
        """One anneal of all reads; None if the search is over with it."""
        asked, before = self._asked, time.monotonic()
        left = None if asked.seconds is None else max(1e-9, asked.seconds - (before - self._began))
        if left is not None and self.sweeps:
            fitting = int(min(left / self._pace, len(line)))
            if fitting < 1:
                return None
            if fitting < len(line):  # quicker, rather than without its cold end
                line = line[np.linspace(0, len(line) - 1, fitting).astype(np.int64)]
        found = self._network.anneal(
            states, temperatures=line, reads=self._reads, seconds=left, method=asked.method, rng=asked.generator,
            threads=asked.threads, target=self._goal.energy + self._slack if self._goal else None,
        )  # fmt: skip
        took = time.monotonic() - before
        self._advance(found.sweeps if left is None else took)
        self.sweeps += found.sweeps
        self._pace = took / max(1, found.sweeps)
        if states is None and (found.sweeps == len(line) or not len(self.energies)):
            self.energies, self.length, self.took = found.energies, found.sweeps, took
        order = np.argsort(found.energies, kind="stable")
        good = self._good(found, order[:_READS])
        self.reached = good is not None
        best = int(order[0]) if good is None else good
        if self.reached or found.energies[best] < self.energy:
            self.state, self.energy = found.states[best], float(found.energies[best])
            self.history.append((before + took - self._began, self.energy))
        if found.reached and not self.reached:  # by rounding alone; from now on that must not suffice
            self._slack = -2 * abs(self._slack)
            return self._anneal(states, line)
        return None if self.reached else found

    def _good(self, found: Annealing, reads: NDArray[np.int64]) -> int | None:
        """The first of these reads that has met the goal."""
        if self._goal is None:
            return None
        near = reads[found.energies[reads] <= self._goal.energy + self._goal.rounding]
        return next((int(read) for read in near if self._goal.met(found.states[read])), None)
