"""Annealing: ground states by enumeration, reads of their own, and when it stops."""

import itertools
import time

import numpy as np
import pytest

import hebbfast as hb
from hebbfast.dynamics import scale

RNG = np.random.default_rng(11)
UPPER = np.triu(RNG.choice([-1, 1], (60, 60)), 1)
GLASS = hb.HopfieldNetwork(UPPER + UPPER.T)


def oracle():
    """D = 10: the ground state has the energy -40 and is unique (enumeration)."""
    i = np.arange(10)
    couplings = np.triu((np.outer(i, i) + i[:, None] + i) % 7 - 3, 1)
    return hb.HopfieldNetwork(couplings + couplings.T, i % 3 - 1)


@pytest.mark.parametrize("method", ["heat_bath", "metropolis"])
def test_the_ground_state_by_enumeration(method):
    network = oracle()
    every = np.array(list(itertools.product((-1, 1), repeat=10)), dtype=np.int8)
    found = network.anneal(sweeps=200, reads=32, rng=0, method=method)
    assert found.best_energy == -40 == network.energy(every).min()
    np.testing.assert_array_equal(found.best_state, every[np.argmin(network.energy(every))])
    counts = found.counts()
    assert counts.counts.sum() == 32 and counts.energies[0] == -40 and (np.diff(counts.energies) >= 0).all()
    np.testing.assert_array_equal(network.energy(counts.states), counts.energies)
    np.testing.assert_array_equal(counts.states[0], found.best_state)


def test_the_best_on_the_way_is_kept():
    """A schedule that ends hot: the best of each read is that of the recorded course, the start included."""
    arguments = {"temperature": 6.0, "sweeps": 40, "order": "sequential", "observables": (), "rng": 2}
    starts = hb.random_patterns(5, 60, rng=1)
    found = GLASS.anneal(starts, temperatures=np.full(40, 6.0), rng=2)
    np.testing.assert_array_equal(GLASS.energy(found.states), found.energies)
    assert found.best_energy == found.energies.min() and found.reached is None and found.sweeps == 40
    assert (found.energies < [GLASS.sample(s, **arguments).energy for s in starts]).sum() >= 4
    frozen = GLASS.anneal(found.states, temperatures=[1e9], rng=0)  # a sweep at random is worse than where it began
    np.testing.assert_array_equal(frozen.states, found.states)


def test_a_read_is_the_same_alone_on_threads_and_in_blocks(monkeypatch):
    all_, few = (GLASS.anneal(reads=reads, sweeps=300, rng=7, threads=2) for reads in (9, 4))
    np.testing.assert_array_equal(all_.states[:4], few.states)
    assert all_ == GLASS.anneal(reads=9, sweeps=300, rng=7, threads=1)
    monkeypatch.setattr("hebbfast.dynamics.chains._BLOCK", 1)
    assert all_ == GLASS.anneal(reads=9, sweeps=300, rng=7)


def test_a_target_ends_all_reads_at_one_sweep(monkeypatch):
    goal = GLASS.anneal(reads=6, sweeps=300, rng=3).best_energy
    found = GLASS.anneal(reads=6, sweeps=300, rng=3, target=goal)
    assert found.reached and found.best_energy == goal and found.sweeps < 300
    monkeypatch.setattr("hebbfast.dynamics.chains._BLOCK", 1)  # sweep by sweep: the same end
    assert found == GLASS.anneal(reads=6, sweeps=300, rng=3, target=goal)
    missed = GLASS.anneal(reads=2, sweeps=20, rng=3, target=-1e9)
    assert missed.reached is False and missed.sweeps == 20
    at_once = GLASS.anneal(found.best_state, reads=2, target=goal)
    assert at_once.reached and at_once.sweeps == 0


def test_seconds_end_it():
    began = time.monotonic()
    found = hb.HopfieldNetwork.train(hb.random_patterns(30, 800, rng=0)).anneal(sweeps=10**7, seconds=0.2, rng=0)
    assert time.monotonic() - began < 5 and 0 < found.sweeps < 10**7 and len(found.temperatures) == 10**7


def test_clamped_units_stay():
    clamp, start = np.arange(60) < 20, hb.random_patterns(1, 60, rng=5)[0]
    found = GLASS.anneal(start, reads=8, sweeps=100, clamp=clamp, rng=0)
    np.testing.assert_array_equal(found.states[:, clamp], np.tile(start[clamp], (8, 1)))
    assert (found.states[:, ~clamp] != start[~clamp]).any()


