"""Interactions of one's own: the sums over their tables, against the closed forms and against enumeration."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import theory


class Cubic:
    """Polynomial(3), unknown to theory."""

    def __call__(self, overlap):
        return np.asarray(overlap, dtype=np.float64) ** 3 / 3

    def weights(self, units, patterns):
        s = np.arange(1 - units, units, 2)
        return (s + 1) ** 3 - (s - 1) ** 3


class LogCosh:
    """F(x) = ln cosh(x / 2), no integers anywhere."""

    def __call__(self, overlap):
        return np.logaddexp(np.asarray(overlap) / 2.0, -np.asarray(overlap) / 2.0) - math.log(2)

    def weights(self, units, patterns):
        return np.diff(self(np.arange(-units, units + 1, 2)))


@pytest.mark.parametrize(("D", "K", "flips"), [(1, 3, 0), (2, 2, 0), (17, 9, 2), (24, 50, 0), (40, 300, 5)])
def test_a_known_law_by_its_table(D, K, flips):
    own, known = Cubic(), hb.Polynomial(3)
    assert theory.noise_second_moment(D, own) == pytest.approx(theory.noise_second_moment(D, known), rel=1e-13)
    assert theory.noise_moment(D, own, 4) == pytest.approx(float(theory.noise_moment(D, known, 4)), rel=1e-13)
    assert theory.noise_moment(D, own, 3) == 0
    if flips < D:
        assert theory.snr(D, K, own, flips) == pytest.approx(theory.snr(D, K, known, flips), rel=1e-13)
        for tie in ("plus", "keep"):
            options = {"tie": tie, "flips": flips}
            expected = theory.unit_error(D, K, known, **options)
            assert theory.unit_error(D, K, own, **options) == pytest.approx(expected, rel=1e-10, abs=1e-300)


@pytest.mark.parametrize("criterion", ["unit", "pattern", "all"])
def test_capacities_by_the_table(criterion):
    expected = theory.capacity(60, hb.Polynomial(3), criterion)
    assert theory.capacity(60, Cubic(), criterion) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("F", [Cubic(), LogCosh()])
@pytest.mark.parametrize("flips", [0, 1])
def test_unit_error_by_enumeration(F, flips):
    """D = 5, K = 3: the two foreign patterns in all 2^10 ways; unit 0 of a cue with flips among the others."""
    D, foreign = 5, 2
    cue = np.ones(D, dtype=int)
    cue[1 : 1 + flips] = -1
    table = np.asarray(F.weights(D, 3), dtype=float)
    wrong = tied = 0
    for bits in itertools.product((-1, 1), repeat=foreign * D):
        patterns = np.vstack([np.ones(D, dtype=int), np.array(bits).reshape(foreign, D)])
        others = (patterns[:, 1:] @ cue[1:] + D - 1) // 2  # how many agree
        field = math.fsum(patterns[:, 0] * table[others])
        wrong += field < -1e-12
        tied += abs(field) <= 1e-12
    total = 2 ** (foreign * D)
    assert theory.unit_error(D, 3, F, tie="keep", flips=flips) == pytest.approx(wrong / total, abs=1e-4)
    assert theory.unit_error(D, 3, F, flips=flips) == pytest.approx((wrong + tied / 2) / total, abs=1e-4)


def test_a_flat_interaction_has_no_signal():
    class Flat(Cubic):
        def __call__(self, overlap):
            return np.zeros(np.shape(overlap))

        def weights(self, units, patterns):
            return np.zeros(units, dtype=int)

    assert theory.snr(10, 5, Flat()) == 0
    assert theory.noise_moment(10, Flat(), 2) == 0
    assert theory.unit_error(10, 5, Flat()) == 0.5
    with pytest.raises(ValueError, match="flips must leave a signal"):
        theory.capacity(10, Flat())


def test_a_table_need_not_be_exact_to_be_used():
    """Moments of floats, by the formula in fractions."""
    D, F = 9, LogCosh()
    expected = sum(
        Fraction(math.comb(D - 1, a), 2 ** (D - 1)) * Fraction(float(F(2 * a - D + 2) - F(2 * a - D))) ** 2
        for a in range(D)
    )
    assert theory.noise_second_moment(D, F) == pytest.approx(float(expected), rel=1e-12)
