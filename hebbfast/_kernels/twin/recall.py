"""The NumPy twin of the kernels of recall: names and arguments of `hebbfast._kernels`, sweep by sweep by `models`."""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from hebbfast._kernels.twin.models import Couplings, Dynamics, Memory, Model
from hebbfast._kernels.twin.packing import signs_of, transpose, words_of
from hebbfast._kernels.twin.streams import Stream

__all__ = [
    "coupling_energies",
    "energies",
    "fields",
    "follow",
    "recall",
    "recall_each",
    "update_units",
    "workspace_bytes",
]

_Words = NDArray[np.uint64]
_RUNNING, _CONVERGED, _CYCLE, _STOPPED = range(4)
_STREAM, _INCREMENT, _SWEEPS, _FLIPS, _STATUS = range(5)


def workspace_bytes(model: Model, dynamics: Dynamics | None = None) -> int:
    """The twin needs no memory of the caller."""
    return 0


def energies(
    memory: Memory,
    overlaps: NDArray[np.int32],
    out: NDArray[np.float64],
    workspace: NDArray[np.uint8],
    states: _Words | None = None,
) -> None:
    """E from the overlaps of every state, and with a bias from the states."""
    for q, m in enumerate(overlaps.astype(np.int64)):
        out[q] = memory.energy(m, None if states is None else signs_of(states[q], memory.units).astype(np.int64))


def coupling_energies(model: Couplings, states: _Words, out: NDArray[np.float64], workspace: NDArray[np.uint8]) -> None:
    """E of states, from twice its integer."""
    for q, state in enumerate(signs_of(states, model.units).astype(np.int64)):
        out[q] = model.energy(model.sums(state), state)


def fields(
    model: Model,
    states: _Words,
    units: NDArray[np.uint32],
    out: NDArray[np.float64],
    workspace: NDArray[np.uint8],
) -> None:
    """h_i of some units in every state."""
    for q, state in enumerate(signs_of(states, model.units).astype(np.int64)):
        sums = model.sums(state)
        out[q] = [model.field(sums, state, int(i)) for i in units]


def recall(
    model: Model,
    dynamics: Dynamics,
    level: int,
    states: _Words,
    previous: _Words,
    progress: NDArray[np.int64],
    sweep_limit: int,
    first: int,
    last: int,
    budget: int,
    energies: NDArray[np.float64],
    workspace: NDArray[np.uint8],
) -> int:
    """Sweep cues first..last-1 until each has a status or `sweep_limit` sweeps, in place; `budget` has no effect.

    `energies`, unless empty, takes the energies of the cues that ran.

    A row of `progress` is the random stream, its increment, the sweeps, the flips and the status: 0 running, 1
    converged (a sweep without a flip), 2 a synchronous cycle of period 2, 3 at rest in a partial order only; a cue ends
    only at T = 0, and if no later temperature is above it. `previous` holds the states one synchronous update back.
    """
    for q in range(first, last):
        state = signs_of(states[q], model.units).astype(np.int64)
        before = signs_of(previous[q], model.units).astype(np.int64) if dynamics.update == "sync" else state
        stream, sweeps = Stream(*progress[q, [_STREAM, _INCREMENT]].tolist()), int(progress[q, _SWEEPS])
        sweep = sweeps
        while progress[q, _STATUS] == _RUNNING and sweep < sweep_limit:
            course = dynamics.course(q, sweep)
            if dynamics.update == "sync":
                after = _update(model, dynamics, state, course[0], stream, dynamics.given(q, sweep))
                returned = sweep > 0 and dynamics.course(q, sweep - 1)[0] == 0 and np.array_equal(after, before)
                flips = int(np.count_nonzero(after != state))
                status = _RUNNING if flips and not returned else _CYCLE if flips else _CONVERGED
                before, state = state, after
            else:
                flips = _sweep(model, dynamics, state, course[0], stream, q, sweep)
                status = _RUNNING if flips else _rest(model, dynamics, state, sweep)
            sweep += 1
            progress[q, _FLIPS] += flips
            progress[q, _STATUS] = _RUNNING if course.any() else status
        progress[q, _STREAM], progress[q, _SWEEPS] = stream.z, sweep
        if len(energies) and sweeps < sweep:
            energies[q] = model.energy(model.sums(state), state)
        states[q] = words_of(state)
        if dynamics.update == "sync":
            previous[q] = words_of(before)
    return last


