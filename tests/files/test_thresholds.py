"""Cutting grey values: halves, exact means, inclusive borders, values that are none."""

import zlib
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from hebbfast.files import binarise

RNG = np.random.default_rng(0)
FLOATS = nps.floating_dtypes(endianness="=", sizes=(16, 32, 64))
INTEGERS = st.one_of(nps.integer_dtypes(endianness="="), nps.unsigned_integer_dtypes(endianness="="))


def by_exact_mean(values):
    exact = [Fraction(value) for value in values.tolist()]
    return [1 if value * len(exact) >= sum(exact) else -1 for value in exact]


@pytest.mark.parametrize("size", [1, 2, 7, 64, 101])
@pytest.mark.parametrize("levels", [1, 2, 3, 256], ids=lambda n: f"{n} levels")
def test_balanced_is_balanced(size, levels):
    grey = RNG.integers(0, levels, size)
    signs = binarise(grey)
    assert signs.dtype == np.int8
    assert set(np.unique(signs)) <= {-1, 1}
    assert (signs == 1).sum() == size // 2
    if size > 1:
        assert grey[signs == 1].min() >= grey[signs == -1].max()
    np.testing.assert_array_equal(signs, binarise(grey))
    np.testing.assert_array_equal(signs, binarise(grey, "median"))


def test_equal_values_are_divided_by_a_permutation_of_their_places():
    """The law of 0.1: shuffle the places, sort by value, keep the order of the shuffle; the last half becomes +1."""
    grey = RNG.integers(0, 4, 5000).astype(np.float32)
    places = np.random.default_rng(zlib.crc32(grey.tobytes())).permutation(grey.size)
    expected = np.full(grey.size, -1)
    expected[places[np.argsort(grey[places], kind="stable")][grey.size - grey.size // 2 :]] = 1
    np.testing.assert_array_equal(binarise(grey), expected)


def test_ties_of_equal_pictures_are_broken_alike_and_of_others_differently():
    ones, twos = binarise(np.ones((20, 20))), binarise(np.full((20, 20), 2.0))
    assert abs(int(np.sum(ones * twos, dtype=int))) < 200  # five standard deviations are 100


def test_thresholds():
    grey = np.array([[0, 100], [101, 255]], np.uint8)
    assert binarise(grey, 101).tolist() == [[-1, -1], [1, 1]]
    assert binarise(grey, np.float32(100.5)).tolist() == [[-1, -1], [1, 1]]
    assert binarise(grey, 300).tolist() == [[-1, -1], [-1, -1]]
    assert binarise(grey, "mean").tolist() == [[-1, -1], [-1, 1]]
    assert binarise([[True, False]], "mean").tolist() == [[1, -1]]
    assert binarise(np.ones(3, np.float16), 1e6).tolist() == [-1, -1, -1]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("value", [0.1, 0.3, 1 / 3, 77.0, 1e-5, 254.7])
@pytest.mark.parametrize("count", [3, 7, 999, 1000])
def test_equal_values_are_at_their_mean_and_at_themselves(dtype, value, count):
    grey = np.full(count, value, dtype)
    assert (binarise(grey, "mean") == 1).all()
    assert (binarise(grey, value) == 1).all()


@given(nps.arrays(INTEGERS, st.integers(1, 9)))
def test_means_of_integers_are_exact(values):
    assert binarise(values, "mean").tolist() == by_exact_mean(values)


@given(nps.arrays(FLOATS, st.integers(1, 9), elements={"allow_nan": False, "allow_infinity": False}))
def test_means_of_floats_are_exact(values):
    assert binarise(values, "mean").tolist() == by_exact_mean(values)


def test_the_mean_of_a_large_picture_is_exact():
    grey = np.full(3_000_000, 127, np.float32)
    grey[:1_500_000] += 1
    grey[0], grey[-1] = 200, 127.5 * 2 - 200  # the mean stays 127.5
    grey[1] = 127.5
    grey[2] = 128.5
    signs = binarise(grey, "mean")
    assert signs[1] == 1
    assert (signs == 1).sum() == 1_500_000


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("threshold", ["balanced", "mean", 0.5])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_values_that_are_none(wrong, threshold, dtype):
    grey = np.ones((3, 4), dtype)
    grey[1, 2] = wrong
    with pytest.raises(ValueError, match=rf"grey must be finite, got {wrong} at \[1, 2\]"):
        binarise(grey, threshold)


def test_bad_input():
    for threshold in ("half", "", "MEAN"):
        with pytest.raises(ValueError, match="threshold must be one of 'balanced', 'median', 'mean' or a number, got"):
            binarise([1, 2], threshold)
    for threshold in (np.nan, np.inf, None, True, [1], np.array([1, 2])):
        with pytest.raises(ValueError, match="threshold must be a finite number, got"):
            binarise([1, 2], threshold)
    for grey in ([1j], ["a"], [None], np.array(["2020"], "M8[s]")):
        with pytest.raises(TypeError, match="grey must hold real numbers, got dtype"):
            binarise(grey)
    with pytest.raises(ValueError, match=r"grey must hold at least one value, got shape \(0, 3\)"):
        binarise(np.empty((0, 3)))
    with pytest.raises(ValueError, match=r"grey must hold grey values, got a masked entry at \[1\]"):
        binarise(np.ma.masked_equal([1, 2, 3], 2))
