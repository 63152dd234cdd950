"""Statistics of trials against published tables, formulas written out, and synthetic data of known truth.

Chances of a false alarm are those of a correct program; every random test draws its own fixed numbers.
"""

import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np
import pytest
from scipy import stats

from hebbfast.experiments import statistics as st


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [  # Newcombe 1998, Statistics in Medicine 17, 857, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_published_table(successes: int, trials: int, low: float, high: float) -> None:
    found = st.wilson(successes, trials)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert found.value == successes / trials


def test_wilson_gives_what_scipy_gives() -> None:
    for trials in (1, 2, 7, 100):
        for successes in range(trials + 1):
            for level in (0.5, 0.95, 0.999):
                ours = st.wilson(successes, trials, level)
                theirs = stats.binomtest(successes, trials).proportion_ci(level, method="wilson")
                assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_share_is_its_formula() -> None:
    k, n = [4, 3, 9, 1, 0], [5, 3, 10, 4, 6]
    p = sum(k) / sum(n)
    variance = 5 / 4 * sum((a - p * b) ** 2 for a, b in zip(k, n, strict=True)) / sum(n) ** 2
    effect = variance / (p * (1 - p) / sum(n))
    few = stats.t.ppf(0.975, 27) / stats.t.ppf(0.975, 4)
    found = st.share(k, n)
    assert found.design_effect == pytest.approx(effect, rel=1e-12)
    assert found.effective_trials == pytest.approx(28 / effect * few**2, rel=1e-12)
    assert (found.trials, found.networks) == (28, 5)
    assert found.value == pytest.approx(p)
    assert found.low == pytest.approx(st.wilson(p * found.effective_trials, found.effective_trials).low)


def test_networks_whose_cues_agree_count_as_one_trial() -> None:
    """k in {0, n}: the variance is p (1 - p) / (N - 1), so the design effect n N / (N - 1)."""
    outcomes = np.array([1, 0] * 100)
    many, one = st.share(10 * outcomes, 10), st.share(outcomes, 1)
    assert many.design_effect == pytest.approx(10 * 200 / 199)
    assert (many.low, many.high) == pytest.approx((one.low, one.high), abs=2e-3)


def test_unanimous_outcomes_claim_no_more_than_their_networks() -> None:
    found = st.share([10] * 50, 10)
    assert math.isnan(found.design_effect)
    assert (found.low, found.high) == pytest.approx((1 - 0.071348, 1.0), abs=1e-6)  # 50 of 50, as 0 of 50 in section 7
    alone = st.share([5], 10)
    assert (alone.effective_trials, alone.value) == (1.0, 0.5)


def test_clustered_intervals_hold_the_truth() -> None:
    """2000 experiments of 40 networks with 5 cues, p_i ~ Beta: 95 % +- 2.5 % hold it, 5 standard deviations: 1e-6."""
    rng = np.random.default_rng(0)
    for mean in (0.5, 0.15):
        concentration = 1.5
        p = rng.beta(mean * concentration, (1 - mean) * concentration, size=(2000, 40))
        hits = [s.low <= mean <= s.high for s in (st.share(k, 5) for k in rng.binomial(5, p))]
        assert 0.925 <= np.mean(hits) <= 0.975
        # the binomial interval that forgets the networks holds it far less often
        naive = [s.low <= mean <= s.high for s in (st.wilson(int(k.sum()), 200) for k in rng.binomial(5, p))]
        assert np.mean(naive) < 0.85


@pytest.mark.parametrize("expected", [0.0, 0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("width", [0.01, 0.1, 0.5])
def test_trials_needed_is_the_least_number(expected: float, width: float) -> None:
    def wide(trials: int) -> float:
        found = st.wilson(expected * trials, trials)
        return found.high - found.low

    n = st.trials_needed(width, expected)
    assert wide(n) <= width < wide(n - 1)
    assert st.trials_needed(width, expected, design_effect=3) == pytest.approx(3 * n, abs=3)


BEETLES = (  # Bliss 1935, Annals of Applied Biology 22, 134: log10 dose, beetles, killed
    [1.6907, 1.7242, 1.7552, 1.7842, 1.8113, 1.8369, 1.8610, 1.8839],
    [59, 60, 62, 56, 63, 59, 62, 60],
    [6, 13, 18, 28, 52, 53, 61, 60],
)


def test_probit_fit_of_published_data() -> None:
    """Dobson 1990, An Introduction to Generalized Linear Models, chapter 8: killed = Φ(-34.94 + 19.73 log10 dose)."""
    dose, beetles, killed = (np.array(column) for column in BEETLES)
    fit = st.fit_probit(10**dose, beetles - killed, beetles)
    assert fit.slope * math.log(10) == pytest.approx(-19.73, abs=0.005)
    assert math.log10(fit.value) == pytest.approx(34.94 / 19.73, abs=1e-3)
    assert fit.low < fit.value < fit.high
    assert fit.success([fit.value])[0] == pytest.approx(0.5)


def test_probit_fit_is_the_greatest_likelihood() -> None:
    K, k, n = [50, 60, 70, 80, 95], [9, 8, 3, 4, 1], [10, 10, 10, 12, 10]
    fit = st.fit_probit(K, k, n)

    def likelihood(k50: float, slope: float) -> float:
        p = [NormalDist().cdf(slope * math.log(load / k50)) for load in K]
        return sum(a * math.log(q) + (b - a) * math.log(1 - q) for a, b, q in zip(k, n, p, strict=True))

    best = likelihood(fit.value, fit.slope)
    for step in (1e-3, 1e-2, 0.1):
        for a, b in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1)):
            assert likelihood(fit.value * (1 + a * step), fit.slope * (1 + b * step)) < best


def test_probit_intervals_hold_the_truth() -> None:
    """600 experiments, 5 loads of 12 networks with 6 correlated cues: 95 % +- 4.5 % hold it, 5 deviations: 1e-6."""
    rng = np.random.default_rng(1)
    K = np.repeat([70, 85, 100, 120, 145], 12)
    hits = []
    for _ in range(600):
        # a deviation that all cues of a network share, and one of their own: together of variance 1
        shared, own = rng.normal(0, math.sqrt(0.3), (60, 1)), rng.normal(0, math.sqrt(0.7), (60, 6))
        k = (shared + own < -4.0 * np.log(K / 100)[:, None]).sum(axis=1)
        fit = st.fit_probit(K, k, 6)
        hits.append(fit.low <= 100 <= fit.high)
    assert 0.905 <= np.mean(hits) <= 0.995


def test_separable_outcomes_give_the_gap() -> None:
    fit = st.fit_probit([10] * 20 + [40] * 20, [5] * 20 + [0] * 20, 5)
    assert fit.separable
    assert (fit.value, fit.low, fit.high) == (pytest.approx(20.0), 10.0, 40.0)
    assert fit.slope == -math.inf
    assert fit.success([10, 20, 40]).tolist() == [1.0, 0.5, 0.0]
    # one network a load proves nothing about that load
    few = st.fit_probit([10, 20, 40], [5, 5, 0], 5)
    assert (few.separable, few.low, few.high) == (True, 0.0, math.inf)


def test_open_outcomes_give_no_number() -> None:
    never_failed = st.fit_probit([10] * 20 + [40] * 20, 5 * np.ones(40), 5)
    assert math.isnan(never_failed.value)
    assert (never_failed.low, never_failed.high) == (40.0, math.inf)
    never_won = st.fit_probit([10] * 20 + [40] * 20, np.zeros(40), 5)
    assert math.isnan(never_won.value)
    assert (never_won.low, never_won.high) == (0.0, 10.0)
    assert math.isnan(st.fit_probit([10, 20, 30, 40], [1, 2, 3, 4], 5).value)  # success that rises
    flat = st.fit_probit([10, 20, 30, 40], [3, 2, 3, 2], 5)
    assert (flat.low, flat.high) == (0.0, math.inf)  # a slope that may be zero leaves the interval open


def test_line_is_that_of_weighted_least_squares() -> None:
    x, y, s = [1.0, 2.0, 4.0, 5.0], [1.1, 1.9, 4.3, 4.8], [0.1, 0.2, 0.1, 0.4]
    line = st.fit_line(x, y, s)
    (slope, intercept), covariance = np.polyfit(x, y, 1, w=1 / np.array(s), cov="unscaled")
    assert (line.slope.value, line.intercept.value) == pytest.approx((slope, intercept), rel=1e-10)
    assert line.slope_deviation == pytest.approx(math.sqrt(covariance[0, 0]), rel=1e-10)
    assert line.slope.high - line.slope.value == pytest.approx(1.959964 * line.slope_deviation, rel=1e-6)
    residuals = (np.array(y) - intercept - slope * np.array(x)) / np.array(s)
    assert line.chi2 == pytest.approx(residuals @ residuals)


@pytest.mark.parametrize("degree", [2, 3, 4])
def test_correction_takes_the_logarithm_away(degree: int) -> None:
    """K of half stable patterns by the leading order: (K - 1) z² = D^(n-1) / (2n - 3)!!."""
    D = np.array([32, 64, 128, 256])
    z = np.array([NormalDist().inv_cdf(0.5 ** (1 / d)) for d in D.tolist()])
    K = 1 + D ** (degree - 1.0) / (math.prod(range(1, 2 * degree - 2, 2)) * z**2)
    fit = st.fit_scaling(D, K, [0.02] * 4)
    assert fit.corrected.slope.value == pytest.approx(degree - 1, abs=1e-9)
    assert fit.corrected.chi2 == pytest.approx(0, abs=1e-9)
    assert degree - 1.4 < fit.raw.slope.value < degree - 1.2
    unit = st.fit_scaling(D, 1 + 0.1 * D**2.0, [0.02] * 4, failure=None)
    assert unit.raw.slope.value == pytest.approx(2) == unit.corrected.slope.value


def test_slopes_hold_the_truth() -> None:
    """1000 experiments with normal errors of ln(K - 1): 95 % +- 3.5 %, 5 standard deviations: 1e-6."""
    rng = np.random.default_rng(2)
    D = np.array([100.0, 200.0, 400.0])
    hits = []
    for _ in range(1000):
        K = 1 + D * np.exp(rng.normal(0, 0.05, 3))
        line = st.fit_scaling(D, K, 0.05 * (K - 1) / K, failure=None).raw
        hits.append(line.slope.low <= 1 <= line.slope.high)
    assert 0.915 <= np.mean(hits) <= 0.985


def test_crossings_hold_the_truth() -> None:
    """300 experiments of curves that cross at 0.138: 95 % -9 %, +5 %; seven standard deviations below."""
    rng = np.random.default_rng(3)
    loads = np.array([0.130, 0.138, 0.146])

    def curve(steepness: float, networks: int) -> list[np.ndarray]:
        return [rng.normal(0.8 - steepness * (a - 0.138), 0.05, networks) for a in loads]

    found = [st.crossing(loads, curve(10, 60), curve(25, 60), draws=200, rng=rng) for _ in range(300)]
    assert 0.86 <= np.mean([c.low <= 0.138 <= c.high for c in found])
    values = np.array([c.value for c in found])
    assert values.mean() == pytest.approx(0.138, abs=2e-4)  # their mean deviates by 3e-5
    assert np.mean([c.deviation for c in found]) == pytest.approx(values.std(), rel=0.3)
    assert found[0].networks == (180, 180)


def test_curves_that_do_not_cross_say_so() -> None:
    above, below = [[0.9, 0.91]] * 2, [[0.5, 0.51]] * 2
    found = st.crossing([0.1, 0.2], below, above)
    assert math.isnan(found.value)
    assert (found.low, found.high) == (-math.inf, math.inf)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: st.wilson(3, 2), "successes"),
        (lambda: st.wilson(1, 0), "trials"),
        (lambda: st.wilson(1, 2, level=1.0), "level"),
        (lambda: st.share([], 1), "one entry a network"),
        (lambda: st.share([1, 2], [2]), "shapes"),
        (lambda: st.share([1, 3], 2), "every network"),
        (lambda: st.trials_needed(0), "width"),
        (lambda: st.trials_needed(0.1, 2), "expected"),
        (lambda: st.trials_needed(0.1, design_effect=0.5), "design_effect"),
        (lambda: st.fit_probit([1, 2], [1, 0], 1), "at least 3"),
        (lambda: st.fit_probit([1, 2, -1], [1, 0, 1], 1), "K > 0"),
        (lambda: st.fit_line([1, 1], [1, 2], [1, 1]), "different"),
        (lambda: st.fit_line([1, 2], [1, 2], [1, 0]), "deviations"),
        (lambda: st.fit_line([1, 2], [1], [1, 1]), "shape"),
        (lambda: st.fit_scaling([1, 2], [3, 4], [0.1, 0.1]), "units"),
        (lambda: st.fit_scaling([2, 4], [3, 4], [0.1, 0.1], failure=1.0), "failure"),
        (lambda: st.fit_scaling([2, 4], [3], [0.1, 0.1]), "units, patterns and deviations"),
        (lambda: st.crossing([2, 1], [[1, 2]] * 2, [[1, 2]] * 2), "rising"),
        (lambda: st.crossing([1, 2], [[1, 2]], [[1, 2]] * 2), "one array a load"),
        (lambda: st.crossing([1, 2], [[1]] * 2, [[1, 2]] * 2), "two networks"),
        (lambda: st.crossing([1, 2], [[1, 2]] * 2, [[1, 2]] * 2, draws=5), "draws"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
