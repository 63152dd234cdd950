"""Attractors against enumeration of all states, basins against single recalls and closed cases."""

import itertools
import math
import pickle

import numpy as np
import pytest

import hebbfast as hb
from hebbfast.experiments import attractors, basins


def test_attractors_are_the_fixed_points():
    """All 2^10 states as cues, sequentially: the ends are exactly the states that no update changes."""
    patterns = hb.random_patterns(3, 10, rng=1)
    couplings = patterns.T.astype(int) @ patterns
    np.fill_diagonal(couplings, 0)
    states = np.array(list(itertools.product((-1, 1), repeat=10)), dtype=np.int8)
    fixed = {tuple(s) for s in states.tolist() if (np.where(couplings @ s >= 0, 1, -1) == s).all()}
    found = attractors(hb.HopfieldNetwork(couplings), states, order="sequential")
    assert {tuple(s) for s in found.states.unpack().tolist()} == fixed
    assert found.hits.sum() == 1024 and (np.diff(found.hits) <= 0).all()
    np.testing.assert_array_equal(np.bincount(found.index), found.hits)
    expected = [-0.5 * s @ couplings @ s for s in found.states.unpack().astype(int)]
    np.testing.assert_array_equal(found.energy, expected)
    ends = hb.HopfieldNetwork(couplings).recall(states, order="sequential", max_sweeps=1000).states
    np.testing.assert_array_equal(found.states.unpack()[found.index], ends)


def test_equal_hits_stand_in_the_order_of_the_cues():
    patterns = hb.random_patterns(5, 100, rng=0)
    found = attractors(hb.DenseAssociativeMemory(patterns, hb.Polynomial(4)), patterns[[2, 0, 1, 0]])
    np.testing.assert_array_equal(found.states.unpack(), patterns[[0, 2, 1]])
    assert (found.hits.tolist(), found.index.tolist()) == ([2, 1, 1], [1, 0, 2, 0])


def test_cues_that_do_not_rest_have_no_attractor():
    """Two units that want to be unequal to each other turn for ever, all at once."""
    network = hb.HopfieldNetwork([[0, -1], [-1, 0]])
    found = attractors(network, [[1, 1], [1, -1], [-1, -1]], update="sync", max_sweeps=50)
    assert (found.index.tolist(), found.hits.tolist()) == ([-1, 0, -1], [1])
    none = attractors(network, [[1, 1]], update="sync", max_sweeps=50)
    assert len(none.states) == 0 and none.hits.shape == none.energy.shape == (0,) and none.index.tolist() == [-1]


def test_energies_of_asymmetric_couplings_are_not_known():
    network = hb.HopfieldNetwork([[0, 1], [0, 0]])
    assert np.isnan(attractors(network, 10, rng=0).energy).all()


@pytest.mark.parametrize("values", ["plus-minus", "zero-one"])
def test_other_networks(values):
    patterns = hb.random_patterns(3, 60, rng=0)
    network = hb.PatternSpaceNetwork((patterns > 0) if values == "zero-one" else patterns, values=values)
    found = attractors(network, 20, rng=1)
    assert found.hits.sum() == 20
    assert basins(network, network.patterns, [0.0], cues=2, rng=1).returned.shape == (3, 1)


def test_results_do_not_depend_on_pieces_or_threads(monkeypatch):
    patterns = hb.random_patterns(8, 70, rng=0)
    network = hb.HopfieldNetwork.train(patterns)
    first = attractors(network, 300, rng=1), basins(network, patterns, cues=5, rng=2)
    monkeypatch.setattr("hebbfast._work.pieces.BYTES", 70 * 64 * 7)
    assert attractors(network, 300, rng=1, threads=2) == first[0] == pickle.loads(pickle.dumps(first[0]))
    assert basins(network, patterns, cues=5, rng=2, threads=2) == first[1] == pickle.loads(pickle.dumps(first[1]))
    assert attractors(network, 300, rng=3) != first[0]


def test_basins_of_two_units():
    """J = [[0, 1], [1, 0]], sequential, sign(0) = +1: unit 0 takes the value of unit 1, and both stay."""
    network = hb.HopfieldNetwork([[0, 1], [1, 0]])
    found = basins(network, [[1, 1], [1, -1]], [0.0, 0.5, 1.0], cues=400, order="sequential", rng=0)
    assert found.flips.tolist() == [0, 1, 2]
    assert found.returned[1].tolist() == [0, 0, 0] and found.overlaps[1].tolist() == [0, 0, 0]
    assert found.returned[0, [0, 2]].tolist() == [1, 0] and found.overlaps[0, [0, 2]].tolist() == [1, -1]
    # one flip: unit 0 or unit 1, a fair coin for each of 400 cues; off by 0.12 with a chance of 2e-6
    assert abs(found.returned[0, 1] - 0.5) < 0.12
    assert math.isclose(found.overlaps[0, 1], 2 * found.returned[0, 1] - 1)


def test_returns_are_counted_at_the_criterion():
    patterns = hb.random_patterns(15, 100, rng=0)
    memory = hb.DenseAssociativeMemory(patterns)
    ends = memory.recall(patterns, order="sequential").states
    overlaps = (ends.astype(int) * patterns).sum(axis=1) / 100
    found = basins(memory, patterns, [0.0], cues=1, order="sequential", criterion=0.98)
    np.testing.assert_array_equal(found.overlaps[:, 0], overlaps)
    np.testing.assert_array_equal(found.returned[:, 0], overlaps >= 0.98)
    assert 0 < found.returned.sum() < 12


def test_sizes_are_first_crossings():
    table = np.array([[1, 0.75, 0.25, 0.5], [1, 1, 1, 1], [0.25, 1, 1, 1], [1, 0.5, 0.5, 0.25]])
    found = hb.experiments.Basins(20, 4, np.array([0, 2, 4, 8]), table, table, 1.0)
    sizes = found.sizes()
    assert sizes[0] == 3 / 20 and math.isinf(sizes[1]) and math.isnan(sizes[2]) and sizes[3] == 4 / 20
    assert found.sizes(0.75)[0] == 2 / 20
    with pytest.raises(ValueError, match="level must be a finite number from 0 to 1, got 2"):
        found.sizes(2)


def test_refusals():
    memory = hb.DenseAssociativeMemory([[1, 1, 1]])
    for cues, message in (
        ([1, 1, 1], r"cues must be how many, or of shape \(Q, 3\) with Q >= 1, got shape \(3,\)"),
        (0, "cues must be an integer"),
        ([[1, 0, 1]], "cues must hold"),
    ):
        with pytest.raises(ValueError, match=message):
            attractors(memory, cues)
    for function in (attractors, basins):
        with pytest.raises(TypeError, match="network must be a network of this package, got None"):
            function(None, [[1, 1, 1]])
    for wrong in ([], [0.2, 0.1], [-0.1], [1.5], 0.1):
        with pytest.raises(ValueError, match="flips must be increasing shares of units from 0 to 1"):
            basins(memory, [[1, 1, 1]], wrong)
    with pytest.raises(ValueError, match="tie must be"):
        basins(memory, [[1, 1, 1]], tie="none")
