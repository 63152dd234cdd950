"""Sparse couplings: the results of the same matrix given dense, bit for bit, and what they refuse."""

import copy
import pickle

import numpy as np
import pytest
from scipy import sparse

import hebbfast as hb

D_AND_KIND = [
    (1, "whole"),
    (10, "whole"),
    (63, "real"),
    (64, "whole"),
    (65, "asymmetric"),
    (200, "eighths"),
    (130, "huge"),
]


def matrix(units, kind):
    """A few couplings, one unit in ten without any."""
    rng = np.random.default_rng(units)
    made = {
        "real": lambda: rng.normal(size=(units, units)),
        "eighths": lambda: rng.integers(-5, 6, (units, units)) / 8,
        "huge": lambda: rng.integers(-(2**40), 2**40, (units, units)),
    }.get(kind, lambda: rng.integers(-3, 4, (units, units)))()
    made = np.triu(made * (rng.random((units, units)) < 0.2), 1)
    made = made + made.T
    lonely = rng.random(units) < 0.1
    made[lonely] = made[:, lonely] = 0
    return np.triu(made) + 2 * np.tril(made) if kind == "asymmetric" else made


@pytest.fixture(scope="module", params=D_AND_KIND, ids=lambda p: f"{p[1]}-{p[0]}")
def pair(request):
    units, kind = request.param
    J = matrix(units, kind)
    bias = None if units % 2 else np.random.default_rng(1).integers(-2, 3, units)
    return hb.HopfieldNetwork(sparse.csr_array(J), bias), hb.HopfieldNetwork(J, bias)


def rules(units, size):
    rng = np.random.default_rng(2)
    clamp = rng.random(units) < 0.3
    return {
        "plain": {},
        "ties kept": {"order": "sequential", "tie": "keep"},
        "drawn": {"order": "replacement", "tie": "minus"},
        "some units": {"order": rng.integers(0, units, 2 * units)},
        "clamped": {"clamp": clamp},
        "synchronous": {"update": "sync"},
        "hot": {"temperature": size},
        "hot, in order": {"temperature": 0.3 * size, "order": "sequential"},
        "hot, drawn": {"temperature": 0.5 * size, "order": "replacement"},
        "hot, clamped": {"temperature": 0.5 * size, "clamp": clamp},
        "hot, drawn, clamped": {"temperature": 0.5 * size, "clamp": clamp, "order": "replacement"},
        "hot, synchronous": {"temperature": 0.7 * size, "update": "sync"},
        "cold": {"temperature": 1e-3 * size},
        "nearly free": {"temperature": 1e6 * size},
    }


@pytest.mark.parametrize("rule", list(rules(1, 1.0)))
def test_recall_is_that_of_the_dense_matrix(level, pair, rule):
    few, dense = pair
    cues = hb.random_patterns(5, few.units, rng=3)
    size = 1.0 + float(np.abs(dense.couplings).max())
    how = {"max_sweeps": 15, "rng": 5, **rules(few.units, size)[rule]}
    found, wanted = few.recall(cues, **how), dense.recall(cues, **how)
    for name in ("states", "sweeps", "flips", "converged", "cycle"):
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name), err_msg=name)
    np.testing.assert_allclose(found.energy, wanted.energy, rtol=1e-13)
    one = few.recall(cues[0], **how)
    np.testing.assert_array_equal(one.states, few.recall(cues[:1], **how).states[0])
    np.testing.assert_array_equal(few.recall(cues, threads=2, **how).states, found.states)


@pytest.mark.parametrize("method", ["heat_bath", "metropolis"])
def test_annealing_is_that_of_the_dense_matrix(level, pair, method):
    few, dense = pair
    if not few.symmetric:
        with pytest.raises(ValueError, match="couplings must be symmetric"):
            few.anneal(reads=2, sweeps=2)
        return
    how = {"reads": 5, "sweeps": 30, "rng": 3, "method": method}
    found, wanted = few.anneal(**how), dense.anneal(**how)
    np.testing.assert_array_equal(found.states, wanted.states)
    np.testing.assert_allclose(found.best_energy, wanted.best_energy, rtol=1e-13)


