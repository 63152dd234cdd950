"""What tests of the classical adapters share: sizes, patterns, cues, and whether a run meets a field of zero."""

import sys

import numpy as np
import pytest

import hebbfast as hb

ODD = [(100, 7), (36, 5)]  # (N - 1) K is odd: no field is ever zero
DYADIC = [(64, 6), (128, 10), (256, 16)]  # sums of the peers are exact
OTHER = [(99, 8), (100, 10), (101, 12), (65, 6)]  # rounding decides the peers' ties


def patterns(units, count, seed):
    return np.random.default_rng(seed).choice([-1, 1], size=(count, units))


def cue_of(pattern, seed, flip=0.3):
    return np.where(np.random.default_rng(seed).random(len(pattern)) < flip, -pattern, pattern)


def meets_a_tie(stored, cue, orders=None, steps=None):
    """Does any visit meet a zero field? Then the two rules for ties disagree in the state after that step."""
    memory = hb.DenseAssociativeMemory(stored)
    rules = {"update": "sync", "max_sweeps": steps} if orders is None else {"order": orders, "max_sweeps": len(orders)}
    if rules["max_sweeps"] == 0:
        return False
    ways = [memory.recall(cue, tie=tie, record="states", **rules).trace["states"] for tie in ("plus", "minus")]
    return ways[0].shape != ways[1].shape or bool((ways[0] != ways[1]).any())


def generator():
    """The state of NumPy's global generator."""
    _, words, place, *rest = np.random.get_state()  # noqa: NPY002
    return words.tobytes(), place, rest


def seed(number):
    np.random.seed(number)  # noqa: NPY002


@pytest.fixture
def grid():
    """The functions above."""
    return sys.modules[__name__]


@pytest.fixture(params=ODD + DYADIC + OTHER, ids=str)
def size(request):
    """Units and patterns."""
    return request.param
