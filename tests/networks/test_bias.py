"""A bias of pattern memories, against integers, couplings, and the Boltzmann distribution by enumeration."""

import copy
import itertools
import pickle
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

import hebbfast as hb

K, D = 70, 90
PATTERNS = hb.random_patterns(K, D, rng=0)
STATES = np.concatenate([PATTERNS[:3], hb.random_patterns(3, D, rng=2)])
BIAS = np.random.default_rng(3).integers(-40, 41, size=D) / 4


@pytest.mark.parametrize(
    ("interaction", "power"),
    [(hb.Polynomial(2), 2), (hb.Polynomial(3), 3), (hb.RectifiedPolynomial(4), 4), (hb.Polynomial(14), 14)],
)
def test_fields_and_energies_are_those_of_fractions(level, interaction, power):
    memory, rectified = hb.DenseAssociativeMemory(PATTERNS, interaction, bias=BIAS), "Rect" in str(interaction)

    def energy(state):
        reached = (PATTERNS.astype(object) @ state.astype(object)).tolist()
        total = sum((max(m, 0) if rectified else m) ** power for m in reached)
        return -Fraction(total, power) - sum(Fraction(b) * int(s) for b, s in zip(BIAS, state, strict=True))

    for state, got, fields, costs in zip(
        STATES, memory.energy(STATES), memory.fields(STATES), memory.delta_energy(STATES), strict=True
    ):
        before = energy(state)
        assert got == pytest.approx(float(before), rel=1e-15)
        assert memory.energy(state) == got
        for unit in range(0, D, 7):
            flipped = state.copy()
            flipped[unit] *= -1
            cost = energy(flipped) - before
            assert costs[unit] == pytest.approx(float(cost), rel=3e-16)
            assert fields[unit] == pytest.approx(float(cost / 2 * int(state[unit])), rel=3e-16)
    np.testing.assert_array_equal(memory.fields(STATES[0]), memory.fields(STATES)[0])
    np.testing.assert_array_equal(memory.delta_energy(STATES[0]), memory.delta_energy(STATES)[0])


@pytest.mark.parametrize(
    ("interaction", "power"),
    [(hb.Polynomial(3), 3), (hb.Polynomial(7), 7), (hb.RectifiedPolynomial(7), 7), (hb.Polynomial(8), 8)],
)
def test_energies_that_nearly_cancel(level, interaction, power):
    """A bias that outweighs the patterns but for a fraction: what is left is rounded, not what was taken away."""
    state = PATTERNS[0]
    reached = (PATTERNS.astype(object) @ state.astype(object)).tolist()
    if "Rect" in str(interaction):
        reached = [max(m, 0) for m in reached]
    total = Fraction(sum(m**power for m in reached), power)
    bias = -float(round(total / D)) * state
    wanted = -total - sum(Fraction(b) * int(s) for b, s in zip(bias.tolist(), state, strict=True))
    memory = hb.DenseAssociativeMemory(PATTERNS, interaction, bias=bias)
    assert memory.energy(state) == memory.energy(state[None])[0] == float(wanted)
    assert memory.recall(state, max_sweeps=0).energy == float(wanted)


@pytest.mark.parametrize("below", range(-3, 4))
@pytest.mark.parametrize("size", [2**53 - 1, 2**53 - 2, 2**53 + 2])
def test_a_bias_times_its_divisor_is_no_float(level, size, below):
    """One unit, n = 3: N = 2 w - 6 b, of which the second has more digits than a double."""
    weight = (6 * size + below) // 2
    number = 2 * weight - 6 * size
    memory = hb.DenseAssociativeMemory([[1]], hb.Polynomial(3), weights=[weight], bias=[-float(size)])
    assert memory.fields([1])[0] == number / 6
    assert memory.recall([-1], order="sequential", tie="keep").states[0] == (1 if number > 0 else -1)


@pytest.mark.parametrize("size", [2e17, -5e17, 2.0**58])
def test_energies_of_a_bias_leave_64_bits(level, size):
    """Sums over units do not fit int64; each field does."""
    memory = hb.DenseAssociativeMemory(PATTERNS, bias=np.full(D, size) * np.where(np.arange(D) % 9, 1, -0.5))
    for state, got in zip(STATES, memory.energy(STATES), strict=True):
        along = sum(Fraction(b) * int(s) for b, s in zip(memory.bias.tolist(), state, strict=True))
        wanted = -Fraction(int(((PATTERNS.astype(int) @ state) ** 2).sum()), 2) - along
        assert got == pytest.approx(float(wanted), rel=3e-16)
        assert memory.recall(state, max_sweeps=1).states.tolist() == np.sign(memory.bias).tolist()
        assert memory.energy(state) == got


