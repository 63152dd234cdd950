"""Kaufman's formula against enumeration, Onsager's limit, and values of another program."""

import itertools
import math

import numpy as np
import pytest
from scipy import special

from hebbfast import theory

CRITICAL = 2 / math.log(1 + math.sqrt(2))


@pytest.mark.parametrize(
    ("L", "T", "energy", "heat"),
    [
        (4, 2.0, -1.755380, 0.605533), (4, CRITICAL, -1.565624, 0.783267), (4, 3.0, -1.017070, 0.603135),
        (8, 2.0, -1.745683, 0.714123), (8, CRITICAL, -1.491589, 1.145559), (8, 3.0, -0.841315, 0.483966),
        (16, 2.0, -1.745531, 0.725509), (16, CRITICAL, -1.453065, 1.498705), (16, 3.0, -0.817689, 0.404333),
    ],
)  # fmt: skip
def test_values(L, T, energy, heat):
    found = theory.ising_torus(L, T)
    assert found.energy == pytest.approx(energy, abs=6e-7)
    assert found.specific_heat == pytest.approx(heat, abs=6e-7)


@pytest.mark.parametrize("T", [0.5, 2.0, 5.0])
@pytest.mark.parametrize("L", [3, 4])
def test_enumeration(L, T):
    """Half of the states, one unit held."""
    states = np.array(list(itertools.product([1], *[[-1, 1]] * (L * L - 1))), dtype=np.int8).reshape(-1, L, L)
    energies = -sum((states * np.roll(states, 1, axis)).sum(axis=(1, 2), dtype=int) for axis in (1, 2))
    weights = np.exp(-(energies - energies.min()) / T)
    mean = weights @ energies / weights.sum()
    variance = weights @ (energies - mean) ** 2 / weights.sum()
    found = theory.ising_torus(L, T)
    assert found.energy == pytest.approx(mean / L**2, abs=1e-12)
    assert found.specific_heat == pytest.approx(variance / (T * L) ** 2, abs=1e-8)


@pytest.mark.parametrize("T", [1.5, 4.0])
def test_large_tori(T):
    """Onsager (1944): e = -coth 2K [1 + (2/π)(2 tanh² 2K - 1) K₁(k)], k = 2 sinh 2K / cosh² 2K."""
    K = 1 / T
    k = 2 * math.sinh(2 * K) / math.cosh(2 * K) ** 2
    e = -(1 + 2 / math.pi * (2 * math.tanh(2 * K) ** 2 - 1) * special.ellipk(k * k)) / math.tanh(2 * K)
    assert theory.ising_torus(300, T).energy == pytest.approx(e, abs=1e-12)


@pytest.mark.parametrize("T", [1e3, 1e5, 1e6])
def test_hot_tori(T):
    """ln Z / L² = ln 2 + 2 ln cosh K + tanh⁴ K + ..., from the squares of four bonds: c = 2 K² (1 + 5 K² + ...)."""
    found, K = theory.ising_torus(16, T), 1 / T
    assert found.energy == pytest.approx(-2 * K * (1 + 5 / 3 * K**2), rel=1e-9)
    assert found.specific_heat == pytest.approx(2 * K**2 * (1 + 5 * K**2), rel=1e-10)


@pytest.mark.parametrize(
    ("L", "T", "name"), [(2, 1.0, "length"), (4, 0.0, "temperature"), (4, math.nan, "temperature")]
)
def test_refusals(L, T, name):
    with pytest.raises(ValueError, match=f"{name} must be"):
        theory.ising_torus(L, T)
