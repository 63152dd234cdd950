"""Capacities: against their definitions, published values, and the errors they promise."""

import math
from fractions import Fraction

import pytest
from scipy import integrate, special

import hebbfast as hb
from hebbfast import theory


def test_check_values():
    found = [theory.capacity(1000, hb.Polynomial(2), criterion) for criterion in ("unit", "pattern", "all")]
    assert found == pytest.approx([151.57, 98.71, 55.34], abs=0.01)


@pytest.mark.parametrize("n", [100, 160, 301])
def test_high_degrees(n):
    """The moment as a sum over overlaps, in fractions; the law of so many patterns is normal; n·g may be no double."""
    D, z = 100, Fraction(float(special.ndtri(0.005)))
    gains = [(s + 1) ** n - (s - 1) ** n for s in range(1 - D, D, 2)]
    moment = Fraction(sum(math.comb(D - 1, a) * g**2 for a, g in enumerate(gains)), 2 ** (D - 1))
    expected = float(1 + Fraction(gains[-1]) ** 2 / moment / z**2)
    for method in ("gaussian", "exact"):
        assert theory.capacity(D, hb.Polynomial(n), method=method) == pytest.approx(expected, rel=1e-11)
    leading = float(Fraction(D ** (n - 1), math.prod(range(1, 2 * n - 2, 2))) / z**2)
    assert theory.asymptotic_capacity(D, hb.Polynomial(n), "unit") == pytest.approx(leading, rel=1e-10)


@pytest.mark.parametrize(("error", "alpha"), [(0.0036, 0.138458), (0.005, 0.150718)])
def test_load_at_a_unit_error(error, alpha):
    """Hertz, Krogh and Palmer (1991), table 2.1: 0.36 % at 0.138, and so 0.5 % belongs to 0.15, not to 0.14."""
    assert theory.asymptotic_capacity(1000, hb.Polynomial(2), "unit", error) / 1000 == pytest.approx(alpha, abs=1e-6)
    assert theory.capacity(10**7, hb.Polynomial(2), "unit", error) / 10**7 == pytest.approx(alpha, abs=1e-6)


INTERACTIONS = [hb.Polynomial(2), hb.Polynomial(3), hb.RectifiedPolynomial(3), hb.Polynomial(4), hb.Exponential(0.3)]


@pytest.mark.parametrize("interaction", INTERACTIONS, ids=str)
@pytest.mark.parametrize("flips", [0, 5])
def test_capacity_inverts_the_gaussian_error(interaction, flips):
    D, unit = 80, lambda K: theory.unit_error(D, K, interaction, "gaussian", flips=flips)
    assert unit(theory.capacity(D, interaction, error=0.01, flips=flips)) == pytest.approx(0.01)
    assert 1 - (1 - unit(theory.capacity(D, interaction, "pattern", 0.3, flips=flips))) ** D == pytest.approx(0.3)
    K = theory.capacity(D, interaction, "all", 0.2, flips=flips)
    assert D * K * unit(K) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("interaction", "criterion", "error"),
    [
        (hb.Polynomial(2), "unit", 0.01),
        (hb.Polynomial(2), "all", 0.5),
        (hb.Polynomial(3), "unit", 0.003),
        (hb.Polynomial(3), "pattern", 0.5),
        (hb.Polynomial(3), "all", 0.5),
        (hb.RectifiedPolynomial(3), "pattern", 0.2),
        (hb.Polynomial(4), "unit", 0.01),
        (hb.Exponential(1.0), "unit", 0.01),
    ],
    ids=str,
)
def test_capacity_inverts_the_exact_error(interaction, criterion, error):
    D = 11
    K = theory.capacity(D, interaction, criterion, error, method="exact")
    allowed = {"unit": error, "pattern": 1 - (1 - error) ** (1 / D), "all": error / D / K}[criterion]
    below, above = (theory.unit_error(D, k, interaction) for k in (math.floor(K), math.floor(K) + 1))
    assert below <= allowed * (1 + 1 / K)
    assert above >= allowed * (1 - 1 / K)
    if isinstance(interaction, hb.Exponential):  # heavy tails
        assert K < 0.8 * theory.capacity(D, interaction, criterion, error)


def test_normalization_does_not_matter():
    for criterion in ("unit", "pattern", "all"):
        plain, scaled = (theory.capacity(60, hb.Polynomial(3, normalized), criterion) for normalized in (False, True))
        assert plain == pytest.approx(scaled, rel=1e-14)


