"""Kinds of states against sums of signs."""

import itertools
import pickle

import numpy as np
import pytest

import hebbfast as hb

PATTERNS = hb.random_patterns(9, 130, rng=0)  # two words and two bits


def mixtures():
    """All of the first four patterns: 4 triples, 8 signs each."""
    made, parts = [], []
    for triple in itertools.combinations(range(4), 3):
        for signs in itertools.product((1, -1), repeat=3):
            made.append(np.sign(np.array(signs) @ PATTERNS[list(triple)]).astype(np.int8))
            parts.append(set(triple))
    return np.array(made), parts


def test_patterns_and_inverses():
    states = np.concatenate([PATTERNS, -PATTERNS])
    found = hb.classify_states(states, PATTERNS)
    assert found.kind.tolist() == ["pattern"] * 9 + ["inverse"] * 9
    assert found.index.tolist() == [*range(9), *range(9)]
    assert found.overlap.tolist() == [130] * 9 + [-130] * 9
    assert (found.parts == -1).all()


def test_mixtures_of_three_with_all_signs():
    states, parts = mixtures()
    found = hb.classify_states(states, PATTERNS)
    assert found.counts() == {"pattern": 0, "inverse": 0, "mixture": 32, "other": 0}
    assert [set(row) for row in found.parts.tolist()] == parts
    overlaps = states.astype(int) @ PATTERNS.T
    best = np.abs(overlaps).argmax(axis=1)
    np.testing.assert_array_equal(found.index, best)
    np.testing.assert_array_equal(found.overlap, np.take_along_axis(overlaps, best[:, None], axis=1)[:, 0])


def test_other_states_and_allowed_flips():
    """A state one flip beside a kind is another; with that flip allowed it is of the kind again."""
    states, _ = mixtures()
    near = np.concatenate([PATTERNS, -PATTERNS, states])
    kinds = ["pattern"] * 9 + ["inverse"] * 9 + ["mixture"] * 32
    for flips in (1, 4):
        cues = hb.corrupt(near, flips=flips, rng=flips)
        assert hb.classify_states(cues, PATTERNS, flips=flips).kind.tolist() == kinds
        assert hb.classify_states(cues, PATTERNS, flips=flips - 1).counts()["other"] == 50
    assert hb.classify_states(hb.random_patterns(50, 130, rng=3), PATTERNS).counts()["other"] == 50


def test_against_all_triples():
    """Small D, where overlaps tie: what is called a mixture is one, and what is none of all triples is not."""
    patterns = hb.random_patterns(5, 9, rng=1)
    states = np.array(list(itertools.product((-1, 1), repeat=9)), dtype=np.int8)
    found = hb.classify_states(states, patterns)
    everything = {
        tuple(np.sign(np.array(signs) @ patterns[list(triple)]).tolist())
        for triple in itertools.combinations(range(5), 3)
        for signs in itertools.product((1, -1), repeat=3)
    }
    stored = {tuple(row) for row in patterns.tolist()} | {tuple(row) for row in (-patterns).tolist()}
    for state, kind, parts in zip(states.tolist(), found.kind, found.parts, strict=True):
        assert (kind in ("pattern", "inverse")) == (tuple(state) in stored)
        if kind == "mixture":
            assert tuple(state) in everything
            votes = [
                tuple(np.sign(np.array(signs) @ patterns[parts]).tolist())
                for signs in itertools.product((1, -1), repeat=3)
            ]
            assert tuple(state) in votes
    assert found.counts()["mixture"] > 20


@pytest.mark.parametrize("flips", [0, 1, 2, 6])
def test_the_first_kind_counts_where_patterns_and_inverses_are_stored(flips):
    """All 64 states of six units, by their sums of signs: a pattern within reach, else an inverse within reach."""
    some = hb.random_patterns(3, 6, rng=5)
    patterns = np.concatenate([-some, some[1:], hb.corrupt(some, flips=1, rng=6)])
    states = np.array(list(itertools.product((-1, 1), repeat=6)), dtype=np.int8)
    found = hb.classify_states(states, patterns, flips=flips)
    for state, kind, index, overlap in zip(states, found.kind, found.index, found.overlap, strict=True):
        overlaps = patterns.astype(int) @ state
        near, far = overlaps.max() >= 6 - 2 * flips, overlaps.min() <= 2 * flips - 6
        assert (kind == "pattern", kind == "inverse") == (near, far and not near)
        sizes = overlaps if near else -overlaps if far else np.abs(overlaps)
        assert (index, overlap) == (sizes.argmax(), overlaps[sizes.argmax()])


def test_few_patterns():
    for count in (1, 2):
        states = np.concatenate([PATTERNS[:count], -PATTERNS[:count], hb.random_patterns(20, 130, rng=4)])
        found = hb.classify_states(states, PATTERNS[:count])
        assert found.counts() == {"pattern": count, "inverse": count, "mixture": 0, "other": 20}
    one = hb.classify_states([1, -1], [[1, 1]])
    assert (one.kind, one.index, one.overlap, one.parts.tolist()) == ("other", 0, 0, [-1, -1, -1])


def test_one_state_a_batch_and_packed_ones():
    states, _ = mixtures()
    many = hb.classify_states(states, PATTERNS)
    one = hb.classify_states(states[5], PATTERNS)
    assert (one.kind, one.index, one.overlap) == (many.kind[5], many.index[5], many.overlap[5])
    assert one.parts.tolist() == many.parts[5].tolist() and one.counts()["mixture"] == 1
    packed = hb.classify_states(hb.PackedPatterns(states), hb.PackedPatterns(PATTERNS), threads=2)
    assert packed == many == pickle.loads(pickle.dumps(many))
    assert hb.classify_states(states[:0], PATTERNS).counts() == dict.fromkeys(many.counts(), 0)


def test_refusals():
    for arguments, message in (
        ((PATTERNS[:, :-1], PATTERNS), "states must have shape"),
        ((PATTERNS, np.zeros((2, 130))), "patterns must hold"),
        ((PATTERNS, PATTERNS[0]), "patterns must have shape"),
        ((PATTERNS, hb.PackedPatterns(PATTERNS)[:0]), "patterns must hold at least one pattern, got none"),
    ):
        with pytest.raises(ValueError, match=message):
            hb.classify_states(*arguments)
    with pytest.raises(ValueError, match="flips must be an integer from 0 to 130, got 131"):
        hb.classify_states(PATTERNS, PATTERNS, flips=131)
