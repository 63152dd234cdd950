"""Random patterns and cues."""

import numpy as np
import pytest

import hebbfast as hb

PATTERNS = hb.random_patterns(6, 90, rng=0)


def test_random_patterns_and_corrupt():
    """Means of n = 200,000 draws within five standard errors: by chance less than once in a million runs."""
    for mean in (0.0, 0.6):
        drawn = hb.random_patterns(200, 1000, mean=mean, rng=1).mean()
        assert abs(drawn - mean) < 5 * np.sqrt((1 - mean**2) / 200_000)
    flipped = hb.corrupt(np.ones((200, 1000)), flip=0.1, rng=1) < 0
    assert abs(flipped.mean() - 0.1) < 5 * np.sqrt(0.09 / 200_000)
    assert ((hb.corrupt(PATTERNS, flips=7, rng=2) != PATTERNS).sum(axis=1) == 7).all()
    np.testing.assert_array_equal(hb.corrupt(PATTERNS, flips=0, rng=2), PATTERNS)


def test_sizes():
    for size in (0, -1, 2**31, 1.5, "3", True):
        with pytest.raises(ValueError, match="units must be an integer from 1"):
            hb.PackedPatterns.random(1, size)
    with pytest.raises((ValueError, MemoryError)):
        hb.PackedPatterns.random(2**31 - 1, 2**31 - 1)
    with pytest.raises(ValueError, match="flip or flips must be given"):
        hb.corrupt(PATTERNS)
    with pytest.raises(ValueError, match="flip must be a finite number from 0 to 1"):
        hb.corrupt(PATTERNS, flip=1.5)
    with pytest.raises(ValueError, match=r"flips must be an integer from 0 to 90"):
        hb.corrupt(PATTERNS, flips=91)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("rng", lambda: hb.corrupt(PATTERNS, flip=0.1, rng="seed")),
        ("rng", lambda: hb.random_patterns(2, 3, rng=-1)),
        ("flips", lambda: hb.corrupt(PATTERNS, flips=2.0)),
        ("flips", lambda: hb.corrupt(PATTERNS, flips=2**70)),
        ("flip", lambda: hb.corrupt(PATTERNS, flip="0.1")),
        ("flip", lambda: hb.corrupt(PATTERNS, flip=np.nan)),
        ("mean", lambda: hb.random_patterns(2, 3, mean=None)),
        ("mean", lambda: hb.random_patterns(2, 3, mean=np.inf)),
        ("patterns", lambda: hb.random_patterns(2**31, 3)),
        ("units", lambda: hb.random_patterns(3, 2.0)),
    ],
    ids=range(10),
)
def test_refusals_name_the_argument(name, call):
    with pytest.raises(ValueError, match=rf"^{name} must be "):
        call()
