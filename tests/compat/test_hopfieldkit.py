"""hopfieldkit's names: its own results, draws and refusals on the grid of sizes; exact energies."""

import copy
import pickle

import numpy as np
import pytest

import hebbfast.compat.hopfieldkit as ours

peer = pytest.importorskip("hopfieldkit")


def both(units, stored):
    return [module.HopfieldNetwork(units).fit(stored) for module in (ours, peer)]


@pytest.mark.parametrize("order", ["random", "sequential"])
def test_recall_is_the_peers(grid, size, order):
    units, count = size
    equal = 0
    for seed in range(3):
        stored = grid.patterns(units, count, seed)
        cue = grid.cue_of(stored[0], seed + 10).astype(float)
        networks, before = both(units, stored), cue.copy()
        orders = np.arange(units)
        rng, table = np.random.default_rng(seed), []
        for _ in range(20):
            if order == "random":
                rng.shuffle(orders)
            table.append(orders.copy())
        if (units, count) in grid.OTHER and grid.meets_a_tie(stored, cue, np.array(table)):
            continue
        equal += 1
        states = [network.recall(cue, order=order, seed=seed) for network in networks]
        np.testing.assert_array_equal(*states)
        assert states[0].dtype == states[1].dtype
        np.testing.assert_array_equal(cue, before)
        generators = [np.random.default_rng(seed) for _ in networks]
        runs = [
            network.recall(cue, order=order, record_energy=True, seed=generator)
            for network, generator in zip(networks, generators, strict=True)
        ]
        np.testing.assert_array_equal(runs[0][0], states[0])
        assert len(runs[0][1]) == len(runs[1][1])
        if (units, count) in grid.DYADIC:
            assert runs[0][1] == runs[1][1]
        np.testing.assert_allclose(runs[0][1], runs[1][1], rtol=1e-12, atol=1e-12)
        assert generators[0].random() == generators[1].random()
    assert equal > 0 or (units, count) in grid.OTHER


@pytest.mark.parametrize("kind", [np.random.Generator, np.random.RandomState, lambda bits: bits])
def test_generators_are_left_as_the_peer_leaves_them(grid, kind):
    stored = grid.patterns(100, 7, 0)
    sources, after = [np.random.PCG64(5) for _ in range(2)], []
    for network, source in zip(both(100, stored), sources, strict=True):
        states = [network.recall(grid.cue_of(stored[0], 1), seed=kind(source)) for _ in range(2)]
        after.append(([state.tolist() for state in states], source.state))
    assert after[0] == after[1]


def test_weights_are_the_peers_and_may_be_changed(grid):
    stored = grid.patterns(50, 4, 0)
    networks = both(50, stored)
    np.testing.assert_array_equal(networks[0].weights, networks[1].weights)
    assert networks[0].weights.dtype == networks[1].weights.dtype
    cue = grid.cue_of(stored[1], 3)
    for change in (
        lambda network: network.weights.__setitem__((slice(None), 3), 0.25),
        lambda network: setattr(network, "weights", network.weights * 0.5 + 0.125),
    ):
        for network in networks:
            change(network)
        np.testing.assert_array_equal(*(network.recall(cue, seed=1) for network in networks))
        assert networks[0].energy(cue) == networks[1].energy(cue)


@pytest.mark.parametrize("state", [np.zeros(20), np.arange(20) % 3, np.arange(20) % 2])
def test_other_numbers_go_the_way_of_the_peer(grid, state):
    networks = both(20, grid.patterns(20, 3, 1))
    runs = [network.recall(state, seed=2, record_energy=True) for network in networks]
    np.testing.assert_array_equal(runs[0][0], runs[1][0])
    assert runs[0][1] == runs[1][1]
    networks = both(20, np.arange(60).reshape(3, 20) % 4)
    np.testing.assert_array_equal(networks[0].weights, networks[1].weights)
    np.testing.assert_array_equal(*(network.recall(np.ones(20), seed=2) for network in networks))