def update_units(
    memory: Memory,
    dynamics: Dynamics,
    level: int,
    state: _Words,
    overlaps: NDArray[np.int32],
    first: int,
    last: int,
    coming: _Words,
    workspace: NDArray[np.uint8],
) -> None:
    """Units first..last-1 of a synchronous update at T = 0, from the overlaps of the state; whole words of `coming`."""
    signs, sums = signs_of(state, memory.units).astype(np.int64), overlaps.astype(np.int64)
    after = signs.copy()
    for unit in range(first, last):
        if dynamics.free[unit]:
            after[unit] = dynamics.decide(memory, sums, signs, unit, 0.0, None)
    part = slice(first // 64, -(-last // 64))
    coming[part] = words_of(after)[part]


def _draw(stream: Stream, given: NDArray[np.float64] | None, visit: int) -> Callable[[], float]:
    """What gives the u of a visit."""
    return stream.uniform if given is None else lambda: float(given[visit])


def _sweep(
    model: Model,
    dynamics: Dynamics,
    state: NDArray[np.int64],
    temperature: float,
    stream: Stream,
    cue: int,
    sweep: int,
) -> int:
    """One asynchronous sweep, in place; the number of flips."""
    sums, flips, given = model.sums(state), 0, dynamics.given(cue, sweep)
    for visit, unit in enumerate(_visits(dynamics, model.units, stream, cue, sweep)):
        if dynamics.free[unit]:
            value = dynamics.decide(model, sums, state, unit, temperature, _draw(stream, given, visit))
            if value != state[unit]:
                state[unit] = value
                model.flip(sums, state, unit)
                flips += 1
    return flips


def _visits(dynamics: Dynamics, units: int, stream: Stream, cue: int, sweep: int) -> Iterable[int]:
    """The units of one sweep, in order; with replacement each is drawn when it is visited."""
    if dynamics.order == "random":
        return stream.permutation(units)
    if dynamics.order == "replacement":
        return (stream.below(units) for _ in range(units))
    if dynamics.order == "sequential":
        return range(units)
    cues, sweeps = dynamics.visits.shape[:2]
    return map(int, dynamics.visits[cue if cues > 1 else 0, min(sweep, sweeps - 1)])


def _update(
    model: Model,
    dynamics: Dynamics,
    state: NDArray[np.int64],
    temperature: float,
    stream: Stream | None,
    given: NDArray[np.float64] | None = None,
) -> NDArray[np.int64]:
    """All units decide in index order, each from the same state, and then change at once."""
    sums, after = model.sums(state), state.copy()
    for unit in np.flatnonzero(dynamics.free).tolist():
        draw = None if stream is None else _draw(stream, given, unit)
        after[unit] = dynamics.decide(model, sums, state, unit, temperature, draw)
    return after


def _rest(model: Model, dynamics: Dynamics, state: NDArray[np.int64], sweep: int) -> int:
    """The status after a sweep at T = 0 without a flip: a fixed point if every unit keeps its value.

    An order that leaves units out stops, if later sweeps are the same.
    """
    if np.array_equal(_update(model, dynamics, state, 0.0, None), state):
        return _CONVERGED
    return _STOPPED if dynamics.order == "array" and sweep >= dynamics.visits.shape[1] - 1 else _RUNNING


def follow(
    model: Model,
    dynamics: Dynamics,
    level: int,
    states: _Words,
    progress: NDArray[np.int64],
    sweep_limit: int,
    first: int,
    last: int,
    budget: int,
    energies: NDArray[np.float64],
    best_states: _Words,
    best_energies: NDArray[np.float64],
    workspace: NDArray[np.uint8],
) -> int:
    """`recall` sweep by sweep: a row of energies after each of the last ones, and the first of the lowest states."""
    for row, sweeps in enumerate(range(sweep_limit - len(energies) + 1, sweep_limit + 1)):
        none = np.empty(0)
        recall(model, dynamics, level, states, states[:0], progress, sweeps, first, last, budget, none, workspace)
        for q in range(first, last):
            state = signs_of(states[q : q + 1], model.units)[0].astype(np.int64)
            energies[row, q] = model.energy(model.sums(state), state)
            if len(best_energies) and energies[row, q] < best_energies[q]:
                best_energies[q], best_states[q] = energies[row, q], states[q]
    return last


def recall_each(
    like: Memory,
    dynamics: Dynamics,
    level: int,
    rows: _Words,
    columns: _Words,
    states: _Words,
    previous: _Words,
    progress: NDArray[np.int64],
    sweep_limit: int,
    first: int,
    budget: int,
    workspace: NDArray[np.uint8],
) -> int:
    """`recall` in M memories (M, K, W) of the interaction of `like`, the cues (M, Q, W) of each in its own.

    Memory after memory is transposed into `columns`; `first` and the result count the cues of all.
    """
    memories, count = states.shape[:2]
    for m in range(memories):
        transpose(rows[m], like.units, columns, 0, rows.shape[1])
        memory = Memory(rows[m], columns, like.units, like.weights)
        before, start, none = previous[m], min(max(first - m * count, 0), count), np.empty(0)
        recall(
            memory, dynamics, level, states[m], before, progress[m], sweep_limit, start, count, budget, none, workspace
        )
    return int(memories * count)
