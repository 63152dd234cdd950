"""The wording of refusals: each names the argument, what it wants and what it got, whatever was given."""

import fractions

import numpy as np
import pytest

from hebbfast import _arguments

ODD = [True, np.True_, 3.0, "three", None, 1j, [3], np.array([3, 4]), b"b", 2**63, -1]


@pytest.mark.parametrize("value", ODD)
def test_whole_refuses(value):
    with pytest.raises(ValueError, match=r"^count must be an integer (of at least 0|from 0 to \d+), got "):
        _arguments.whole("count", value, 0)


def test_whole_accepts_the_integers_of_python_and_numpy():
    for value in (3, np.int8(3), np.uint64(3), np.array(3)):
        assert type(_arguments.whole("count", value, 0)) is int
    assert _arguments.whole("count", 2**63 - 1, 0) == 2**63 - 1
    with pytest.raises(ValueError, match=r"count must be an integer from 1 to 5, got 6"):
        _arguments.whole("count", 6, 1, 5)
    with pytest.raises(ValueError, match=r"got a huge integer"):
        _arguments.whole("count", 10**5000, 0)


@pytest.mark.parametrize("value", [True, "0.5", None, np.nan, np.inf, -0.1, 1.1, 1j, [0.5], 10**400, np.array([0.5])])
def test_real_refuses(value):
    with pytest.raises(ValueError, match=r"^share must be a finite number from 0 to 1, got "):
        _arguments.real("share", value, 0, 1)


def test_real_intervals():
    for value in (0.5, np.float32(0.5), fractions.Fraction(1, 2), np.array(0.5)):
        assert _arguments.real("share", value, 0, 1) == 0.5
    for ends, wording in (("()", "above 0"), ("[)", "of at least 0")):
        with pytest.raises(ValueError, match=f"share must be a finite number {wording}, got -1"):
            _arguments.real("share", -1, 0, ends=ends)
    with pytest.raises(ValueError, match=r"share must be a finite number in \[0, 0.5\), got 0.5"):
        _arguments.real("share", 0.5, 0, 0.5, "[)")


def test_choice_and_flag():
    with pytest.raises(ValueError, match=r"^tie must be one of 'plus', 'keep', 'minus', got \['plus'\]$"):
        _arguments.choice("tie", ["plus"], _arguments.TIES)
    for value in (1, "yes", None, np.array(True)):
        with pytest.raises(ValueError, match=r"^early must be True or False, got "):
            _arguments.flag("early", value)
    assert _arguments.flag("early", np.True_) is True


def test_masked_entries_are_refused_everywhere():
    values = np.ma.array(np.ones((2, 3)), mask=[[0, 0, 0], [0, 1, 0]])
    for read in (_arguments.real_array, lambda name, v: _arguments.array(name, v, "numbers")):
        with pytest.raises(ValueError, match=r"^data must hold .*, got a masked entry at \[1, 1\]"):
            read("data", values)
    np.testing.assert_array_equal(_arguments.real_array("data", np.ma.array([1.0, 2.0])), [1.0, 2.0])
    with pytest.raises(ValueError, match="clamp must hold a boolean mask"):
        _arguments.mask("clamp", np.ma.array([True, False], mask=[False, True]), 2)


@pytest.mark.parametrize("values", [[[1, 2], [3]], ["a"], [None], [1j], [{}], np.array(["2020"], dtype="M8[Y]")])
def test_real_array_refuses_what_is_no_number(values):
    with pytest.raises((ValueError, TypeError), match=r"^data must hold real numbers, got "):
        _arguments.real_array("data", values)


@pytest.mark.parametrize("rng", [-1, "seed", 1.5, [1.5], {}, np.random.RandomState])
def test_generator_names_the_argument(rng):
    with pytest.raises(ValueError, match=r"^rng must be None, a seed"):
        _arguments.generator(rng)


def test_shown_is_short_and_on_one_line():
    assert _arguments.shown(np.zeros((3, 4))) == "an array of float64 and shape (3, 4)"
    assert "\n" not in _arguments.shown({"a": "b\nc" * 100})
    assert len(_arguments.shown("x" * 1000)) <= 80


@pytest.mark.parametrize("values", [[2**64, 1], [[0, -(2**70)], [-(2**70), 0]], np.array([1, 2**63], dtype=object)])
def test_real_array_names_what_64_bits_do_not_hold(values):
    with pytest.raises(ValueError, match=r"data must be integers of 64 bits or floats, got -?\d+"):
        _arguments.real_array("data", values)


def test_small_integers_in_an_array_of_objects():
    with pytest.raises(ValueError, match=r"data must be integers of 64 bits or floats, got an array of objects"):
        _arguments.real_array("data", np.array([1, 2], dtype=object))


def test_indices_beyond_64_bits_are_named():
    with pytest.raises(ValueError, match=r"units must lie in 0\.\.9, got 1180591620717411303424"):
        _arguments.indices("units", [3, 2**70], 10)
    with pytest.raises(ValueError, match=r"units must lie in 0\.\.9, got -1180591620717411303424"):
        _arguments.indices("units", [-(2**70)], 10)
    with pytest.raises(ValueError, match=r"units must be a 1-d array of integers, got object"):
        _arguments.indices("units", [None], 10)
