"""hopfieldnetwork's names: states, dtypes, aliasing, steps and draws of the peer, ties included; the heat bath."""

import copy
import pickle

import numpy as np
import pytest

import hebbfast as hb
import hebbfast.compat.hopfieldnetwork as ours

pytest.importorskip("matplotlib")
pytest.importorskip("PIL")
peer = pytest.importorskip("hopfieldnetwork")
MODULES = (ours, peer)


def trained(module, stored):
    """Blocks, single patterns, and one that is taken away again."""
    network = module.HopfieldNetwork(N=stored.shape[1])
    network.train_pattern(stored[:2].T)
    network.train_pattern(stored[2].astype(np.int8))
    network.train_pattern(-stored[0])
    network.remove_pattern(3)
    network.train_pattern(stored[3:].T)
    return network


def seen(grid, network, before):
    return {
        "S": network.S.tolist(),
        "dtype": network.S.dtype,
        "same array": network.S is before,
        "caller's": before.tolist(),
        "t": network.t,
        "generator": grid.generator(),
        "stable": network.check_stability(network.S),
        "xi": (network.xi.tolist(), network.xi.dtype, network.p),
    }


@pytest.mark.parametrize(("units", "count"), [(100, 7), (64, 6), (99, 8), (50, 14)])
@pytest.mark.parametrize("mode", ["async", "sync", "backwards"])
@pytest.mark.parametrize("run_max", [False, True])
def test_steps_are_the_peers(grid, units, count, mode, run_max):
    for number, dtype in enumerate((np.int64, np.float64, np.int8)):
        stored = grid.patterns(units, count, number)
        for iterations in (0, 1, 2, 5):
            found = []
            for module in MODULES:
                grid.seed(number)
                network, start = trained(module, stored), grid.cue_of(stored[0], number).astype(dtype)
                network.set_initial_neurons_state(start)
                network.update_neurons(iterations, mode, run_max=run_max)
                found.append(seen(grid, network, start))
            assert found[0] == found[1]


def test_a_cycle_of_two():
    """One pattern and its units against it in halves: all units turn over at each synchronous step."""
    stored = np.ones((1, 8), dtype=int)
    for iterations in range(1, 6):
        for run_max in (False, True):
            found = []
            for module in MODULES:
                network = module.HopfieldNetwork(N=8)
                network.train_pattern(np.ones(8, dtype=int))
                network.w = -network.w
                network.set_initial_neurons_state(stored[0].copy())
                network.update_neurons(iterations, "sync", run_max=run_max)
                found.append((network.S.tolist(), network.t))
            assert found[0] == found[1]
    rng = np.random.default_rng(0)
    cycles = 0
    for seed in range(40):
        stored, start = rng.choice([-1, 1], size=(3, 10)), rng.choice([-1, 1], size=10)
        for iterations in (1, 2, 3, 6, 7):
            found = []
            for module in MODULES:
                network = module.HopfieldNetwork(N=10)
                network.train_pattern(stored.T)
                network.set_initial_neurons_state(start)
                network.update_neurons(iterations, "sync", run_max=seed % 2 == 0)
                found.append((network.S.tolist(), network.t))
            cycles += not network.check_stability(network.S)
            assert found[0] == found[1]
    assert cycles > 0


@pytest.mark.parametrize("beta", [0.5, 2.0, 50.0, 0.0, -1.0])
def test_synchronous_heat_bath_is_the_peers(grid, beta):
    stored = grid.patterns(100, 7, 1)
    found = []
    for module in MODULES:
        grid.seed(3)
        network, start = trained(module, stored), grid.cue_of(stored[0], 2)
        network.set_initial_neurons_state(start)
        network.update_neurons_with_finite_temp(4, "sync", beta)
        found.append(seen(grid, network, start))
    assert found[0] == found[1]


@pytest.mark.filterwarnings("ignore:(overflow|invalid value) encountered:RuntimeWarning")
@pytest.mark.parametrize("beta", [np.inf, 1e308, 1e-310, 5e-324])
def test_extreme_temperatures_are_the_peers(grid, beta):
    """At ±∞ · 0 = NaN, which is no P of at least u, a tie makes -1; at the other end P = ½."""
    stored = grid.patterns(64, 6, 1)  # a power of two: exact ties
    cue = grid.cue_of(stored[0], 2, flip=0.5)
    assert (hb.DenseAssociativeMemory(stored).fields(cue) == 0).any()
    found = []
    for module in MODULES:
        grid.seed(3)
        network, start = trained(module, stored), cue.copy()
        network.set_initial_neurons_state(start)
        network.update_neurons_with_finite_temp(1, "sync", beta)
        found.append(seen(grid, network, start))
    assert found[0] == found[1]