def test_edges_are_the_peers(grid):
    stored = grid.patterns(30, 2, 3)
    for network in (*both(30, stored), ours.HopfieldNetwork(30), peer.HopfieldNetwork(30)):
        assert network.recall(stored[0], max_steps=0).tolist() == stored[0].tolist()
        assert len(network.recall(stored[0], max_steps=0, record_energy=True)[1]) == 1
        with pytest.raises(ValueError, match="order must be"):
            network.recall(stored[0], order="backwards")
        with pytest.raises(ValueError, match="patterns must have shape"):
            network.fit(np.ones((2, 29)))
    np.testing.assert_array_equal(*(m.HopfieldNetwork(30).recall(stored[0]) for m in (ours, peer)))
    with pytest.raises(ValueError, match=r"state must have shape \(30,\), got shape \(29,\)"):
        both(30, stored)[0].recall(np.ones(29))


@pytest.mark.parametrize("kappa", [0.0, 0.5, 100.0])
def test_perceptron(grid, kappa):
    """N and the rate are powers of two, so that the peer's sums are exact."""
    stored = grid.patterns(64, 12, 5)
    networks = [module.PerceptronHopfieldNetwork(64, kappa, 0.5) for module in (ours, peer)]
    for network in networks:
        assert network.fit(stored, max_epochs=7, seed=3) is network
    np.testing.assert_array_equal(networks[0].weights, networks[1].weights)
    assert networks[0].converged == networks[1].converged
    assert networks[0].n_epochs_run == networks[1].n_epochs_run
    networks[0].fit(stored, max_epochs=7, seed=3)
    runs = [network.recall(grid.cue_of(stored[0], 1), seed=2, record_energy=True) for network in networks]
    np.testing.assert_array_equal(runs[0][0], runs[1][0])
    assert runs[0][1] == runs[1][1]


def test_outcomes(grid):
    stored = grid.patterns(41, 5, 7)
    mixture = np.sign(stored[[0, 2, 4]].sum(axis=0))
    for state in (stored[3], -stored[2], mixture, -mixture, np.ones(41), np.zeros(41)):
        expected = peer.classify_recall_outcome(state, stored)
        assert ours.classify_recall_outcome(state, stored) == expected
    assert ours.classify_recall_outcome(mixture, stored)["pattern_indices"] == [0, 2, 4]


def test_order_dependence(grid):
    stored = grid.patterns(64, 9, 8)
    cue = grid.cue_of(stored[0], 9, 0.4)
    found = [m.detect_order_dependence(n, cue, seed=4) for m, n in zip((ours, peer), both(64, stored), strict=True)]
    for name in ("order_dependent", "n_disagreements"):
        assert found[0][name] == found[1][name]
        assert type(found[0][name]) is type(found[1][name])
    np.testing.assert_array_equal(found[0]["random_outcomes"], found[1]["random_outcomes"])


def test_capacities():
    for units in (2, 100, 10**6):
        assert ours.hopfield_1982_estimate(units) == peer.hopfield_1982_estimate(units)
        assert ours.ags_1985_bound(units) == peer.ags_1985_bound(units)
    with pytest.raises(ValueError, match="n_units must be greater than 1, got 1"):
        ours.hopfield_1982_estimate(1)
    found, expected = (m.empirical_capacity_scan(60, (1, 60), n_trials=5, seed=1) for m in (ours, peer))
    assert found == expected == {"pattern_counts": [1, 60], "success_rates": [1.0, 0.0]}


def test_networks_pickle_and_copy(grid):
    network = ours.HopfieldNetwork(40).fit(grid.patterns(40, 3, 0))
    learned = ours.PerceptronHopfieldNetwork(40).fit(grid.patterns(40, 3, 0), seed=0)
    cue = grid.cue_of(grid.patterns(40, 3, 0)[0], 2)
    for one in (network, learned):
        for twin in (pickle.loads(pickle.dumps(one)), copy.deepcopy(one)):
            assert twin.recall(cue, seed=0).tolist() == one.recall(cue, seed=0).tolist()
