"""The dynamics of a recall in Python, for networks whose fields the compiled kernels do not know."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hebbfast import _kernels, bits
from hebbfast._exp import exp
from hebbfast.dynamics.rules import Rules, visits

__all__ = ["Decision", "Fields", "PythonKernel", "status", "update"]


class Fields(Protocol):
    """The fields of a state that moves."""

    state: NDArray[np.int64]

    def __getitem__(self, unit: int) -> float:
        """h_i, whose sign decides at T = 0."""
        ...

    def flip(self, unit: int) -> None:
        """Turn a unit of the state over."""
        ...


class PythonKernel:
    """As `hebbfast.dynamics.run.Kernel`: one cue and one unit after another, some microseconds a visit."""

    energies, cost = False, 0

    def __init__(self, fields: Callable[[NDArray[np.int64]], Fields], half_gap: float) -> None:
        """`fields` of a state; `half_gap`: half the distance of the two values, so that ΔE = 2 σ_i half_gap h_i."""
        self._fields, self._half_gap = fields, half_gap

    def of(self, rules: Rules, count: int) -> "PythonKernel":
        """Always itself."""
        return self

    def workspace_bytes(self, rules: Rules) -> int:
        """Nothing runs beside Python."""
        return 0

    def alone(self, rules: Rules, cue: Any, out: Any, sweep_limit: int, words: Any) -> None:
        """Never."""

    def few(self, rules: Rules, cues: Any, out: Any, sweep_limit: int, rng: Any, progress: Any) -> None:
        """Never."""

    def shared(self, rules: Rules) -> None:
        """Never."""

    def follows(self, rules: Rules) -> bool:
        """Never: there are no energies."""
        return False

    def follow(self, rules: Rules, *state: Any) -> int:
        """Never."""
        raise NotImplementedError

    def recall(
        self, rules: Rules, level: int, words: Any, previous: Any, progress: Any, sweep_limit: int,
        first: int, last: int, budget: int, energies: Any, workspace: Any,
    ) -> int:  # fmt: skip
        """As the `Kernel` says; Python looks at Ctrl-C by itself, so the budget has no effect."""
        free = bits.unpack(rules.clamp[None], rules.units)[0] < 0 if len(rules.clamp) else np.ones(rules.units, bool)
        for q in range(first, last):
            row = progress[q]
            while row[_kernels.STATUS] == _kernels.RUNNING and row[_kernels.SWEEPS] < sweep_limit:
                sweep = int(row[_kernels.SWEEPS])
                decide = Decision(rules, sweep, q, self._half_gap, row)
                fields = self._fields(bits.unpack(words[q : q + 1], rules.units)[0].astype(np.int64))
                flipped = (
                    update(fields, free, decide) if rules.synchronous else _sweep(rules, sweep, q, fields, free, decide)
                )
                after = bits.pack_signs(fields.state[None], "states")[0]
                if rules.settles(sweep, q):
                    back = rules.synchronous and sweep > 0 and np.array_equal(after, previous[q])
                    row[_kernels.STATUS] = status(rules, sweep, fields, free, decide, flipped, back)
                if rules.synchronous:
                    previous[q] = words[q]
                words[q] = after
                row[_kernels.SWEEPS] += 1
                row[_kernels.FLIPS] += flipped
        return last


class Decision:
    """The value that a unit takes: sign(h_i), or at T > 0 that of the heat bath or of Metropolis."""

    def __init__(self, rules: Rules, sweep: int, q: int, half_gap: float, row: NDArray[np.int64]) -> None:
        self.tie, self.metropolis = rules.tie, rules.method == "metropolis"
        self.temperature, self.half_gap, self.row = rules.temperature(sweep, q), half_gap, row
        self._given = rules.uniforms_of(sweep, q)
        self._drawn = np.empty(1)

    def _uniform(self, visit: int) -> float:
        if self._given is not None:
            return float(self._given[visit])
        _kernels.uniforms(self.row, self._drawn)
        return float(self._drawn[0])

    def __call__(self, field: float, value: int, visit: int) -> int:
        if self.temperature == 0:
            if field == 0:
                return {"plus": 1, "minus": -1, "keep": value}[self.tie]
            return 1 if field > 0 else -1
        if self.metropolis:
            accepted = float(exp((-2.0 * (value * (self.half_gap * field))) / self.temperature))
            return -value if self._uniform(visit) < accepted else value
        probability = 1.0 / (1.0 + float(exp((-2.0 * (self.half_gap * field)) / self.temperature)))
        return 1 if self._uniform(visit) < probability else -1


def _sweep(rules: Rules, sweep: int, q: int, fields: Fields, free: NDArray[np.bool_], decide: Decision) -> int:
    """Visits one after another; the number of flips."""
    flips = 0
    for visit, unit in enumerate(visits(rules, sweep, q, decide.row)):
        if free[unit] and decide(fields[unit], int(fields.state[unit]), visit) != fields.state[unit]:
            fields.flip(unit)
            flips += 1
    return flips


def update(fields: Fields, free: NDArray[np.bool_], decide: Decision) -> int:
    """All units at once; the number of flips."""
    state = fields.state
    flipped = [i for i in np.flatnonzero(free).tolist() if decide(fields[i], int(state[i]), i) != state[i]]
    state[flipped] *= -1
    return len(flipped)


def status(
    rules: Rules, sweep: int, fields: Fields, free: NDArray[np.bool_], decide: Decision, flipped: int, back: bool
) -> int:
    """The status after a sweep at T = 0."""
    if flipped:
        return _kernels.CYCLE if back else _kernels.RUNNING
    if all(decide(fields[i], int(fields.state[i]), i) == fields.state[i] for i in np.flatnonzero(free).tolist()):
        return _kernels.CONVERGED
    return _kernels.STOPPED if rules.repeats(sweep) else _kernels.RUNNING
