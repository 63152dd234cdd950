"""Flips and ties of a recall, against a loop over visits in NumPy with the streams of the twin."""

import functools
import math

import numpy as np
import pytest

import hebbfast as hb
from hebbfast._kernels.twin.streams import Stream, increment
from hebbfast.dynamics.run import seeds

PATTERNS = hb.random_patterns(6, 22, rng=0)  # even, so that ties come often
CUES = hb.corrupt(PATTERNS, flip=0.35, rng=1)
MANY = hb.random_patterns(80, 22, rng=3)  # enough for bit planes


def hebb(patterns):
    matrix = patterns.T.astype(np.int64) @ patterns
    return matrix - np.diag(matrix.diagonal())


def skewed():
    couplings = np.random.default_rng(5).integers(-2, 3, (22, 22))
    return couplings - np.diag(couplings.diagonal())


def sparse():
    scipy = pytest.importorskip("scipy.sparse")
    return hb.HopfieldNetwork(scipy.csr_array(hebb(PATTERNS)))


def looped(kind):
    """Couplings with a diagonal of both signs, of so many bits, and what they are multiples of."""
    width, unit = {"8": (1, 1.0), "16": (200, 2.0**-8), "32": (10**5, 2.0**-17), "64": (2**30 + 1, 2.0**-30)}[
        kind[-2:].strip()
    ]
    made = (skewed() if "asymmetric" in kind else hebb(PATTERNS)) + np.diag(np.arange(-11, 11))
    return made * width + (width > 1) * (skewed() + skewed().T), unit


def coupled(kind, couplings):
    if "sparse" in kind:
        couplings = pytest.importorskip("scipy.sparse").csr_array(couplings)
    return hb.HopfieldNetwork(couplings, self_couplings=True)


def product(couplings, unit):
    return lambda state: couplings @ state, unit


def differences(patterns, weights, power):
    """Σ_μ w_μ ξ_i [F(S + 1) - F(S - 1)] / 2 with F(x) = xⁿ / n, times 2 n, as integers."""

    def fields(state):
        others = patterns.astype(np.int64) @ state
        others = others[:, None] - patterns * state
        return (weights[:, None] * patterns * ((others + 1) ** power - (others - 1) ** power)).sum(axis=0)

    return fields, 1 / (2 * power)


WIDE = hebb(PATTERNS) * 2**30 + hebb(MANY)  # 64 bits
ONES = np.ones(6, dtype=np.int64)
KINDS = {  # a network, its integer fields, and what they are multiples of
    "couplings": (lambda: hb.HopfieldNetwork(hebb(PATTERNS)), product(hebb(PATTERNS), 1.0)),
    "wide": (lambda: hb.HopfieldNetwork(WIDE * 2.0**-30), product(WIDE, 2.0**-30)),
    "asymmetric": (lambda: hb.HopfieldNetwork(skewed()), product(skewed(), 1.0)),
    "sparse": (sparse, product(hebb(PATTERNS), 1.0)),
    "dense": (lambda: hb.DenseAssociativeMemory(PATTERNS), differences(PATTERNS, ONES, 2)),
    "planes": (lambda: hb.DenseAssociativeMemory(MANY), differences(MANY, np.ones(80, dtype=np.int64), 2)),
    "cubic": (lambda: hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(3)), differences(PATTERNS, ONES, 3)),
    "weighted": (lambda: hb.DenseAssociativeMemory(PATTERNS, weights=ONES * 2), differences(PATTERNS, ONES * 2, 2)),
    "pattern space": (lambda: hb.PatternSpaceNetwork(PATTERNS), product(hebb(PATTERNS), 1.0)),
}
LOOPED = ["self 8", "self 16", "self 32", "self 64", "self asymmetric 8", "self sparse 16", "self sparse asymmetric 64"]
for name in LOOPED:
    J, scale = looped(name)
    KINDS[name] = (functools.partial(coupled, name, J * scale), product(J, scale))
