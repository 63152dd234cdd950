"""The samplers of dimod: the peer's starts, schedules, refusals and descents; Boltzmann's frequencies; seeds."""

import copy
import itertools
import pickle
from contextlib import nullcontext

import numpy as np
import pytest

from hebbfast.compat._ising import Ising

dimod = pytest.importorskip("dimod")
from hebbfast.compat.dimod import HebbfastSampler, HebbfastSteepestDescent  # noqa: E402

samplers = pytest.importorskip("dwave.samplers")
# dimod sets shapes, of which NumPy 2.5 warns
pytestmark = pytest.mark.filterwarnings("ignore:Setting the shape on a NumPy array:DeprecationWarning")
PEERS = {
    HebbfastSampler: samplers.SimulatedAnnealingSampler,
    HebbfastSteepestDescent: samplers.SteepestDescentSampler,
}


def problem(seed, units, vartype="SPIN", density=1.0, largest=4):
    """Integer biases on labels that are not in order."""
    rng = np.random.default_rng(seed)
    labels = [f"v{unit}" for unit in rng.permutation(units)]
    pairs = [pair for pair in itertools.combinations(labels, 2) if rng.random() < density]
    linear = {label: int(rng.integers(-largest, largest + 1)) for label in labels}
    quadratic = {pair: int(rng.integers(-largest, largest + 1)) for pair in pairs}
    return dimod.BinaryQuadraticModel(linear, quadratic, 0.25, vartype)


def energy(bqm, sample):
    """Σ h_i s_i + Σ J_ij s_i s_j + offset, term by term."""
    linear = sum(bias * sample[v] for v, bias in bqm.linear.items())
    return linear + sum(bias * sample[u] * sample[v] for (u, v), bias in bqm.quadratic.items()) + bqm.offset


def assert_same(ours, theirs):
    """Equal but for the timing."""
    assert (ours.variables, ours.vartype) == (theirs.variables, theirs.vartype)
    np.testing.assert_array_equal(ours.record, theirs.record)


@pytest.mark.parametrize("kind", PEERS)
def test_interface(kind):
    ours, theirs = kind(), PEERS[kind]()
    dimod.testing.assert_sampler_api(ours)
    assert isinstance(ours, dimod.Initialized)
    assert ours.parameters == theirs.parameters
    assert ours.properties == theirs.properties
    found = dimod.TrackingComposite(ours).sample(problem(0, 6), num_reads=2, seed=1)
    dimod.testing.assert_response_energies(found, problem(0, 6))
    for twin in (pickle.loads(pickle.dumps(ours)), copy.deepcopy(ours)):
        assert_same(twin.sample(problem(0, 6), num_reads=2, seed=1), found)
    for sampler in (ours, theirs):
        parsed = sampler.parse_initial_states(problem(0, 6), None, "random", 3, seed=1)
        assert parsed.initial_states == theirs.parse_initial_states(problem(0, 6), num_reads=3, seed=1).initial_states
        with pytest.warns(dimod.exceptions.SamplerUnknownArgWarning, match="chains"):
            assert sampler.remove_unknown_kwargs(chains=1, seed=2) == {"seed": 2}
    with kind() as sampler:
        assert sampler.sample_ising({"a": 1}, {("a", "b"): -1}, seed=0).vartype is dimod.SPIN
        assert sampler.sample_qubo({("a", "b"): -1, ("a", "a"): 2}, seed=0).vartype is dimod.BINARY


@pytest.mark.parametrize("kind", PEERS)
@pytest.mark.parametrize("vartype", ["SPIN", "BINARY"])
def test_samples_are_sample_sets_like_the_peers(kind, vartype):
    bqm = problem(1, 12, vartype)
    ours, theirs = (sampler().sample(bqm, num_reads=4, seed=5) for sampler in (kind, PEERS[kind]))
    assert ours.record.dtype == theirs.record.dtype
    assert ours.variables == theirs.variables
    assert ours.vartype is theirs.vartype
    assert set(ours.info) == set(theirs.info)
    assert set(ours.info["timing"]) == set(theirs.info["timing"])
    for row in ours.data():
        assert row.energy == energy(bqm, row.sample)


