"""ln Z: published digits, formulas, and annealed importance sampling against counting."""

import numpy as np
import pytest

import hebbfast as hb

UNITS = np.arange(10)
COUPLINGS = np.triu((np.outer(UNITS, UNITS) + UNITS[:, None] + UNITS) % 7 - 3, 1)
ORACLE = hb.HopfieldNetwork(COUPLINGS + COUPLINGS.T, UNITS % 3 - 1)


@pytest.mark.parametrize(("temperature", "exact"), [(2.0, 20.7874983918), (5.0, 10.1115398699)])
def test_the_oracle(temperature, exact):
    """Ten digits by enumeration; of 20 annealed estimates each within 4 errors, once in 800 times this list."""
    found = hb.log_partition(ORACLE, temperature)
    assert found.value == pytest.approx(exact, abs=1e-9) and found.error == 0
    estimates = [hb.log_partition(ORACLE, temperature, method="annealed", rng=seed) for seed in range(20)]
    deviations = [(estimate.value - exact) / estimate.error for estimate in estimates]
    assert max(map(abs, deviations)) < 4 and abs(np.mean(deviations)) < 1


def test_independent_units():
    """Z = Π 2 cosh(b_i / T), of 18 units, more than one piece; and of 120, annealed: within 5 errors."""
    bias = np.rint(8 * np.random.default_rng(0).normal(size=120)) / 8
    for units, method in ((18, "exact"), (120, "annealed")):
        network = hb.HopfieldNetwork(np.zeros((units, units)), bias[:units])
        wanted = np.log(2 * np.cosh(network.bias / 0.7)).sum()
        found = hb.log_partition(network, 0.7, method=method, rng=1)
        assert abs(found.value - wanted) <= 5 * found.error + 1e-9
        assert hb.log_partition(network, 0.7, rng=1) == found  # the default


@pytest.mark.parametrize("interaction", [hb.Polynomial(2), hb.Polynomial(3, normalized=True), hb.Exponential(0.2)])
def test_memories(interaction):
    memory = hb.DenseAssociativeMemory(hb.random_patterns(4, 14, rng=0), interaction)
    every = np.array([[1 - 2 * (j >> i & 1) for i in range(14)] for j in range(2**14)], dtype=np.int8)
    temperature = float(np.ptp(memory.energy(every))) / 8
    exponents = -memory.energy(every) / temperature
    wanted = exponents.max() + np.log(np.exp(exponents - exponents.max()).sum())
    assert hb.log_partition(memory, temperature).value == pytest.approx(wanted, rel=1e-12)
    found = hb.log_partition(memory, temperature, method="annealed", rng=2)
    assert abs(found.value - wanted) < 5 * found.error


def test_huge_exponents_and_threads():
    network = hb.HopfieldNetwork([[0, 1000], [1000, 0]])
    assert hb.log_partition(network, 0.1).value == pytest.approx(10_000 + np.log(2))
    cold = hb.HopfieldNetwork.train(hb.random_patterns(3, 17, rng=0))
    assert hb.log_partition(cold, threads=2) == hb.log_partition(cold, threads=1)


def test_too_short_a_run_says_so():
    glass = np.triu(np.random.default_rng(0).choice([-1, 1], (80, 80)), 1)
    with pytest.warns(UserWarning, match="fewer than 10 of 64 chains"):
        hb.log_partition(hb.HopfieldNetwork(glass + glass.T), 1.0, chains=64, sweeps=2, rng=0)


def test_refusals():
    for change, message in (
        ({"temperature": 0.0}, "temperature must be"),
        ({"temperature": 1e-308}, "temperature must be so large that E / T stays below 1.8e308, got 1e-308"),
        ({"temperature": 1e-308, "method": "annealed"}, "temperature must be so large"),
        ({"beta": 1e308, "threads": 2}, "1 / beta must be so large"),
        ({"method": "gray"}, "method must be one of 'exact', 'annealed'"),
        ({"chains": 0}, "chains must be"),
        ({"sweeps": 0}, "sweeps must be"),
        ({"method": "annealed", "rng": "x"}, "rng must be"),
    ):
        with pytest.raises(ValueError, match=message):
            hb.log_partition(ORACLE, **change)
    with pytest.raises(ValueError, match="method must be 'annealed' for more than 28 units, got 'exact' for 40"):
        hb.log_partition(hb.HopfieldNetwork(np.zeros((40, 40))), method="exact")
    with pytest.raises(ValueError, match="couplings must be symmetric"):
        hb.log_partition(hb.HopfieldNetwork([[0, 1], [0, 0]]))
