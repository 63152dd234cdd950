"""The classical dense memory moved by patterns and by couplings: nobody may see which."""

import numpy as np
import pytest

import hebbfast as hb
from hebbfast.networks._squares import Squares

SHAPES = [(1, 1), (1, 2), (3, 7), (16, 63), (15, 64), (8, 65), (100, 130), (301, 200), (3000, 40)]
RULES = [
    {},
    {"order": "sequential", "tie": "minus"},
    {"order": "replacement", "tie": "keep", "max_sweeps": 3},
    {"temperature": 2.5, "max_sweeps": 4},
    {"temperature": 30.0, "order": "sequential", "max_sweeps": 4, "tie": "keep"},
    {"clamp": True},
    {"update": "sync", "max_sweeps": 20},
    {"record": "energy", "max_sweeps": 5},
]


def by_patterns(monkeypatch):
    monkeypatch.setattr(Squares, "of", lambda self, rules, count: self)


def by_couplings(monkeypatch):
    monkeypatch.setattr(Squares, "of", lambda self, rules, count: self if rules.synchronous else self._couplings.value)


def moved(memory, cues, rules):
    if "clamp" in rules:
        rules = rules | {"clamp": np.arange(memory.units) % 3 == 1}
    alone = memory.recall(cues[0], rng=3, **rules)
    batch = memory.recall(cues, rng=4, **rules)
    packed = memory.recall(hb.PackedPatterns(cues), rng=4, **rules)
    found = [alone, batch, packed]
    return [
        [np.asarray(r.states), np.asarray(r.energy), np.asarray(r.sweeps), np.asarray(r.flips), np.asarray(r.converged)]
        for r in found
    ] + [[r.trace["energy"] for r in found if "energy" in r.trace]]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("rules", RULES, ids=str)
@pytest.mark.parametrize("normalized", [False, True])
def test_both_ways_give_the_same(shape, rules, normalized, monkeypatch):
    patterns = hb.random_patterns(*shape, rng=0)
    cues = hb.random_patterns(20, shape[1], rng=1)
    memory = hb.DenseAssociativeMemory(patterns, hb.Polynomial(2, normalized=normalized))
    if normalized and "temperature" in rules:
        rules = rules | {"temperature": rules["temperature"] / 20}
    assert isinstance(memory._kernel, Squares)
    by_patterns(monkeypatch)
    expected = moved(memory, cues, rules)
    by_couplings(monkeypatch)
    found = moved(memory, cues, rules)
    for one, other in zip(expected, found, strict=True):
        for left, right in zip(one, other, strict=True):
            np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("copies", [200, 201, 40_000, 70_001])  # of one pattern: couplings of 8, 16 and 32 bits
def test_couplings_as_wide_as_they_must_be(copies, monkeypatch):
    by_couplings(monkeypatch)
    pattern = hb.random_patterns(1, 9, rng=0)
    memory = hb.DenseAssociativeMemory(np.repeat(pattern, copies, axis=0))
    result = memory.recall(hb.corrupt(pattern, flips=2, rng=1), rng=2)
    np.testing.assert_array_equal(result.states, pattern)
    assert result.energy.tolist() == [-0.5 * copies * 81]


@pytest.mark.parametrize("normalized", [False, True])
def test_chains_are_the_same(normalized, monkeypatch):
    memory = hb.DenseAssociativeMemory(hb.random_patterns(30, 80, rng=0), hb.Polynomial(2, normalized=normalized))
    starts = hb.random_patterns(3, 80, rng=1)
    runs = []
    for way in (by_patterns, by_couplings):
        way(monkeypatch)
        for method in ("heat_bath", "metropolis"):
            run = memory.sample(
                starts, temperature=0.5 if normalized else 40.0, sweeps=50, burn_in=5, method=method, rng=2
            )
            runs.append((run.states, run.energy, run.mean["energy"]))
        best = memory.anneal(reads=4, sweeps=30, rng=3)
        runs.append((best.states, best.energies, best.best_state))
    for one, other in zip(runs[:3], runs[3:], strict=True):
        for left, right in zip(one, other, strict=True):
            np.testing.assert_array_equal(left, right)


def test_couplings_are_made_when_they_pay():
    """After D² / 80 K = 10 cues at T = 0."""
    memory = hb.DenseAssociativeMemory(hb.random_patterns(32, 160, rng=0))
    made = memory._kernel._couplings
    cues = hb.random_patterns(5, 160, rng=1)
    memory.recall(cues, rng=1)
    memory.recall(cues, update="sync", rng=1)
    memory.recall(hb.PackedPatterns(cues), rng=1)
    assert made.peek() is None
    memory.recall(cues[0], rng=1)
    assert made.peek() is not None
    hot = hb.DenseAssociativeMemory(memory.patterns)
    hot.recall(cues[0], temperature=50.0, max_sweeps=3, rng=1)
    assert hot._kernel._couplings.peek() is not None


@pytest.mark.parametrize(
    "memory",
    [
        hb.DenseAssociativeMemory(hb.random_patterns(4, 65, rng=0)),
        hb.DenseAssociativeMemory(hb.random_patterns(200, 1600, rng=0)),
        hb.DenseAssociativeMemory(hb.random_patterns(20, 60, rng=0), hb.Polynomial(3)),
        hb.DenseAssociativeMemory(hb.random_patterns(20, 60, rng=0), hb.RectifiedPolynomial(2)),
        hb.DenseAssociativeMemory(hb.random_patterns(20, 60, rng=0), weights=np.arange(20)),
    ],
    ids=repr,
)
def test_others_keep_their_patterns(memory):
    assert not isinstance(memory._kernel, Squares)