AGAIN = np.array([[3, 4, 3, 3, 7, 4, 21], [0, 0, 1, 2, 3, 2, 1]])  # units come again within a sweep
WAYS = {
    "random": {},
    "sequential": {"order": "sequential", "tie": "keep"},
    "replacement": {"order": "replacement", "tie": "minus"},
    "again": {"order": AGAIN},
    "hot": {"temperature": 60.0},
    "hot with replacement": {"order": "replacement", "temperature": 60.0},
    "hot again": {"order": AGAIN, "temperature": 60.0},
    "given": {"order": AGAIN, "temperature": 60.0, "uniforms": np.random.default_rng(2).random((5, 7))},
    "clamped": {"order": "replacement", "temperature": 60.0, "clamp": np.arange(22) % 3 == 0},
    "sync": {"update": "sync"},
    "sync hot": {"update": "sync", "temperature": 60.0},
}


def walk(
    law, cue, stream, sweeps, order="random", update="async", temperature=0.0, tie="plus", clamp=None, uniforms=None
):
    """Visits one after another: (visit, unit) of each flip, ties, and the state after each visit."""
    (fields, unit_of_fields), state = law, cue.astype(np.int64)
    flips, ties, frames, visit = [], 0, [cue], 0
    free = np.ones(len(cue), bool) if clamp is None else ~clamp

    def decide(field, value, u):
        if temperature:
            return 1 if u() < 1 / (1 + math.exp(-2 * field * unit_of_fields / temperature)) else -1
        return int(np.sign(field)) or {"plus": 1, "minus": -1, "keep": value}[tie]

    for sweep in range(sweeps):
        if update == "sync":
            known = fields(state).tolist()
            after = [decide(known[i], int(state[i]), stream.uniform) for i in range(len(cue))]
            ties += known.count(0)
            flips += [(visit, i) for i in range(len(cue)) if after[i] != state[i]]
            state, visit = np.array(after), visit + 1
            frames.append(state)
            continue
        if isinstance(order, str):
            drawn = {
                "random": lambda: stream.permutation(len(cue)),
                "sequential": lambda: range(len(cue)),
                "replacement": lambda: (stream.below(len(cue)) for _ in cue),
            }[order]()
        else:
            drawn = order[min(sweep, len(order) - 1)]
        for k, unit in enumerate(drawn):
            if free[unit]:
                field = int(fields(state)[unit])
                ties += field == 0
                u = stream.uniform if uniforms is None else lambda k=k, s=sweep: uniforms[s, k]
                value = decide(field, int(state[unit]), u)
                if value != state[unit]:
                    flips.append((visit, int(unit)))
                    state = state.copy()
                    state[unit] = value
            visit += 1
            frames.append(state)
    return flips, ties, np.array(frames)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", KINDS)
def test_events_and_ties_are_those_of_a_loop_over_visits(kind, way):
    make, law = KINDS[kind]
    network, options = make(), WAYS[way]
    counted = ("events", "ties") if network._ties_count else "events"
    found = network.recall(CUES, rng=7, max_sweeps=5, record=counted, threads=2, **options)
    plain = network.recall(CUES, rng=7, max_sweeps=5, **options)
    np.testing.assert_array_equal(found.states, plain.states)
    np.testing.assert_array_equal(found.flips, plain.flips)
    events, words = found.events, seeds(7, len(CUES))
    for q, cue in enumerate(CUES):
        stream = Stream(int(words[q, 0]), increment(int(words[q, 1])))
        flips, ties, frames = walk(law, cue, stream, int(found.sweeps[q]), **options)
        mine = slice(events.offsets[q], events.offsets[q + 1])
        assert list(zip(events.visit[mine].tolist(), events.unit[mine].tolist(), strict=True)) == flips
        if network._ties_count:
            assert found.ties[q] == ties
        course = events.frames(np.arange(len(frames)), cue=q)
        np.testing.assert_array_equal(course.unpack(), frames)
        np.testing.assert_array_equal(frames[-1], found.states[q])


