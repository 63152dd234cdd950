"""Interactions: what they refuse, and classes of a user's own."""

from fractions import Fraction

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import _kernels, interactions

PATTERNS = hb.random_patterns(5, 70, rng=0)
MEMORY = hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(3))


@pytest.mark.parametrize("degree", [1, 0, -2, 2.0, 2.5, "3", None, True])
def test_degree(degree):
    with pytest.raises(ValueError, match="degree must be an integer of at least 2"):
        hb.Polynomial(degree)


@pytest.mark.parametrize("beta", [0, -1.0, np.nan, np.inf, "1", None])
def test_beta(beta):
    with pytest.raises(ValueError, match="beta must"):
        hb.Exponential(beta)


def test_energies_that_overflow():
    with pytest.raises(ValueError, match=r"beta must be at most .* for D=70, K=5"):
        hb.DenseAssociativeMemory(PATTERNS, hb.Exponential(11.0))
    with pytest.raises(ValueError, match="degree must keep the energy"):
        hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(200))


@pytest.mark.parametrize("units", [1, 2, 4, 70])
def test_the_largest_beta_has_finite_fields(units):
    """Two patterns, opposite in the last unit, from a state that is either: a tie of the terms e^(β S) at it."""
    patterns = np.ones((2, units), dtype=np.int8)
    patterns[1, -1] = -1
    beta = (700 - np.log(2)) / (units + 2)
    memory = hb.DenseAssociativeMemory(patterns, hb.Exponential(beta * (1 - 1e-15)))
    fields = memory.fields(patterns[0])
    assert np.isfinite(fields).all() and fields[-1] == 0
    moved = memory.recall(np.ones((2000, units), np.int8), temperature=1.0, max_sweeps=1, order=[units - 1], rng=1)
    assert abs((moved.states[:, -1] > 0).mean() - 0.5) < 6 / np.sqrt(4 * 2000)  # six sigma: 2 10^-9


class Cubic:
    """x³/3 with its table in integers."""

    def __call__(self, overlap):
        return np.asarray(overlap, dtype=np.float64) ** 3 / 3

    def weights(self, units, patterns):
        s = np.arange(1 - units, units, 2)
        return (s + 1) ** 3 - (s - 1) ** 3


class Rectified(Cubic):
    """A rectified sigmoid of one's own: real numbers, of no shape that an engine knows."""

    def __call__(self, overlap):
        return np.log1p(np.exp(np.asarray(overlap, dtype=np.float64) / 8 - 2))

    def weights(self, units, patterns):
        s = np.arange(-units - 1, units + 2, 2)  # with the ends that never decide
        return self(s + 1) - self(s - 1)


def test_an_own_interaction_equals_the_built_in_one():
    """Bit for bit, K beyond what planes need and below, hot and cold; fields and energies have the scale of F."""
    for K in (5, 100):
        patterns = hb.random_patterns(K, 70, rng=K)
        cues = hb.corrupt(patterns[:5], flip=0.2, rng=1)
        own, built = hb.DenseAssociativeMemory(patterns, Cubic()), hb.DenseAssociativeMemory(patterns, hb.Polynomial(3))
        np.testing.assert_array_equal(own.fields(cues), built.fields(cues))
        np.testing.assert_allclose(own.energy(cues), built.energy(cues), rtol=1e-14)
        for rules in ({}, {"temperature": 500.0, "max_sweeps": 5}, {"update": "sync"}, {"tie": "keep"}):
            a, b = own.recall(cues, rng=2, **rules), built.recall(cues, rng=2, **rules)
            np.testing.assert_array_equal(a.states, b.states)
            np.testing.assert_array_equal(a.flips, b.flips)


def test_an_own_table_of_reals_in_fractions():
    """Fields are sums of multiples of one power of two: those of the table, in fractions, to 2^-40 of the largest."""
    patterns = hb.random_patterns(80, 33, rng=0)
    memory, interaction = hb.DenseAssociativeMemory(patterns, Rectified()), Rectified()
    state = hb.corrupt(patterns[0], flips=5, rng=1)
    table = [Fraction(float(g)) for g in interaction.weights(33, 80)[1:-1]]
    for unit, field in enumerate(memory.fields(state).tolist()):
        agree = ((patterns == state).sum(axis=1) - (patterns[:, unit] == state[unit])).tolist()
        exact = sum(int(p) * table[a] for p, a in zip(patterns[:, unit], agree, strict=True)) / 2
        assert abs(Fraction(field) - exact) < max(table) / 2**40
    result = memory.recall(state, rng=1, record="energy")
    assert (np.diff(result.trace["energy"]) <= 0).all()
    cost = memory.delta_energy(state, [3])[0]
    flipped = state.copy()
    flipped[3] *= -1
    assert cost == pytest.approx(memory.energy(flipped) - memory.energy(state), rel=1e-9)


def test_exp_is_that_of_the_kernels():
    x = np.concatenate([np.linspace(-800, 800, 4001), [0.0, -0.0, 1e-300, 709.0, -708.0]])
    out = np.empty_like(x)
    _kernels.exp(x, out)
    np.testing.assert_array_equal(interactions.exp(x), out)
    inside = np.abs(x) < 700
    np.testing.assert_allclose(out[inside], np.exp(x[inside]), rtol=1e-15)


def own(table, function=lambda x: np.asarray(x, dtype=float) ** 2):
    return type("Own", (), {"__call__": lambda self, x: function(x), "weights": lambda self, D, K: table(D)})()


S = lambda D: np.arange(1 - D, D, 2)  # noqa: E731


@pytest.mark.parametrize(
    ("interaction", "error", "message"),
    [
        (None, TypeError, "interaction must be Polynomial"),
        ("cubic", TypeError, "interaction must be"),
        (hb.Polynomial, TypeError, "interaction must be"),
        (lambda x: x**3, TypeError, "interaction must be"),
        (own(lambda D: np.ones(D + 1)), ValueError, r"weights of Own must have shape \(70,\)"),
        (own(lambda D: [np.nan] * D), ValueError, "weights of Own must be finite"),
        (own(lambda D: ["a"] * D), TypeError, "weights of Own must hold real numbers"),
        (own(lambda D: -4 * S(D)), ValueError, "weights of Own must be a positive multiple"),
        (own(lambda D: S(D) ** 2), ValueError, "weights of Own must be a positive multiple"),
        (own(lambda D: 2**61 * S(D)), ValueError, "weights of Own must keep sums of 5 integers within int64"),
        (own(lambda D: 4.0 * S(D), lambda x: 1.0), ValueError, "Own must give one value an overlap"),
        (own(lambda D: 4.0 * S(D), lambda x: np.full(len(x), np.inf)), ValueError, "Own of overlaps must be finite"),
    ],
)
def test_wrong_interactions(interaction, error, message):
    with pytest.raises(error, match=message):
        hb.DenseAssociativeMemory(PATTERNS, interaction)
