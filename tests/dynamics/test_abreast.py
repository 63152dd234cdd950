"""Chains abreast: the same states as one at a time, the distribution by enumeration, and where they are not taken."""

import itertools
import os
import signal
import sys
import threading
import time

import numpy as np
import pytest
from scipy import sparse
from scipy.stats import chi2

import hebbfast as hb
from hebbfast.dynamics.abreast import Abreast, moves_abreast, neighbourhood
from hebbfast.dynamics.chains import Stepped
from hebbfast.dynamics.rules import read_rules

RNG = np.random.default_rng(3)


def network(units, density=0.1, sizes=(1,), bias=0, scale=1.0):
    dense = np.triu((RNG.random((units, units)) < density) * RNG.choice(sizes, (units, units)), 1)
    dense *= RNG.choice([-1, 1], dense.shape)
    return hb.HopfieldNetwork(sparse.csr_array(dense + dense.T), RNG.integers(-bias, bias + 1, units), scale=scale)


def star(leaves):
    """One unit that sees all others."""
    signs = RNG.choice([-1, 1], leaves)
    one = sparse.coo_array((signs, (np.zeros(leaves, int), 1 + np.arange(leaves))), shape=(leaves + 1,) * 2)
    return sparse.csr_array(one + one.T)


NETWORKS = {
    "signs": network(150),
    "one word": network(64, 0.3),
    "few of many neighbours": network(130, 0.9),
    "all of one size, with a bias": network(90, 0.2, (3,), 7),
    "a scale that is no power of two": network(70, 0.2, bias=1, scale=0.3),
    "weights": network(110, 0.2, (1, 2, 5), 3),
    "hubs beyond a byte": network(300, 0.95),
    "a hub beyond a thousand": hb.HopfieldNetwork(star(1100)),
}


def both(net, rules, count, threads=1):
    """The two kinds of chains, from the same starts with the same streams."""
    rng = np.random.default_rng(count)
    words = hb.PackedPatterns.random(count, net.units, rng=1).words
    seeds = rng.integers(0, 2**64, (count, 2), dtype=np.uint64)
    found = net._chains(rules, words, seeds, threads=threads)
    assert isinstance(found, Abreast)
    return found, Stepped(net, rules, words, seeds, threads=threads)