@pytest.mark.filterwarnings("ignore:(overflow|invalid value) encountered:RuntimeWarning")
@pytest.mark.parametrize("beta", [0.7, 5.0, -1.0, 1e308, 1e-310])
def test_asynchronous_heat_bath_against_a_plain_loop(grid, beta):
    """The peer fails with NumPy from 2.4 on: a permutation, then a uniform for each visit."""
    stored = grid.patterns(90, 5, 1)
    network, start = trained(ours, stored), grid.cue_of(stored[0], 2)
    network.set_initial_neurons_state(start.copy())
    grid.seed(5)
    network.update_neurons_with_finite_temp(3, "async", beta)
    after = grid.generator()
    weights = ours.construct_hebb_matrix(stored.T)
    grid.seed(5)
    for _ in range(3):
        order, draws = np.random.permutation(90), np.random.rand(90)  # noqa: NPY002
        for unit, u in zip(order, draws, strict=True):
            start[unit] = 1 if 1 / (1 + np.exp(-2 * beta * (weights[unit] @ start))) >= u else -1
    assert network.S.tolist() == start.tolist()
    assert network.t == 3
    assert grid.generator() == after
    with pytest.raises(ValueError, match="mode must be 'async' or 'sync', got 'both'"):
        network.update_neurons_with_finite_temp(1, "both", beta)
    assert network.t == 4


def test_energies_and_functions(grid):
    stored = grid.patterns(64, 6, 4)
    networks = [trained(module, stored) for module in MODULES]
    for state in (stored[0], grid.cue_of(stored[1], 3), stored[2].astype(float)):
        energies = [network.compute_energy(state) for network in networks]
        assert energies[0] == energies[1]
        assert type(energies[0]) is type(energies[1])
    np.testing.assert_array_equal(networks[0].w, networks[1].w)
    np.testing.assert_array_equal(*(m.construct_hebb_matrix(stored.T) for m in MODULES))
    assert ours.hamming_distance(stored[0], stored[1]) == peer.hamming_distance(stored[0], stored[1])
    fields = np.array([-1.0, -2e-15, -9e-16, 0.0, 3.0])
    np.testing.assert_array_equal(*(m.sign_0(fields) for m in MODULES))


@pytest.mark.parametrize("mode", ["async", "sync"])
def test_weights_and_states_of_other_numbers(grid, mode):
    stored = grid.patterns(30, 3, 6)
    found = []
    for module in MODULES:
        grid.seed(1)
        network = trained(module, stored)
        network.w[:, 4] = 0.5  # in place
        network.set_initial_neurons_state(np.zeros(30))
        network.update_neurons(2, mode, run_max=mode == "sync")
        network.train_pattern(np.arange(30) % 3)
        network.remove_pattern(0)
        found.append((network.S.tolist(), network.t, grid.generator(), np.round(network.w, 12).tolist()))
    assert found[0] == found[1]


def test_removing_and_refusals(capsys):
    for module in MODULES:
        network = module.HopfieldNetwork(N=6)
        network.remove_pattern(0)
        network.train_pattern(np.array([1, 1, 1, -1, -1, 1]))
        network.train_pattern(np.array([1, -1, 1, -1, 1, 1]))
        network.remove_pattern(-1)
        network.remove_pattern(1)
        assert network.p == 1
        assert capsys.readouterr().out == "There is no pattern to remove!\n" * 2
        with pytest.raises(IndexError):
            network.remove_pattern(-5)
        network.remove_pattern(0)
        assert not network.w.any()
        for wrong in (np.ones(5), np.ones((6, 1, 1)), np.ones((5, 6))):
            with pytest.raises(ValueError, match=r"shape|broadcast"):
                network.train_pattern(wrong)
        with pytest.raises(AttributeError):
            network.set_initial_neurons_state([1] * 6)
        with pytest.raises(ValueError, match="shape"):
            network.set_initial_neurons_state(np.ones((6, 1)))


def test_files_are_exchanged(grid, tmp_path):
    stored, cue = grid.patterns(40, 5, 9), grid.cue_of(grid.patterns(40, 5, 9)[1], 1)
    for writer, reader in (MODULES, MODULES[::-1], (ours, ours)):
        path = tmp_path / f"{writer.__name__}.npz"
        network = trained(writer, stored)
        network.save_network(path)
        read = reader.HopfieldNetwork(filepath=path)
        np.testing.assert_array_equal(read.w, network.w)
        assert (read.xi.tolist(), read.p, read.N, read.t) == (network.xi.tolist(), 5, 40, 0)
        for one in (network, read):
            one.set_initial_neurons_state(cue.copy())
            one.update_neurons(3, "sync")
        assert read.S.tolist() == network.S.tolist()
    changed = ours.HopfieldNetwork(filepath=path)
    changed.w = changed.w * 2
    changed.save_network(path)
    np.testing.assert_array_equal(ours.HopfieldNetwork(filepath=path).w, changed.w)


def test_networks_pickle_and_copy(grid):
    network = trained(ours, grid.patterns(40, 5, 0))
    for twin in (pickle.loads(pickle.dumps(network)), copy.deepcopy(network)):
        twin.update_neurons(2, "sync")
        assert twin.t == 2
    assert network.t == 0