@pytest.mark.parametrize("criterion", ["unit", "pattern", "all"])
@pytest.mark.parametrize("kind", [hb.Polynomial, hb.RectifiedPolynomial])
def test_exponent_is_n_minus_one(criterion, kind):
    for n in (2, 3, 4, 5):
        small, large = 10**11, 10**12
        growth = theory.capacity(large, kind(n), criterion) / theory.capacity(small, kind(n), criterion)
        logs = 1 if criterion == "unit" else math.log(large) / math.log(small)
        assert math.log10(growth * logs) == pytest.approx(n - 1, abs=0.01)


@pytest.mark.parametrize("criterion", ["unit", "pattern", "all"])
def test_asymptotic_forms_are_approached(criterion):
    """The corrections fall off as 1/ln D, so the ratio must shrink towards 1 over 200 decades."""
    for interaction in (hb.Polynomial(2), hb.RectifiedPolynomial(3), hb.Polynomial(4)):
        ratios = [
            theory.capacity(D, interaction, criterion, 0.01)
            / theory.asymptotic_capacity(D, interaction, criterion, 0.01)
            for D in (10**3, 10**20, 10**70)
        ]
        assert abs(ratios[2] - 1) < abs(ratios[1] - 1) + 1e-12 < abs(ratios[0] - 1) + 2e-12
        assert ratios[2] == pytest.approx(1, abs=0.05)


def test_asymptotic_formulas():
    D, log = 1000, math.log(1000)
    assert theory.asymptotic_capacity(D, hb.Polynomial(2)) == pytest.approx(D / (2 * log))  # McEliece et al. 1987
    assert theory.asymptotic_capacity(D, hb.Polynomial(2), "all") == pytest.approx(D / (4 * log))
    assert theory.asymptotic_capacity(D, hb.Polynomial(4)) == pytest.approx(
        D**3 / (2 * 15 * log)
    )  # Krotov, Hopfield 2016
    assert theory.asymptotic_capacity(D, hb.RectifiedPolynomial(4)) == pytest.approx(D**3 / (15 * log))
    assert theory.asymptotic_capacity(D, hb.Polynomial(2), "retrieval") == pytest.approx(137.906, abs=1e-3)  # AGS 1987
    assert theory.asymptotic_capacity(40, hb.Exponential(1.0), "all") == pytest.approx(2**20)  # Demircigil et al. 2017
    assert theory.asymptotic_capacity(40, hb.Exponential(1.0)) == pytest.approx((2 / (1 + math.exp(-4))) ** 40)
    assert theory.asymptotic_capacity(10**6, hb.Exponential(1.0)) == math.inf


def test_all_patterns_of_an_exponential_memory_die_of_pairs():
    """Two patterns that differ in one unit tie there: D K² 2^-(D+1) such pairs, each an error of 1/2 twice."""
    D = 16
    K = theory.capacity(D, hb.Exponential(2.0), "all", 0.1, method="exact")
    assert D * K * K * 2.0**-D / 2 == pytest.approx(0.1, rel=0.1)


def test_a_single_pattern_is_always_stored():
    assert theory.capacity(1, hb.Polynomial(3), error=0.1) > 1
    assert theory.capacity(3, hb.Polynomial(2), "all", error=1e-9, method="exact") >= 1


def test_gardner_capacity():
    assert theory.gardner_capacity() == 2  # Gardner 1988, Cover 1965
    for kappa in (-2.5, -0.3, 0.0, 0.5, 1.0, 3.0):
        average = integrate.quad(
            lambda t, k: (t + k) ** 2 * math.exp(-t * t / 2) / math.sqrt(2 * math.pi), -kappa, 30 + abs(kappa), kappa
        )[0]
        assert theory.gardner_capacity(kappa) == pytest.approx(1 / average, rel=1e-9)
    assert theory.gardner_capacity(1e4) == pytest.approx(1e-8, rel=1e-6)
    assert theory.gardner_capacity(-50.0) == math.inf


def test_unit_capacity_is_the_closed_form():
    for n, D, p in ((2, 64, 0.01), (3, 64, 0.005), (5, 200, 0.001)):
        signal = (D**n - (D - 2) ** n) / n
        expected = 1 + signal**2 / (special.ndtri(p) ** 2 * theory.noise_second_moment(D, hb.Polynomial(n)))
        assert theory.capacity(D, hb.Polynomial(n), "unit", p) == pytest.approx(expected, rel=1e-12)


def test_capacity_beyond_float64_is_infinite():
    assert theory.capacity(2000, hb.Exponential(5.0)) == math.inf
    assert theory.capacity(2000, hb.Exponential(5.0), "all", method="exact") == math.inf
