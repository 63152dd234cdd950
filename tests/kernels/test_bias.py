"""A field of its own for each unit: the kernels against the twin, on every level."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import _kernels
from hebbfast.networks._weights import weigh


@dataclass(frozen=True)
class Rising:
    """F(x) = x + |x|, a table without a shape."""

    def __call__(self, overlap):
        return np.asarray(overlap, dtype=np.float64) + np.abs(overlap)

    def weights(self, units, patterns):
        s = np.arange(1 - units, units, 2)
        return self(s + 1) - self(s - 1)


INTERACTIONS = [
    hb.Polynomial(2),
    hb.Polynomial(3, normalized=True),
    hb.RectifiedPolynomial(3),
    hb.Polynomial(4),
    hb.Polynomial(12),
    hb.RectifiedPolynomial(17),
    hb.Polynomial(31),
    Rising(),
]


@pytest.mark.parametrize("interaction", INTERACTIONS, ids=str)
@pytest.mark.parametrize(("units", "patterns"), [(1, 1), (7, 3), (65, 67)])
@pytest.mark.parametrize("kind", ["integers", "quarters", "numbers", "weighted"])
def test_a_bias_follows_the_twin(pair, interaction, units, patterns, kind):
    """Of the size of the fields; where they are beyond 2^62 in integers, of nearly that."""
    rng = np.random.default_rng(units)
    stored = hb.random_patterns(patterns, units, rng=units)
    states = np.concatenate([stored[:1], -stored[-1:], hb.random_patterns(2, units, rng=units)])
    plain = weigh(interaction, units, None, patterns)
    fields = pair.memory(stored, interaction).check_fields(states)
    bias = rng.normal(size=units) * min(abs(fields).mean() + 1, 2.0**55 / plain.divisor)
    bias = {"integers": np.rint(bias), "quarters": np.rint(4 * bias) / 4}.get(kind, bias)
    values = rng.integers(1, 4, size=patterns) if kind == "weighted" else None
    model = pair.memory(stored, interaction, values=values, bias=bias, clean=units % 2 == 0)
    found = model.check_fields(states)
    if kind != "weighted":
        step = 1 / model.twin.weights.divisor
        np.testing.assert_allclose(found, fields + bias, rtol=1e-14, atol=step + 1e-14 * abs(fields).max())
    model.check_energies(states)
    scale = abs(found).max() + 1e-6
    for update in ("async", "sync"):
        for tie in ("keep", "plus"):
            model.check_recall(states, limit=4, update=update, tie=tie)
        model.check_recall(states, limit=3, update=update, temperature=[[scale], [scale / 9], [0.0]], budget=500)
    model.check_recall(states, limit=2, temperature=scale / 5, method="metropolis", order="replacement")
    model.check_recall(states, limit=6, pieces=True, budget=300)


def test_a_bias_alone_decides_ties_and_wide_sums(pair):
    """Two patterns that cancel, and a single unit of energy, below a field of 10^18 in float64 or not."""
    stored = hb.random_patterns(1, 90, rng=0)
    stored = np.concatenate([stored, stored])
    bias = np.where(np.arange(90) % 3 == 0, 1.0, -1.0)
    for degree in (2, 3, 11):
        model = pair.memory(stored, hb.Polynomial(degree), values=np.array([1, -1]), bias=bias)
        np.testing.assert_array_equal(model.check_fields(stored), np.tile(bias, (2, 1)))
        states, _ = model.check_recall(stored, limit=3)
        np.testing.assert_array_equal(states, np.tile(bias, (2, 1)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bias": np.ones(4, dtype=np.int64)}, "bias must have one entry a unit"),
        ({"bias": np.array([0, 2**61, 0])}, r"bias must lie within 2\*\*61"),
        ({"bias": np.array([-(2**63), 0, 0])}, r"bias must lie within 2\*\*61"),
    ],
)
@pytest.mark.parametrize("interaction", [hb.Polynomial(2), hb.Exponential(0.5)], ids=str)
def test_refusals(interaction, change, message):
    tables = replace(interaction.weights(3, 2), **change)
    if tables.relative and len(change["bias"]) == 3:
        message = "bias must be None beside weights.relative"
    words = np.zeros((2, 1), dtype=np.uint64)
    with pytest.raises(ValueError, match=message):
        _kernels.Memory(words, np.zeros((3, 1), dtype=np.uint64), 3, tables)


def test_energies_need_the_states():
    tables = replace(hb.Polynomial(2).weights(3, 2), bias=np.ones(3, dtype=np.int64))
    words = np.zeros((2, 1), dtype=np.uint64)
    memory = _kernels.Memory(words, np.zeros((3, 1), dtype=np.uint64), 3, tables)
    room = np.zeros(_kernels.workspace_bytes(memory) + 64, dtype=np.uint8)
    room = room[-room.ctypes.data % 64 :]
    for states in (None, words[:0], np.zeros((1, 2), dtype=np.uint64)):
        with pytest.raises(ValueError, match="states must be given beside a bias"):
            _kernels.energies(memory, np.zeros((1, 2), dtype=np.int32), np.zeros(1), room, states)