def test_the_schedule_scales_with_the_network():
    """±1 couplings: rms field √59 in random states (8 of them: ± 3 %), and steps of ΔE are 4, or 2 and 6."""
    hot, cold = scale.hot_and_cold(GLASS)
    assert hot == pytest.approx(np.sqrt(59), rel=0.15) and cold == pytest.approx(2 / np.log(60), rel=1e-9)
    larger = hb.HopfieldNetwork(1000 * GLASS.couplings)
    np.testing.assert_allclose(scale.hot_and_cold(larger), (1000 * hot, 1000 * cold), rtol=1e-12)
    memory = hb.DenseAssociativeMemory(hb.random_patterns(40, 100, rng=0), hb.Polynomial(3, normalized=True))
    assert 0.1 < scale.hot_and_cold(memory)[0] < 1.5  # T_M = 0.58
    assert memory.anneal(reads=16, sweeps=300, rng=0).best_energy == pytest.approx(
        memory.energy(memory.patterns).min(), rel=0.05
    )


@pytest.mark.parametrize("couplings", [[[0]], np.zeros((5, 5)), [[0, 1], [1, 0]]], ids=["one", "none", "two"])
def test_small_and_empty_networks(couplings):
    found = hb.HopfieldNetwork(couplings).anneal(reads=3, sweeps=5, rng=0)
    assert found.best_energy == (-1 if np.any(couplings) else 0) and found.states.shape == (3, len(couplings))
    assert hb.HopfieldNetwork([[0]], [2.0]).anneal(reads=1, sweeps=9, rng=0).best_state.tolist() == [1]


def test_kinds_of_states():
    network = hb.PatternSpaceNetwork([[1, 0, 1], [1, 1, 1]], hb.learning.HebbianRule(), values="zero-one")
    found = network.anneal(reads=3, sweeps=4, rng=0)
    assert set(np.unique(found.states)) | set(found.best_state.tolist()) <= {0, 1}
    np.testing.assert_allclose(network.energy(found.states), found.energies)
    packed = GLASS.anneal(hb.PackedPatterns(hb.random_patterns(3, 60, rng=0)), sweeps=5, rng=0)
    assert isinstance(packed.states, hb.PackedPatterns) and packed.counts().counts.sum() == 3


def test_refusals():
    for change, message in (
        ({"temperatures": [1.0, -1.0]}, r"temperatures must not be negative, got -1 at \[1\]"),
        ({"temperatures": [1.0, np.nan]}, "temperatures must be finite"),
        ({"temperatures": []}, r"temperatures must have shape \(sweeps,\)"),
        ({"temperatures": [1.0, 0.5], "sweeps": 3}, "temperatures must have one entry a sweep, 3 of them, got 2"),
        ({"sweeps": 0}, "sweeps must be"),
        ({"reads": 0}, "reads must be"),
        ({"target": np.nan}, "target must be"),
        ({"seconds": 0}, "seconds must be"),
        ({"method": "tabu"}, "method must be"),
        ({"order": "best"}, "order must be"),
        ({"clamp": np.ones(60, bool)}, "states must be given where units are clamped"),
        ({"states": np.ones(5)}, "states must have shape"),
        ({"rng": "x"}, "rng must be"),
        ({"threads": 0}, "threads must be"),
    ):
        with pytest.raises((ValueError, TypeError), match=message):
            GLASS.anneal(**change)
    with pytest.raises(ValueError, match="couplings must be symmetric"):
        hb.HopfieldNetwork([[0, 1], [0, 0]]).anneal()


def test_the_last_states_instead_of_the_best():
    """Hot to the end, so that reads pass through better states than they end in; the ways are the same."""
    matrix = np.random.default_rng(2).normal(size=(30, 30))
    network = hb.HopfieldNetwork(np.triu(matrix, 1) + np.triu(matrix, 1).T)
    given = {"temperatures": np.full(40, 3.0), "reads": 20, "rng": 5}
    best, last = (network.anneal(keep=keep, **given) for keep in ("best", "last"))
    np.testing.assert_allclose(network.energy(last.states), last.energies)
    assert (best.energies <= last.energies).all()
    assert (best.energies < last.energies).mean() > 0.9
    assert last.best_energy == last.energies.min()
    with pytest.raises(ValueError, match="keep must be one of 'best', 'last', got 'all'"):
        network.anneal(keep="all")


def test_clamped_units_may_be_those_of_a_picture():
    patterns = hb.random_patterns(3, 12, rng=0)
    network, picture = hb.HopfieldNetwork.train(patterns), np.arange(12).reshape(3, 4) < 5
    found = [network.anneal(patterns, clamp=clamp, sweeps=20, rng=1) for clamp in (picture, picture.ravel())]
    np.testing.assert_array_equal(found[0].states, found[1].states)
    assert (found[0].states[:, :5] == patterns[:, :5]).all()
