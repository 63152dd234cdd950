"""Memories whose sums over patterns come from elsewhere, in integers: from shards, or from a file, piece by piece."""

import dataclasses
import math
from collections.abc import Generator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments, _kernels, bits
from hebbfast._exp import exp
from hebbfast._work.pieces import pieces
from hebbfast.dynamics.rules import Rules, visits
from hebbfast.interactions import Interaction, Weights
from hebbfast.networks._network import Network
from hebbfast.networks._python_kernel import Decision, PythonKernel, status, update

__all__ = ["Rounds", "Summed", "expect_summable"]

Words = NDArray[np.uint64]


class Summed(Network):
    """Fields, energies and recall over two hooks: `_sums` and `_counts`."""

    _energies_wait = True
    _weights: Weights
    _place: str
    """Where the patterns are, for messages."""

    @property
    def _kernel(self) -> "Rounds":
        return Rounds(self)

    def _sums(self, words: Words) -> tuple[NDArray[np.int64], NDArray[np.int32] | None]:
        """N_i of all units (Q, D), and for an exponential the largest overlaps that they are relative to."""
        raise NotImplementedError

    def _counts(self, words: Words) -> NDArray[np.int64]:
        """(Q, D + 1): patterns by the units that agree."""
        raise NotImplementedError

    def _expect_asynchronous(self) -> None:
        """A round for each flip is worth its while."""

    def _refusal(self, reason: str) -> Exception:
        """What is raised where sums in integers do not serve."""
        return ValueError(reason)

    def _fields_of(self, words: Words, units: NDArray[np.uint32]) -> NDArray[np.float64]:
        out = np.empty((len(words), len(units)))
        for part in pieces(len(words), bytes_each=32 * self.units):
            sums, best = self._sums(words[part])
            if best is None:
                out[part] = sums[:, units] / self._weights.divisor
            else:
                scale = self._weights.unit * exp(self._weights.beta * (best[:, None] + 1.0))
                out[part] = sums[:, units] * scale
        return out

    def _energies_of(self, words: Words, threads: int | None = None) -> NDArray[np.float64]:
        """From the patterns at each overlap: exact integers rounded once; floats of a table are summed exactly, too."""
        out, weights = np.empty(len(words)), self._weights
        for part in pieces(len(words), bytes_each=32 * self.units):
            counts = self._counts(words[part]).tolist()
            along = [0] * len(counts)  # Σ_i b_i σ_i, times the divisor of fields
            if weights.bias is not None:
                along = (bits.unpack(words[part], self.units).astype(object) @ weights.bias.tolist()).tolist()
            if weights.energy_table is not None:
                table = weights.energy_table.tolist()
                totals = [math.fsum(c * f for c, f in zip(row, table, strict=True)) for row in counts]
                out[part] = [-(total / weights.energy_divisor) for total in totals]
                out[part] -= np.array(along, dtype=np.float64) / weights.divisor
            else:
                reached = [max(x, 0) if weights.rectified else x for x in range(-self.units, self.units + 1, 2)]
                powers = [x**weights.power for x in reached]
                sums = [sum(c * f for c, f in zip(row, powers, strict=True)) for row in counts]
                twice = [2 * total + extra for total, extra in zip(sums, along, strict=True)]
                out[part] = [-(float(total) / (2.0 * weights.energy_divisor)) for total in twice]
        return out


class Rounds(PythonKernel):
    """Recall at T = 0, in rounds: whatever cues wait for fields get them together."""

    def __init__(self, memory: Summed) -> None:
        self.memory = memory

    def recall(
        self, rules: Rules, level: int, words: Any, previous: Any, progress: Any, sweep_limit: int,
        first: int, last: int, budget: int, energies: Any, workspace: Any,
    ) -> int:  # fmt: skip
        """As `PythonKernel` says."""
        if not rules.cold:
            raise self.memory._refusal(f"temperature must be 0 for {self.memory._place}, got one above")
        if not rules.synchronous:
            self.memory._expect_asynchronous()
        free = bits.unpack(rules.clamp[None], rules.units)[0] < 0 if len(rules.clamp) else np.ones(rules.units, bool)
        courses = {}
        for q in range(first, last):
            before = previous[q] if rules.synchronous else None
            courses[q] = _course(rules, q, free, words[q], before, progress[q], sweep_limit)
        waiting = {q: state for q, course in courses.items() if (state := next(course, None)) is not None}
        while waiting:
            states = bits.pack_signs(np.array(list(waiting.values())), "states")
            for q, sums in zip(list(waiting), self.memory._sums(states)[0], strict=True):
                try:
                    waiting[q] = courses[q].send(sums)
                except StopIteration:
                    del waiting[q]
        return last


@dataclasses.dataclass
class _Known:
    """The fields of a state, all of them."""

    state: NDArray[np.int64]
    sums: Any = None

    def __getitem__(self, unit: int) -> int:
        return int(self.sums[unit])

    def flip(self, unit: int) -> None:
        """Turn a unit over; its fields are those from before."""
        self.state[unit] *= -1


def _course(
    rules: Rules, q: int, free: NDArray[np.bool_], words: Words, previous: Words | None, row: Any, sweep_limit: int
) -> Generator[NDArray[np.int64], NDArray[np.int64], None]:
    """One cue on its way: yields a state, and goes on with its fields."""
    fields = _Known(bits.unpack(words[None], rules.units)[0].astype(np.int64))
    while row[_kernels.STATUS] == _kernels.RUNNING and row[_kernels.SWEEPS] < sweep_limit:
        fields.sums, flips, back, sweep = (yield fields.state), 0, False, int(row[_kernels.SWEEPS])
        decide = Decision(rules, sweep, q, 1.0, row)
        if previous is not None:  # synchronous
            flips = update(fields, free, decide)
            after = bits.pack_signs(fields.state[None], "states")[0]
            back = sweep > 0 and bool(np.array_equal(after, previous))
            previous[...], words[...] = words.copy(), after
        else:
            for visit, unit in enumerate(visits(rules, sweep, q, row)):
                if free[unit] and decide(fields[unit], int(fields.state[unit]), visit) != fields.state[unit]:
                    fields.flip(unit)
                    flips += 1
                    fields.sums = yield fields.state
            words[...] = bits.pack_signs(fields.state[None], "states")[0]
        row[_kernels.STATUS] = status(rules, sweep, fields, free, decide, flips, back)
        row[_kernels.SWEEPS] += 1
        row[_kernels.FLIPS] += flips


def expect_summable(weights: Weights, interaction: Interaction, patterns: int, units: int) -> None:
    """Refuse where integers of 64 bits do not say all."""
    if weights.logarithmic:
        raise ValueError(
            f"interaction must be Exponential, which decides alike at T = 0, got {_arguments.shown(interaction)}"
        )
    if weights.gain is None:
        raise ValueError(
            f"interaction must keep sums over K={patterns} patterns within int64 for D={units}, "
            f"got {_arguments.shown(interaction)}"
        )
