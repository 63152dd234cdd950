"""Overlaps against the twin, by equality, on every level."""

import itertools

import numpy as np
import pytest

from hebbfast import _kernels
from hebbfast._kernels import twin as reference

SIZES = [1, 2, 7, 8, 9, 63, 64, 65, 127, 128, 129, 191, 192, 193, 511, 512, 513]


def signs(rng, *shape):
    return (2 * rng.integers(0, 2, size=shape) - 1).astype(np.int8)


def words_of(bits):
    return -(-bits // 64)


def garbage(*shape):
    return np.full(shape, 0xA5A5A5A5A5A5A5A5, dtype=np.uint64)


@pytest.mark.parametrize("units", [*SIZES, 1531, 1537, 4095, 4097, 4161, 16 * 1024 + 1])
@pytest.mark.parametrize("clean", [True, False], ids=["clean", "dirty"])
def test_overlaps(level, units, clean):
    # lanes along the row for few states, panels of patterns for a batch: both sides of every tile and panel
    rng = np.random.default_rng(units)
    patterns, states = garbage(70, words_of(units)), garbage(9, words_of(units))
    values = signs(rng, 70, units)
    values[1], values[2] = -values[0], values[0]
    reference.pack(values, patterns)
    reference.pack(np.concatenate([values[:3], signs(rng, 6, units)]), states)
    if not clean:
        padding = ~np.uint64(2 ** (units % 64 or 64) - 1)
        patterns[:, -1] |= padding
        states[4:, -1] |= padding
    for k, q in itertools.product(
        [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 65, 70], [0, 1, 2, 3, 4, 5, 8, 9]
    ):
        got, expected = np.full((2, q, k), -7, dtype=np.int32)
        _kernels.overlaps(patterns[:k], states[:q], units, got)
        reference.overlaps(patterns[:k], states[:q], units, expected)
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("rows", SIZES)
def test_overlaps_of_many_rows(level, rows):
    rng = np.random.default_rng(rows)
    patterns, states = garbage(rows, 3), garbage(21, 3)
    reference.pack(signs(rng, rows, 140), patterns)
    reference.pack(signs(rng, 21, 140), states)
    got, expected = np.empty((2, 21, rows), dtype=np.int32)
    _kernels.overlaps(patterns, states, 140, got)
    reference.overlaps(patterns, states, 140, expected)
    np.testing.assert_array_equal(got, expected)


def test_overlaps_of_long_rows_do_not_overflow_a_counter(level):
    units = 64 * 2000 + 5
    for pattern, state in itertools.product((1, -1), repeat=2):
        rows, states = garbage(5, 2001), garbage(5, 2001)
        reference.pack(np.full((5, units), pattern, dtype=np.int8), rows)
        reference.pack(np.full((5, units), state, dtype=np.int8), states)
        for q in (1, 5):
            out = np.empty((q, 5), dtype=np.int32)
            _kernels.overlaps(rows, states[:q], units, out)
            assert (out == units * pattern * state).all()
