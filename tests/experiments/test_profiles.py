"""The profile of Hebbian units: theory against closed formulas, simulation against theory."""

import math

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import experiments
from hebbfast.atoms import ATOMS


def binomial(D, K):
    """P(field | value +1) by Python integers."""
    n = (D - 1) * (K - 1)
    return {(D - 1) - n + 2 * k: math.comb(n, k) / 2**n for k in range(n + 1)}


def entropy(p):
    return -sum(q * math.log2(q) for q in (p, 1 - p) if q)


@pytest.mark.parametrize(("D", "K"), [(12, 7), (11, 6), (10, 2), (5, 1), (20, 21)])
def test_unbinned_theory_is_the_closed_formula(D, K):
    """A sum over fields alone, with the chance of a zero field carried; K and D odd and even."""
    law = binomial(D, K)
    wrong, tie = sum(p for r, p in law.items() if r < 0), law.get(0, 0.0)
    red = tie * math.log2(2 * (1 - wrong) / (1 + tie))
    for r, p in law.items():
        if r and p:
            other = law.get(-r, 0.0)
            red += p * math.log2(2 * (other + (1 - wrong if r > 0 else wrong)) / (1 + other))
    about_e = 1 - entropy(wrong)
    wanted = red, about_e - red, 1 - tie - red, red - about_e + tie, 0
    found = hb.theory.pid_profile(D, K)
    assert [getattr(found, name) for name in ATOMS] == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize(("D", "K"), [(12, 7), (100, 51)])
def test_sign_theory_is_the_closed_formula(D, K):
    wrong = sum(p for r, p in binomial(D, K).items() if r < 0)
    red = (1 - wrong) * math.log2(2 / (1 + wrong)) + wrong * math.log2(2 / (2 - wrong))
    synergy = red - 1 + entropy(wrong)
    for found in (hb.theory.pid_profile(D, K, "sign"), hb.theory.pid_profile(D, K, 2)):
        assert [getattr(found, name) for name in ATOMS] == pytest.approx(
            (red, -synergy, 1 - red, synergy, 0), abs=1e-12
        )


def test_rare_fields_do_not_underflow():
    """The tails of 4950 signs are below the smallest float; red lies between the limits of sign and of fine fields."""
    found = hb.theory.pid_profile(100, 51)
    wrong = sum(p for r, p in binomial(100, 51).items() if r < 0)
    assert found.unique_recurrent == pytest.approx(1 - found.redundant, abs=1e-12)
    assert found.synergistic == pytest.approx(-found.unique_external, abs=1e-12)
    assert 1 - entropy(wrong) < found.redundant < hb.theory.pid_profile(100, 51, 60, 300.0).redundant


def test_simulation_agrees_with_theory():
    """2 binnings, 3 loads, 60 networks; 4.5 jackknife errors: below 1e-4 by chance for all six, if they are normal."""
    found = experiments.pid_profile(40, [0.2, 0.5, 1.0], rules=["Hebb"], networks=60, rng=1)
    assert found.patterns.tolist() == [9, 21, 41]
    assert found.theory.shape == (2, 3, 5) and found.atoms.shape == (1, 2, 3, 5)
    deviation = np.abs(found.atoms[0, :, :, 0] - found.theory[:, :, 0]) / found.errors[0, :, :, 0]
    assert deviation.max() < 4.5
    assert found.errors[0, :, :, 0].max() < 0.02


def test_redundant_below_capacity_then_by_binning():
    """Hebb loses redundancy; to synergy if only the sign is seen, to R alone if the field is."""
    found = experiments.pid_profile(100, [0.05, 0.5], rules=["Hebb"], networks=4, rng=2)
    sign, fine = found.theory
    assert min(sign[0, 0], fine[0, 0]) > 0.999
    assert sign[1, 3] > 0.2 and abs(fine[1, 3]) < 0.05 and fine[1, 2] > 0.3


def test_learned_units_stay_redundant_beyond_hebb():
    found = experiments.pid_profile(40, [0.5], networks=2, epochs=300, rng=3)
    hebb, learned = found.atoms[:, 1, 0, 0]
    assert learned > 0.98 > 0.75 > hebb


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loads": []}, "loads must be increasing"),
        ({"loads": [0.2, 0.1]}, "loads must be increasing"),
        ({"loads": [math.nan]}, "loads must be finite"),
        ({"rules": ["x"]}, "rules must be some of 'Hebb', 'redundancy'"),
        ({"networks": 1}, "networks must be an integer from 2 to 2147483647, got 1"),
        ({"bins": [1]}, "bins must be None, 'sign' or an integer from 2 to 10000000, got 1"),
        ({"bins": []}, "at least one binning"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        experiments.pid_profile(**{"units": 10, "loads": [0.5], "networks": 2, **options})


def test_theory_refuses_what_it_cannot_hold():
    with pytest.raises(ValueError, match=r"\(D - 1\) \(K - 1\) must be at most"):
        hb.theory.pid_profile(10**5, 10**5)
