"""Networks of Hebbian rules without their couplings."""

import numpy as np

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
