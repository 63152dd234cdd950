"""Sequences for D → ∞: published loads, the fixed point by iteration, and mean-field theory where it says the same."""

import math

import pytest
from scipy import optimize, special

import hebbfast as hb
from hebbfast import theory


def by_iteration(load, degree):
    """Step by step from m = 1, with the noise of the step before: Düring, Coolen and Sherrington (1998) for n = 2."""
    m = 1.0
    for _ in range(3000):
        if degree == 2:
            s = optimize.brentq(lambda s: s * s - load - 2 / math.pi * math.exp(-((m / s) ** 2)), 0.01, 2)  # noqa: B023
            m = special.erf(m / math.sqrt(2) / s)
        else:
            m = special.erf(m ** (degree - 1) / math.sqrt(2 * math.prod(range(1, 2 * degree - 2, 2)) * load))
    return m


@pytest.mark.parametrize(("degree", "alpha"), [(2, 0.269062), (3, 0.084063), (4, 0.013191)])
def test_where_sequences_end(degree, alpha):
    end = theory.sequence_end(hb.Polynomial(degree))
    assert end.alpha == pytest.approx(alpha, abs=6e-7)
    below, above = (by_iteration(share * end.alpha, degree) for share in (0.999, 1.001))
    assert below == pytest.approx(theory.sequence_overlap(0.999 * end.alpha, hb.Polynomial(degree)), abs=1e-9)
    assert below == pytest.approx(end.overlap, abs=0.03)
    assert below > end.overlap
    assert above < 1e-6
    assert theory.sequence_overlap(1.001 * end.alpha, hb.Polynomial(degree)) == 0


def test_published_overlaps():
    """n = 2: .9140 and .8918 at .25 and .26, and .835 at the end; n = 3 at .06 and .07: .9749, .9521."""
    assert [theory.sequence_overlap(a) for a in (0.2, 0.25, 0.26)] == pytest.approx([0.9663, 0.9140, 0.8918], abs=6e-5)
    assert theory.sequence_end().overlap == pytest.approx(0.835, abs=5e-4)
    assert [theory.sequence_overlap(a, hb.Polynomial(3)) for a in (0.06, 0.07)] == pytest.approx(
        [0.9749, 0.9521], abs=6e-5
    )
    assert theory.sequence_overlap(1e-9) == 1


@pytest.mark.parametrize("interaction", [hb.Polynomial(3), hb.Polynomial(5), hb.RectifiedPolynomial(4)], ids=str)
def test_replica_symmetric_theory_of_stored_patterns_ends_there_too(interaction):
    end, stored = theory.sequence_end(interaction), theory.mean_field.critical_load(interaction=interaction)
    assert end.alpha == pytest.approx(stored.alpha, rel=1e-9)
    assert end.overlap == pytest.approx(stored.overlap, abs=1e-6)


def test_refusals():
    for alpha in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="alpha must be a finite number"):
            theory.sequence_overlap(alpha)
    for wrong in (hb.Exponential(0.1), hb.RectifiedPolynomial(2)):
        with pytest.raises(ValueError, match="interaction must be a Polynomial, or a RectifiedPolynomial of degree 3"):
            theory.sequence_end(wrong)
