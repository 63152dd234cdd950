"""Children of two states: no worse than either, and the best of all mixtures of their clusters."""

import itertools
import sys

import networkx as nx
import numpy as np
import pytest

import hebbfast as hb
from hebbfast.optimize._crossing import Crossing


def grid(seed, bias):
    """A ±J grid of 12 × 12, sparse, and its network."""
    rng = np.random.default_rng(seed)
    graph = nx.grid_2d_graph(12, 12)
    couplings = nx.to_scipy_sparse_array(graph, dtype=int)
    signs = np.triu(rng.integers(0, 2, couplings.shape) * 2 - 1, 1)
    field = rng.integers(-1, 2, 144) if bias else None
    return hb.HopfieldNetwork(couplings * (signs + signs.T), field), graph, rng


@pytest.mark.parametrize("bias", [False, True])
def test_a_child_is_the_best_mixture_of_clusters(bias):
    """All ways to take each cluster, by networkx and `Network.energy`, from either parent."""
    network, graph, rng = grid(1, bias)
    crossing, nodes = Crossing(network), list(graph)
    checked = 0
    for _ in range(15):
        one = rng.choice([-1, 1], 144).astype(np.int8)
        other = np.where(rng.random(144) < 0.06, -one, one).astype(np.int8)
        states = np.stack([one, other])
        energies = network.energy(states)
        child = crossing.children(states, energies, np.array([0, 1]))
        np.testing.assert_array_equal(child[0], child[1])
        clusters = list(nx.connected_components(graph.subgraph(nodes[i] for i in np.flatnonzero(one != other))))
        if len(clusters) > 8:
            continue
        mixtures = []
        for taken in itertools.product((1, -1), repeat=len(clusters)):
            mixture = one.copy()
            for sign, cluster in zip(taken, clusters, strict=True):
                mixture[[nodes.index(node) for node in cluster]] *= sign
            mixtures.append(mixture)
        assert network.energy(child[0]) == network.energy(np.array(mixtures)).min()
        checked += 1
    assert checked > 3


@pytest.mark.parametrize("bias", [False, True])
def test_children_are_no_worse_and_on_grids_better(bias):
    network, _, rng = grid(2, bias)
    found = network.anneal(reads=64, sweeps=20, rng=3)
    order = rng.permutation(63)
    children = Crossing(network).children(found.states, found.energies, order)
    after = network.energy(children)
    assert children.shape == (63, 144) and set(np.unique(children)) == {-1, 1}
    before = found.energies[order[:62]].reshape(31, 2).min(axis=1)
    assert (after[:62].reshape(31, 2) <= before[:, None]).all()
    assert after[62] == found.energies[order[62]]
    assert (after[:62:2] < before).mean() > 0.2


def test_dense_couplings_have_duels():
    rng = np.random.default_rng(0)
    half = np.triu(rng.normal(size=(20, 20)), 1)
    network = hb.HopfieldNetwork(half + half.T)
    states = rng.choice([-1, 1], (2, 20)).astype(np.int8)
    energies = network.energy(states)
    children = Crossing(network).children(states, energies, np.array([1, 0]))
    np.testing.assert_array_equal(children, states[[energies.argmin()] * 2])


def test_the_negative_is_the_same_state_where_there_is_no_bias():
    network, _, rng = grid(4, False)
    one = rng.choice([-1, 1], 144).astype(np.int8)
    states = np.stack([one, -one])
    child = Crossing(network).children(states, network.energy(states), np.array([0, 1]))[0]
    np.testing.assert_array_equal(child, one)


def test_scipy_is_asked_for_by_its_extra(monkeypatch):
    problem = hb.optimize.gset("G11")
    for name in [name for name in sys.modules if name.partition(".")[0] == "scipy"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(ImportError, match=r'hebbfast.optimize needs scipy: pip install "hebbfast\[optimize\]"'):
        problem.solve(sweeps=1)


def test_a_bar_on_terminals_only(capsys):
    found = hb.optimize.maxcut([[0, 1], [1, 0]], sweeps=3, progress=True)
    assert found.cut == 1 and capsys.readouterr().out.strip() == ""
