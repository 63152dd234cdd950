"""The kernels that search patterns against their twin, by equality, on every level."""

import itertools

import numpy as np
import pytest

from hebbfast import _kernels, bits
from hebbfast._kernels import twin as reference


def signs(rng, *shape):
    return (2 * rng.integers(0, 2, size=shape) - 1).astype(np.int8)


def words(values, dirty):
    packed = bits.pack_signs(values, "x").copy()
    if dirty and values.shape[1] % 64:
        packed[:, -1] |= ~np.uint64(2 ** (values.shape[1] % 64) - 1)
    return packed


def run(module, rows, states, units, known, base, top, reach, multitude):
    """Keys, best overlaps, histogram and sums of one of the two."""
    count = units if known is None else int(np.bitwise_count(known).sum())
    asked = module.Search(rows, units, known, count, base, top, reach, multitude)
    room = bits.aligned_bytes(max(64, module.search_bytes(asked, len(states))))
    counted = len(states) if reach >= 0 else 0
    keys = np.zeros((len(states), top), np.uint64)
    best, histogram = np.zeros(counted, np.int32), np.zeros((counted, units + 1), np.int64)
    module.search(asked, states, keys, best, histogram, room)
    sums = np.zeros((len(states), 64 * rows.shape[1]), np.int64)
    if reach >= 0:
        weights = (np.arange(reach // 2 + 1, dtype=np.int64) + 1)[::-1].copy() * 2**40
        module.blend(asked, states, best, weights, sums, room)
    return keys, best, histogram, sums[:, :units]  # what stands behind the last unit means nothing


@pytest.mark.parametrize("units", [1, 2, 63, 64, 65, 130, 256, 515])
@pytest.mark.parametrize("masked", [False, True])
def test_search_and_blend(level, units, masked):
    rng = np.random.default_rng(units)
    patterns = signs(rng, 70, units)
    patterns[5], patterns[9], patterns[68] = patterns[3], -patterns[3], patterns[3]
    states = np.concatenate([patterns[[3, 68]], signs(rng, 6, units)])
    mask = rng.random(units) < 0.5
    mask[0] = True
    known = bits.read_mask(mask, units, "known") if masked else None
    times = rng.integers(0, 2**50, size=70)
    for k, q in itertools.product([1, 3, 16, 17, 70], [0, 1, 3, 4, 8]):
        rows, cues = words(patterns[:k], masked), words(states[:q], masked)
        for top, reach, multitude in [(1, -1, None), (min(k, 7), 2, None), (k, 2 * units, times[:k]), (0, 10, None)]:
            reach = min(reach, 2 * units)
            given = rows, cues, units, known, 11, top, reach, multitude
            for got, expected in zip(run(_kernels, *given), run(reference, *given), strict=True):
                np.testing.assert_array_equal(got, expected)


def test_more_rows_and_states_than_a_block(level):
    rng = np.random.default_rng(0)
    patterns, states = signs(rng, 4200, 20), signs(rng, 70, 20)
    for q in (1, 70):
        given = words(patterns, False), words(states[:q], False), 20, None, 0, 5, 4, None
        for got, expected in zip(run(_kernels, *given), run(reference, *given), strict=True):
            np.testing.assert_array_equal(got, expected)


def test_rising_overlaps_fill_every_place_of_the_heap(level):
    patterns = np.where(np.arange(200) < np.arange(201)[:, None], 1, -1).astype(np.int8)  # overlaps rise with the index
    state = np.ones((1, 200), np.int8)
    for order in (slice(None), slice(None, None, -1)):
        keys, best, histogram, _ = run(
            _kernels, words(patterns[order], False), words(state, False), 200, None, 0, 150, 400, None
        )
        overlaps = (keys[0] >> np.uint64(32)).astype(np.int64) - 200
        assert overlaps.tolist() == list(range(200, -100, -2))
        assert best[0] == 200
        assert (histogram == 1).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"top": -1}, "top must not be negative"),
        ({"reach": -2}, "reach must lie in"),
        ({"known_units": 0}, "known_units must lie in"),
        ({"base": 2**32}, "indices of patterns must lie below"),
        ({"known": np.zeros(2, np.uint64)}, "known must have the words of a row"),
        ({"multitude": np.zeros(2, np.int64)}, "multitude must have one entry a row"),
        ({"rows": np.zeros((3, 2), np.uint64)}, "rows must have ceil"),
    ],
)
def test_what_a_search_refuses(change, message):
    given = {"rows": np.zeros((3, 1), np.uint64), "units": 10, "known": None, "known_units": 10}
    given |= {"base": 0, "top": 1, "reach": -1, "multitude": None}
    with pytest.raises(ValueError, match=message):
        _kernels.Search(*(given | change).values())


