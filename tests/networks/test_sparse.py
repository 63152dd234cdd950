"""Sparse couplings: the results of the same couplings given dense, bit for bit, and what is refused."""

import copy
import itertools
import pickle
import tracemalloc

import numpy as np
import pytest
from scipy import sparse, stats

import hebbfast as hb


def matrix(units, degree, *, low=-5, high=5, seed=0, symmetric=True):
    """Integer couplings with about ``degree`` of them a unit; unit 0 of larger ones is coupled to nothing."""
    rng = np.random.default_rng(seed)
    made = rng.integers(low, high, (units, units), endpoint=True) * (rng.random((units, units)) < degree / units)
    made = np.triu(made, 1) + np.triu(made, 1).T if symmetric else made - np.diag(made.diagonal())
    if units > 2:
        made[0] = made[:, 0] = 0
    return made


def hub(units):
    """A unit coupled to all others: more neighbours than 8 bits count."""
    made = np.zeros((units, units), dtype=int)
    made[3] = made[:, 3] = np.where(np.arange(units) == 3, 0, (-1) ** np.arange(units))
    return made


CASES = {
    "one unit": matrix(1, 0),
    "63": matrix(63, 5),
    "64": matrix(64, 5, seed=1),
    "65": matrix(65, 5, seed=2),
    "no couplings": np.zeros((70, 70)),
    "hub": hub(300),
    "asymmetric": matrix(90, 6, symmetric=False),
    "16 bits": matrix(90, 6, low=-30_000, high=30_000),
    "32 bits": matrix(90, 6, low=-(10**7), high=10**7),
    "64 bits": matrix(90, 6, low=-(2**52), high=2**52),
    "near the end of 64 bits": matrix(90, 3, low=-(2**54), high=2**54),
    "multiples of 2^-70": matrix(90, 6) * 2.0**-70,
    "thirds": matrix(90, 6) / 3,
    "roots": np.sqrt(np.abs(matrix(90, 6))),
}
RUNS = {
    "T = 0": {},
    "keep": {"tie": "keep", "order": "sequential"},
    "minus, clamped": {"tie": "minus", "clamp": True},
    "replacement": {"order": "replacement", "max_sweeps": 5},
    "some units": {"order": "some", "max_sweeps": 5},
    "sync": {"update": "sync"},
    "heat bath": {"temperature": 2.0, "max_sweeps": 5},
    "heat bath, clamped": {"temperature": 0.3, "max_sweeps": 5, "clamp": True, "order": "sequential"},
    "heat bath, sync": {"temperature": 1.0, "max_sweeps": 5, "update": "sync"},
    "heat bath, replacement": {"temperature": 1.0, "max_sweeps": 5, "order": "replacement"},
}


def pair(couplings, **options):
    return hb.HopfieldNetwork(couplings, **options), hb.HopfieldNetwork(sparse.coo_array(couplings), **options)


def equal(first, second):
    for name in ("states", "sweeps", "flips", "converged", "cycle", "energy"):
        assert np.array_equal(getattr(first, name), getattr(second, name), equal_nan=name == "energy"), name


@pytest.mark.parametrize("level", hb.available_simd_levels())
@pytest.mark.parametrize("case", CASES)
def test_results_are_those_of_dense_couplings(case, level):
    couplings = CASES[case]
    units, before = len(couplings), hb.simd_level()
    bias = np.random.default_rng(3).integers(-2, 3, units)
    dense, thin = pair(couplings, bias=bias)
    cues = hb.random_patterns(9, units, rng=4)
    hb.use_simd_level(level)
    try:
        for options in RUNS.values():
            options = dict(options)
            if options.get("clamp"):
                options["clamp"] = np.arange(units) % 3 == 1
            if options.get("order") == "some":
                options["order"] = np.arange(0, units, 2)
            equal(*(n.recall(cues, rng=5, **options) for n in (dense, thin)))
            equal(*(n.recall(cues[0], rng=5, **options) for n in (dense, thin)))
        assert np.array_equal(dense.fields(cues), thin.fields(cues))
        assert np.array_equal(dense.fields(cues[1]), thin.fields(cues[1]))
        assert np.array_equal(dense.fields(cues), np.array(cues) @ thin.couplings.toarray().T + thin.bias) or case in (
            "64 bits", "near the end of 64 bits", "thirds", "roots",
        )  # fmt: skip
        if dense.symmetric:
            assert np.array_equal(dense.energy(cues), thin.energy(cues))
            options = {
                "temperature": 1.5,
                "sweeps": 4,
                "rng": 6,
                "method": "metropolis",
                "observables": (),
                "record": "energy",
            }
            first, second = (n.sample(cues, **options) for n in (dense, thin))
            assert np.array_equal(first.states, second.states)
            assert np.array_equal(first.trace["energy"], second.trace["energy"])
    finally:
        hb.use_simd_level(before)


