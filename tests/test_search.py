"""Nearest patterns, against sorted overlaps of the signs themselves."""

import numpy as np
import pytest

import hebbfast as hb


def sorted_overlaps(patterns, states, known, count):
    """Indices and overlaps by NumPy's stable sort."""
    overlaps = (states * known).astype(np.int64) @ patterns.T.astype(np.int64)
    index = np.argsort(-overlaps, axis=1, kind="stable")[:, :count]
    return index, np.take_along_axis(overlaps, index, axis=1)


@pytest.mark.parametrize("count", [1, 10, 300])
@pytest.mark.parametrize("masked", [False, True])
def test_nearest(count, masked):
    patterns, states = hb.random_patterns(300, 77, rng=0), hb.random_patterns(90, 77, rng=1)
    mask = np.random.default_rng(2).random(77) < 0.4
    index, overlap = sorted_overlaps(patterns, states, mask if masked else 1, count)
    for memory in (hb.PackedPatterns(patterns), hb.DenseAssociativeMemory(patterns)):
        found = memory.nearest(states, count, known=mask if masked else None)
        np.testing.assert_array_equal(found.index, index)
        np.testing.assert_array_equal(found.overlap, overlap)
        one = memory.nearest(states[3], count, known=mask if masked else None, threads=2)
        np.testing.assert_array_equal(one.index, index[3])
        np.testing.assert_array_equal(one.overlap, overlap[3])
        assert memory.nearest(states, count, known=mask if masked else None, threads=3) == found


def test_overlaps_of_known_units():
    patterns, states = hb.random_patterns(30, 130, rng=0), hb.random_patterns(7, 130, rng=1)
    known = np.random.default_rng(2).random(130) < 0.3
    expected = states[:, known].astype(int) @ patterns[:, known].T.astype(int)
    for memory in (hb.PackedPatterns(patterns), hb.DenseAssociativeMemory(patterns)):
        np.testing.assert_array_equal(memory.overlaps(states, known=known), expected)
        np.testing.assert_array_equal(memory.overlaps(states[2], known=known, threads=2), expected[2])
        assert memory.overlaps(states, known=known).dtype == np.int32
    with pytest.raises(ValueError, match="known must leave at least one unit"):
        memory.overlaps(states, known=np.zeros(130, bool))


def test_all_units_known_is_no_mask():
    patterns = hb.PackedPatterns.random(20, 64, rng=0)
    assert patterns.nearest(patterns, known=np.ones(64, bool)) == patterns.nearest(patterns)
    assert patterns.nearest(patterns).index.tolist() == [[k] for k in range(20)]


def test_a_mask_finds_what_noise_hides():
    """Half known units are 100 of 200 right; half noise leaves the same overlap and the noise of all units."""
    patterns = hb.random_patterns(5000, 200, rng=3)
    known = np.arange(200) < 24
    cues = np.where(known, patterns[:500], hb.random_patterns(500, 200, rng=4)).astype(np.int8)
    right = hb.PackedPatterns(patterns).nearest(cues, known=known).index[:, 0] == np.arange(500)
    wrong = hb.PackedPatterns(patterns).nearest(cues).index[:, 0] == np.arange(500)
    assert right.mean() > 0.99  # 24 bits: another pattern agrees in all with probability 5000 / 2^24
    assert wrong.mean() < 0.2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"count": 0}, r"count must be an integer from 1 to 3, got 0"),
        ({"count": 4}, r"count must be an integer from 1 to 3, got 4"),
        ({"count": 1.0}, r"count must be an integer from 1 to 3, got 1.0"),
        ({"known": np.zeros(5, bool)}, r"known must leave at least one unit, got none of 5"),
        ({"known": np.ones(4, bool)}, r"known must be a boolean mask of shape \(5,\)"),
        ({"known": np.ones(5)}, r"known must be a boolean mask of shape \(5,\), got float64"),
        ({"states": np.ones(4)}, r"states must have shape \(5,\) or \(Q, 5\)"),
        ({"threads": 0}, r"threads must be an integer of at least 1, got 0"),
    ],
)
def test_refusals(change, message):
    patterns = hb.PackedPatterns(hb.random_patterns(3, 5, rng=0))
    with pytest.raises(ValueError, match=message):
        patterns.nearest(**({"states": np.ones(5)} | change))
