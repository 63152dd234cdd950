"""Fields, energies and exp against the twin, by equality, on every level."""

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import _kernels
from hebbfast._kernels import twin as reference

SIZES = [1, 2, 7, 8, 9, 63, 64, 65, 127, 128, 129, 191, 192, 193, 511, 512, 513]
# Each size of D beside itself, its neighbour and a far one of K.
PAIRS = [(d, SIZES[(j + step) % len(SIZES)]) for j, d in enumerate(SIZES) for step in (0, 1, 8)]
TIES = ["plus", "minus", "keep"]
INTERACTIONS = [
    *(hb.Polynomial(n) for n in (2, 3, 4, 5, 7, 10, 20)),
    *(hb.RectifiedPolynomial(n) for n in (2, 3, 6, 20)),
    hb.Polynomial(2, normalized=True),
    hb.Polynomial(3, normalized=True),
    hb.RectifiedPolynomial(4, normalized=True),
    hb.Exponential(0.5),
]


def signs(rng, *shape):
    return (2 * rng.integers(0, 2, size=shape) - 1).astype(np.int8)


def near(rng, patterns, count, flip=0.15):
    """Noisy copies of some patterns."""
    chosen = patterns[rng.integers(0, len(patterns), size=count)]
    return np.where(rng.random(chosen.shape) < flip, -chosen, chosen)


def clipped(interaction, units):
    """The interaction, or one that units allow: exp(beta * D) must stay finite."""
    return hb.Exponential(min(0.5, 600 / units)) if isinstance(interaction, hb.Exponential) else interaction


def test_exp(level):
    rng = np.random.default_rng(0)
    edges = [0.0, -0.0, 709.0, np.nextafter(709, 710), -708.0, np.nextafter(-708, -709), np.inf, -np.inf, 1e-320, 709.5]
    x = np.concatenate([edges, rng.uniform(-720, 720, 5000), rng.normal(size=5000)])
    got, expected = np.empty_like(x), np.empty_like(x)
    _kernels.exp(x, got)
    reference.exp(x, expected)
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("interaction", INTERACTIONS, ids=str)
@pytest.mark.parametrize("clean", [True, False], ids=["clean", "dirty"])
def test_fields_and_energies(pair, interaction, clean):
    # every size of D and K, two states a model
    for number, (units, patterns) in enumerate(PAIRS):
        if clean is (number % 2 == 0):
            continue
        rng = np.random.default_rng(number)
        stored = signs(rng, patterns, units)
        model = pair.memory(stored, clipped(interaction, units), clean=clean)
        states = np.concatenate([stored[:1], near(rng, stored, 1)])
        model.check_fields(states)
        model.check_energies(np.concatenate([states, -states, signs(rng, 3, units)]))


@pytest.mark.parametrize("interaction", INTERACTIONS, ids=str)
@pytest.mark.parametrize("units", [1, 2, 64, 65])
def test_equal_and_complementary_patterns(pair, interaction, units):
    rng = np.random.default_rng(units)
    one = signs(rng, 1, units)
    other = one.copy()
    other[0, : max(1, units // 2)] *= -1
    stores = {
        "one": one,
        "equal": np.repeat(one, 130, axis=0),
        "complementary": np.concatenate([one, -one]),
        "many complementary": np.concatenate([np.repeat(one, 64, axis=0), np.repeat(-one, 64, axis=0)]),
        "halves": np.concatenate([one, other, -one, -other] * 17),
    }
    cues = np.concatenate([one, -one, other, signs(rng, 1, units)])
    for stored in stores.values():
        model = pair.memory(stored, clipped(interaction, units), clean=False)
        model.check_fields(cues)
        model.check_energies(cues)
        for tie in TIES:
            model.check_recall(cues, limit=4, tie=tie)


@pytest.mark.parametrize("interaction", INTERACTIONS, ids=str)
@pytest.mark.parametrize("tie", TIES)
def test_constructed_ties(pair, interaction, tie):
    # Patterns in pairs that differ in the first 5 units alone, where each pair votes both ways: the field is exactly
    # zero there as long as those units agree with both members equally, which a single such unit does.
    rng = np.random.default_rng(15)
    for count in (2, 66, 130):
        stored = np.repeat(signs(rng, count // 2, 61), 2, axis=0)
        stored[1::2, 0] *= -1
        model = pair.memory(stored, interaction)
        cues = np.concatenate([near(rng, stored, 3), -stored[:1]])
        fields = model.check_fields(cues)
        assert (fields[:, 0] == 0).all()
        states, _ = model.check_recall(cues, tie=tie, limit=6)
        expected = {"plus": np.ones(4), "minus": -np.ones(4), "keep": cues[:, 0]}[tie]
        np.testing.assert_array_equal(states[:, 0], expected)
        model.check_recall(cues, tie=tie, update="sync", limit=6)