def test_values_are_sums_over_the_matrix(pair):
    few, _ = pair
    cues = hb.random_patterns(4, few.units, rng=4)
    J, b = few.couplings.toarray(), few.bias
    for states in (cues, hb.PackedPatterns(cues), cues[0]):
        signs = np.asarray(cues[0] if states is not cues and np.ndim(states) == 1 else cues, dtype=float)
        np.testing.assert_allclose(
            few.fields(states), signs @ J.T + b, rtol=1e-12, atol=1e-9 * np.abs(J).max(initial=1)
        )
        if few.symmetric:
            energy = -0.5 * np.einsum("...i,ij,...j->...", signs, J, signs) - signs @ b
            np.testing.assert_allclose(few.energy(states), energy, rtol=1e-12, atol=1e-9 * np.abs(J).max(initial=1))


def test_energies_beyond_int64_are_those_of_whole_numbers():
    """A ring of couplings of 2^57 and some: fields fit int64, the energy does not."""
    units, weight = 40, 2**57 + 2**8
    edges = np.arange(units)
    ring = sparse.coo_array((np.full(units, weight), (edges, (edges + 1) % units)), shape=(units, units))
    network = hb.HopfieldNetwork((ring + ring.T).tocsr())
    state = hb.random_patterns(1, units, rng=1)[0]
    signs = [int(s) for s in state]
    assert float(network.energy(state)) == float(
        -weight * sum(a * b for a, b in zip(signs, signs[1:] + signs[:1], strict=True))
    )
    assert network.recall(state, rng=1).energy <= network.energy(state)


@pytest.mark.parametrize("form", ["coo", "csr", "csc", "lil", "dok", "bsr", "dia"])
def test_every_format_of_scipy(form):
    J = matrix(12, "whole")
    network = hb.HopfieldNetwork(sparse.csr_matrix(J).asformat(form))
    np.testing.assert_array_equal(network.couplings.toarray(), J)
    assert network.symmetric and "couplings" in repr(network)


def test_entries_given_twice_are_added_and_zeros_dropped():
    entries = ([1, 2, 1, 2, 5, -5, 0], ([0, 0, 1, 1, 0, 0, 2], [1, 1, 0, 0, 2, 2, 1]))
    given = sparse.coo_array(entries, shape=(3, 3))
    network = hb.HopfieldNetwork(given)
    assert network.couplings.toarray().tolist() == [[0, 3, 0], [3, 0, 0], [0, 0, 0]] and network.symmetric
    assert network.couplings.nnz == 2 and given.nnz == 7


def test_copies_are_equal_and_read_only():
    network = hb.HopfieldNetwork(sparse.csr_array(matrix(20, "real")), bias=np.linspace(-1, 1, 20))
    cue = hb.random_patterns(1, 20, rng=1)[0]
    for other in (copy.copy(network), copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
        np.testing.assert_array_equal(other.couplings.toarray(), network.couplings.toarray())
        np.testing.assert_array_equal(other.recall(cue, rng=1).states, network.recall(cue, rng=1).states)
    made = network.couplings
    made.data[:] = 0  # a copy
    assert network.couplings.count_nonzero()


@pytest.mark.parametrize(
    ("couplings", "bias", "error", "message"),
    [
        (sparse.csr_array((2, 3)), None, ValueError, r"couplings must have shape \(D, D\), got shape \(2, 3\)"),
        (sparse.csr_array(np.eye(3)), None, ValueError, r"couplings must have a zero diagonal, got 1.0 at \[0, 0\]"),
        (sparse.csr_array([[0, np.nan], [1, 0]]), None, ValueError, "couplings must be finite, got nan"),
        (sparse.csr_array([[0, 1j], [1j, 0]]), None, TypeError, "couplings"),
        (sparse.csr_array([[0, 1e308], [1e308, 0]]), None, ValueError, "couplings must keep fields within float64"),
        (sparse.csr_array([[0, 1], [1, 0]]), [1, 2, 3], ValueError, r"bias must have shape \(2,\), got shape \(3,\)"),
    ],
)
def test_bad_input(couplings, bias, error, message):
    with pytest.raises(error, match=message):
        hb.HopfieldNetwork(couplings, bias)


def test_a_million_units():
    """A ring in two halves: all units follow their neighbours, from any state, to the energy of whole arcs."""
    units = 1_000_000
    edges = np.arange(units)
    ring = sparse.coo_array((np.ones(units, np.int8), (edges, (edges + 1) % units)), shape=(units, units))
    network = hb.HopfieldNetwork(ring + ring.T)
    result = network.recall(hb.random_patterns(1, units, rng=1)[0], order="sequential", max_sweeps=30, rng=2)
    bonds = result.states.astype(np.int64) * np.roll(result.states, -1)
    assert (
        float(result.energy) == -bonds.sum() and (network.fields(result.states)[:100] * result.states[:100] >= 0).all()
    )