@pytest.mark.parametrize("vartype", ["SPIN", "BINARY"])
def test_reads_start_where_the_peers_do(vartype):
    bqm, rng = problem(2, 10, vartype), np.random.default_rng(0)
    given = {v: int(rng.choice([0, 1] if vartype == "BINARY" else [-1, 1])) for v in sorted(bqm.variables)}
    for options in (
        {"num_reads": 7},
        {"initial_states": given},
        {"initial_states": given, "num_reads": 3},
        {"initial_states": given, "num_reads": 3, "initial_states_generator": "tile"},
    ):
        ours, theirs = (
            sampler.sample(bqm, num_sweeps=0, seed=3, **options)
            for sampler in (HebbfastSampler(), samplers.SimulatedAnnealingSampler())
        )
        assert_same(ours, theirs)


@pytest.mark.parametrize("seed", range(5))
def test_default_range_is_the_peers(seed):
    for vartype in ("SPIN", "BINARY"):
        bqm = problem(seed, 9, vartype, density=0.5)
        ours, theirs = (
            sampler.sample(bqm, num_sweeps=0).info["beta_range"]
            for sampler in (HebbfastSampler(), samplers.SimulatedAnnealingSampler())
        )
        np.testing.assert_allclose(ours, theirs, rtol=1e-14)


@pytest.mark.parametrize("criterion", ["Metropolis", "Gibbs"])
@pytest.mark.parametrize("drawn", [False, True])
def test_frequencies_are_boltzmanns(criterion, drawn):
    """4000 reads at one β against e^(-β E) / Z of 16 states: χ² with 15 degrees exceeds 60 once in 4 million runs."""
    rng = np.random.default_rng(3)
    bqm = dimod.BinaryQuadraticModel("SPIN")
    bqm.add_linear_from(zip("abcd", rng.normal(size=4), strict=True))
    biases = zip(itertools.combinations("abcd", 2), rng.normal(size=6), strict=True)
    bqm.add_quadratic_from((*pair, bias) for pair, bias in biases)
    found = HebbfastSampler().sample(
        bqm,
        num_reads=4000,
        beta_schedule=[0.6],
        beta_schedule_type="custom",
        num_sweeps_per_beta=40,
        randomize_order=drawn,
        proposal_acceptance_criteria=criterion,
        seed=11,
    )
    states = list(itertools.product([-1, 1], repeat=4))
    weights = np.exp([-0.6 * energy(bqm, dict(zip("abcd", state, strict=True))) for state in states])
    expected = 4000 * weights / weights.sum()
    codes = (found.record.sample > 0) @ [8, 4, 2, 1]
    assert list(found.variables) == list("abcd")
    assert ((np.bincount(codes, minlength=16) - expected) ** 2 / expected).sum() < 60


def test_keywords_as_loose_as_the_peers():
    """Words in any case, ranges as arrays, and one beta alone of a range that begins at zero."""
    bqm = problem(4, 12)
    sampler, theirs = HebbfastSampler(), samplers.SimulatedAnnealingSampler()
    whole = sampler.sample(bqm, (0.1, 2.0), num_reads=3, num_sweeps=20, seed=1, proposal_acceptance_criteria="Gibbs")
    assert_same(
        sampler.sample(
            bqm, np.array([0.1, 2.0]), num_reads=3, num_sweeps=20, seed=1, proposal_acceptance_criteria="gIBBS"
        ),
        whole,
    )
    for options in ({"beta_range": np.array([0.1, 2.0])}, {"beta_range": (0, 2.0), "num_sweeps": 1}):
        ranges = [kind.sample(bqm, **options).info["beta_range"] for kind in (sampler, theirs)]
        assert ranges[0] is ranges[1] is options["beta_range"]
    kinds = HebbfastSteepestDescent, samplers.SteepestDescentSampler
    for seed in (2**31, 2**32 - 1):
        assert_same(*(kind().sample(bqm, seed=seed) for kind in kinds))


@pytest.mark.parametrize("kind", PEERS)
@pytest.mark.parametrize("vartype", ["SPIN", "BINARY"])
@pytest.mark.parametrize("bias", [np.nan, np.inf, -np.inf])
def test_biases_that_are_not_finite_are_named(kind, vartype, bias):
    for linear, quadratic, place in (
        ({"a": 1.0, "b": bias}, {("a", "c"): 1.0}, "'b'"),
        ({"a": 1.0}, {("a", "b"): 1.0, ("c", "b"): bias}, "'(b', 'c|c', 'b)'"),
    ):
        bqm = dimod.BinaryQuadraticModel(linear, quadratic, 0.0, vartype)
        with pytest.raises(ValueError, match=f"bqm must have finite biases, got {bias} of {place}"):
            kind().sample(bqm)


