"""Sequences against the rule itself in Python integers, and against theory."""

import copy
import math
import pickle

import numpy as np
import pytest
from scipy import optimize, special

import hebbfast as hb
from hebbfast import theory


def by_the_rule(patterns, successor, f, state):
    """Σ_μ ξ_i^s(μ) [F(S + 1) - F(S - 1)], times n."""
    xi, sigma = patterns.astype(object), state.astype(object)
    overlap = xi @ sigma
    fields = []
    for i in range(len(state)):
        s = overlap - xi[:, i] * sigma[i]
        fields.append(sum(xi[successor[k], i] * (f(s[k] + 1) - f(s[k] - 1)) for k in range(len(patterns))))
    return fields


@pytest.mark.parametrize("degree", [2, 3, 4, 5])
@pytest.mark.parametrize("rectified", [False, True])
def test_fields_are_exact(level, degree, rectified):
    patterns, states = hb.random_patterns(70, 33, rng=0), hb.random_patterns(5, 33, rng=1)
    successor = np.random.default_rng(2).integers(0, 70, size=70)
    interaction = (hb.RectifiedPolynomial if rectified else hb.Polynomial)(degree)
    memory = hb.SequenceMemory(patterns, interaction, successor)

    def f(x):
        return (max(x, 0) if rectified else x) ** degree

    for state, fields in zip(states, memory.fields(states), strict=True):
        assert [int(h) for h in fields] == [2 * h for h in by_the_rule(patterns, successor, f, state)]
        step = memory.replay(state, steps=1)
        np.testing.assert_array_equal(step.states, np.where(fields >= 0, 1, -1))


def test_exponential_with_all_and_with_few_weights():
    """Few rows, or all columns: the same integers; and the sign of a float sum where that is clear."""
    patterns, state = hb.random_patterns(60, 40, rng=0), hb.random_patterns(1, 40, rng=1)[0]
    for beta in (0.05, 3.0):
        memory = hb.SequenceMemory(patterns, hb.Exponential(beta))
        overlap = patterns.astype(float) @ state
        s = overlap[:, None] - patterns * state
        fields = (np.roll(patterns, -1, axis=0) * np.exp(beta * (s - overlap.max()))).sum(axis=0)
        clear = abs(fields) > 1e-9
        assert clear.mean() > 0.9
        np.testing.assert_array_equal(np.sign(memory.fields(state))[clear], np.sign(fields)[clear])


@pytest.mark.parametrize("beta", [0.02, 0.3, 2.0])
def test_a_search_gives_the_same_as_all_overlaps(monkeypatch, beta):
    patterns = hb.random_patterns(90, 70, rng=0)
    cues = np.concatenate([hb.corrupt(patterns[:5], flip=0.2, rng=1), hb.random_patterns(3, 70, rng=2)])
    memory = hb.SequenceMemory(patterns, hb.Exponential(beta), np.random.default_rng(3).permutation(90))
    expected = memory.replay(cues, steps=4)
    monkeypatch.setattr("hebbfast.networks.sequence._NEAR", 1)
    assert memory.replay(cues, steps=4) == expected
    for q, cue in enumerate(cues):
        states = [cue]
        for _ in range(4):
            states.append(np.where(memory.fields(states[-1]) >= 0, 1, -1))
        overlaps = np.array(states) @ patterns.T.astype(int)
        assert expected.best[q].tolist() == overlaps.argmax(axis=1).tolist()
        assert expected.overlap[q].tolist() == overlaps.max(axis=1).tolist()


def test_few_rows_give_the_same_as_columns(monkeypatch):
    patterns, states = hb.random_patterns(40, 130, rng=0), hb.random_patterns(3, 130, rng=1)
    memory = hb.SequenceMemory(patterns, hb.Polynomial(3), np.arange(40)[::-1].copy())
    expected = memory.fields(states)
    monkeypatch.setattr("hebbfast.networks.sequence._FEW", 0)
    np.testing.assert_array_equal(memory.fields(states), expected)


