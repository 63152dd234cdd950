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
        ({"interaction": hb.Polynomial(20)}, r"interaction must keep sums over K=3 patterns within int64 for D=9"),
        ({"patterns": np.ones((0, 9))}, r"patterns must have shape \(K, D\)"),
    ],
)
def test_refusals(change, message):
    with pytest.raises(ValueError, match=message):
        hb.SequenceMemory(**({"patterns": hb.random_patterns(3, 9, rng=0)} | change))
    with pytest.raises(ValueError, match="steps must be an integer"):
        hb.SequenceMemory(hb.random_patterns(3, 9, rng=0)).replay(np.ones(9), steps=-1)
