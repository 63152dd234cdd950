"""Networks of Hebbian rules without their couplings."""

from fractions import Fraction

import numpy as np
import pytest

import hebbfast as hb

PATTERNS = hb.random_patterns(6, 90, rng=0)


def test_hebbian_rule_against_its_formula():
    rule = hb.learning.HebbianRule(0.5, 0.25, -0.5, 1.0, 2.0, 3.0)
    x = PATTERNS.astype(float)
    expected = np.zeros((90, 90))
    for p in x:
        expected += 0.5 + 0.25 * p[None, :] - 0.5 * p[:, None] + 1.0 + 2.0 + 3.0 * np.outer(p, p)
    np.fill_diagonal(expected, 0)
    np.testing.assert_array_equal(rule.couplings(PATTERNS), expected)
    network = hb.HopfieldNetwork.train(PATTERNS, rule)
    np.testing.assert_array_equal(network.couplings, expected)
    np.testing.assert_array_equal(network.fields(PATTERNS), x @ expected.T)


def fraction(value):
    return Fraction(value).limit_denominator(1000)


@pytest.mark.parametrize("values", ["plus-minus", "zero-one"])
@pytest.mark.parametrize(
    ("rule", "threshold", "bar"),
    [
        (hb.learning.covariance(0.2), 0.0, 0.0),
        (hb.learning.covariance(0.2), 0.2, 0.0),
        (hb.learning.HebbianRule(0.3, 0, -0.7, 0, 0, 0.3), 0.0, 0.1),
        (hb.learning.HebbianRule(0.1, 1 / 3, 1 / 3, 0.2, 0.2, 1.0), 0.7, 1 / 7),
    ],
)
def test_fields_and_energies_in_fractions(values, rule, threshold, bar):
    """All states of seven units: fields rounded once, so zero where they are."""
    signs = hb.random_patterns(4, 7, rng=3)
    every = np.array([[1 - 2 * (code >> i & 1) for i in range(7)] for code in range(128)], dtype=np.int8)
    patterns, states = (signs, every) if values == "plus-minus" else ((signs + 1) // 2, (every + 1) // 2)
    network = hb.PatternSpaceNetwork(patterns, rule, values=values, threshold=threshold, level=bar)
    c0, pre, post, pre2, post2, corr = (fraction(value) for value in vars(rule).values())
    J = [[sum(c0 + pre * y + post * x + pre2 * y * y + post2 * x * x + corr * x * y for x, y in
              zip(patterns[:, i].tolist(), patterns[:, j].tolist(), strict=True)) if i != j else 0 for j in range(7)]
         for i in range(7)]  # fmt: skip
    inputs = [[fraction(x) - fraction(threshold) for x in state] for state in states.tolist()]
    wanted = [[sum(w * x for w, x in zip(row, state, strict=True)) - fraction(bar) for row in J] for state in inputs]
    assert network.fields(states).tolist() == [[float(field) for field in row] for row in wanted]
    if network.symmetric:
        bias = [-fraction(threshold) * sum(row) - fraction(bar) for row in J]
        twice = [sum(x * (h + b) for x, h, b in zip(state, row, bias, strict=True)) for state, row in
                 zip(states.tolist(), wanted, strict=True)]  # fmt: skip
        np.testing.assert_allclose(network.energy(states), [float(-e / 2) for e in twice], rtol=1e-15, atol=0)


def test_ties_are_those_of_the_couplings():
    """Small networks of covariance(0.2) have many: each recall is that of the network with a matrix."""
    rule, ties = hb.learning.covariance(0.2), 0
    for seed in range(20):
        patterns, cues = hb.random_patterns(4, 10, rng=seed, mean=0.2), hb.random_patterns(50, 10, rng=seed)
        found = hb.PatternSpaceNetwork(patterns, rule).recall(cues, order="sequential", tie="keep", record="ties")
        wanted = hb.HopfieldNetwork.train(patterns, rule).recall(cues, order="sequential", tie="keep", record="ties")
        np.testing.assert_array_equal(found.states, wanted.states)
        np.testing.assert_array_equal(found.ties, wanted.ties)
        ties += int(found.ties.sum())
    assert ties > 50
