"""Bit planes and masked sums against the twin, by equality, on every level."""

import numpy as np
import pytest

import hebbfast as hb

SIZES = [1, 2, 7, 8, 9, 63, 64, 65, 127, 128, 129, 191, 192, 193, 511, 512, 513]
# Each size of D beside itself, its neighbour and a far one of K.
PAIRS = [(d, SIZES[(j + step) % len(SIZES)]) for j, d in enumerate(SIZES) for step in (0, 1, 8)]
TIES = ["plus", "minus", "keep"]


def signs(rng, *shape):
    return (2 * rng.integers(0, 2, size=shape) - 1).astype(np.int8)


def near(rng, patterns, count, flip=0.15):
    """Noisy copies of some patterns."""
    chosen = patterns[rng.integers(0, len(patterns), size=count)]
    return np.where(rng.random(chosen.shape) < flip, -chosen, chosen)


@pytest.mark.parametrize("engine", ["sums", "planes"])
@pytest.mark.parametrize("degree", [2, 3, 4])
@pytest.mark.parametrize(("units", "patterns"), PAIRS)
def test_engines_of_low_degrees(pair, engine, degree, units, patterns):
    rng = np.random.default_rng(units)
    stored = signs(rng, patterns, units)
    model = pair.memory(stored, hb.Polynomial(degree), engine=engine, clean=patterns % 2 == 0)
    cues = np.concatenate([stored[:1], near(rng, stored, 1), -stored[-1:], signs(rng, 1, units)])
    model.check_fields(cues)
    model.check_recall(cues[:3], limit=3, tie=TIES[units % 3])
    model.check_recall(cues[1:], limit=2, temperature=3.0 * patterns)


@pytest.mark.parametrize("degree", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("patterns", [2, 5, 70])
@pytest.mark.parametrize("flips", [0, 9, 31])
def test_far_from_a_pattern(pair, degree, patterns, flips):
    """For odd n the opposite of a pattern is pulled through zero overlap, where a leader stops leading."""
    rng = np.random.default_rng(degree)
    stored = signs(rng, patterns, 63)
    model = pair.memory(stored, hb.Polynomial(degree), engine="planes", clean=True)
    cues = -stored[:2]
    cues[:, rng.permutation(63)[:flips]] *= -1
    for order in ("sequential", "random"):
        model.check_recall(cues, limit=4, order=order, tie="keep")


@pytest.mark.parametrize("units", [300, 301])
@pytest.mark.parametrize("patterns", [700, 1500])
@pytest.mark.parametrize("flip", [0.1, 0.2, 0.3])
def test_flips_that_wait(pair, units, patterns, flip):
    """Fields that decide with overlaps of some flips ago: sure ones, doubtful ones, and units seen again in between."""
    rng = np.random.default_rng(units)
    stored = signs(rng, patterns, units)
    model = pair.memory(stored, hb.Polynomial(4), engine="planes", clean=True)
    cues = near(rng, stored, 2, flip)
    twice = np.repeat(rng.permutation(units), 2)
    near_by = np.concatenate([rng.permutation(units)[:5].repeat(3) for _ in range(60)])
    for order in ("random", twice, near_by):
        model.check_recall(cues, limit=3, order=order, tie="keep")
    model.check_recall(cues, limit=3, budget=20 * patterns)


@pytest.mark.parametrize("engine", ["sums", "planes"])
@pytest.mark.parametrize("degree", [2, 3, 4, 5])
@pytest.mark.parametrize("units", [31, 32, 127, 128])
def test_equal_patterns_fill_every_counter(pair, engine, degree, units):
    """The largest overlaps in all lanes at once, on either side of a power of two, flipped one after another."""
    stored = np.ones((1100, units), dtype=np.int8)
    model = pair.memory(stored, hb.Polynomial(degree), engine=engine, clean=False)
    cues = np.ones((3, units), dtype=np.int8)
    cues[1] = -1
    cues[2, ::2] = -1
    model.check_fields(cues)
    model.check_recall(cues, limit=3, order="random", tie="minus")


@pytest.mark.slow
@pytest.mark.parametrize("degree", [2, 3, 4, 7])
def test_many_flips_do_not_drift(pair, degree):
    # thousands of flips at high temperature, then the deterministic end: overlaps, planes and sums were kept right
    rng = np.random.default_rng(17)
    stored = signs(rng, 700, 1000)
    model = pair.memory(stored, hb.Polynomial(degree, normalized=True))
    states, _ = model.check_recall(stored[:2], temperature=2.0 * 700 / 1000, limit=6)
    model.check_recall(states, limit=20)