def test_ground_state_of_a_small_problem():
    bqm = problem(4, 12)
    exact = min(energy(bqm, dict(zip(bqm.variables, s, strict=True))) for s in itertools.product([-1, 1], repeat=12))
    assert HebbfastSampler().sample(bqm, num_reads=20, num_sweeps=200, seed=0).first.energy == exact


def test_the_order_in_which_biases_come_does_not_matter():
    bqm = problem(4, 12)
    turned = dimod.BinaryQuadraticModel("SPIN")
    turned.offset = bqm.offset
    turned.add_quadratic_from((v, u, bias) for (u, v), bias in reversed(list(bqm.quadratic.items())))
    turned.add_linear_from(reversed(list(bqm.linear.items())))
    assert list(turned.variables) != list(bqm.variables)
    starts = HebbfastSampler().sample(bqm, num_reads=5, num_sweeps=0)
    for kind in PEERS:
        assert_same(*(kind().sample(model, initial_states=starts, seed=1) for model in (bqm, turned)))


def test_seeds_and_interrupts():
    bqm, calls = problem(5, 20), []
    sampler = HebbfastSampler()
    whole = sampler.sample(bqm, num_reads=6, num_sweeps=20, seed=1).record.sample
    assert (sampler.sample(bqm, num_reads=6, num_sweeps=20, seed=1).record.sample == whole).all()
    assert (sampler.sample(bqm, num_reads=6, num_sweeps=20, seed=2).record.sample != whole).any()
    halted = sampler.sample(
        bqm, num_reads=6, num_sweeps=20, seed=1, interrupt_function=lambda: calls.append(0) or len(calls) == 4
    )
    np.testing.assert_array_equal(halted.record.sample, whole[:4])


@pytest.mark.parametrize("vartype", ["SPIN", "BINARY"])
@pytest.mark.parametrize(("units", "density"), [(1, 1.0), (30, 1.0), (600, 0.01)])
def test_steepest_descent_is_the_peers(vartype, units, density):
    """Integers up to 4, so that many flips are equally good and the first of them must be taken."""
    bqm = problem(6, units, vartype, density)
    for sparse in (False, True):
        ours = HebbfastSteepestDescent().sample(bqm, num_reads=20, seed=9, large_sparse_opt=sparse)
        theirs = samplers.SteepestDescentSampler().sample(bqm, num_reads=20, seed=9, large_sparse_opt=sparse)
        assert_same(ours, theirs)


def test_large_sparse_problems_stay_sparse():
    sparse = pytest.importorskip("scipy.sparse")
    bqm = problem(7, 600, density=0.01)
    order = list(bqm.variables)
    couplings = Ising(bqm, order).couplings()
    assert sparse.issparse(couplings)
    dense = np.zeros((600, 600))
    index = {v: unit for unit, v in enumerate(order)}
    for (u, v), bias in bqm.quadratic.items():
        dense[index[u], index[v]] = dense[index[v], index[u]] = -bias
    np.testing.assert_array_equal(couplings.toarray(), dense)
    denser = problem(7, 600, density=0.2)
    assert not sparse.issparse(Ising(denser, list(denser.variables)).couplings())
    found = HebbfastSampler().sample(bqm, num_reads=2, num_sweeps=50, seed=0)
    assert found.first.energy == energy(bqm, found.first.sample)


