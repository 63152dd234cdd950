"""neurodynex3's names: states, dtypes and draws of the peer on a grid of sizes; patterns; dynamics for its networks."""

import importlib
import warnings

import numpy as np
import pytest

from hebbfast.compat import neurodynex3
from hebbfast.compat.neurodynex3 import network as ours
from hebbfast.compat.neurodynex3 import pattern_tools as our_tools


def installed(name):
    """A module of the peer, whose pins are old: pattern_tools wants a setuptools with pkg_resources."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module(f"neurodynex3.hopfield_network.{name}")
        except ImportError as error:
            pytest.skip(f"neurodynex3 is not there: {error}")


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_steps_are_the_peers(grid, size, mode):
    units, count = size
    peer = installed("network")
    for number, dtype in enumerate((int, float) if units < 100 else (int,)):  # the peer stores slowly
        stored = grid.patterns(units, count, number)
        cue = grid.cue_of(stored[0], number).astype(dtype)
        for steps in (0, 1, 4):
            found = []
            for module in (ours, peer):
                grid.seed(number)
                network = module.HopfieldNetwork(units)
                begun = network.state.tolist()
                network.store_patterns([row.reshape(1, -1) for row in stored])
                getattr(network, f"set_dynamics_sign_{mode}")()
                network.set_state_from_pattern(cue)
                before = np.random.get_state()  # noqa: NPY002
                states = network.run_with_monitoring(steps)
                network.set_state_from_pattern(cue)
                network.run(steps)
                network.iterate()
                assert network.state is not cue
                moved = [(state.tolist(), state.dtype) for state in (*states, network.state)]
                found.append((begun, moved, grid.generator()))
            if (units, count) in grid.OTHER:
                np.random.set_state(before)  # noqa: NPY002
                ways = [(steps, cue), (steps + 1, cue)]
                orders = [[np.random.permutation(units) for _ in range(n)] for n, _ in ways]  # noqa: NPY002
                if any(
                    grid.meets_a_tie(stored, cue, *((None, n) if mode == "sync" else (np.array(table), None)))
                    for (n, _), table in zip(ways, orders, strict=True)
                    if n
                ):
                    continue
            assert found[0] == found[1]


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_random_and_changed_weights(grid, mode):
    peer, found = installed("network"), []
    for module in (ours, peer):
        grid.seed(4)
        network = module.HopfieldNetwork(30)
        weights = [network.weights.copy()]
        getattr(network, f"set_dynamics_sign_{mode}")()
        network.run(3)
        states = [network.state.tolist()]
        network.reset_weights()
        weights.append(network.weights.copy())
        network.store_patterns(list(grid.patterns(30, 3, 0)))
        network.weights[2] *= 3.5
        states += [state.tolist() for state in network.run_with_monitoring(3)]
        network.store_patterns([])
        network.run(1)
        found.append((np.array(weights).tolist(), states, network.state.tolist(), network.weights.any()))
    assert found[0] == found[1]


def test_cycles_and_user_functions(grid):
    stored = np.array([[1, 1, -1, -1]])
    network = ours.HopfieldNetwork(4)
    network.store_patterns(list(stored) + list(grid.patterns(4, 2, 1)))
    couplings = network.weights.copy()
    for start in grid.patterns(4, 16, 2):
        network.set_state_from_pattern(start)
        expected = [start.astype(float)]
        for _ in range(7):
            expected.append(np.where(couplings @ expected[-1] >= 0, 1.0, -1.0))
        assert np.array_equal(network.run_with_monitoring(7), expected)
        network.set_state_from_pattern(start)
        network.run(6)
        assert network.state.tolist() == expected[6].tolist()
    network.set_dynamics_to_user_function(lambda state, weights: -state)
    network.run(3)
    assert network.state.tolist() == (-expected[6]).tolist()
    with pytest.raises(ValueError, match="patterns of pattern_list must have 4 elements, got 3"):
        network.store_patterns([np.ones(3)])


def test_dynamics_for_networks_of_the_peer(grid):
    peer, stored = installed("network"), grid.patterns(100, 7, 3)
    for mode, step in (("async", neurodynex3.async_sign(stored)), ("sync", neurodynex3.sync_sign(stored))):
        found = []
        for given in (False, True):
            grid.seed(2)
            network = peer.HopfieldNetwork(100)
            network.store_patterns(list(stored))
            network.set_state_from_pattern(grid.cue_of(stored[0], 1))
            network.set_dynamics_to_user_function(step) if given else getattr(network, f"set_dynamics_sign_{mode}")()
            network.run(4)
            found.append((network.state.tolist(), network.state.dtype, grid.generator()))
        assert found[0] == found[1]


def test_heat_bath_against_a_plain_loop(grid):
    stored, state = grid.patterns(60, 4, 5), grid.cue_of(grid.patterns(60, 4, 5)[0], 1)
    grid.seed(7)
    found = neurodynex3.heat_bath([row.reshape(6, 10) for row in stored], beta=2.0)(state, None)
    weights = stored.T @ stored / 60 - np.eye(60) * 4 / 60
    grid.seed(7)
    order, draws = np.random.permutation(60), np.random.rand(60)  # noqa: NPY002
    for unit, u in zip(order, draws, strict=True):
        state[unit] = 1 if u < 1 / (1 + np.exp(-4 * (weights[unit] @ state))) else -1
    assert found.tolist() == state.tolist()
    with pytest.raises(ValueError, match="patterns must hold at least one pattern of ±1"):
        neurodynex3.sync_sign([])
    with pytest.raises(ValueError, match="the state must hold ±1"):
        neurodynex3.sync_sign(stored)(np.zeros(60), None)
    for beta in (-1, 0, "a", np.nan, np.inf):
        with pytest.raises(ValueError, match=f"beta must be a finite number above 0, got {beta!r}"):
            neurodynex3.heat_bath(stored, beta)
    assert set(neurodynex3.heat_bath(stored, 1e-310)(stored[0], None)) == {-1, 1}


@pytest.mark.parametrize(
    "made",
    [
        "create_random_pattern()",
        "create_random_pattern(on_probability=0.2)",
        "create_random_pattern_list(3, 0.7)",
        "create_row_patterns()",
        "create_row_patterns(2)",
        "create_all_on()",
        "create_all_off()",
        "create_checkerboard()",
        "create_L_pattern()",
        "create_L_pattern(2)",
        "reshape_patterns([np.arange(25)])",
    ],
)
def test_factory(grid, made):
    found = []
    for tools in (our_tools, installed("pattern_tools")):
        grid.seed(1)
        found.append((repr(eval(f"factory.{made}", {"factory": tools.PatternFactory(5), "np": np})), grid.generator()))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "made",
    [
        "flip_n(p, 4)",
        "get_noisy_copy(p, 0.3)",
        "get_noisy_copy(p, 0)",
        "get_noisy_copy(p.astype(float), 1.0)",
        "compute_overlap(p, q)",
        "compute_overlap_list(p, [p, q, -q])",
        "compute_overlap_matrix([p, q, -q])",
        "get_pattern_diff(p, q)",
        "get_pattern_diff(p, q, diff_code=-7)",
        "load_alphabet()",
        "reshape_patterns([p], (1, 25))",
    ],
)
def test_tools(grid, made):
    p, found = our_tools.PatternFactory(5).create_checkerboard(), []
    q = np.array(grid.patterns(25, 1, 1)[0]).reshape(5, 5)
    for tools in (our_tools, installed("pattern_tools")):
        grid.seed(1)
        found.append((repr(eval(f"tools.{made}", {"tools": tools, "p": p, "q": q})), grid.generator()))
    assert found[0] == found[1]


def test_refusals_of_tools():
    checkerboard = our_tools.PatternFactory(2).create_checkerboard()
    with pytest.raises(ValueError, match=r"noise_level must lie in \[0, 1\], got 1.2"):
        our_tools.get_noisy_copy(checkerboard, 1.2)
    with pytest.raises(ValueError, match=r"patterns must have one shape, got \(2, 2\) and \(2,\)"):
        our_tools.compute_overlap(checkerboard, checkerboard[0])
    assert our_tools.PatternFactory(2, 3).create_checkerboard().tolist() == [[1, -1, 1], [-1, 1, -1]]