def assert_equal(one, other):
    for name in ("words", "energies", "best_words", "best_energies", "progress"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@pytest.mark.parametrize("method", ["heat_bath", "metropolis"])
@pytest.mark.parametrize("name", NETWORKS)
def test_each_chain_moves_as_it_does_alone(name, method):
    net = NETWORKS[name]
    schedule = np.linspace(3, 0.2, 12) * (0.3 if net._scale == 0.3 else 1)
    for count, clamp in ((64, None), (130, RNG.random(net.units) < 0.3), (12, None)):
        rules = read_rules(net.units, method=method, order="sequential", temperature=schedule, clamp=clamp)
        one, other = both(net, rules, count, threads=2)
        np.testing.assert_array_equal(one.follow(7), other.follow(7))
        assert_equal(one, other)
        one.advance(15)  # the last temperature stays
        other.advance(15)
        assert_equal(one, other)


@pytest.mark.parametrize("method", ["heat_bath", "metropolis"])
@pytest.mark.parametrize("name", ["signs", "weights"])
def test_each_chain_at_a_temperature_of_its_own(name, method):
    net = NETWORKS[name]
    for count in (12, 100):
        table = np.linspace(0.3, 4, 3 * count).reshape(3, count)
        rules = read_rules(net.units, method=method, order="sequential", temperature=table)
        one, other = both(net, rules, count)
        np.testing.assert_array_equal(one.follow(2), other.follow(2))
        rules.temperatures[2] = rules.temperatures[2, ::-1].copy()  # as tempering swaps them
        one.advance(5)
        other.advance(5)
        assert_equal(one, other)


def test_tempering_is_the_same(monkeypatch):
    net = NETWORKS["signs"]
    arguments = {"temperatures": np.linspace(0.5, 3, 8), "copies": 2, "sweeps": 60, "cluster": "houdayer", "rng": 3}
    found = hb.parallel_tempering(net, **arguments)
    monkeypatch.setattr(type(net), "_look_around", lambda self: None)
    other = hb.parallel_tempering(hb.HopfieldNetwork(net.couplings, net.bias), **arguments)
    np.testing.assert_array_equal(found.mean["energy"], other.mean["energy"])
    np.testing.assert_array_equal(found.best_state, other.best_state)
    np.testing.assert_array_equal(found.swap_rate, other.swap_rate)


def test_states_can_be_kept_and_placed():
    net = NETWORKS["weights"]
    rules = read_rules(net.units, order="sequential", temperature=2.0)
    one, other = both(net, rules, 70)
    one.advance(3)
    kept = one.state()
    later = one.follow(6)
    one.restore(kept)
    np.testing.assert_array_equal(one.follow(6), later)
    other.advance(3)
    other.follow(6)
    rows, words = np.array([0, 69]), hb.PackedPatterns.random(2, net.units, rng=5).words
    for chains in (one, other):
        chains.place(rows, words)
        chains.advance(8)
    assert_equal(one, other)


@pytest.mark.parametrize("method", ["heat_bath", "metropolis"])
def test_the_distribution_is_that_of_enumeration(method):
    """n = 64,000 chains of 8 units after 20 sweeps, over all 256 states: chi-square, false alarm 10^-6."""
    rng = np.random.default_rng(4)
    dense = np.triu(rng.integers(-1, 2, (8, 8)), 1)
    net = hb.HopfieldNetwork(sparse.csr_array(dense + dense.T), rng.integers(-1, 2, 8))
    every = np.array(list(itertools.product((-1, 1), repeat=8)))[:, ::-1]
    weights = np.exp(0.5 * (every @ (dense + dense.T) * every).sum(axis=1) / 1.7 + every @ net.bias / 1.7)
    rules = read_rules(8, method=method, order="sequential", temperature=1.7)
    n = 64_000
    words = hb.PackedPatterns.random(n, 8, rng=8).words
    seeds = rng.integers(0, 2**64, (n, 2), dtype=np.uint64)
    chains = net._chains(rules, words, seeds, threads=1)
    assert isinstance(chains, Abreast)
    chains.advance(20)
    counts = np.bincount(chains.words[:, 0].astype(int), minlength=256)  # unit i is bit i
    expected = n * weights / weights.sum()
    keep = expected >= 5
    statistic = ((counts - expected)[keep] ** 2 / expected[keep]).sum()
    assert keep.sum() > 100 and statistic < chi2.isf(1e-6, keep.sum() - 1)


def test_where_chains_go_one_by_one():
    rules = {
        "few": (read_rules(9, order="sequential", temperature=1.0), 11),
        "an order of their own": (read_rules(9, order="random", temperature=1.0), 64),
        "at once": (read_rules(9, update="sync", order="sequential", temperature=1.0), 64),
        "cold": (read_rules(9, order="sequential", temperature=np.array([1.0, 0.0])), 64),
        "u is given": (read_rules(9, order="sequential", temperature=1.0, uniforms=np.zeros((1, 9))), 64),
    }
    assert not any(moves_abreast(*arguments) for arguments in rules.values())
    assert moves_abreast(read_rules(9, order="sequential", temperature=1.0), 12)
    around, own = NETWORKS["signs"]._around.value, read_rules(9, order="sequential", temperature=np.ones((1, 64)))
    assert moves_abreast(own, 64) and around.serves(own) and not around._replace(numbers=5000).serves(own)


def test_couplings_that_are_not_small_go_one_by_one():
    large = sparse.csr_array(np.array([[0, 40_000, 1], [40_000, 0, 1], [1, 1, 0]]))
    real = sparse.csr_array(np.array([[0, np.pi, 1], [np.pi, 0, np.e], [1, np.e, 0]]))
    lopsided = sparse.csr_array(np.array([[0, 1], [2, 0]]))
    none = sparse.csr_array((3, 3))
    dense = np.array([[0, 1], [1, 0]])
    for couplings in (large, real, lopsided, none, dense):
        assert hb.HopfieldNetwork(couplings)._around.value is None
    assert (
        neighbourhood(np.array([0, 1, 2]), np.array([1, 0], np.uint32), np.ones(2), np.zeros(2, np.int64), 1.0) is None
    )
    assert hb.HopfieldNetwork(sparse.csr_array(dense))._around.value is not None


LATTICES = {
    "cubic": hb.spin_glass.edwards_anderson((4, 4, 5), rng=1),
    "with a bias": network(70, 0.1, bias=2),
    "of many neighbours": network(60, 0.3),
}


def told(net, count, draws="shared", **rules):
    """Chains that share draws, or the same number of those that do not."""
    rng = np.random.default_rng(count)
    words = hb.PackedPatterns.random(600, net.units, rng=1).words[:count]
    seeds = np.random.default_rng(2).integers(0, 2**64, (600, 2), dtype=np.uint64)[:count]
    found = read_rules(net.units, draws=draws, order="sequential", **rules)
    return net._chains(found, words, seeds, threads=int(rng.integers(1, 3)))


@pytest.mark.parametrize("method", ["heat_bath", "metropolis"])
@pytest.mark.parametrize("name", LATTICES)
def test_shared_draws_are_the_same_for_any_number_level_and_stop(name, method, monkeypatch):
    net = LATTICES[name]
    schedule = np.linspace(3, 0.4, 9)
    every = told(net, 600, method=method, temperature=schedule)
    energies = every.follow(9)
    np.testing.assert_array_equal(energies[-1], net.energy(hb.bits.packed(every.words, net.units)))
    np.testing.assert_array_equal(every.best_energies, net.energy(hb.bits.packed(every.best_words, net.units)))
    assert (every.best_energies <= energies.min(axis=0)).all()
    monkeypatch.setattr("hebbfast.dynamics.abreast._LOOK", 1)  # a sweep a call
    for level in hb._kernels.available_simd_levels():
        with hb.use_simd_level(level):
            few = told(net, 70, method=method, temperature=schedule)
            few.follow(4)
            kept = few.state()
            few.follow(6)
            few.restore(kept)
            few.advance(9)
        np.testing.assert_array_equal(few.words, every.words[:70])
        np.testing.assert_array_equal(few.energies, energies[-1, :70])
        assert (few.best_energies == np.minimum(few.best_energies, few.energies)).all()
        np.testing.assert_array_equal(few.progress[:, 2:4], every.progress[:70, 2:4])


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("method", ["heat_bath", "metropolis"])
def test_the_distribution_of_shared_draws(method, bias):
    """n = 64,000 chains of 8 units after 100 sweeps, over all 256 states: chi-square, false alarm 10^-6."""
    rng = np.random.default_rng(5)
    dense = np.triu(rng.integers(-1, 2, (8, 8)), 1)
    net = hb.HopfieldNetwork(sparse.csr_array(dense + dense.T), rng.integers(-1, 2, 8) if bias else None)
    every = np.array(list(itertools.product((-1, 1), repeat=8)))[:, ::-1]
    weights = np.exp(0.5 * (every @ (dense + dense.T) * every).sum(axis=1) / 1.7 + every @ net.bias / 1.7)
    n = 64_000
    starts = hb.PackedPatterns.random(n, 8, rng=8)
    found = net.sample(
        starts, temperature=1.7, sweeps=100, observables=(), method=method, order="sequential", draws="shared", rng=6
    )
    counts = np.bincount(found.states.words[:, 0].astype(np.int64), minlength=256)
    expected = n * weights / weights.sum()
    rare = expected < 10  # as one
    counts, expected = (np.append(found[~rare], found[rare].sum()) for found in (counts, expected))
    assert ((counts - expected) ** 2 / expected).sum() < chi2.isf(1e-6, len(counts) - 1)


def test_chains_that_share_draws_are_independent():
    """q of 512 · 511 / 2 pairs of free chains: Σ q² D is chi-square of so many degrees nearly, 6 sigma: 10^-9."""
    net = hb.spin_glass.edwards_anderson((6, 6, 6), rng=0)
    starts = np.ones((512, 216), dtype=np.int8)
    found = net.sample(
        starts, temperature=1e6, sweeps=10, observables=(), order="sequential", draws="shared", rng=1
    ).states
    q = np.triu(found.astype(np.int64) @ found.T, 1)[np.triu_indices(512, 1)]
    pairs = len(q)
    assert abs((q**2).sum() / 216 - pairs) < 6 * np.sqrt(2 * pairs)
    assert abs(q.sum()) < 6 * np.sqrt(216 * pairs)


def test_shared_draws_are_refused():
    lattice, states = LATTICES["cubic"], hb.random_patterns(3, 80, rng=0)
    told = {"temperature": 1.0, "sweeps": 2, "order": "sequential", "draws": "shared"}
    for change, message in (
        ({"draws": "common"}, "draws must be one of 'own', 'shared', got 'common'"),
        ({"order": "random"}, "order must be 'sequential' with draws='shared', got 'random'"),
        (
            {"temperature": [1, 2, 3]},
            r"temperature must be one number for all states with draws='shared', got shape \(3,\)",
        ),
        ({"temperature": 1e-300}, r"temperatures must lie in \(1e-280, 1e\+280\) with draws='shared', got 1e-300"),
    ):
        with pytest.raises(ValueError, match=message):
            lattice.sample(states, **(told | change))
    with pytest.raises(ValueError, match=r"temperatures must lie in .* got 0"):
        lattice.anneal(temperatures=[1.0, 0.0], draws="shared")
    many = sparse.csr_array(np.ones((40, 40)) - np.eye(40))
    for net in (
        hb.HopfieldNetwork(many.toarray()),
        hb.HopfieldNetwork(many),
        hb.HopfieldNetwork(many[:5, :5] * [[1, 2, 1, 1, 1]] * [[1], [2], [1], [1], [1]]),
        hb.DenseAssociativeMemory(hb.random_patterns(3, 40, rng=0)),
    ):
        with pytest.raises(ValueError, match="draws must be 'own' for this network, got 'shared'"):
            net.anneal(reads=2, sweeps=2, draws="shared")


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGINT")
@pytest.mark.parametrize("draws", ["own", "shared"])
def test_chains_can_be_interrupted(draws):
    """Minutes of work on one thread: it ends within seconds, though the kernel is asked for all sweeps at once."""
    net, began = hb.spin_glass.edwards_anderson((20, 20, 20), rng=0), []
    starts = hb.random_patterns(512, 8000, rng=0)

    def interrupt():
        began.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0.3, interrupt)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        net.sample(
            starts, temperature=1.0, sweeps=1, burn_in=10**6, order="sequential", draws=draws, threads=1
        )  # fmt: skip
    assert time.monotonic() - began[0] < 5
