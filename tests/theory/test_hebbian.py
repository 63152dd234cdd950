"""Generalised Hebbian rules: moments by enumeration and simulation, capacity, best coefficients by search."""

import itertools
import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special

from hebbfast import theory
from hebbfast.theory import HebbianCoefficients as Rule

RULES = [
    Rule(),
    Rule(c1_post=0.7),
    Rule(c1_pre=-0.4, c2_corr=1.3),
    Rule(c0=0.2, c1_pre=0.3, c1_post=-0.8, c2_pre=0.5, c2_post=-0.6, c2_corr=0.9),
    Rule(c0=1, c1_pre=-2, c1_post=-2, c2_corr=4),  # the {0, 1} rule of Hopfield 1982
    Rule(c1_pre=1, c2_corr=-0.3),  # BCM with clamped activity
]
VALUES = {"plus-minus": (-1, 1), "zero-one": (0, 1)}


def field(rule, patterns, threshold):
    """The field of unit 0 in the state of pattern 0, from the couplings; patterns (..., K, D)."""
    post, pre = patterns[..., :1], patterns[..., 1:]
    couplings = (
        rule.c0
        + rule.c1_pre * pre
        + rule.c1_post * post
        + rule.c2_pre * pre**2
        + rule.c2_post * post**2
        + rule.c2_corr * post * pre
    ).sum(axis=-2)
    return (couplings * (patterns[..., 0, 1:] - threshold)).sum(axis=-1)


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize(
    ("D", "K", "share", "threshold"), [(3, 3, 0.5, 0.0), (4, 3, 0.2, 0.35), (5, 2, 0.7, -0.5), (4, 1, 0.3, 0.1)]
)
def test_moments_enumerated_over_all_patterns(rule, values, D, K, share, threshold):
    low, high = VALUES[values]
    patterns = np.array(list(itertools.product((low, high), repeat=D * K)), dtype=float).reshape(-1, K, D)
    chance = np.where(patterns == high, share, 1 - share).prod(axis=(1, 2))
    h = field(rule, patterns, threshold)
    moments = theory.hebbian_moments(rule, D, K, low + (high - low) * share, threshold, values)
    for y in (low, high):
        weight = chance * (patterns[:, 0, 0] == y)
        mean = np.average(h, weights=weight)
        assert moments.mean(y) == pytest.approx(mean, abs=1e-11)
        assert moments.variance(y) == pytest.approx(np.average((h - mean) ** 2, weights=weight), abs=1e-10)


@pytest.mark.parametrize(("values", "share", "threshold"), [("plus-minus", 0.5, 0.0), ("zero-one", 0.3, 0.3)])
def test_moments_and_error_simulated(values, share, threshold):
    """20,000 networks, one unit each: 4.5 deviations of mean, variance (of a near-normal) and error."""
    low, high = VALUES[values]
    rng, networks, D, K = np.random.default_rng(2), 20_000, 51, 20
    rule = (
        Rule(c0=0.01, c1_pre=0.1, c1_post=0.5)
        if values == "plus-minus"
        else theory.best_hebbian_coefficients(D, share, None, values)
    )
    patterns = np.where(rng.random((networks, K, D), dtype=np.float32) < share, high, low).astype(np.float32)
    h = field(rule, patterns, threshold)
    moments = theory.hebbian_moments(rule, D, K, low + (high - low) * share, threshold, values)
    for y in (low, high):
        chosen = h[patterns[:, 0, 0] == y]
        assert abs(chosen.mean() - moments.mean(y)) < 4.5 * math.sqrt(moments.variance(y) / len(chosen))
        assert chosen.var() == pytest.approx(moments.variance(y), rel=4.5 * 1.6 * math.sqrt(2 / len(chosen)))
    level = moments.best_level()
    wrong = np.mean((h > level) != (patterns[:, 0, 0] == high))
    error = moments.unit_error(level)
    assert abs(wrong - error) < 4.5 * math.sqrt(error / networks) + 0.05 * error  # Gaussian tails


def test_check_value():
    """Activity product with post = 0.7, D = 101, K = 20."""
    moments = theory.hebbian_moments(Rule(c1_post=0.7), 101, 20)
    assert (moments.mean(1), moments.mean(-1)) == (100, -100)
    assert moments.variance(1) == pytest.approx(2880, rel=1e-12)
    assert moments.unit_error() == pytest.approx(0.031, abs=0.002)


def test_unbiased_closed_form():
    c0, pre, post, c, D, K = 0.02, 0.15, 0.4, 1.1, 80, 30
    moments, M = theory.hebbian_moments(Rule(c0, pre, post, 0, 0, c), D, K), D - 1
    error = 0.0
    for y in (1, -1):
        variance = M * (K * c0 + y * post) ** 2 + (K - 1) * M * (c**2 + post**2 + pre**2)
        assert moments.variance(y) == pytest.approx(variance)
        assert moments.mean(y) == pytest.approx(M * (c * y + pre))
        error += special.ndtr(-M * (c + y * pre) / math.sqrt(variance)) / 2
    assert moments.unit_error() == pytest.approx(error)