def next_by_the_rule(patterns, successor, degree, state):
    """The same in int64, all units at once."""
    x = patterns.astype(np.int64)
    s = (x @ state)[:, None] - x * state
    return np.where((x[successor] * ((s + 1) ** degree - (s - 1) ** degree)).sum(axis=0) >= 0, 1, -1)


def test_leading_digits_or_all_of_them(monkeypatch, level):
    """Near patterns a few digits are sure of all units, far from them they are not."""
    patterns = hb.random_patterns(50, 70, rng=0)
    states = np.concatenate([hb.corrupt(patterns[:6], flip=0.1, rng=1), hb.random_patterns(6, 70, rng=2)])
    successor = np.random.default_rng(3).integers(0, 50, size=50)
    memory = hb.SequenceMemory(patterns, hb.Polynomial(5), successor)
    summed, fields = [], memory._fields
    monkeypatch.setattr("hebbfast.networks.sequence._SAVED", 1)
    monkeypatch.setattr(
        memory, "_fields", lambda states, overlaps: summed.append(len(overlaps)) or fields(states, overlaps)
    )
    found = memory.replay(states, steps=1).states
    assert 0 < sum(summed) < 12
    assert found.tolist() == [next_by_the_rule(patterns, successor, 5, state).tolist() for state in states]


@pytest.mark.parametrize(("degree", "together"), [(2, 64), (3, 64), (2, 3)])
def test_steps_that_are_looked_at_together(monkeypatch, degree, together):
    """At D = 100, K = 14 every fourth step of n = 2 misses its pattern, so guesses are wrong, and right again later."""
    patterns, successor = hb.random_patterns(14, 100, rng=0), np.array([*range(1, 14), 3])
    monkeypatch.setattr("hebbfast.networks.sequence._AHEAD", together)
    memory = hb.SequenceMemory(patterns, hb.Polynomial(degree), successor)
    run = memory.replay(patterns[:2], steps=150)
    right = set()
    for q in range(2):
        states = [patterns[q].astype(np.int64)]
        for _ in range(150):
            states.append(next_by_the_rule(patterns, successor, degree, states[-1]))
        overlaps = np.array(states) @ patterns.T.astype(np.int64)
        assert run.best[q].tolist() == overlaps.argmax(axis=1).tolist()
        assert run.overlap[q].tolist() == overlaps.max(axis=1).tolist()
        assert run.states[q].tolist() == states[-1].tolist()
        right |= set((overlaps.max(axis=1) == 100).tolist())
    assert right == ({True, False} if degree == 2 else {True})


def mixed_by_the_rule(patterns, successor, f, history, mix):
    """Σ_μ [ξ^μ (F(S + 1) - F(S - 1)) + λ ξ^s(μ) (F(T + 1) - F(T - 1))], T the mean of S over the history, times τⁿ."""
    xi, tau = patterns.astype(object), len(history)
    past = [state.astype(object) for state in history]
    now, fields = past[-1], []
    overlaps = [xi @ state for state in past]
    for i in range(len(now)):
        total = 0
        for k in range(len(xi)):
            s = tau * (overlaps[-1][k] - xi[k, i] * now[i])
            t = sum(m[k] - xi[k, i] * state[i] for m, state in zip(overlaps, past, strict=True))
            total += mix[1] * xi[k, i] * (f(s + tau) - f(s - tau))
            total += mix[0] * xi[successor[k], i] * (f(t + tau) - f(t - tau))
        fields.append(total)
    return fields