@pytest.mark.parametrize("kind", PEERS)
def test_problems_without_biases_or_variables(kind):
    for bqm in (
        dimod.BinaryQuadraticModel("SPIN"),
        dimod.BinaryQuadraticModel({"a": 0}, {}, 0, "SPIN"),
        dimod.BinaryQuadraticModel({}, {"ab": 0}, 3, "BINARY"),
    ):
        with pytest.warns(UserWarning, match="all biases are zero") if kind is HebbfastSampler else nullcontext():
            found = kind().sample(bqm, num_reads=2, seed=0)
        assert found.record.sample.shape == (2, len(bqm.variables))
        assert (found.record.energy == bqm.offset).all()


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"seed": 2**31}, ValueError, "seed must be an integer from 0 to 2147483647, got 2147483648"),
        ({"seed": -1}, ValueError, "seed must be an integer"),
        ({"seed": 1.5}, TypeError, "seed must be None or an integer from 0 to 2147483647, got 1.5"),
        ({"num_sweeps": -1}, ValueError, "num_sweeps must be an integer of at least 0, got -1"),
        ({"num_sweeps": 10, "num_sweeps_per_beta": 3}, ValueError, "num_sweeps must be a multiple of"),
        ({"num_sweeps_per_beta": 0}, ValueError, "num_sweeps_per_beta must be an integer of at least 1, got 0"),
        ({"num_sweeps": 2.0}, TypeError, "num_sweeps must be an integer of at least 0, got 2.0"),
        ({"num_sweeps": "a"}, TypeError, "num_sweeps must be an integer of at least 0, got 'a'"),
        ({"num_sweeps_per_beta": 2.0}, TypeError, "num_sweeps_per_beta must be an integer of at least 1, got 2.0"),
        ({"num_reads": 0}, ValueError, "num_reads"),
        ({"num_reads": 1.5}, TypeError, "num_reads"),
        ({"beta_range": (0, 1)}, ValueError, r"beta_range must not hold 0 for a geometric schedule, got \(0, 1\)"),
        ({"beta_range": (-1, 1)}, ValueError, "beta_range must be two finite numbers of at least 0"),
        ({"beta_range": (1,)}, ValueError, "beta_range must be two finite numbers of at least 0"),
        ({"beta_range": 5}, TypeError, "beta_range must be two finite numbers of at least 0, .* got 5"),
        ({"beta_range": ("a", "b")}, TypeError, "beta_range must be two finite numbers of .* got .'a', 'b'"),
        ({"beta_range": np.ones(3)}, ValueError, r"beta_range must be two finite numbers .* got \[1.0, 1.0, 1.0\]"),
        (
            {"beta_schedule_type": "custom", "beta_schedule": ["a"]},
            ValueError,
            "beta_schedule must hold real numbers, got dtype <U1",
        ),
        (
            {"beta_schedule_type": "custom", "beta_schedule": []},
            ValueError,
            r"beta_schedule must have shape \(betas,\), at least one, got shape \(0,\)",
        ),
        ({"beta_schedule_type": "cubic"}, ValueError, "beta_schedule_type must be one of 'linear', 'geometric'"),
        ({"beta_schedule_type": "custom"}, ValueError, "beta_schedule must be given with beta_schedule_type='custom'"),
        ({"beta_schedule": [1.0]}, ValueError, "beta_schedule must be given with .* got .* with 'geometric'"),
        ({"beta_schedule_type": "custom", "beta_schedule": [1, -2]}, ValueError, "beta_schedule must not be negative"),
        (
            {"beta_schedule_type": "custom", "beta_schedule": [1, 2], "num_sweeps": 4},
            ValueError,
            "num_sweeps must be None or 2",
        ),
        ({"proposal_acceptance_criteria": "Glauber"}, ValueError, "proposal_acceptance_criteria must be one of"),
        ({"interrupt_function": 3}, TypeError, "interrupt_function must be a function without arguments, got 3"),
        ({"initial_states_generator": "none"}, ValueError, "insufficient number of initial states"),
        ({"initial_states": {"zz": 1}}, ValueError, "mismatch between variables"),
    ],
)
def test_refusals_of_the_kind_of_the_peers(options, kind, message):
    bqm = problem(8, 5)
    with pytest.raises(kind, match=message):
        HebbfastSampler().sample(bqm, **options)
    with pytest.raises(kind):
        samplers.SimulatedAnnealingSampler().sample(bqm, **options)


def test_unknown_keywords_are_named():
    for kind in PEERS:
        with pytest.warns(dimod.exceptions.SamplerUnknownArgWarning, match="chain_strength"):
            kind().sample(problem(0, 4), chain_strength=2.0)
    with pytest.raises(TypeError, match="large_sparse_opt must be True or False, got 1"):
        HebbfastSteepestDescent().sample(problem(0, 4), large_sparse_opt=1)
