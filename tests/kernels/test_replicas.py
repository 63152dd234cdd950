"""Replicas that swap and are compared: the bridge against its twin, and what it refuses."""

import numpy as np
import pytest

from hebbfast import _kernels
from hebbfast._kernels.twin import replicas as twin


def tables(rng, copies, temperatures):
    count = copies * temperatures
    return {
        "energies": np.rint(rng.normal(0, 5, count)) / 4,  # some are equal
        "ladder": np.sort(rng.uniform(0.5, 4.0, temperatures)),
        "who": rng.permutation(count).reshape(copies, temperatures),
        "stream": np.array([rng.integers(2**62), 2 * rng.integers(2**61) + 1]),
        "temperatures": np.zeros(count),
        "accepted": np.zeros(temperatures, dtype=np.int64),
        "trips": np.zeros(count, dtype=np.int64),
        "heading": rng.integers(-1, 2, count).astype(np.int8),
    }


@pytest.mark.parametrize(("copies", "temperatures"), [(1, 1), (1, 2), (2, 7), (3, 14)])
def test_swaps_are_those_of_the_twin(copies, temperatures):
    rng = np.random.default_rng(temperatures)
    names = ("stream", "who", "temperatures", "accepted", "trips", "heading")
    ours, theirs = tables(rng, copies, temperatures), {}
    theirs = {name: values.copy() for name, values in ours.items()}
    for round_ in range(200):
        for given, module in ((ours, _kernels), (theirs, twin)):
            module.swap(given["energies"], given["ladder"], round_ % 2, *(given[name] for name in names))
        ours["energies"] = theirs["energies"] = rng.normal(0, 5, copies * temperatures)
        for name in names:
            np.testing.assert_array_equal(ours[name], theirs[name], err_msg=name)
    np.testing.assert_array_equal(np.sort(ours["who"].ravel()), np.arange(copies * temperatures))
    assert temperatures == 1 or (0 < ours["accepted"].sum() and 0 < ours["trips"].sum())


def test_swaps_that_are_not_counted():
    rng = np.random.default_rng(0)
    given = tables(rng, 2, 5)
    arguments = [given[name] for name in ("energies", "ladder")], [given[n] for n in ("stream", "who", "temperatures")]
    before = given["who"].copy()
    _kernels.swap(*arguments[0], 0, *arguments[1], None, None, None)
    assert (given["who"] != before).any() and not given["accepted"].any()
    np.testing.assert_array_equal(given["temperatures"][given["who"]], np.tile(given["ladder"], (2, 1)))


@pytest.mark.parametrize("units", [1, 64, 65, 300])
def test_agreements(units):
    rng = np.random.default_rng(units)
    signs = rng.integers(0, 2, (12, units))
    words = np.zeros((12, -(-units // 64)), dtype=np.uint64)
    _kernels.pack((2 * signs - 1).astype(np.int8), words)
    who = rng.permutation(12).reshape(3, 4)
    got, expected = np.full((2, 3, 4), -1)
    _kernels.agreements(words, units, who, got)
    twin.agreements(words, units, who, expected)
    plain = [[(signs[who[a, t]] == signs[who[b, t]]).sum() for t in range(4)] for a, b in ((0, 1), (0, 2), (1, 2))]
    np.testing.assert_array_equal(got, plain)
    np.testing.assert_array_equal(expected, plain)


def test_refusals():
    given = tables(np.random.default_rng(0), 2, 3)
    names = ("stream", "who", "temperatures", "accepted", "trips", "heading")

    def swap(**change):
        used = given | change
        _kernels.swap(used["energies"], used["ladder"], used.get("parity", 0), *(used[name] for name in names))

    for change, message in (
        ({"parity": 2}, "parity must be 0 or 1"),
        ({"who": given["who"] + 1}, r"who must lie in 0\.\.5"),
        ({"ladder": given["ladder"][:2]}, "ladder must have"),
        ({"temperatures": np.zeros(5)}, "temperatures must have"),
        ({"accepted": np.zeros(2, np.int64)}, "accepted must have"),
        ({"trips": np.zeros(2, np.int64)}, "trips and heading must"),
        ({"stream": np.zeros(1, np.int64)}, "stream must have"),
    ):
        with pytest.raises(ValueError, match=message):
            swap(**change)
    words = np.zeros((6, 1), np.uint64)
    for arguments in (
        (words, 65, given["who"], np.zeros((1, 3), np.int64)),
        (words, 9, given["who"], np.zeros((2, 3), np.int64)),
    ):
        with pytest.raises(ValueError, match="must have"):
            _kernels.agreements(*arguments)