@pytest.mark.parametrize(("degree", "mix", "past"), [(2, (5, 2), 1), (3, (1, 3), 3), (4, (7, 4), 2), (11, (5, 2), 4)])
def test_mixed_fields_are_exact(level, degree, mix, past):
    """Integers of any size, for a past of several states: the next state is the sign of the rule."""
    patterns = hb.random_patterns(30, 41, rng=0)
    memory = hb.SequenceMemory(patterns, hb.Polynomial(degree), mix=mix[0] / mix[1], past=past)
    successor = np.roll(np.arange(30), -1)
    cue = hb.corrupt(patterns[3], flip=0.2, rng=1)
    expected = mixed_by_the_rule(patterns, successor, lambda x: int(x) ** degree, [cue] * past, mix)
    assert [int(h) for h in memory.fields(cue)] == [2 * h for h in expected]
    history = [cue] * past
    for steps in range(1, 4):
        sums = mixed_by_the_rule(patterns, successor, lambda x: int(x) ** degree, history, mix)
        history = [*history[1:], np.where(np.array(sums) >= 0, 1, -1)]
        np.testing.assert_array_equal(memory.replay(cue, steps=steps).states, history[-1])


@pytest.mark.parametrize("make", [hb.Exponential, hb.LogSumExp])
@pytest.mark.parametrize("past", [1, 3])
def test_mixed_fields_of_an_exponential(make, past):
    patterns = hb.random_patterns(60, 40, rng=0)
    cue = hb.corrupt(patterns[5], flip=0.2, rng=1)
    s = (patterns.astype(float) @ cue)[:, None] - patterns * cue
    for beta in (0.05, 0.4):
        weights = np.exp(beta * (s - s.max()))
        fields = (patterns * weights + 1.5 * np.roll(patterns, -1, axis=0) * weights).sum(axis=0)
        memory = hb.SequenceMemory(patterns, make(beta), mix=1.5, past=past)
        clear = abs(fields) > 1e-9
        np.testing.assert_array_equal(np.sign(memory.fields(cue))[clear], np.sign(fields)[clear])
        np.testing.assert_array_equal(memory.replay(cue, steps=1).states[clear], np.sign(fields)[clear])