def test_the_classical_network_with_the_same_bias(level):
    """Bit for bit: states, sweeps, flips; energies but for K D / 2."""
    memory = hb.DenseAssociativeMemory(PATTERNS, bias=BIAS)
    network = hb.HopfieldNetwork(hb.learning.activity_product(PATTERNS), bias=BIAS)
    for options in (
        {},
        {"update": "sync", "max_sweeps": 9},
        {"order": "sequential", "tie": "keep"},
        {"temperature": 30.0, "max_sweeps": 5},
        {"clamp": np.arange(D) < 20},
        {"order": "replacement", "max_sweeps": 3},
    ):
        one, other = (net.recall(STATES, rng=4, **options) for net in (memory, network))
        for name in ("states", "sweeps", "flips", "converged", "cycle"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        np.testing.assert_array_equal(one.energy, other.energy - K * D / 2)
    np.testing.assert_array_equal(memory.stable(STATES).margin, network.stable(STATES).margin)
    events = [net.recall(STATES[4], rng=1, record=["events", "energy"]) for net in (memory, network)]
    np.testing.assert_array_equal(events[0].events.unit, events[1].events.unit)
    np.testing.assert_array_equal(events[0].trace["energy"], events[1].trace["energy"] - K * D / 2)


@pytest.mark.parametrize("interaction", [hb.Polynomial(3), hb.RectifiedPolynomial(2), hb.Polynomial(9)], ids=str)
@pytest.mark.parametrize("method", ["heat_bath", "metropolis"])
def test_samples_have_the_probabilities_of_their_energies(interaction, method):
    """Chi-square over all 2^6 states, 20,000 chains of 200 sweeps; a false alarm has the chance 10^-6."""
    patterns = hb.random_patterns(3, 6, rng=5)
    every = np.array(list(itertools.product((-1, 1), repeat=6)), dtype=np.int8)
    fields = hb.DenseAssociativeMemory(patterns, interaction).fields(every)
    bias = np.random.default_rng(6).normal(size=6) * abs(fields).mean() / 2
    memory = hb.DenseAssociativeMemory(patterns, interaction, bias=bias)
    T = float(np.ptp(memory.energy(every))) / 4
    weights = np.exp(-(memory.energy(every) - memory.energy(every).min()) / T)
    starts = np.repeat(every[:1], 20_000, axis=0)
    found = memory.sample(starts, temperature=T, sweeps=200, method=method, observables=(), rng=7)
    seen = np.bincount(((found.states > 0) @ (1 << np.arange(6)[::-1])), minlength=64)
    expected = weights / weights.sum() * len(found.states)
    rare = expected < 5
    pooled = [np.append(x[~rare], x[rare].sum()) for x in (seen, expected)]
    keep = pooled[1] > 0
    assert stats.chisquare(pooled[0][keep], pooled[1][keep] * pooled[0].sum() / pooled[1][keep].sum()).pvalue > 1e-6


def test_a_bias_stays_with_the_memory(tmp_path):
    weights = np.arange(1, K + 1)
    memory = hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(3), weights, BIAS)
    assert "weighted biased" in repr(memory) and not memory.bias.flags.writeable
    memory.save(tmp_path / "memory")
    same = [
        pickle.loads(pickle.dumps(memory)),
        copy.deepcopy(memory),
        hb.DenseAssociativeMemory.load(tmp_path / "memory"),
        memory.store(PATTERNS[:2]).forget([K, K + 1]),
        hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(3), bias=BIAS).weighted(weights),
    ]
    for other in same:
        np.testing.assert_array_equal(other.bias, BIAS)
        np.testing.assert_array_equal(other.fields(STATES), memory.fields(STATES))
        np.testing.assert_array_equal(other.energy(STATES), memory.energy(STATES))
    one, each = memory.recall(STATES, rng=1), memory.recall(STATES, weights=[weights] * len(STATES), rng=1)
    np.testing.assert_array_equal(one.states, each.states)
    np.testing.assert_array_equal(
        memory.posterior(STATES, flip=0.2).probability,
        hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(3), weights).posterior(STATES, flip=0.2).probability,
    )


def test_a_bias_of_zeros_is_none():
    memory, plain = (hb.DenseAssociativeMemory(PATTERNS, hb.Exponential(0.2), bias=b) for b in (np.zeros(D), None))
    np.testing.assert_array_equal(memory.recall(STATES, rng=1).states, plain.recall(STATES, rng=1).states)


def test_what_cannot_be_exact_is_rounded_finely():
    """A tenth of a millionth part of a field: to 2^-40 of the largest."""
    rng = np.random.default_rng(8)
    bias = rng.normal(size=D) * 1e-5
    plain, biased = (hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(3), bias=b).fields(STATES) for b in (None, bias))
    np.testing.assert_allclose(biased - plain, np.tile(bias, (len(STATES), 1)), atol=abs(plain).max() * 2.0**-40)
    assert (biased != plain).all()


@pytest.mark.parametrize(
    ("interaction", "bias", "message"),
    [
        (hb.Polynomial(2), np.ones(D - 1), r"bias must have shape \(90,\), got shape \(89,\)"),
        (hb.Polynomial(2), 1.0, r"bias must have shape \(90,\), got shape \(\)"),
        (hb.Polynomial(2), np.full(D, np.nan), "bias must be finite"),
        (hb.Polynomial(2), ["x"] * D, "bias must hold real numbers"),
        (hb.Polynomial(2), np.full(D, 1e30), "bias must stay below 5.76e.17 in size for Polynomial"),
        (hb.Polynomial(40), np.full(D, 1e300), "bias must stay below .* in size for Polynomial"),
        (hb.Exponential(0.1), np.ones(D), "bias must be None for Exponential, whose sums are relative"),
        (hb.LogSumExp(0.1), np.ones(D), "bias must be None for LogSumExp, whose sums are relative"),
    ],
)
def test_refusals(interaction, bias, message):
    with pytest.raises((TypeError, ValueError), match=message):
        hb.DenseAssociativeMemory(PATTERNS, interaction, bias=bias)
