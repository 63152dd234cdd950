"""Packing, unpacking and the transposed bits against the twin, by equality, on every level."""

import numpy as np
import pytest

from hebbfast import _kernels
from hebbfast._kernels import twin as reference

SIZES = [1, 2, 7, 8, 9, 63, 64, 65, 127, 128, 129, 191, 192, 193, 511, 512, 513]
# Each size of D beside itself, its neighbour and a far one of K.
PAIRS = [(d, SIZES[(j + step) % len(SIZES)]) for j, d in enumerate(SIZES) for step in (0, 1, 8)]


def signs(rng, *shape):
    return (2 * rng.integers(0, 2, size=shape) - 1).astype(np.int8)


def words_of(bits):
    return -(-bits // 64)


def garbage(*shape):
    return np.full(shape, 0xA5A5A5A5A5A5A5A5, dtype=np.uint64)


@pytest.mark.parametrize("units", [*SIZES, 31, 33, 255, 257, 1023, 1025])
@pytest.mark.parametrize("rows", [0, 1, 3])
def test_pack_and_unpack(level, rows, units):
    raw = np.empty(rows * units + 1, dtype=np.int8)
    values = raw[1:].reshape(rows, units)  # at an odd address
    values[...] = signs(np.random.default_rng(units), rows, units)
    values.flags.writeable = False
    got, expected = garbage(rows, words_of(units)), garbage(rows, words_of(units))
    assert _kernels.pack(values, got) == reference.pack(values, expected) == -1
    np.testing.assert_array_equal(got, expected)

    back = np.empty(rows * units + 3, dtype=np.int8)
    back[-2:] = 77
    got[:, -1] |= ~np.uint64(2 ** (units % 64 or 64) - 1)  # ones in the padding
    _kernels.unpack(got, back[1:-2].reshape(rows, units))
    np.testing.assert_array_equal(back[1:-2].reshape(rows, units), values)
    assert back[-2:].tolist() == [77, 77]


@pytest.mark.parametrize("wrong", [0, 2, -2, 3, 127, -127, -128, 0x41])
def test_pack_finds_the_first_wrong_value_at_every_place(level, wrong):
    values, out = np.ones((2, 130), dtype=np.int8), garbage(2, 3)
    for at in range(values.size):
        values.flat[at] = wrong
        assert _kernels.pack(values, out) == at
        values.flat[at:] = wrong
        assert _kernels.pack(values, out) == at
        values[...] = (-1) ** at


def test_one_bit_at_every_place(level):
    # each bit of each word, the last partial one included, as pattern, state and flip (a signed word loses bit 63)
    values = -np.ones((150, 150), dtype=np.int8)
    np.fill_diagonal(values, 1)
    words, columns, back = garbage(150, 3), garbage(150, 3), np.empty_like(values)
    assert _kernels.pack(values, words) == -1
    assert [sum(int(w) << 64 * j for j, w in enumerate(row)) for row in words] == [1 << j for j in range(150)]
    _kernels.transpose(words, 150, columns, 0, 150)
    np.testing.assert_array_equal(columns, words)
    _kernels.unpack(words, back)
    np.testing.assert_array_equal(back, values)
    out = np.empty((150, 150), dtype=np.int32)
    _kernels.overlaps(words, words, 150, out)
    np.testing.assert_array_equal(out, 146 + 4 * np.eye(150, dtype=np.int32))


@pytest.mark.parametrize(
    ("units", "rows"), [*PAIRS, (5, 0), (3, 1), (64, 520), (520, 64), (65, 1100), (512, 1024), (513, 575), (1600, 1100)]
)
@pytest.mark.parametrize("clean", [True, False], ids=["clean", "dirty"])
def test_transpose(pair, units, rows, clean):
    values = signs(np.random.default_rng(rows), rows, units)
    words, got, expected = (
        garbage(rows, words_of(units)),
        garbage(units, words_of(rows)),
        garbage(units, words_of(rows)),
    )
    reference.pack(values, words)
    if not clean:
        words[:, -1] |= ~np.uint64(2 ** (units % 64 or 64) - 1)
    words.flags.writeable = False
    _kernels.transpose(words, units, got, 0, rows)
    reference.transpose(words, units, expected, 0, rows)
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("step", [64, 192, 512, 576])
@pytest.mark.parametrize(("units", "rows"), [(65, 1100), (520, 1024), (1, 65)])
def test_transpose_in_pieces(level, units, rows, step):
    """Each piece fills its own columns and leaves the others."""
    words, got, expected = (
        garbage(rows, words_of(units)),
        garbage(units, words_of(rows)),
        garbage(units, words_of(rows)),
    )
    reference.pack(signs(np.random.default_rng(rows), rows, units), words)
    for first in range(0, rows, step):
        last = min(first + step, rows)
        _kernels.transpose(words, units, got, first, last)
        reference.transpose(words, units, expected, first, last)
        np.testing.assert_array_equal(got, expected)
    back = garbage(rows, words_of(units))
    _kernels.transpose(got, rows, back, 0, units)
    np.testing.assert_array_equal(back, words)
