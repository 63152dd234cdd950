"""Random couplings: their laws, and the networks against enumeration, formulas and published numbers."""

import itertools
import math
import sys

import networkx as nx
import numpy as np
import pytest
from scipy import stats

import hebbfast as hb
from hebbfast import spin_glass

ALL = np.array(list(itertools.product([-1, 1], repeat=10)), dtype=np.int8)


@pytest.mark.parametrize("D", [1, 2, 63, 200])
def test_gaussian_couplings_are_on_their_grid(D):
    """The documented law, drawn again: round(4096 z) over 4096 √D, the upper triangle row by row."""
    network = spin_glass.sherrington_kirkpatrick(D, rng=3)
    z = np.random.default_rng(3).standard_normal(D * (D - 1) // 2)
    wanted = np.zeros((D, D))
    wanted[np.triu_indices(D, 1)] = np.rint(4096 * z)
    wanted += wanted.T
    assert network.symmetric and (D < 3 or "int16" in repr(network))
    np.testing.assert_allclose(network.couplings, wanted / (4096 * math.sqrt(D)), rtol=1e-15)
    state = hb.random_patterns(1, D, rng=0)[0]
    assert network.energy(state) == -0.5 * (int(state @ wanted @ state) * (1 / 4096 / math.sqrt(D)))


def test_gaussian_couplings_are_normal():
    """125,000 couplings: Kolmogorov and Smirnov's test, and the variance within 5 standard errors, √(2/n)."""
    J = spin_glass.sherrington_kirkpatrick(500, rng=0).couplings[np.triu_indices(500, 1)] * math.sqrt(500)
    assert stats.kstest(J, "norm").pvalue > 1e-6
    assert abs(J.var() - 1) < 5 * math.sqrt(2 / len(J))


def test_signs():
    """±1/√D, 8 bits, half of them each: 79,800 within 5 standard errors."""
    network = spin_glass.sherrington_kirkpatrick(400, couplings="signs", rng=1)
    J = network.couplings[np.triu_indices(400, 1)]
    assert "int8" in repr(network) and (network.couplings == network.couplings.T).all()
    assert set(np.unique(J)) == {-0.05, 0.05}
    assert abs(np.mean(J > 0) - 0.5) < 2.5 / math.sqrt(len(J))


def test_published_ground_states():
    """Boettcher's -0.6003 ± 0.0015 of enumerated samples of D = 10; 600 samples within 5 errors of both."""
    found = [spin_glass.sherrington_kirkpatrick(10, rng=[7, j]).energy(ALL).min() / 10 for j in range(600)]
    error = np.std(found, ddof=1) / math.sqrt(len(found))
    assert 0.002 < error < 0.006
    assert abs(np.mean(found) + 0.6003) < 5 * math.hypot(error, 0.0015)


@pytest.mark.parametrize("T", [2.0, 0.7, 0.3])
def test_energy_and_overlaps_of_gaussian_couplings(T):
    """e = -(1 - ⟨q²⟩) / 2T after the average over couplings, at any D: integration by parts. Both sides by enumeration;
    800 samples, 5 standard errors of their difference."""
    differences = []
    for j in range(800):
        energies = spin_glass.sherrington_kirkpatrick(8, rng=[9, j]).energy(ALL[::4, :8])
        weights = np.exp(-(energies - energies.min()) / T)
        weights /= weights.sum()
        correlations = ALL[::4, :8].T @ (weights[:, None] * ALL[::4, :8])
        squared = (correlations**2).mean()  # ⟨q²⟩ of two replicas
        differences.append(weights @ energies / 8 + (1 - squared) / (2 * T))
    assert abs(np.mean(differences)) < 5 * np.std(differences, ddof=1) / math.sqrt(len(differences))


@pytest.mark.parametrize(
    ("shape", "periodic", "count"),
    [(5, True, 5), (5, False, 4), ((4, 4), True, 32), ((3, 5), True, 30), ((3, 5), False, 22), ((2, 2), True, 4),
     ((2, 3, 4), True, 24 + 24 + 12), ((1, 1), True, 0), ((1, 4), True, 4), ((3, 3, 3, 3), True, 324)],
)  # fmt: skip
def test_bonds(shape, periodic, count):
    """As many as there are, none twice, and those of networkx's lattice."""
    found = spin_glass.bonds(shape, periodic=periodic)
    assert len(found) == count
    assert len({frozenset(pair) for pair in found.tolist()}) == count
    sizes = shape if isinstance(shape, tuple) else (shape,)
    graph = nx.grid_graph(sizes[::-1], periodic=[periodic and L > 2 for L in sizes[::-1]])
    places = {site if isinstance(site, tuple) else (site,): site for site in graph.nodes}
    order = {places[site]: k for k, site in enumerate(itertools.product(*map(range, sizes)))}
    assert {frozenset(pair) for pair in found.tolist()} == {frozenset((order[a], order[b])) for a, b in graph.edges}


@pytest.mark.parametrize("kind", ["signs", "gaussian"])
def test_lattices(kind):
    """Energies bond by bond; the couplings of a seed in the order of the bonds."""
    network = spin_glass.edwards_anderson((3, 4, 5), couplings=kind, rng=2)
    pairs = spin_glass.bonds((3, 4, 5))
    rng = np.random.default_rng(2)
    J = (
        2.0 * rng.integers(0, 2, 180, np.int8) - 1
        if kind == "signs"
        else np.rint(4096 * rng.standard_normal(180)) / 4096
    )
    assert "sparse" in repr(network) and network.symmetric
    states = hb.random_patterns(6, 60, rng=0)
    wanted = [-sum(j * int(s[a]) * int(s[b]) for j, (a, b) in zip(J, pairs, strict=True)) for s in states]
    assert network.energy(states).tolist() == wanted


def test_an_open_chain_has_no_frustration():
    """Its ground state satisfies all bonds: E = -Σ |J|."""
    network = spin_glass.edwards_anderson(40, couplings="gaussian", periodic=False, rng=0)
    satisfied = np.cumprod(np.append(1, np.sign(network.couplings.toarray().diagonal(1)))).astype(int)
    assert network.energy(satisfied) == -np.abs(network.couplings.data).sum() / 2
    assert network.recall(satisfied, max_sweeps=1).energy == network.energy(satisfied)


def test_overlaps():
    a, b = hb.random_patterns(12, 70, rng=0).reshape(3, 4, 70), hb.random_patterns(4, 70, rng=1)
    products = (a.astype(int) * b).sum(axis=-1) / 70
    assert np.array_equal(spin_glass.overlaps(a, b), products)
    assert np.array_equal(spin_glass.overlaps(a[0], hb.PackedPatterns(b)), products[0])
    assert spin_glass.overlaps(a[0, 0], b[0]) == products[0, 0] and isinstance(spin_glass.overlaps(b[0], b[0]), float)
    assert np.array_equal(spin_glass.overlaps(b[0], b), b.astype(int) @ b[0] / 70)
    pairs = [int(x @ y) / 70 for x, y in itertools.combinations(b.astype(int), 2)]
    assert spin_glass.overlaps(b).tolist() == spin_glass.overlaps(hb.PackedPatterns(b)).tolist() == pairs
    assert spin_glass.overlaps(b[:1]).shape == spin_glass.overlaps(b[:0]).shape == (0,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: spin_glass.sherrington_kirkpatrick(0), "D must be an integer"),
        (lambda: spin_glass.sherrington_kirkpatrick(9, couplings="normal"), "couplings must be one of 'gaussian'"),
        (lambda: spin_glass.sherrington_kirkpatrick(9, rng=-1), "rng must be"),
        (lambda: spin_glass.edwards_anderson(()), "shape must have at least one axis"),
        (lambda: spin_glass.edwards_anderson((3, 0)), "shape must be an integer"),
        (lambda: spin_glass.edwards_anderson((3, 2.5)), r"shape must be an integer .* got 2\.5"),
        (lambda: spin_glass.edwards_anderson([[3, 3], [3]]), r"shape must be an integer .* got \[3, 3\]"),
        (lambda: spin_glass.edwards_anderson(None), "shape must be an integer .* got None"),
        (lambda: spin_glass.edwards_anderson((2**20, 2**20)), "shape: sites must be"),
        (lambda: spin_glass.edwards_anderson(3, periodic=1), "periodic must be True or False"),
        (lambda: spin_glass.overlaps([1, 1], [1, 1, 1]), r"b must have shape \(..., 2\)"),
        (lambda: spin_glass.overlaps(np.ones((2, 3)), np.ones((4, 3))), "b must have a shape that broadcasts"),
        (lambda: spin_glass.overlaps([1, 1]), r"a must have shape \(Q, D\)"),
        (lambda: spin_glass.overlaps(1), r"a must have shape \(..., D\)"),
        (lambda: spin_glass.overlaps([[1, 2]], [1, 1]), r"a must hold \+1 and -1 only"),
    ],
)  # fmt: skip
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_lattices_name_what_they_need(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(ImportError, match=r'edwards_anderson needs scipy: pip install "hebbfast\[experiments\]"'):
        spin_glass.edwards_anderson(4)
