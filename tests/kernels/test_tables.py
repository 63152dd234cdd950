"""A foreign interaction: a table of which nothing is known but its numbers, against its formula, on every level."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import _kernels
from hebbfast.interactions import Weights


def signs(rng, *shape):
    return (2 * rng.integers(0, 2, size=shape) - 1).astype(np.int8)


@dataclass(frozen=True)
class LogCosh:
    """F(x) = ln cosh(x / 4) in steps of 2^-30: even, and neither a power nor an exponential."""

    def values(self, units):
        return [round(2**30 * math.log(math.cosh(m / 4))) for m in range(-units - 2, units + 3)]  # by m + D + 2

    def weights(self, units, patterns):
        f = self.values(units)
        gain = [f[2 * a + 3] - f[2 * a + 1] for a in range(-1, units + 1) if 0 <= 2 * a + 1 < len(f) - 2]
        gain = [
            f[min(max(2 * a + 3, 0), len(f) - 1)] - f[min(max(2 * a + 1, 0), len(f) - 1)] for a in range(-1, units + 1)
        ]
        energy = [f[2 * a + 2] * 2.0**-30 for a in range(units + 1)]
        return Weights(gain=np.array(gain), energy_table=np.array(energy), divisor=2.0**31)


@dataclass(frozen=True)
class Wild:
    """Numbers of no shape at all: any sign, any size that fits."""

    def weights(self, units, patterns):
        rng = np.random.default_rng(units)
        most = (2**62 - 1) // patterns
        return Weights(
            gain=rng.integers(-most, most, size=units + 2, endpoint=True),
            energy_table=rng.normal(size=units + 1),
            divisor=float(most),
        )


@pytest.mark.parametrize("interaction", [LogCosh(), Wild()], ids=["log cosh", "wild"])
@pytest.mark.parametrize(("units", "patterns"), [(1, 1), (7, 3), (64, 65), (65, 64), (130, 200), (191, 2)])
def test_tables_follow_the_twin(pair, interaction, units, patterns):
    rng = np.random.default_rng(units)
    stored = signs(rng, patterns, units)
    model = pair.memory(stored, interaction, clean=units % 2 == 0)
    states = np.concatenate([stored[:1], -stored[-1:], signs(rng, 2, units)])
    model.check_fields(states)
    model.check_energies(states)
    for update in ("async", "sync"):
        model.check_recall(states, limit=5, update=update, tie="keep")
        model.check_recall(states, limit=3, update=update, temperature=[[2.0], [0.0]], budget=500)


def test_a_leader_of_another_law_does_not_lead(pair):
    """A table whose largest overlap repels, D = K = 64: the shape of a power would make every unit follow it."""
    rng = np.random.default_rng(1)
    stored = signs(rng, 64, 64)
    gain = np.arange(66, dtype=np.int64)
    gain[-8:] *= -100

    class Repels:
        def weights(self, units, patterns):
            return Weights(gain=gain, energy_table=np.zeros(65), divisor=1.0)

    model = pair.memory(stored, Repels())
    fields = model.check_fields(stored[:1])
    assert (np.sign(fields[0]) == -stored[0]).mean() > 0.9
    states, _ = model.check_recall(stored[:1], limit=1, update="sync")
    np.testing.assert_array_equal(states[0], np.where(fields[0] >= 0, 1, -1))


def test_a_power_as_a_table_is_the_power(pair):
    """The table of n = 3 without its name: the same states and fields by masked sums alone."""
    rng = np.random.default_rng(2)
    stored, cues = signs(rng, 80, 70), signs(rng, 3, 70)
    known = hb.Polynomial(3).weights(70, 80)
    assert known.power_table is not None

    class Unnamed:
        def weights(self, units, patterns):
            return Weights(
                gain=known.gain, energy_table=known.power_table / known.energy_divisor, divisor=known.divisor
            )

    named, unnamed = pair.memory(stored, hb.Polynomial(3)), pair.memory(stored, Unnamed())
    np.testing.assert_array_equal(named.check_fields(cues), unnamed.check_fields(cues))
    np.testing.assert_allclose(named.check_energies(cues), unnamed.check_energies(cues), rtol=1e-14)
    for a, b in zip(named.check_recall(cues), unnamed.check_recall(cues), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"gain": None}, r"one of gain and gain_float"),
        ({"gain": np.zeros(11, np.int64)}, r"gain must have units \+ 2 entries"),
        ({"energy_table": None}, r"gain and energy_table"),
        ({"gain": np.full(12, 2**60)}, r"gain must lie within .*, got 1152921504606846976"),
        ({"gain": np.full(12, -(2**63))}, r"gain must lie within"),
        ({"divisor": 0.0}, r"divisor must be positive, got 0.0"),
        ({"power": -1}, r"power must not be negative, got -1"),
    ],
)
def test_tables_that_cannot_be(change, message):
    given = {"gain": np.ones(12, np.int64), "energy_table": np.zeros(11), "divisor": 1.0, **change}
    rows, columns = np.zeros((5, 1), np.uint64), np.zeros((10, 1), np.uint64)
    with pytest.raises(ValueError, match=message):
        _kernels.Memory(rows, columns, 10, Weights(**given))
    with pytest.raises(ValueError, match=r"engine must be auto or sums for a table, got 'planes'"):
        _kernels.Memory(rows, columns, 10, Weights(gain=np.ones(12, np.int64), energy_table=np.zeros(11)), "planes")
