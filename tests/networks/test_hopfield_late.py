"""Energies of real couplings take a pass over all of them: they wait until they are asked for."""

import copy
import pickle

import numpy as np

import hebbfast as hb


def test_energies_that_wait():
    rng = np.random.default_rng(1)
    couplings = rng.normal(size=(70, 70))
    couplings += couplings.T
    np.fill_diagonal(couplings, 0)
    network = hb.HopfieldNetwork(couplings)
    cues = hb.random_patterns(5, 70, rng=2)
    for kind in (cues, hb.PackedPatterns(cues), cues[0]):
        result, other = network.recall(kind, rng=3), network.recall(kind, rng=3)
        states = np.asarray(other.states, dtype=np.float64)
        expected = -0.5 * np.einsum("...i,ij,...j->...", states, couplings, states)
        copies = copy.copy(other), pickle.loads(pickle.dumps(network.recall(kind, rng=3)))
        if isinstance(result.states, np.ndarray):
            result.states[...] = 1  # what became of the states later does not matter
        for found in (result, other, *copies):
            np.testing.assert_allclose(found.energy, expected, rtol=1e-12)
            assert found.energy is found.energy
            assert np.shape(found.energy) == np.shape(expected)
    assert not hasattr(result, "energies")
    assert "energy" in repr(network.recall(cues[0], rng=3))