def test_what_the_bridge_refuses():
    states, none, room = np.zeros((2, 1), np.uint64), np.zeros((0, 11), np.int64), bits.aligned_bytes(1 << 16)
    asked = _kernels.Search(np.zeros((3, 1), np.uint64), 10, None, 10, 0, 1, 2, None)
    keys, best, histogram = np.zeros((2, 1), np.uint64), np.zeros(2, np.int32), np.zeros((2, 11), np.int64)
    for wrong in (
        (states[:, :0].copy(), keys, best, histogram, room),
        (states, keys[:1], best, histogram, room),
        (states, keys, best[:1], histogram, room),
        (states, keys, best, none, room),
        (states, keys, best, histogram, room[:64]),
    ):
        with pytest.raises(ValueError, match="must"):
            _kernels.search(asked, *wrong)
    with pytest.raises(ValueError, match="weights must have"):
        _kernels.blend(asked, states, best, np.zeros(3, np.int64), np.zeros((2, 64), np.int64), room)
    with pytest.raises(ValueError, match="sums must have"):
        _kernels.blend(asked, states, best, np.zeros(2, np.int64), np.zeros((2, 10), np.int64), room)


@pytest.mark.parametrize(("patterns", "units"), [(1, 1), (63, 5), (64, 3), (130, 9), (515, 2)])
def test_tally(level, patterns, units):
    rng = np.random.default_rng(patterns)
    columns = words(signs(rng, units, patterns), False)
    room = np.zeros(3 * 64 * columns.shape[1] + 8, np.int64)
    offset = -(room.ctypes.data // 8) % 8 ^ 1  # nor need they lie at a multiple of 64 bytes, or of 16
    values = room[offset : len(room) - 8 + offset].reshape(3, -1)
    assert values.ctypes.data % 16 == 8
    largest = (2**63 - 1) // patterns  # so that each sum fits, but not twice of it
    values[:, :patterns] = rng.integers(-largest, largest, size=(3, patterns))
    values[0, :patterns] = largest
    got, expected = np.zeros((2, 3, units), np.int64)
    _kernels.tally(columns, values, got)
    reference.tally(columns, values, expected)
    np.testing.assert_array_equal(got, expected)
    with pytest.raises(ValueError, match="values must have"):
        _kernels.tally(columns, values[:, 1:].copy(), got)
    with pytest.raises(ValueError, match="sums must have"):
        _kernels.tally(columns, values, got[:2])


@pytest.mark.parametrize("digits", [0, 1, 11, 12, 23, 33, 62])
def test_tally_of_planes_and_large_values(level, digits):
    """More patterns than a block; none, few and many values beyond the digits of the others."""
    rng = np.random.default_rng(digits)
    columns = words(signs(rng, 3, 4200), False)
    values = np.zeros((3, 64 * columns.shape[1]), np.int64)
    values[:, :4200] = rng.integers(-(1 << digits), 1 << digits, size=(3, 4200)) >> (digits > 50) * 13
    values[1, [5, 4100]] = 2**60, -(2**61)
    values[2, 7:4100:300] = -(2**50)
    got, expected = np.zeros((2, 3, 3), np.int64)
    _kernels.tally(columns, values, got)
    reference.tally(columns, values, expected)
    np.testing.assert_array_equal(got, expected)
