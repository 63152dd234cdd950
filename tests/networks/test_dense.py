"""Dense memories: what is their own."""

import os
import threading
import time

import numpy as np
import pytest

import hebbfast as hb

PATTERNS = hb.random_patterns(6, 90, rng=0)
MEMORY = hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(3))


def test_store_and_forget():
    more = MEMORY.store(-PATTERNS[:2])
    assert (len(more), len(MEMORY)) == (8, 6)
    np.testing.assert_array_equal(more.forget([6, -1]).patterns.words, MEMORY.patterns.words)
    np.testing.assert_array_equal(MEMORY.forget(0).patterns.unpack(), PATTERNS[1:])


def test_indices_to_forget():
    with pytest.raises(IndexError, match=r"indices must lie in -6\.\.5"):
        MEMORY.forget([6])
    with pytest.raises(IndexError, match=r"indices must lie in -6\.\.5, got 1180591620717411303424"):
        MEMORY.forget(2**70)
    with pytest.raises(ValueError, match="must leave at least one"):
        MEMORY.forget(range(6))
    with pytest.raises(TypeError, match="indices must be integers"):
        MEMORY.forget([0.5])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_fork_while_the_transposed_copy_is_made():
    """The child goes on: a lock that another thread held at the fork would never open there."""
    memory = hb.DenseAssociativeMemory(hb.PackedPatterns.random(20_000, 20_000, rng=0), hb.Polynomial(3))
    state = hb.PackedPatterns.random(1, 20_000, rng=1)
    worker = threading.Thread(target=lambda: memory.fields(state))
    worker.start()
    time.sleep(0.01)
    child = os.fork()
    if child == 0:
        memory.energy(state)
        os._exit(0)
    worker.join()
    deadline, done = time.monotonic() + 60, 0
    while not done and time.monotonic() < deadline:
        done, _ = os.waitpid(child, os.WNOHANG)
        time.sleep(0.01)
    assert done, "the child hangs"


def test_energies_of_the_two_models_of_one_network_differ_by_the_self_terms():
    memory, network = hb.DenseAssociativeMemory(PATTERNS), hb.HopfieldNetwork.train(PATTERNS)
    states = hb.random_patterns(4, 90, rng=1)
    np.testing.assert_array_equal(network.energy(states) - memory.energy(states), np.full(4, 6 * 90 / 2))
    np.testing.assert_array_equal(network.delta_energy(states), memory.delta_energy(states))
