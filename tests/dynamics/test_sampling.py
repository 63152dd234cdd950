"""Sampling against enumeration, and what it refuses. Ways of sampling must keep the Boltzmann distribution as it is."""

import itertools
import warnings

import numpy as np
import pytest
from scipy.stats import chi2

import hebbfast as hb

EVERY = np.array(list(itertools.product((-1, 1), repeat=12)), dtype=np.int8)  # all states of 12 units
RNG = np.random.default_rng(5)
SIGNS = np.triu(RNG.integers(-2, 3, (12, 12)), 1)
REAL = np.triu(RNG.normal(size=(12, 12)), 1)
STORED = (2 * RNG.integers(0, 2, (5, 12)) - 1).astype(np.int8)
OVERLAPS = EVERY.astype(np.float64) @ STORED.T


def quadratic(upper, bias):
    return hb.HopfieldNetwork(upper + upper.T, bias), -((EVERY @ upper) * EVERY).sum(axis=1) - EVERY @ bias


# Network, its energies from the formula, T, and orders to go with it.
CASES = {
    "int8": (
        *quadratic(SIGNS, RNG.integers(-2, 3, 12)),
        3.0,
        ["random", "sequential", "replacement", np.arange(12)[::-1]],
    ),
    "int64": (*quadratic(REAL, RNG.normal(size=12)), 1.5, ["random", "sequential"]),
    "n=2": (hb.DenseAssociativeMemory(STORED), -(OVERLAPS**2).sum(axis=1) / 2, 15.0, ["sequential", "random"]),
    "n=3": (hb.DenseAssociativeMemory(STORED, hb.Polynomial(3)), -(OVERLAPS**3).sum(axis=1) / 3, 150.0, ["random"]),
    "n=4": (hb.DenseAssociativeMemory(STORED, hb.Polynomial(4)), -(OVERLAPS**4).sum(axis=1) / 4, 2e3, ["sequential"]),
    "exp": (
        hb.DenseAssociativeMemory(STORED, hb.Exponential(0.3)),
        -np.exp(0.3 * OVERLAPS).sum(axis=1),
        8.0,
        ["random"],
    ),
}


def boltzmann(energies, temperature):
    weights = np.exp((energies.min() - energies) / temperature)
    return weights / weights.sum()


def indices(states):
    return (states > 0) @ (1 << np.arange(12)[::-1])