def test_order_and_timing_of_a_mixed_network():
    """Chaudhry et al. 2023, fig. 4A, D = 100, K = 40, τ = 5: 1 is lost, 2 keeps the order, 10 also the timing."""
    patterns = hb.random_patterns(40, 100, rng=0)

    def best(degree):
        memory = hb.SequenceMemory(patterns, hb.Polynomial(degree + 1), mix=2.5, past=5)
        return memory.replay(patterns[0], steps=40).best

    steps = {degree: np.diff(best(degree)) for degree in (1, 2, 10)}
    assert not np.isin(steps[1], [0, 1]).all()
    assert np.isin(steps[2], [0, 1]).all()
    assert best(2)[-1] > 9
    assert best(10)[1:].tolist() == [1 + k // 5 for k in range(40)]


def test_large_powers():
    """n = 20 leaves int64: Python's integers, of the same sign as ever."""
    patterns = hb.random_patterns(30, 50, rng=0)
    memory = hb.SequenceMemory(patterns, hb.Polynomial(20))
    state = hb.random_patterns(1, 50, rng=1)[0]
    expected = by_the_rule(patterns, np.roll(np.arange(30), -1), lambda x: int(x) ** 20, state)
    assert [int(h) for h in memory.fields(state)] == [2 * h for h in expected]
    assert memory.replay(patterns[0], steps=40).best.tolist() == [k % 30 for k in range(41)]


def test_a_past_needs_a_shape():
    class Own:
        def __call__(self, overlap):
            return np.asarray(overlap, dtype=np.float64) ** 2

        def weights(self, units, patterns):
            return 4 * np.arange(1 - units, units, 2)

    patterns = hb.random_patterns(5, 20, rng=0)
    assert hb.SequenceMemory(patterns, Own(), mix=0.5).fields(patterns).dtype == np.int64
    with pytest.raises(
        ValueError, match="past must be 1 for an interaction that is neither a power nor an exponential"
    ):
        hb.SequenceMemory(patterns, Own(), past=2)


def test_sequences_cycles_and_automata():
    patterns = hb.random_patterns(100, 300, rng=0)
    run = hb.SequenceMemory(patterns, hb.Polynomial(3)).replay(patterns[0], steps=205)
    assert run.best.tolist() == [k % 100 for k in range(206)]
    assert run.overlap.tolist() == [300] * 206  # Chaudhry et al. 2023, fig. 1: n = 3 follows, n = 2 loses it
    lost = hb.SequenceMemory(patterns, hb.Polynomial(2)).replay(patterns[0], steps=20)
    assert lost.overlap[-1] < 150
    successor = np.arange(100)
    successor[:50] = 7
    found = hb.SequenceMemory(patterns, hb.Polynomial(4), successor).replay(hb.PackedPatterns(patterns), steps=2)
    assert found.best[:, -1].tolist() == successor.tolist()
    assert found.states == hb.PackedPatterns(patterns[successor])


@pytest.mark.parametrize(("degree", "units", "patterns"), [(2, 100, 14), (3, 64, 300)])
def test_one_step_fails_as_theory_says(degree, units, patterns):
    """n = 40,000 units and more of independent networks; 5 standard errors, twice for units of one network."""
    wrong, zero, count = 0, 0, 0
    for seed in range(max(1, 60_000 // (units * patterns))):
        rows = hb.random_patterns(patterns, units, rng=seed)
        fields = hb.SequenceMemory(rows, hb.Polynomial(degree)).fields(rows) * np.roll(rows, -1, axis=0)
        wrong, zero, count = wrong + (fields < 0).sum(), zero + (fields == 0).sum(), count + fields.size
    expected = theory.unit_error(units, patterns, hb.Polynomial(degree))
    error = 2 * 5 * math.sqrt(expected / count)
    assert (wrong + zero / 2) / count == pytest.approx(expected, abs=error)


def test_the_overlap_of_a_long_sequence():
    """n = 2, load .2: the fixed point of During, Coolen and Sherrington (1998) is m = .9663; D = 1000, so ±.02."""

    def step(m):
        def noise(s):
            return s * s - 0.2 - 2 / math.pi * math.exp(-(m**2) / s**2)

        return special.erf(m / math.sqrt(2) / optimize.brentq(noise, 0.1, 2))

    m = 1.0
    for _ in range(200):
        m = step(m)
    assert m == pytest.approx(0.9663, abs=2e-4)
    patterns = hb.random_patterns(200, 1000, rng=0)
    run = hb.SequenceMemory(patterns).replay(patterns[0], steps=60)
    assert run.overlap[20:].mean() / 1000 == pytest.approx(m, abs=0.02)


def test_copies():
    memory = hb.SequenceMemory(hb.random_patterns(5, 20, rng=0), hb.Polynomial(3), [1, 0, 3, 4, 2])
    for other in (copy.deepcopy(memory), pickle.loads(pickle.dumps(memory))):
        assert other.successor.tolist() == [1, 0, 3, 4, 2]
        assert other.replay(memory.patterns, steps=2) == memory.replay(memory.patterns, steps=2)
    assert repr(memory) == "<SequenceMemory K=5 D=20 Polynomial(degree=3, normalized=False)>"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"successor": [1, 2, 3]}, r"successor must lie in 0..2, got 3"),
        ({"successor": [1, -1, 0]}, r"successor must lie in 0..2, got -1"),
        ({"successor": [1, 0]}, r"successor must have shape \(3,\), one a pattern, got 2 entries"),
        ({"successor": [1.0, 0.0, 2.0]}, r"successor must be a 1-d array of integers"),
        ({"mix": -1.0}, "mix must be a finite number from 0 to 1000, got -1.0"),
        ({"past": 0}, "past must be an integer from 1 to 1000, got 0"),
        ({"patterns": np.ones((0, 9))}, r"patterns must have shape \(K, D\)"),
    ],
)
def test_refusals(change, message):
    with pytest.raises(ValueError, match=message):
        hb.SequenceMemory(**({"patterns": hb.random_patterns(3, 9, rng=0)} | change))
    with pytest.raises(ValueError, match="steps must be an integer"):
        hb.SequenceMemory(hb.random_patterns(3, 9, rng=0)).replay(np.ones(9), steps=-1)
