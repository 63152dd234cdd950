"""Shannon's limit: published numbers, enumeration in fractions, and simulation."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import optimize

import hebbfast as hb
from hebbfast import theory


@pytest.mark.parametrize(
    ("D", "flip", "bits", "half"),
    [(64, 0.2, 17.797, 20.637), (128, 0.2, 35.593, 38.884), (256, 0.2, 71.186, 74.949), (512, 0.3, 60.779, 64.482)],
)
def test_capacity_and_half_success(D, flip, bits, half):
    """log2 of the K at which half of the damaged patterns are found."""
    assert theory.channel_capacity(D, flip) == pytest.approx(bits, abs=6e-4)
    found = optimize.brentq(lambda x: theory.decoding_error(D, round(2**x), flip) - 0.5, bits, bits + 10)
    assert found == pytest.approx(half, abs=2e-3)


def by_enumeration(D, K, flip):
    """Over all patterns, cues and ties, in fractions."""
    distance = [Fraction(math.comb(D, d), 2**D) for d in range(D + 1)]
    right = Fraction(0)
    for own in range(D + 1):
        chance = math.comb(D, own) * flip**own * (1 - flip) ** (D - own)
        for others in itertools.product(range(D + 1), repeat=K - 1):
            if min(others, default=D) >= own:
                right += chance * math.prod(distance[d] for d in others) / (1 + others.count(own))
    return 1 - right


@pytest.mark.parametrize(("D", "K"), [(1, 2), (3, 4), (5, 3), (8, 1), (8, 2)])
@pytest.mark.parametrize("flip", [Fraction(0), Fraction(1, 10), Fraction(1, 2)])
def test_decoding_error_by_enumeration(D, K, flip):
    assert theory.decoding_error(D, K, float(flip)) == pytest.approx(float(by_enumeration(D, K, flip)), abs=1e-13)


@pytest.mark.parametrize(
    ("D", "K", "flip"), [(200, 2, 0.2), (200, 2, 0.1), (64, 2, 0.0), (30, 7, 1e-9), (100, 50, 0.2), (40, 1000, 0.3)]
)
def test_small_errors_keep_their_digits(D, K, flip):
    """1 - Σ_d Bin(d; D, p) [(1 - F(d - 1))^K - (1 - F(d))^K] / (K f(d)), in fractions."""
    p, f = Fraction(flip), [Fraction(math.comb(D, d), 2**D) for d in range(D + 1)]
    beyond = [sum(f[d:]) for d in range(D + 2)]
    alone = [(beyond[d] ** K - beyond[d + 1] ** K) / (K * f[d]) for d in range(D + 1)]
    right = sum(math.comb(D, d) * p**d * (1 - p) ** (D - d) * alone[d] for d in range(D + 1))
    assert theory.decoding_error(D, K, flip) == pytest.approx(float(1 - right), rel=1e-13, abs=0)


def test_probabilities_below_float64():
    assert 0 < theory.decoding_error(1075, 1000, 0.3) < 1e-15


def test_decoding_error_by_simulation():
    """K = 2^12, D = 64, p = .2; n = 8192 cues: 5 standard errors are .015."""
    patterns = hb.random_patterns(4096, 64, rng=0)
    cues = np.concatenate([hb.corrupt(patterns, flip=0.2, rng=seed) for seed in (1, 2)])
    found = hb.PackedPatterns(patterns).nearest(cues).index[:, 0]
    right = (found.reshape(2, -1) == np.arange(4096)).mean()
    assert 1 - right == pytest.approx(theory.decoding_error(64, 4096, 0.2), abs=0.015)


def test_ends():
    assert theory.channel_capacity(10, 0.0) == 10
    assert theory.channel_capacity(10, 0.5) == 0
    assert theory.decoding_error(100, 1, 0.3) == 0
    assert theory.decoding_error(100, 50, 0.5) == pytest.approx(1 - 1 / 50)
    assert theory.decoding_error(64, 2**200, 0.2) == pytest.approx(1)
    assert theory.decoding_error(1000, 10, 0.01) == pytest.approx(0, abs=1e-12)