@pytest.mark.parametrize("method", ["heat_bath", "metropolis"])
@pytest.mark.parametrize("case", CASES)
def test_the_distribution_of_boltzmann_stays(case, method):
    """n = 60,000 chains start from it, by enumeration, and are counted over all 4096 states 4 sweeps later: chi-square,
    states expected less than 5 times together. A sound sampler fails one of 24 such tests once in 40,000 runs."""
    network, energies, temperature, orders = CASES[case]
    np.testing.assert_allclose(network.energy(EVERY), energies, rtol=1e-9, atol=1e-9)
    rng, chances = np.random.default_rng(len(case)), boltzmann(energies, temperature)
    for order in orders:
        starts = EVERY[rng.choice(4096, 60_000, p=chances)]
        arguments = {"temperature": temperature, "sweeps": 4, "method": method, "order": order, "observables": ()}
        found = network.sample(starts, rng=rng, **arguments)
        assert (found.states != starts).any(axis=1).mean() > 0.4
        check_counts(indices(found.states), chances)
        np.testing.assert_allclose(found.energy, energies[indices(found.states)], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("method", ["heat_bath", "metropolis"])
def test_clamped_units_condition_the_distribution(method):
    network, energies, temperature, _ = CASES["int8"]
    clamp = np.isin(np.arange(12), [0, 5, 11])
    chances = np.where((EVERY[:, clamp] == [1, -1, 1]).all(axis=1), boltzmann(energies, temperature), 0)
    chances, rng = chances / chances.sum(), np.random.default_rng(3)
    for order in ("random", "replacement", "sequential"):
        starts = EVERY[rng.choice(4096, 30_000, p=chances)]
        arguments = {"temperature": temperature, "sweeps": 4, "method": method, "order": order, "observables": ()}
        found = network.sample(starts, clamp=clamp, rng=rng, **arguments)
        check_counts(indices(found.states), chances)


def check_counts(found, chances):
    expected, counts = len(found) * chances, np.bincount(found, minlength=len(chances))
    assert not counts[expected == 0].any()
    often = expected >= 5
    expected = np.append(expected[often], max(expected[~often].sum(), 1e-9))
    counts = np.append(counts[often], counts[~often].sum())
    keep = expected >= 5
    statistic = ((counts[keep] - expected[keep]) ** 2 / expected[keep]).sum()
    assert statistic < chi2.isf(1e-6, keep.sum() - 1)


def test_means_errors_and_times_of_the_oracle():
    """J_ij = ((ij + i + j) mod 7) - 3, b_i = (i mod 3) - 1, D = 10, T = 5: ⟨E⟩, ⟨s_0⟩, ⟨s_0 s_9⟩ by enumeration.

    16 chains of 4000 sweeps, each mean within 5 of its errors: by chance once in 600,000 runs.
    """
    i = np.arange(10)
    couplings = np.triu((np.outer(i, i) + i[:, None] + i) % 7 - 3, 1)
    network = hb.HopfieldNetwork(couplings + couplings.T, i % 3 - 1)

    def corner(states):
        return states[:, 0] * states[:, 9]

    watched = {"energy": "energy", "s": "states", "pair": corner, "m": "magnetization"}
    chains = hb.random_patterns(16, 10, rng=0)
    found = network.sample(chains, temperature=5, sweeps=4000, burn_in=200, observables=watched, rng=1)
    for name, column, exact in (
        ("energy", (), -29.1062764228), ("s", (0,), -0.3066421012), ("pair", (), -0.2390493447)
    ):  # fmt: skip
        mean, error = (table[name][(slice(None), *column)] for table in (found.mean, found.error))
        assert abs(mean.mean() - exact) < 5 * np.sqrt((error**2).sum()) / 16, name
        assert 0.6 < error.mean() / mean.std(ddof=1) < 1.5, name  # 16 values tell their spread to 18 %
    np.testing.assert_allclose(found.mean["m"], found.mean["s"].mean(axis=1), atol=1e-12)
    assert ((found.tau["energy"] > 1) & (found.tau["energy"] < 10)).all()


def test_what_is_recorded_is_what_is_averaged():
    network = CASES["int8"][0]
    arguments = {"temperature": [3.0, 9.0], "sweeps": 60, "burn_in": 7, "thin": 3, "rng": 0}
    with pytest.warns(UserWarning, match=r"sweeps=60 is shorter than 50 autocorrelation times of energy"):
        found = network.sample(STORED[:2], record=["energy", "states", "flips"], **arguments)
    assert found.trace["states"].shape == (20, 2, 12) and (np.diff(found.trace["flips"], axis=0) >= 0).all()
    np.testing.assert_allclose(found.trace["energy"].mean(axis=0), found.mean["energy"])
    np.testing.assert_array_equal([network.energy(states) for states in found.trace["states"]], found.trace["energy"])
    np.testing.assert_array_equal(found.trace["states"][-1], found.states)
    plain = network.recall(STORED[:2], temperature=3.0, max_sweeps=67, rng=0).states
    np.testing.assert_array_equal(found.states[0], plain[0])  # the streams are those of recall
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        quick = network.sample(STORED[:2], **arguments)  # energies alone go another way
    np.testing.assert_array_equal(quick.mean["energy"], found.mean["energy"])
    one = network.sample(STORED[0], temperature=3.0, sweeps=20, observables=(), record="energy", rng=0)
    assert one.states.shape == (12,) and one.trace["energy"].shape == (20,) and one.energy.shape == ()


def energy(states):
    return states.mean(axis=1)


@pytest.mark.parametrize("observables", [energy, {"energy": energy}, {"energy": "magnetization"}])
def test_a_name_does_not_say_what_is_measured(observables):
    """Means of states on the way, of chains with the same numbers."""
    network, arguments = CASES["int8"][0], {"temperature": 9.0, "sweeps": 600, "thin": 2, "rng": 0}
    found = network.sample(STORED[:2], observables=observables, **arguments)
    states = network.sample(STORED[:2], observables=(), record="states", **arguments).trace["states"]
    np.testing.assert_allclose(found.mean["energy"], states.mean(axis=(0, 2)), atol=1e-12)
    cost = network.sample(STORED[:2], observables={"cost": "energy"}, **arguments).mean["cost"]
    np.testing.assert_allclose(cost, [network.energy(states[:, q]).mean() for q in (0, 1)])


def test_results_do_not_depend_on_threads_or_company():
    network = hb.HopfieldNetwork.train(hb.random_patterns(5, 700, rng=0))
    chains = hb.random_patterns(6, 700, rng=1)
    arguments = {"temperature": 500.0, "sweeps": 400, "rng": 4, "method": "metropolis"}
    one, two = (network.sample(chains, threads=threads, **arguments) for threads in (1, 2))
    few = network.sample(chains[:3], **arguments)
    assert one == two
    np.testing.assert_array_equal(one.states[:3], few.states)
    np.testing.assert_array_equal(one.mean["energy"][:3], few.mean["energy"])


def test_zero_and_one_stay_zero_and_one():
    network = hb.PatternSpaceNetwork((STORED[:2] + 1) // 2, hb.learning.HebbianRule(), values="zero-one")
    with pytest.warns(UserWarning, match="shorter"):
        found = network.sample(
            (STORED[:2] + 1) // 2, temperature=2.0, sweeps=2, observables={"sum": lambda x: x.sum(axis=1)},
            record="states", method="metropolis", rng=0,
        )  # fmt: skip
    assert set(np.unique(found.states)) | set(np.unique(found.trace["states"])) <= {0, 1}
    np.testing.assert_allclose(found.mean["sum"], found.trace["states"].sum(axis=2).mean(axis=0))


def test_refusals():
    network, chains = CASES["int8"][0], STORED[:2]
    for change, message in (
        ({"temperature": 0}, "temperature must be a finite number above 0"),
        ({"temperature": [1.0]}, r"temperature must be a number or have shape \(2,\)"),
        ({"temperature": [1.0, 0.0]}, r"temperature must be above 0, got 0 at \[1\]"),
        ({"temperature": [1.0, np.nan]}, "temperature must be finite"),
        ({"thin": 0}, "thin must be"),
        ({"burn_in": -1}, "burn_in must be"),
        ({"method": "wolff"}, "method must be one of 'heat_bath', 'metropolis'"),
        ({"observables": "overlaps"}, "observables must be one of"),
        ({"observables": 3}, "observables must be names or functions"),
        ({"observables": [3]}, "observables must be names or functions"),
        ({"observables": {1: "energy"}, "record": "energy"}, "observables must have names that are text, got 1"),
        ({"observables": [lambda s: s[:, 0], lambda s: s[:, 1]]}, "different names, .* got '<lambda>' twice"),
        ({"observables": lambda states: states[0, 0]}, "must give one value or row a state"),
        ({"observables": lambda states: states[:1]}, "must give one value or row a state"),
        ({"record": "overlap"}, "record must be one of"),
        ({"order": "checkerboard"}, "order must be one of"),
    ):
        with pytest.raises((ValueError, TypeError), match=message):
            network.sample(chains, **{"temperature": 1.0, "sweeps": 3, **change})
    lengths = iter(range(1, 9))
    with pytest.raises(ValueError, match="observables must keep the shape"):
        network.sample(chains, temperature=1.0, sweeps=3, observables=lambda s: np.zeros((2, next(lengths))))
    with pytest.raises(ValueError, match="couplings must be symmetric"):
        hb.HopfieldNetwork([[0, 1], [0, 0]]).sample([1, 1], temperature=1.0, sweeps=1)


@pytest.mark.parametrize("arguments", [{"sweeps": 0}, {"sweeps": 5, "thin": 6}, {"sweeps": 0, "record": "energy"}])
def test_no_measurement(arguments):
    network = hb.HopfieldNetwork([[0, 1], [1, 0]])
    with pytest.raises(ValueError, match="sweeps must be at least"):
        network.sample([1, 1], temperature=1.0, **arguments)


def test_states_alone_need_no_sweep():
    found = hb.HopfieldNetwork([[0, 1], [1, 0]]).sample([1, 1], temperature=1.0, sweeps=0, observables=())
    assert found.states.tolist() == [1, 1] and found.energy == -1 and not found.mean
