"""Floats that are integers times one number: found, held as those integers, and left alone where they are not."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import sparse

import hebbfast as hb
from hebbfast.networks._common_scale import common_scale, real

RNG = np.random.default_rng(0)
SCALES = {"1/100": 1 / 100, "1/√500": 1 / math.sqrt(500), "pi": math.pi, "1e-200/3": 1e-200 / 3, "1e200/7": 1e200 / 7}


@pytest.mark.parametrize("name", SCALES)
@pytest.mark.parametrize("largest", [1, 9, 127, 5000])
def test_multiples_are_found(name, largest):
    """The greatest common divisor of the integers, whatever the order; entries rounded by the product."""
    scale = SCALES[name]
    for factor in (1, 6):
        integers = factor * RNG.integers(-largest, largest, 300, endpoint=True)
        integers[7] = factor * largest
        found = common_scale(integers * scale)
        assert found is not None and abs(found / (math.gcd(*integers.tolist()) * scale) - 1) < 1e-15
        assert np.array_equal(np.rint(integers * scale / found) * round(found / scale), integers)


@example([2173], 0.99999)  # near a fraction of small integers
@given(st.lists(st.integers(1, 2**15), min_size=1, max_size=6), st.floats(1e-50, 1e50))
@settings(max_examples=100, deadline=None)
def test_scales_of_few_numbers(integers, scale):
    """Where the smallest entry is no divisor of the others: 6, 10 and 15 have 1."""
    found = common_scale(np.array(integers) * scale)
    assert found is not None
    assert found == pytest.approx(scale * math.gcd(*integers), rel=1e-14)


def test_sums_of_rounded_terms_are_multiples():
    """Hebbian couplings summed pattern by pattern, each divided by D: K roundings an entry."""
    patterns = hb.random_patterns(301, 70, rng=0).astype(np.float64)
    J = np.zeros((70, 70))
    for row in patterns:
        J += np.outer(row, row) / 70
    exact = patterns.T @ patterns
    assert not np.array_equal(J, exact / 70)
    np.fill_diagonal(J, 0)
    np.fill_diagonal(exact, 0)
    network = hb.HopfieldNetwork(J)
    assert "int8 couplings" in repr(network)
    assert np.array_equal(network.couplings, exact / 70)


@pytest.mark.parametrize(
    "values",
    [
        np.sqrt(np.arange(1.0, 40)),
        RNG.standard_normal(500),
        [1.0, 1.0 + 2.0**-30],
        [1.0, 2.0**-26],
        [0.1, 0.1 + 2e-12],
        [1e-300, 1e300],
        np.zeros(3),
        [],
    ],
)
def test_others_have_none(values):
    assert common_scale(np.asarray(values, dtype=np.float64)) is None


def test_ties_of_hebbian_couplings_over_any_number_are_ties():
    """J / D and J / √D decide each unit as the integers do, in Python integers; rounded ones would not."""
    D = 90
    patterns = hb.random_patterns(6, D, rng=0)
    integers = hb.learning.activity_product(patterns).astype(int)
    bias = 2 * RNG.integers(-5, 6, D)
    states = hb.random_patterns(200, D, rng=1)
    fields = [[sum(int(j) * int(s) for j, s in zip(row, state, strict=True)) + int(b)
               for row, b in zip(integers.tolist(), bias.tolist(), strict=True)] for state in states]  # fmt: skip
    ties = np.array(fields) == 0
    assert ties.sum() > 100
    assert ((states @ (integers / D) + bias / D)[ties] != 0).any()  # what float64 makes of them
    for divisor in (D, math.sqrt(D), 7.3):
        for tie, value in (("plus", 1), ("minus", -1)):
            for couplings in (integers / divisor, sparse.csr_array(integers / divisor)):
                network = hb.HopfieldNetwork(couplings, bias / divisor)
                after = network.recall(states, update="sync", max_sweeps=1, tie=tie).states
                assert np.array_equal(after, np.where(ties, value, np.sign(fields)))
                assert np.array_equal(network.fields(states) == 0, ties)


def test_a_bias_off_the_grid_keeps_64_bits():
    J = np.array([[0, 1], [1, 0]]) / 3
    assert "int8" in repr(hb.HopfieldNetwork(J, [2 / 3, 0]))
    network = hb.HopfieldNetwork(J, [0.1234567, math.pi])
    assert "int64" in repr(network)
    assert network.fields([1, -1]).tolist() == [float(Fraction(0.1234567) - Fraction(1 / 3)), 1 / 3 + math.pi]


@pytest.mark.parametrize("off", [1e-13, -1e-13, 2.0**-50])
def test_what_64_bits_hold_is_not_rounded_to_a_power_of_two(off):
    """1 + 1e-13 is 1 to 2^-40, and yet exact; beside 1/3, no power of two, what is off is taken for rounding."""
    network = hb.HopfieldNetwork([[0, 1], [1, 0]], [-(1 + off), 0])
    assert network.fields([1, 1]).tolist() == [float(1 - Fraction(1 + off)), 1.0]
    assert hb.HopfieldNetwork([[0, 1 / 3], [1 / 3, 0]], [-(1 / 3 + 2.0**-54), 0]).fields([1, 1])[0] == 0


@pytest.mark.parametrize("divisor", [3, 100, 4096, 999_983])
def test_quotients_come_back_as_they_were(divisor):
    integers = RNG.integers(-900, 900, (20, 20))
    np.fill_diagonal(integers, 0)
    for factor in (1, 2):
        given = factor * integers / divisor
        assert np.array_equal(hb.HopfieldNetwork(given).couplings, given)
        assert np.array_equal(real(factor * integers, 1 / divisor), given)


def test_scale():
    """Integers beside a scale: the same network as their product, of which no matrix of floats is made."""
    signs = np.where(RNG.random((40, 40)) < 0.5, 1, -1).astype(np.int8)
    signs = np.triu(signs, 1) + np.triu(signs, 1).T
    scale, bias = 1 / math.sqrt(40), np.arange(40)
    network = hb.HopfieldNetwork(signs, bias, scale=scale)
    product = hb.HopfieldNetwork(signs * scale, bias * scale)
    states = hb.random_patterns(5, 40, rng=0)
    assert "int8" in repr(network) and "int8" in repr(product)
    for name in ("couplings", "bias"):
        np.testing.assert_allclose(getattr(network, name), getattr(product, name), rtol=1e-15)
    wanted = [-(sum(int(s[i] * signs[i, j] * s[j]) for i in range(40) for j in range(i)) + int(bias @ s)) for s in
              states.astype(int)]  # fmt: skip
    assert network.energy(states).tolist() == [-0.5 * (-2 * energy * scale) for energy in wanted]
    assert network.energy(states).tolist() == [network.energy(state) for state in states]
    runs = [n.recall(states, temperature=0.7, max_sweeps=9, rng=3) for n in (network, product)]
    assert np.array_equal(runs[0].states, runs[1].states)
    assert np.array_equal(runs[0].energy, network.energy(runs[0].states))
    halves = hb.HopfieldNetwork(sparse.csr_array(signs), scale=0.5)
    assert np.array_equal(halves.couplings.toarray(), signs / 2)


@pytest.mark.parametrize("scale", [0, -1, math.nan, math.inf, "1", True])
def test_scales_above_zero(scale):
    with pytest.raises(ValueError, match="scale must be a finite number above 0"):
        hb.HopfieldNetwork([[0, 1], [1, 0]], scale=scale)


@pytest.mark.parametrize(("coupling", "scale"), [(2.0**900, 1e100), (2.0**-900, 1e-200)])
def test_scales_that_leave_float64(coupling, scale):
    with pytest.raises(ValueError, match="scale must keep couplings and fields within float64"):
        hb.HopfieldNetwork([[0, coupling], [coupling, 0]], scale=scale)