def test_squares_fold_into_the_other_coefficients():
    full = Rule(0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
    folded = {"plus-minus": Rule(1.0, 0.2, 0.3, 0, 0, 0.6), "zero-one": Rule(0.1, 0.6, 0.8, 0, 0, 0.6)}
    for values, rule in folded.items():
        one, other = (theory.hebbian_moments(r, 20, 7, 0.3, 0.1, values) for r in (full, rule))
        assert one.variance(1) == pytest.approx(other.variance(1), rel=1e-13)
        assert one.mean(1) == pytest.approx(other.mean(1), rel=1e-13)


def test_the_zero_one_rule_is_the_activity_product_in_disguise():
    """(2x_i - 1)(2x_j - 1), with recall at threshold 1/2: half of the ±1 field."""
    disguised = theory.hebbian_moments(Rule(1, -2, -2, 0, 0, 4), 40, 9, 0.5, 0.5, "zero-one")
    plain = theory.hebbian_moments(Rule(), 40, 9)
    for y in (0, 1):
        assert disguised.mean(y) == pytest.approx(plain.mean(2 * y - 1) / 2)
        assert disguised.variance(y) == pytest.approx(plain.variance(2 * y - 1) / 4)


def test_best_level_is_the_best():
    moments = theory.hebbian_moments(Rule(c0=0.01, c1_pre=0.2, c1_post=-0.3), 60, 25, mean=-0.4, threshold=-0.3)
    best = moments.unit_error(moments.best_level())
    levels = np.linspace(moments.mean(-1), moments.mean(1), 2001)
    assert best == pytest.approx(min(moments.unit_error(x) for x in levels), rel=1e-4)


def test_capacity_closed_forms():
    z, D, M = special.ndtri(0.005), 1000, 999
    for post in (0.0, 0.5):
        expected = 1 + (M / z**2 - post**2) / (1 + post**2)
        assert theory.hebbian_capacity(Rule(c1_post=post), D) == pytest.approx(expected, rel=1e-9)
    a = 0.1  # covariance rule, centred recall: M / (z² v), but for the choice of the level and the pattern's own part
    covariance = theory.hebbian_capacity(theory.best_hebbian_coefficients(D, a), D, a, a)
    assert covariance == pytest.approx(1 + M / (z**2 * (1 - a * a)), rel=0.01)
    sparse = theory.hebbian_capacity(
        theory.best_hebbian_coefficients(D, 0.05, None, "zero-one"), D, 0.05, 0.05, "zero-one", 0.005
    )
    assert sparse > 2 * theory.hebbian_capacity(Rule(), D)  # Tsodyks and Feigel'man 1988: sparse coding gains


@settings(max_examples=30, deadline=None)
@given(st.floats(-0.8, 0.8), st.floats(-1, 1), st.integers(5, 500), st.sampled_from(sorted(VALUES)))
def test_best_coefficients_found_by_search(mean, threshold, D, values):
    """Separation over crosstalk of foreign patterns, maximised over post and pre without the formula."""
    if values == "zero-one":
        mean = (mean + 1) / 2
    low, high = VALUES[values]

    def merit(x, K=1e9):
        rule = Rule(c0=-mean * (x[0] + x[1]) - mean**2, c1_pre=x[0], c1_post=x[1])  # removes the part in K²
        moments = theory.hebbian_moments(rule, D, K, mean, threshold, values)
        return (moments.mean(high) - moments.mean(low)) ** 2 / moments.variance(high) * K

    best = theory.best_hebbian_coefficients(D, mean, threshold, values)
    found = optimize.minimize(
        lambda x: -merit(x), [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-12}
    )
    assert merit((best.c1_pre, best.c1_post)) >= -found.fun * (1 - 1e-6)
    assert best.c0 == pytest.approx(-mean * (best.c1_pre + best.c1_post) - mean**2, abs=1e-12)


def test_centred_recall_is_the_best_threshold():
    for values, mean in (("plus-minus", 0.5), ("zero-one", 0.2)):
        capacities = [
            theory.hebbian_capacity(theory.best_hebbian_coefficients(300, mean, t, values), 300, mean, t, values)
            for t in (mean - 0.3, mean, mean + 0.3)
        ]
        assert capacities[1] > max(capacities[0], capacities[2])
    assert theory.best_hebbian_coefficients(300, 0.5) == Rule(0.25, -0.5, -0.5, 0, 0, 1)  # the covariance rule


def test_a_rule_that_stores_nothing():
    assert theory.hebbian_capacity(Rule(c2_corr=0), 100) == 0
    assert theory.hebbian_capacity(Rule(c2_corr=-1), 100) == 0


def test_any_object_with_the_coefficients_is_a_rule():
    rule = SimpleNamespace(c0=0, c1_pre=0, c1_post=np.float32(0.5), c2_pre=0, c2_post=0, c2_corr=1)
    assert theory.hebbian_moments(rule, 11, 4).mean(1) == 10
    rule.c2_corr = lambda W: -W
    with pytest.raises(ValueError, match="c2_corr"):
        theory.hebbian_moments(rule, 11, 4)
    with pytest.raises(ValueError, match="c0"):
        theory.hebbian_moments("hebb", 11, 4)
