"""Patterns that count so often, and the logarithm of a sum: the kernels against the twin, on every level."""

from dataclasses import dataclass

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import _kernels
from hebbfast.interactions import read_weights


@dataclass(frozen=True)
class Softplus:
    """F(x) = ln(1 + e^(x / 8)), a table of real numbers."""

    def __call__(self, overlap):
        return np.log1p(np.exp(np.asarray(overlap, dtype=np.float64) / 8))

    def weights(self, units, patterns):
        s = np.arange(1 - units, units, 2)
        return self(s + 1) - self(s - 1)


INTERACTIONS = [
    hb.Polynomial(2),
    hb.Polynomial(3, normalized=True),
    hb.RectifiedPolynomial(4),
    hb.Polynomial(10),
    hb.RectifiedPolynomial(13),
    hb.Polynomial(31),
    hb.Exponential(0.3),
    hb.LogSumExp(0.7),
    Softplus(),
]


def check(model, stored, interaction):
    units = stored.shape[1]
    states = np.concatenate([stored[:1], -stored[-1:], hb.random_patterns(2, units, rng=units)])
    model.check_fields(states)
    model.check_energies(states)
    for update in ("async", "sync"):
        model.check_recall(states, limit=4, update=update, tie="keep")
        scale = abs(model.check_fields(states)).max() + 1e-6
        model.check_recall(states, limit=3, update=update, temperature=[[scale], [scale / 9], [0.0]], budget=500)
    model.check_recall(states, limit=2, temperature=scale / 5, method="metropolis", order="replacement")


@pytest.mark.parametrize("interaction", INTERACTIONS, ids=str)
@pytest.mark.parametrize(("units", "patterns"), [(1, 1), (7, 3), (65, 67)])
@pytest.mark.parametrize("kind", ["integers", "numbers"])
def test_weights_follow_the_twin(pair, interaction, units, patterns, kind):
    rng = np.random.default_rng(units)
    stored = hb.random_patterns(patterns, units, rng=units)
    least = 0 if read_weights(interaction, units, patterns).logarithmic else -3
    values = rng.integers(least, 6, size=patterns)
    values[0] = 3
    if kind == "numbers":
        values = values * rng.random(patterns) + 1e-3
    model = pair.memory(stored, interaction, values=values, clean=units % 2 == 0)
    check(model, stored, interaction)


@pytest.mark.parametrize(("units", "patterns", "beta"), [(7, 3, 5.0), (64, 200, 0.02), (99, 65, 0.7), (1500, 70, 1.0)])
def test_logarithms_follow_the_twin(pair, units, patterns, beta):
    stored = hb.random_patterns(patterns, units, rng=units)
    model = pair.memory(stored, hb.LogSumExp(beta), clean=units % 2 == 0)
    if units < 1000:
        check(model, stored, hb.LogSumExp(beta))
    else:
        cues = hb.corrupt(stored[:2], flip=0.2, rng=1)
        model.check_energies(cues)
        model.check_recall(cues, limit=2, temperature=[[1 / beta], [0.0]], order="sequential")


def test_a_best_pattern_that_counts_zero_times(pair):
    """Patterns above the best that counts have no place in the table of an exponential."""
    stored = hb.random_patterns(5, 40, rng=0)
    for interaction in (hb.Exponential(2.0), hb.LogSumExp(2.0)):
        with_it = pair.memory(stored, interaction, values=np.array([0, 1, 1, 1, 1]))
        without = pair.memory(stored[1:], interaction)
        np.testing.assert_array_equal(with_it.check_fields(stored), without.check_fields(stored))
        np.testing.assert_array_equal(with_it.check_energies(stored), without.check_energies(stored))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"multitude": np.ones(4, dtype=np.int64)}, "multitude must have one entry a pattern"),
        ({"multitude": np.array([2**61, 2**61, 1])}, r"multitude must sum to less than 2\*\*62"),
        ({"multitude": np.array([-(2**63), 0, 0])}, r"multitude must sum to less than 2\*\*62"),
        ({"multitude": np.array([2**40, 0, 0])}, r"multitude must lie within 2\*\*29 beside limbs"),
        ({"logarithmic": True}, "logarithmic needs weights.relative"),
    ],
)
def test_refusals(change, message):
    from dataclasses import replace

    weights = replace(read_weights(hb.Polynomial(20), 64, 3), **change)
    words = np.zeros((3, 1), dtype=np.uint64)
    with pytest.raises(ValueError, match=message):
        _kernels.Memory(words, np.zeros((64, 1), dtype=np.uint64), 64, weights)


@pytest.mark.parametrize("more", [0, 1])
@pytest.mark.parametrize("units", [1, 65])
def test_the_largest_sums_of_32_bits(pair, units, more):
    """n = 2, equal patterns: 8 D Σ w is nearly 2^31, or just beyond, and a flip takes it through all smaller ones."""
    total = (2**31 - 1) // (8 * (units + 2)) + more
    stored = np.ones((3, units), dtype=np.int8)
    values = np.array([total - 7, 4, 3])
    model = pair.memory(stored, hb.Polynomial(2), values=values)
    states = np.concatenate([stored[:1], -stored[:1], hb.random_patterns(3, units, rng=units)])
    fields = [[total * (int(s.sum()) - int(x)) for x in s] for s in states.astype(int)]
    np.testing.assert_array_equal(model.check_fields(states), np.array(fields, dtype=np.float64))
    model.check_recall(states, limit=4, tie="keep")
    model.check_recall(states, limit=4, temperature=float(total) * units, order="replacement")
