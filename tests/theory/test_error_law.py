"""Moments and laws of the one-step noise, against enumeration, Python integers, and simulation in plain NumPy."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

import hebbfast as hb
from hebbfast import theory
from hebbfast.theory import _noise_law

POLYNOMIALS = [kind(n) for n in (2, 3, 4, 5, 7) for kind in (hb.Polynomial, hb.RectifiedPolynomial)]


def power(interaction, x):
    """n·F(x), an integer, straight from the definition."""
    return (max(x, 0) if isinstance(interaction, hb.RectifiedPolynomial) else x) ** interaction.degree


def convolved(interaction, D, K, flips):
    """P(wrong) and P(tie) by adding the K - 1 noise terms one by one in Python integers."""
    term = {}
    for j in range(D):
        S = D - 1 - 2 * j
        for a in (1, -1):
            value = a * (power(interaction, S + 1) - power(interaction, S - 1))
            term[value] = term.get(value, 0) + math.comb(D - 1, j)
    total = {0: 1}
    for _ in range(K - 1):
        longer = {}
        for x, c in total.items():
            for value, w in term.items():
                longer[x + value] = longer.get(x + value, 0) + c * w
        total = longer
    signal = power(interaction, D - 2 * flips) - power(interaction, D - 2 * flips - 2)
    ways = 2 ** (D * (K - 1))
    return Fraction(sum(c for x, c in total.items() if x < -signal), ways), Fraction(total.get(-signal, 0), ways)


def enumerated(interaction, D, K, flips):
    """The same from the energies of all 2^(D K) pattern sets: half the difference of E when unit 0 is flipped."""
    patterns = np.array(list(itertools.product((-1, 1), repeat=D * K))).reshape(-1, K, D)
    state = patterns[:, 0].copy()
    state[:, 1 : 1 + flips] *= -1
    up, down = state.copy(), state.copy()
    up[:, 0], down[:, 0] = 1, -1
    energies = []
    for s in (up, down):
        overlaps = np.einsum("pkd,pd->pk", patterns, s).astype(object)
        energies.append(-sum(np.vectorize(lambda x: power(interaction, x))(overlaps[:, k]) for k in range(K)))
    aligned = (energies[1] - energies[0]) * patterns[:, 0, 0]
    return np.mean(aligned < 0), np.mean(aligned == 0)


def errors(interaction, D, K, flips=0):
    keep = theory.unit_error(D, K, interaction, tie="keep", flips=flips)
    plus = theory.unit_error(D, K, interaction, tie="plus", flips=flips)
    assert plus == theory.unit_error(D, K, interaction, tie="minus", flips=flips)
    return keep, 2 * (plus - keep)


# moments


@pytest.mark.parametrize("interaction", POLYNOMIALS, ids=str)
@pytest.mark.parametrize("normalized", [False, True])
def test_moments_are_exact_rationals(interaction, normalized):
    interaction = type(interaction)(interaction.degree, normalized)
    for D, order in itertools.product((1, 2, 3, 4, 7, 12), (1, 2, 3, 4, 6)):
        scale = interaction.degree * (D ** (interaction.degree - 1) if normalized else 1)
        expected = sum(
            Fraction(math.comb(D - 1, j), 2 ** (D - 1))
            * Fraction(a, 2)
            * Fraction(a * (power(interaction, D - 2 * j) - power(interaction, D - 2 * j - 2)), scale) ** order
            * a
            for j in range(D)
            for a in (1, -1)
        )
        assert theory.noise_moment(D, interaction, order) == expected


@pytest.mark.parametrize(
    ("n", "coefficients"),
    [  # of M^0, M^1, ... with M = D - 1; the closed forms of docs/capacity.md
        (2, [0, 4]),
        (3, [Fraction(4, 9), Fraction(-16, 3), 12]),
        (4, [0, 52, -96, 60]),
        (5, [Fraction(4, 25), -864, Fraction(9624, 5), -1440, 420]),
    ],
)
def test_closed_forms_of_the_second_moment(n, coefficients):
    for D in (1, 2, 9, 50, 10**6):
        expected = sum(c * (D - 1) ** k for k, c in enumerate(coefficients))
        assert theory.noise_moment(D, hb.Polynomial(n), 2) == expected
        assert theory.noise_second_moment(D, hb.Polynomial(n)) == float(expected)


def test_second_moment_check_values():
    assert theory.noise_second_moment(50, hb.Polynomial(2)) == 196
    assert theory.noise_second_moment(50, hb.Polynomial(3)) == pytest.approx(28551.1111, abs=5e-5)


def test_leading_order_is_a_double_factorial():
    for n, double_factorial in ((2, 1), (3, 3), (4, 15), (5, 105), (6, 945)):
        moment = theory.noise_second_moment(10**7, hb.Polynomial(n))
        assert moment / 10 ** (7 * (n - 1)) == pytest.approx(4 * double_factorial, rel=2e-6)


def test_rectification_halves_the_second_moment():
    for n, D in itertools.product((2, 3, 4, 5), (50, 51, 1000, 5001)):
        whole, half = (theory.noise_second_moment(D, kind(n)) for kind in (hb.Polynomial, hb.RectifiedPolynomial))
        assert half / whole == pytest.approx(0.5, rel=1e-3)
        if D % 2 == 0:  # S is odd, never 0: exactly one half
            assert theory.noise_moment(D, hb.RectifiedPolynomial(n), 2) * 2 == theory.noise_moment(
                D, hb.Polynomial(n), 2
            )


def test_large_rectified_moments_join_the_exact_ones():
    n, M = 3, 4098
    exact = theory.noise_moment(M + 1, hb.Polynomial(n), 2) / 2 - Fraction(math.comb(M, M // 2), 2**M) / n**2
    assert float(theory.noise_moment(M + 1, hb.RectifiedPolynomial(n), 2) / exact - 1) == pytest.approx(0, abs=1e-16)


def test_exponential_moments():
    beta, D = 0.7, 9
    for order in (2, 4):
        expected = sum(
            math.comb(D - 1, j)
            / 2 ** (D - 1)
            * (math.exp(beta * (D - 2 * j)) - math.exp(beta * (D - 2 * j - 2))) ** order
            for j in range(D)
        )
        assert theory.noise_moment(D, hb.Exponential(beta), order) == pytest.approx(expected, rel=1e-13)
    assert theory.noise_moment(D, hb.Exponential(beta), 3) == 0


# signal to noise


def test_snr_against_its_definition():
    for interaction, D, K, flips in itertools.product((*POLYNOMIALS, hb.Exponential(0.3)), (7, 12), (2, 30), (0, 2)):
        F = interaction
        signal = float(F(D - 2 * flips) - F(D - 2 * flips - 2))
        expected = signal / math.sqrt((K - 1) * theory.noise_second_moment(D, F))
        assert theory.snr(D, K, F, flips) == pytest.approx(expected, rel=1e-12)


def test_snr_at_the_ends():
    assert theory.snr(10, 1, hb.Polynomial(3)) == math.inf
    assert theory.snr(1, 5, hb.Polynomial(2)) == 0  # one unit has no neighbour
    assert theory.snr(10, 5, hb.Polynomial(2), flips=9) < 0  # the cue is nearer to -pattern
    assert theory.snr(10, 5, hb.Polynomial(3), flips=9) > 0  # which odd degrees do not know
    assert theory.snr(10**6, 10**9, hb.Polynomial(150)) == math.inf
    assert theory.snr(5000, 10, hb.Exponential(1.0)) == math.inf
    assert theory.snr(50, 2.5, hb.Polynomial(2)) == pytest.approx(math.sqrt(49 / 1.5))
    assert theory.snr(50, 7, hb.Polynomial(4, normalized=True)) == pytest.approx(theory.snr(50, 7, hb.Polynomial(4)))


# the law of the noise


@pytest.mark.parametrize("interaction", POLYNOMIALS[:6], ids=str)
@pytest.mark.parametrize(("D", "K", "flips"), [(2, 2, 0), (3, 3, 0), (3, 4, 1), (4, 3, 1), (4, 3, 3), (5, 3, 2)])
def test_unit_error_enumerated_over_all_pattern_sets(interaction, D, K, flips):
    wrong, tied = enumerated(interaction, D, K, flips)
    assert errors(interaction, D, K, flips) == pytest.approx((wrong, tied), abs=1e-13)


@pytest.mark.parametrize("interaction", POLYNOMIALS, ids=str)
def test_unit_error_against_integer_convolution(interaction):
    small = interaction.degree < 5
    for D, K in itertools.product((1, 2, 5, 8, 11 if small else 9), (1, 2, 3, 6 if small else 4)):
        for flips in {0, 1, D // 2, D - 1} - {D}:
            wrong, tied = convolved(interaction, D, K, flips)
            assert errors(interaction, D, K, flips) == pytest.approx((wrong, tied), rel=1e-10, abs=1e-15)


def test_tiny_probabilities_keep_their_relative_accuracy():
    for interaction, D, K in (
        (hb.Polynomial(3), 80, 5),
        (hb.RectifiedPolynomial(4), 36, 4),
        (hb.Polynomial(2), 200, 6),
    ):
        wrong, tied = convolved(interaction, D, K, 0)
        assert float(wrong) < 1e-9
        assert errors(interaction, D, K) == pytest.approx((float(wrong), float(tied)), rel=1e-8)


def test_unit_error_check_values():
    assert theory.unit_error(100, 14, hb.Polynomial(2), tie="keep") == pytest.approx(0.00264602, abs=1e-8)
    tie = 2 * (theory.unit_error(100, 14, hb.Polynomial(2)) - theory.unit_error(100, 14, hb.Polynomial(2), tie="keep"))
    assert tie == pytest.approx(0.00049324, abs=1e-8)


@pytest.mark.parametrize(("n", "D", "K"), [(3, 7, 9), (5, 6, 7), (3, 11, 301), (2, 10, 13)])
def test_sizes_without_ties(n, D, K):
    """K odd and (n odd or D even): all terms of the field have the same power of two, and their number is odd."""
    assert (K % 2, n % 2 or D % 2 == 0) == (1, True)
    assert theory.unit_error(D, K, hb.Polynomial(n), tie="keep") == theory.unit_error(D, K, hb.Polynomial(n))


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 150), st.integers(1, 2000), st.sampled_from([hb.Polynomial, hb.RectifiedPolynomial]), st.data())
def test_probabilities_everywhere(D, K, kind, data):
    interaction, flips = kind(data.draw(st.integers(2, 4))), data.draw(st.integers(0, D - 1))
    keep = theory.unit_error(D, K, interaction, tie="keep", flips=flips)
    plus = theory.unit_error(D, K, interaction, flips=flips)
    assert 0 <= keep <= plus <= 1
    if (
        not interaction.rectified and interaction.degree % 2 == 0
    ):  # E(s) = E(-s): the mirrored cue errs where this one does not
        assert plus == pytest.approx(1 - theory.unit_error(D, K, interaction, flips=D - 1 - flips), abs=1e-9)


def test_a_lattice_too_long_is_smooth_at_no_cost():
    for interaction, D, K in (
        (hb.Polynomial(4), 40, 1500),
        (hb.Polynomial(5), 24, 800),
        (hb.RectifiedPolynomial(3), 200, 3000),
    ):
        S = range(D - 1, -1, -2)
        values = [power(interaction, s + 1) - power(interaction, s - 1) for s in S]
        weights = _noise_law.log_half_binomial(D - 1, np.arange(len(values)))
        if interaction.rectified:
            values, weights = [*values, 0], np.append(weights, np.log1p(-np.exp(weights).sum()))
        else:
            weights = weights + np.where(np.array(S) > 0, math.log(2), 0)
        exact = _noise_law.lattice_tail(values, weights, K - 1, values[0])
        smooth = _noise_law.lattice_tail(values, weights, K - 1, values[0], longest=0)
        assert sum(smooth) - smooth[1] / 2 == pytest.approx(sum(exact) - exact[1] / 2, rel=1e-8)


def test_the_edgeworth_expansion_agrees_at_large_loads():
    """Independent of generating functions: the fourth moment corrects the Gaussian tail to within 1/K²."""
    for interaction, D, K in (
        (hb.Polynomial(3), 300, 6000),
        (hb.Polynomial(5), 100, 100_000),
        (hb.Polynomial(4), 2000, 10**8),
    ):
        r = theory.snr(D, K, interaction)
        ratio = theory.noise_moment(D, interaction, 4) / theory.noise_moment(D, interaction, 2) ** 2
        kurtosis = float(ratio - 3) / (K - 1)
        density = math.exp(-r * r / 2) / math.sqrt(2 * math.pi)
        edgeworth = special.ndtr(-r) + density * kurtosis / 24 * (r**3 - 3 * r)
        assert theory.unit_error(D, K, interaction) == pytest.approx(edgeworth, rel=2e-4)


def test_gaussian_form():
    assert theory.unit_error(100, 14, hb.Polynomial(2), method="gaussian") == special.ndtr(-math.sqrt(99 / 13))
    for n, low, high in ((2, 0.98, 1.02), (3, 0.85, 1.0), (4, 0.7, 1.0)):  # low for n ≥ 3 at errors below 1 %
        K = round(theory.capacity(40, hb.Polynomial(n), error=0.004))
        share = theory.unit_error(40, K, hb.Polynomial(n), "gaussian") / theory.unit_error(40, K, hb.Polynomial(n))
        assert low < share < high


def test_binomial_probabilities():
    for n in (0, 1, 2, 17, 64, 1000):
        k = np.arange(n + 1)
        expected = [math.comb(n, j) / 2**n for j in k]
        np.testing.assert_allclose(np.exp(_noise_law.log_half_binomial(n, k)), expected, rtol=1e-12)


# the exponential interaction


def exponential_convolution(D, K, beta, flips):
    """P(wrong) + P(tie)/2 by adding atoms, merged to 13 digits."""
    values = np.exp(-2 * beta * np.arange(D))
    chances = np.array([math.comb(D - 1, j) for j in range(D)]) / 2**D
    values, chances = np.concatenate([values, -values]), np.concatenate([chances, chances])
    x, p = np.zeros(1), np.ones(1)
    for _ in range(K - 1):
        x, where = np.unique(np.add.outer(x, values).ravel().round(13), return_inverse=True)
        p = np.bincount(where, np.multiply.outer(p, chances).ravel())
    signal = math.exp(-2 * beta * flips)
    return p[x > signal + 1e-12].sum() + p[np.abs(x - signal) <= 1e-12].sum() / 2


@pytest.mark.parametrize(
    ("D", "K", "beta", "flips"), [(4, 3, 1.0, 0), (6, 5, 0.5, 0), (6, 6, 0.3, 1), (8, 5, 1.0, 2), (3, 9, 0.2, 0)]
)
def test_exponential_unit_error_against_convolution(D, K, beta, flips):
    expected = exponential_convolution(D, K, beta, flips)
    assert theory.unit_error(D, K, hb.Exponential(beta), flips=flips) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize(("D", "K", "beta"), [(12, 300, 1.0), (16, 1000, 0.5), (100, 5 * 10**28, 1.0)])
def test_exponential_unit_error_against_simulated_noise(D, K, beta):
    """200,000 draws of how many patterns lie at each distance; a bound of 4.5 deviations fails once in 150,000."""
    rng, draws = np.random.default_rng(5), 200_000
    noise = np.zeros(draws)
    for j in range(D):
        count = (K - 1) * math.comb(D - 1, j) / 2**D  # Poisson instead of multinomial: K p² is negligible
        if count < 1e6:
            noise += math.exp(-2 * beta * j) * (rng.poisson(count, draws) - rng.poisson(count, draws))
        else:
            noise += math.exp(-2 * beta * j) * rng.normal(0, math.sqrt(2 * count), draws)
    exact, found = theory.unit_error(D, K, hb.Exponential(beta)), np.mean(noise > 1)
    assert abs(found - exact) < 4.5 * math.sqrt(exact * (1 - exact) / draws)


def test_the_gaussian_form_is_useless_for_the_exponential():
    assert theory.unit_error(16, 3000, hb.Exponential(1.0)) > 10 * theory.unit_error(
        16, 3000, hb.Exponential(1.0), "gaussian"
    )


# simulation


@pytest.mark.parametrize(
    ("interaction", "D", "K", "flips"),
    [
        (hb.Polynomial(2), 51, 12, 0),
        (hb.Polynomial(3), 24, 50, 2),
        (hb.RectifiedPolynomial(3), 24, 90, 0),
        (hb.Polynomial(4), 16, 120, 0),
        (hb.Exponential(0.5), 12, 60, 0),
    ],
    ids=str,
)
def test_unit_error_against_simulated_networks(interaction, D, K, flips):
    """20,000 networks, one cue and one unit each, so the trials are independent; 4.5 deviations, 1 in 150,000."""
    rng, networks = np.random.default_rng(11), 20_000
    patterns = rng.integers(0, 2, (networks, K, D), dtype=np.int8) * 2 - 1
    cue = patterns[:, 0].copy()
    cue[:, 1 : 1 + flips] *= -1
    others = np.einsum("nkd,nd->nk", patterns[:, :, 1:], cue[:, 1:], dtype=np.int64)
    unit = patterns[:, :, 0].astype(np.float64)
    field = (interaction(others + unit) - interaction(others - unit)).sum(axis=1) * unit[:, 0]  # exact below 2^53
    wrong = np.mean(np.where(np.abs(field) < 1e-9, 0.5, field < 0))
    exact = theory.unit_error(D, K, interaction, flips=flips)
    assert abs(wrong - exact) < 4.5 * math.sqrt(exact * (1 - exact) / networks)


def test_very_many_patterns_of_few_units():
    """Where nearly all is noise the chance is near 1/2: half less the density at 0, signal / √(2π K E[g²])."""
    for K in (10**12, 10**18, 2**70):
        less = theory.snr(5, K, hb.Polynomial(3)) / math.sqrt(2 * math.pi)
        assert theory.unit_error(5, K, hb.Polynomial(3)) == pytest.approx(0.5 - less, abs=1e-12)


def test_one_foreign_pattern_that_is_the_opposite():
    """n = 20, few patterns: only -ξ itself reaches the signal, 99 chances of 2^-(D-1), and the others then decide."""
    for D in (200, 1000):
        assert theory.unit_error(D, 100, hb.Polynomial(20)) == pytest.approx(99 * 2.0 ** (1 - D) / 2, rel=1e-3)
    assert theory.unit_error(5000, 100, hb.Polynomial(20)) == 0  # 10^-1503
