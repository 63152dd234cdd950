"""Stability against fields as Python integers and against the update itself, in every kind of network."""

import pickle

import numpy as np
import pytest

import hebbfast as hb

PATTERNS = hb.random_patterns(6, 20, rng=0)
STATES = np.concatenate([PATTERNS, hb.random_patterns(40, 20, rng=1)])
TIES = ["plus", "keep", "minus"]


def integer_network():
    """Even D and few patterns, so that ties occur."""
    couplings = PATTERNS.T.astype(np.int64) @ PATTERNS
    np.fill_diagonal(couplings, 0)
    return couplings, hb.HopfieldNetwork(couplings)


@pytest.mark.parametrize("tie", TIES)
def test_couplings_against_integers(tie):
    couplings, network = integer_network()
    found = network.stable(STATES, tie=tie)
    ties = 0
    for state, stable, margin, unstable in zip(STATES, found.stable, found.margin, found.unstable, strict=True):
        along, wrong = [], 0
        for i, sign in enumerate(state.tolist()):
            field = sum(int(j) * int(s) for j, s in zip(couplings[i], state, strict=True))
            wanted = {"plus": 1, "minus": -1, "keep": sign}[tie] if field == 0 else 1 if field > 0 else -1
            wrong += wanted != sign
            along.append(field * sign)
            ties += field == 0
        assert (stable, margin, unstable) == (wrong == 0, min(along), wrong)
    assert ties > 50


def networks():
    rng = np.random.default_rng(2)
    asymmetric = rng.integers(-3, 4, (20, 20))
    np.fill_diagonal(asymmetric, 0)
    return {
        "classical": hb.DenseAssociativeMemory(PATTERNS),
        "cubic": hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(3)),
        "exponential": hb.DenseAssociativeMemory(PATTERNS, hb.Exponential(0.3)),
        "asymmetric": hb.HopfieldNetwork(asymmetric, bias=rng.integers(-2, 3, 20)),
        "pattern space": hb.PatternSpaceNetwork(PATTERNS),
        "zero-one": hb.PatternSpaceNetwork(PATTERNS > 0, values="zero-one", threshold=0.5),
    }


@pytest.mark.parametrize("tie", TIES)
@pytest.mark.parametrize("name", networks())
def test_stable_is_what_an_update_of_all_units_leaves(name, tie):
    network = networks()[name]
    states = (STATES + 1) // 2 if name == "zero-one" else STATES
    found = network.stable(states, tie=tie)
    moved = network.recall(states, update="sync", max_sweeps=1, tie=tie).flips
    np.testing.assert_array_equal(found.unstable, moved)
    np.testing.assert_array_equal(found.stable, moved == 0)
    assert not found.stable.all() and (found.stable.any() or name in ("asymmetric", "zero-one"))


def test_margin_is_half_of_the_cheapest_flip():
    memory = hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(3))
    np.testing.assert_array_equal(memory.stable(STATES).margin, memory.delta_energy(STATES).min(axis=1) / 2)


def test_one_state_a_batch_and_packed_ones():
    _, network = integer_network()
    many = network.stable(STATES)
    one = network.stable(STATES[0])
    assert (one.stable, one.margin, one.unstable) == (many.stable[0], many.margin[0], many.unstable[0])
    assert network.stable(hb.PackedPatterns(STATES)) == many == pickle.loads(pickle.dumps(many))
    assert network.stable(STATES[:0]).stable.shape == (0,)


def test_refusals():
    _, network = integer_network()
    with pytest.raises(ValueError, match="tie must be one of 'plus', 'keep', 'minus', got 'random'"):
        network.stable(STATES, tie="random")
    with pytest.raises(ValueError, match="states must have shape"):
        network.stable(STATES[:, :-1])
    with pytest.raises(ValueError, match="states must hold"):
        network.stable(np.zeros(20))
