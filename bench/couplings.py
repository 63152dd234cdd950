"""Cases of coupling space: one sweep from damaged patterns, against numba with the same matrix.

The rival keeps the fields and adds a row at a flip; its fields and couplings are int32 or float32, and first fields
come from its own loop or from BLAS. Each call takes fresh cues, the same ones for all: one batch timed again and again
teaches the branch predictor where the flips are.
"""

import functools
import itertools

import numpy as np
from numba import njit

import hebbfast as hb

OURS = "hebbfast"
POOL = 1 << 23  # units of all cues of a case


@njit(fastmath=True)
def first_fields(couplings, states, fields):
    """Rows of couplings, added or subtracted."""
    for q in range(len(states)):
        for i in range(len(couplings)):
            sign = couplings.dtype.type(states[q, i])
            for j in range(len(couplings)):
                fields[q, j] += sign * couplings[i, j]


@njit(fastmath=True)
def sweep(couplings, states, fields, order):
    """A visit is one comparison, a flip adds one row, of all states in turn."""
    for q in range(len(states)):
        state, here = states[q], fields[q]
        for i in order:
            new = np.int8(1) if here[i] >= 0 else np.int8(-1)
            if new != state[i]:
                state[i] = new
                change = couplings.dtype.type(2 * new)
                for j in range(len(state)):
                    here[j] += change * couplings[i, j]


def by_loops(couplings, order, cues):
    """All of it in numba."""
    states, fields = cues.copy(), np.zeros(cues.shape, couplings.dtype)
    first_fields(couplings, states, fields)
    sweep(couplings, states, fields, order)
    return states


def by_blas(couplings, order, cues):
    """First fields by one matrix product."""
    states = cues.copy()
    sweep(couplings, states, cues.astype(np.float32) @ couplings, order)
    return states


@functools.lru_cache(2)
def network(units, kind):
    """Couplings and the patterns they hold, D / 10 of them: Hebb's rule, or reals as a learning rule gives them."""
    rows = hb.random_patterns(max(units // 10, 2), units, rng=1)
    if kind == "Hebbian":
        return hb.HopfieldNetwork.train(rows), rows
    couplings = hb.learning.activity_product(rows).astype(np.float64)
    noise = np.triu(np.random.default_rng(2).normal(size=couplings.shape), 1)
    couplings += noise + noise.T
    return hb.HopfieldNetwork(couplings), rows


def swept(units, kind, states=1):
    """One sweep over a batch of fresh cues, 10 % of their units flipped; rounded fields may err near zero."""
    net, rows = network(units, kind)
    batches = max(4, min(2048, POOL // (units * states)))
    cues = hb.corrupt(rows[np.arange(batches * states) % len(rows)], flips=units // 10, rng=3)
    cues = cues.reshape(batches, states, units)
    order = np.random.default_rng(4).permutation(units)
    given = order.astype(np.uint32)

    def ours(batch):
        return net.recall(batch[0] if states == 1 else batch, order=given, max_sweeps=1).states

    calls = {OURS: ours}
    matrix = net.couplings
    if kind == "Hebbian":
        calls["numba, int32"] = functools.partial(by_loops, matrix.astype(np.int32), order)
    matrix = matrix.astype(np.float32)
    calls["numba, float32"] = functools.partial(by_loops, matrix, order)
    calls["numba, float32, BLAS"] = functools.partial(by_blas, matrix, order)
    expected = ours(cues[0]).reshape(states, units)
    for name, call in calls.items():
        found = np.mean(np.asarray(call(cues[0])).reshape(states, units) == expected)
        assert found == 1 if kind == "Hebbian" else found > 0.99, (name, found)
    return {name: in_turn(call, cues) for name, call in calls.items()}


def in_turn(call, batches):
    """The call, each time of the next batch."""
    coming = itertools.cycle(batches)
    return lambda: call(next(coming))


def cases(case, speed):
    """Lines of the table."""
    found = []
    for kind in ("Hebbian", "learned"):
        for states, targets in {1: (1.8, 3.5, 6, 7), 64: (1.6, 2.6, 3, 6)}.items():
            for units, target in zip((100, 400, 1000, 4000), targets, strict=True):
                found.append((kind, {"units": units, "states": states}, target))
    found.append(("Hebbian", {"units": 100, "states": 8192}, 2.5))
    found += [("learned", {"units": 10_000, "states": states}, target) for states, target in ((1, 3.5), (16, 2.8))]
    shown = [{"units": units, "states": states} for states in (1, 64) for units in (100, 1000)]  # in README
    return [
        case(
            "couplings", f"sweep over {kind} couplings", swept, size, target, speed, options=(("kind", kind),),
            readme=kind == "Hebbian" and size in shown,
        )
        for kind, size, target in found
    ]  # fmt: skip