def test_ties_are_met_and_counted_by_sweep():
    """The oracle above would be idle without ties: two units coupled to none tie at each visit."""
    network = hb.HopfieldNetwork(np.diag([0, 0, 1], 1) + np.diag([0, 0, 1], -1))
    one = network.recall([1, -1, 1, 1], record="ties", order="sequential")
    assert (one.ties, one.trace["ties"].tolist()) == (4, [0, 2, 2])
    both = network.recall([[1, -1, 1, 1]] * 3, record=("ties", "energy"), order="sequential")
    assert both.ties.tolist() == [4, 4, 4] and both.trace["ties"].shape == both.trace["energy"].shape
    assert network.recall([1, -1, 1, 1]).ties is None and network.recall([1, -1, 1, 1]).events is None


def test_energies_of_every_visit_follow():
    memory = hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(3))
    found = memory.recall(CUES[0], rng=2, record=("events", "energy"))
    assert found.events.offsets.tolist() == [0, found.flips]
    energies = memory.energy(found.events.frames())
    assert energies[0] == memory.energy(CUES[0]) and energies[-1] == found.energy
    costs = [
        memory.delta_energy(frame, [u])[0]
        for frame, u in zip(found.events.frames().unpack(), found.events.unit, strict=False)
    ]
    np.testing.assert_allclose(np.diff(energies), costs)
    np.testing.assert_array_equal(memory.energy(found.events.frames(np.arange(3) * 22)), found.trace["energy"][:3])


def test_cues_with_weights_of_their_own():
    memory, weights = hb.DenseAssociativeMemory(PATTERNS), np.eye(6, dtype=int) + 1
    found = memory.recall(CUES, weights=weights, rng=3, order="replacement", record="events")
    for q in range(6):
        last = found.events.frames(cue=q)[-1:].unpack()[0]
        np.testing.assert_array_equal(last, found.states[q])
    needs = r"'ties' needs exact fields and the same weights for all cues\), got 'ties'"
    with pytest.raises(ValueError, match=rf"record must be one of .* or several \({needs}"):
        memory.recall(CUES, weights=weights, record="ties")


def test_frames_refuse():
    events = hb.DenseAssociativeMemory(PATTERNS).recall(CUES, rng=0, record="events").events
    assert events == hb.DenseAssociativeMemory(PATTERNS).recall(CUES, rng=0, record="events").events
    assert len(events.frames(np.arange(0))) == len(events.frames([])) == 0
    refused = [
        ({"cue": 6}, "cue must be an integer from 0 to 5, got 6"),
        ({"visits": [3, -1]}, "visits must be a 1-d array of integers of at least 0, got -1"),
        ({"visits": [0.5]}, "visits must be a 1-d array of integers of at least 0"),
        ({"visits": 3}, "visits must be a 1-d array"),
    ]
    for wrong, message in refused:
        with pytest.raises(ValueError, match=message):
            events.frames(**wrong)
    with pytest.raises(ValueError, match=r"'overlaps' needs patterns\), got 'overlaps'"):
        hb.HopfieldNetwork([[0, 1], [1, 0]]).recall([1, 1], record="overlaps")
    with pytest.raises(ValueError, match="record must be one of 'energy', 'flips', 'overlaps', 'states', 'events'"):
        hb.PatternSpaceNetwork(PATTERNS, threshold=math.pi).recall(CUES, record="ties")


def test_nothing_moves():
    memory = hb.DenseAssociativeMemory(PATTERNS)
    for found in (
        memory.recall(CUES, max_sweeps=0, record=("events", "ties")),
        memory.recall(CUES[:0], record="events"),
    ):
        assert found.events.offsets.tolist() == [0] * (1 + len(found.states)) and len(found.events.unit) == 0