@pytest.mark.parametrize("method", ["heat_bath", "metropolis"])
def test_states_follow_boltzmann(method):
    """A ring of 6 units with a chord: chi-square over all 64 states, n = 20,000 independent chains of 60 sweeps. The
    bound is passed by chance once in a million runs; the seed is fixed."""
    units, chains, temperature = 6, 20_000, 1.7
    couplings = np.zeros((units, units))
    for i, j, weight in [(0, 1, 1), (1, 2, -1), (2, 3, 1), (3, 4, 1), (4, 5, -1), (5, 0, 1), (1, 4, 2)]:
        couplings[i, j] = couplings[j, i] = weight
    states = np.array(list(itertools.product([-1, 1], repeat=units)))
    weights = np.exp(0.5 * np.einsum("si,ij,sj->s", states, couplings, states) / temperature)
    network = hb.HopfieldNetwork(sparse.csr_array(couplings))
    starts = hb.random_patterns(chains, units, rng=1)
    found = network.sample(starts, temperature=temperature, sweeps=60, method=method, observables=(), rng=2).states
    counts = np.bincount((np.array(found) > 0) @ (1 << np.arange(units)[::-1]), minlength=64)
    wanted = chains * weights / weights.sum()
    assert ((counts - wanted) ** 2 / wanted).sum() < stats.chi2.isf(1e-6, 63)


@pytest.mark.parametrize("shape", ["array", "matrix"])
@pytest.mark.parametrize("kind", ["csr_", "csc_", "coo_", "lil_", "dok_", "bsr_", "dia_"])
def test_kinds_of_scipy(kind, shape):
    couplings = matrix(20, 4)
    network = hb.HopfieldNetwork(getattr(sparse, kind + shape)(couplings))
    assert isinstance(network.couplings, sparse.csr_array)
    assert np.array_equal(network.couplings.toarray(), couplings)
    assert network.symmetric


def test_duplicates_are_summed_and_what_came_stays():
    entries = ([1.0, 2.0, 3.0, 0.5, -0.5], ([0, 0, 1, 2, 2], [1, 1, 0, 0, 0]))
    given = sparse.coo_array(entries, shape=(3, 3))
    network = hb.HopfieldNetwork(given)
    assert network.couplings.toarray().tolist() == [[0, 3, 0], [3, 0, 0], [0, 0, 0]]
    assert network.couplings.nnz == 2
    assert given.nnz == 5
    assert network.symmetric
    assert not hb.HopfieldNetwork(sparse.csr_array(matrix(30, 4, symmetric=False))).symmetric


def test_couplings_are_as_narrow_as_exact():
    kinds = {case: repr(hb.HopfieldNetwork(sparse.csr_array(CASES[case]))) for case in CASES}
    assert "symmetric sparse int16" in kinds["63"]
    assert "asymmetric sparse int16" in kinds["asymmetric"]
    assert "sparse int16" in kinds["16 bits"]
    assert "sparse int16" in kinds["multiples of 2^-70"]
    assert "sparse int32" in kinds["32 bits"]
    assert "sparse int64" in kinds["64 bits"]
    assert "sparse int16" in kinds["thirds"]
    assert "sparse int64" in kinds["roots"]


def test_copies_and_pickles():
    network = hb.HopfieldNetwork(sparse.csr_array(matrix(80, 5)), np.arange(80))
    cue = hb.random_patterns(1, 80, rng=0)[0]
    for other in (copy.copy(network), copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
        assert np.array_equal(other.couplings.toarray(), network.couplings.toarray())
        equal(other.recall(cue, rng=1), network.recall(cue, rng=1))


@pytest.mark.parametrize(
    ("couplings", "error", "message"),
    [
        (sparse.csr_array(np.zeros((2, 3))), ValueError, r"couplings must have shape \(D, D\), got shape \(2, 3\)"),
        (sparse.csr_array((0, 0)), ValueError, r"couplings must have shape \(D, D\)"),
        (sparse.csr_array([[0, np.nan], [1, 0]]), ValueError, r"couplings must be finite, got nan at \[0, 1\]"),
        (sparse.csr_array([[0, 1], [1, 3.0]]), ValueError, r"couplings must have a zero diagonal, got 3.0 at \[1, 1\]"),
        (sparse.csr_array([[0, 1j], [1, 0]]), TypeError, "couplings must hold real numbers, got dtype complex128"),
        (
            sparse.csr_array([[0, 1e308], [1e308, 0]]),
            ValueError,
            "couplings must keep fields and energies within float64",
        ),
    ],
)
def test_refusals(couplings, error, message):
    with pytest.raises(error, match=message):
        hb.HopfieldNetwork(couplings)


def test_bias_must_match():
    with pytest.raises(ValueError, match=r"bias must have shape \(3,\), got shape \(2,\)"):
        hb.HopfieldNetwork(sparse.csr_array((3, 3)), np.zeros(2))


def test_a_million_units():
    """A ring of a million ferromagnetic couplings anneals below 250 bytes a unit, and its energy counts the walls."""
    units = 10**6
    around = np.arange(units)
    pairs = (np.ones(units, dtype=np.int8), (around, (around + 1) % units))
    upper = sparse.coo_array(pairs, shape=(units, units))
    tracemalloc.start()
    network = hb.HopfieldNetwork(upper + upper.T)
    result = network.recall(hb.random_patterns(1, units, rng=0)[0], temperature=0.5, max_sweeps=3, rng=1)
    assert tracemalloc.get_traced_memory()[1] < 250 * units
    tracemalloc.stop()
    walls = np.count_nonzero(result.states != np.roll(result.states, 1))
    assert result.energy == -units + 2 * walls
    assert walls < units / 4  # half of them at the start
