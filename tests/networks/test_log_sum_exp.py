"""`LogSumExp` against logarithms of sums, enumeration of all states, and the decisions of `Exponential`."""

import itertools
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import theory


def energy(patterns, beta, state):
    """-ln Σ e^(β m) / β, the largest term set aside."""
    overlaps = patterns.astype(float) @ state
    top = overlaps.max()
    return -top - math.log(math.fsum(np.exp(beta * (overlaps - top)))) / beta


def test_the_tiny_oracle():
    """Two patterns, p = 1/4: E = -ln(e^(4 β) + 1) / β, and unit 3 has odds 5 / 3 (extensions of Ambrogioni 2023)."""
    memory = hb.DenseAssociativeMemory([[1, 1, 1, 1], [1, 1, -1, -1]], hb.LogSumExp(flip=0.25))
    beta = memory.interaction.beta
    assert beta == pytest.approx(math.log(3) / 2, rel=1e-15)
    assert float(memory.energy([1, 1, 1, 1])) == pytest.approx(-math.log(9 + 1) / beta, rel=1e-14)
    assert memory.fields([1, 1, 1, 1])[2] == pytest.approx(math.log(5 / 3) / (2 * beta), rel=1e-14)


@pytest.mark.parametrize(("units", "patterns", "beta"), [(30, 5, 0.01), (300, 100, 0.3), (9000, 70, 1.0986)])
def test_energies_and_fields(level, units, patterns, beta):
    stored = hb.random_patterns(patterns, units, rng=0)
    memory = hb.DenseAssociativeMemory(stored, hb.LogSumExp(beta))
    states = np.concatenate([hb.corrupt(stored[:2], flip=0.1, rng=1), hb.random_patterns(1, units, rng=2)])
    expected = [energy(stored, beta, state) for state in states]
    np.testing.assert_allclose(memory.energy(states), expected, rtol=3e-15)
    chosen = np.arange(0, units, units // 7)
    for state, row in zip(states, memory.fields(states), strict=True):
        for unit in chosen:
            halves = []
            for value in (-1, 1):
                other = state.astype(float)
                other[unit] = value
                halves.append(energy(stored, beta, other))
            assert row[unit] == pytest.approx((halves[0] - halves[1]) / 2, abs=1e-8, rel=1e-8)


@pytest.mark.parametrize("patterns", [5, 100])
@pytest.mark.parametrize("beta", [0.02, 0.3, 1.5])
def test_decisions_are_those_of_the_exponential(level, patterns, beta):
    stored = hb.random_patterns(patterns, 150, rng=0)
    cues = np.concatenate([hb.corrupt(stored[:4], flip=0.3, rng=1), hb.random_patterns(4, 150, rng=2)])
    expected = hb.DenseAssociativeMemory(stored, hb.Exponential(beta))
    memory = hb.DenseAssociativeMemory(stored, hb.LogSumExp(beta))
    np.testing.assert_array_equal(np.sign(memory.fields(cues)), np.sign(expected.fields(cues)))
    for rules in ({}, {"update": "sync", "tie": "keep"}, {"order": "sequential", "max_sweeps": 1}):
        one, other = memory.recall(cues, rng=3, **rules), expected.recall(cues, rng=3, **rules)
        np.testing.assert_array_equal(one.states, other.states)
        np.testing.assert_array_equal(one.flips, other.flips)
    sequence = hb.SequenceMemory(stored, hb.LogSumExp(beta)).replay(cues, steps=3)
    assert sequence == hb.SequenceMemory(stored, hb.Exponential(beta)).replay(cues, steps=3)


@pytest.mark.parametrize("method", ["heat_bath", "metropolis"])
def test_samples_are_patterns_and_noise(method):
    """At T = 1 / β a state has the probability that noise makes it. All 64 states of D = 6; 20,000 chains of 25 sweeps,
    and a false alarm (5.5 standard errors, 64 states) once in 4 10^5 runs. Weights are priors."""
    stored, weights, flip = hb.random_patterns(4, 6, rng=4), np.array([1, 2, 3, 2]), 0.3
    memory = hb.DenseAssociativeMemory(stored, hb.LogSumExp(flip=flip), weights)
    states = np.array(list(itertools.product([-1, 1], repeat=6)), dtype=np.int8)
    differ = (states[:, None] != stored).sum(axis=2)
    exact = flip**differ * (1 - flip) ** (6 - differ) @ (weights / weights.sum())
    start = hb.random_patterns(20_000, 6, rng=5)
    chains = memory.sample(
        start, temperature=1 / memory.interaction.beta, sweeps=25, method=method, observables=(), rng=6
    )
    found = ((chains.states[:, None] == states).all(axis=2)).sum(axis=0)
    error = np.sqrt(len(start) * exact * (1 - exact))
    assert (abs(found - len(start) * exact) < 5.5 * error).all()


@pytest.mark.parametrize("flip", [1e-2, 1e-4, 1e-6])
@pytest.mark.parametrize(("weights", "bits"), [(None, 52), ([3, 7], 52), ([0.3, 0.7], 30)])
def test_odds_at_small_flips_are_as_documented(level, flip, weights, bits):
    """All 8 states of D = 3 in fractions: e^(2 β h) is off by Σ w / w_μ e^(4 β) 2^-s at most, energies by nothing."""
    stored = np.array([[1, 1, 1], [-1, -1, 1]], dtype=np.int8)
    memory, p = hb.DenseAssociativeMemory(stored, hb.LogSumExp(flip=flip), weights), Fraction(flip)
    beta, many = memory.interaction.beta, [Fraction(w) for w in weights or [1, 1]]
    states = np.array(list(itertools.product([-1, 1], repeat=3)), dtype=np.int8)
    differ = (states[:, None] != stored).sum(axis=2).tolist()
    chance = [sum(w * p**d * (1 - p) ** (3 - d) for w, d in zip(many, row, strict=True)) for row in differ]
    off = float(sum(many) / min(many)) * math.exp(4 * beta) * 2.0**-bits
    logs = [math.log(x) for x in chance]
    np.testing.assert_allclose(np.diff(-beta * memory.energy(states)), np.diff(logs), rtol=1e-12, atol=1e-7)
    for number, fields in enumerate(memory.fields(states)):
        for unit, field in enumerate(fields):
            down, up = (logs[(number & ~(4 >> unit)) | (bit * 4 >> unit)] for bit in (0, 1))
            assert 2 * beta * field == pytest.approx(up - down, abs=math.log1p(off) + 1e-12)


def test_annealing_finds_a_pattern():
    stored = hb.random_patterns(50, 1000, rng=0)
    memory = hb.DenseAssociativeMemory(stored, hb.LogSumExp(flip=0.1))
    found = memory.anneal(reads=4, sweeps=30, temperatures=np.linspace(900, 0, 30), rng=1)
    assert float(found.best_energy) == pytest.approx(-1000, abs=1e-6)
    assert (abs(found.states.astype(int) @ stored.T).max(axis=1) == 1000).any()


def test_theory_is_that_of_the_exponential():
    for law in (theory.unit_error, theory.snr):
        assert law(100, 50, hb.LogSumExp(0.3)) == law(100, 50, hb.Exponential(0.3))


def test_equal_and_copied():
    assert hb.LogSumExp(flip=0.2) == hb.LogSumExp(math.log(4) / 2) != hb.Exponential(math.log(4) / 2)
    assert pickle.loads(pickle.dumps(hb.LogSumExp(0.5))) == hb.LogSumExp(0.5)
    assert repr(hb.LogSumExp(0.5)) == "LogSumExp(beta=0.5)"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "beta must be given, or flip in its place, got beta=None and flip=None"),
        ({"beta": 1.0, "flip": 0.2}, "beta must be given, or flip in its place"),
        ({"beta": 0.0}, "beta must be a finite number above 0, got 0.0"),
        ({"flip": 0.5}, r"flip must be below 0.5, got 0.5: a unit that flips as often as not says nothing"),
        ({"flip": -0.1}, r"flip must be a finite number in \(0, 0.5\), got -0.1"),
        ({"flip": 0.0}, r"flip must be a finite number in \(0, 0.5\), got 0.0"),
        ({"flip": "fit"}, r"flip must be a finite number in \(0, 0.5\), got 'fit'"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=message):
        hb.LogSumExp(**arguments)


def test_noise_too_small_for_the_sums():
    assert hb.LogSumExp(flip=1e-320).beta == pytest.approx(160 * math.log(10), rel=1e-5)  # few bits are left of 1e-320
    with pytest.raises(ValueError, match=r"beta must be at most 15\.2.* for K=3, got 16"):
        hb.DenseAssociativeMemory(hb.random_patterns(3, 9, rng=0), hb.LogSumExp(16.0))
