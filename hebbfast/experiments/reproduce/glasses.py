"""Claims about temperatures: spin glasses on Parisi's curve, the Ising model on a torus, dense memories that melt."""

import math
import threading
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from hebbfast import spin_glass, theory
from hebbfast.dynamics.tempering import parallel_tempering
from hebbfast.experiments import statistics
from hebbfast.experiments._networks import over_networks
from hebbfast.experiments.glasses import ground_states
from hebbfast.experiments.reproduce.row import LEVEL, Claim, Row, Z, mean, ratio, scaled
from hebbfast.interactions import Polynomial
from hebbfast.networks.dense import DenseAssociativeMemory
from hebbfast.networks.hopfield import HopfieldNetwork
from hebbfast.patterns import random_patterns
from hebbfast.theory import mean_field

Floats = NDArray[np.float64]

COLD = 0.5
LADDER = (COLD, 0.6, 0.72, 0.86, 1.03, 1.25, 1.6)  # swaps of 256 units: a third and more


def ground_state_energy(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
    """The ground states of spin glasses of ±1 couplings: a line in D^(-2/3) to D → ∞."""
    sizes = {31: 300, 63: 150, 127: 40} if quick else {31: 1500, 63: 800, 127: 300, 255: 80}
    seed = int(rng.integers(2**31))
    found = ground_states(list(sizes), list(sizes.values()), couplings="signs", level=LEVEL, seed=seed)
    limit = theory.parisi(0.0).energy
    assert found.line is not None  # of several sizes
    return Row(
        claim="ground state energy of the SK model",
        source="Parisi 1980; Boettcher 2005: e + A D^(-2/3)",
        claimed=-0.76317,
        tolerance=0.000005,
        limit=limit,
        expected=limit,
        measured=found.line.intercept,
        setting=line_through(sizes),
    )


def energy_below_freezing(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
    """The energy of a spin glass at half of the temperature where it freezes."""
    return _on_the_curve(f"energy of the SK model at T = {COLD}", 0, theory.parisi(COLD).energy, quick, rng, threads)


def overlaps_below_freezing(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
    """The mean squared overlap of its replicas."""
    limit = theory.parisi(COLD).overlap_second_moment
    return _on_the_curve(f"⟨q²⟩ of the SK model at T = {COLD}", 1, limit, quick, rng, threads)


def _on_the_curve(
    claim: str, which: int, limit: float, quick: bool, rng: np.random.Generator, threads: int | None
) -> Row:
    sizes = {32: 160, 64: 80, 128: 24} if quick else {48: 700, 96: 300, 192: 100}
    found = [mean(tempered(D, samples, rng, threads)[:, which]) for D, samples in sizes.items()]
    deviations = [(m.high - m.low) / (2 * Z) for m in found]
    line = statistics.fit_line([D ** (-2 / 3) for D in sizes], [m.value for m in found], deviations, LEVEL)
    return Row(
        claim=claim,
        source="Parisi 1980; docs/temperature.md section 6",
        claimed=math.nan,
        tolerance=math.nan,
        limit=limit,
        expected=limit,
        measured=line.intercept,
        setting=line_through(sizes) + ", Gaussian couplings",
    )


def energy_from_overlaps(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
    """Energies over what overlaps say of them, the test of equilibrium: 1 at any D."""
    D, samples = 64, 100 if quick else 400
    found = tempered(D, samples, rng, threads)
    return Row(
        claim=f"-2 T e / (1 - ⟨q²⟩) of Gaussian couplings at T = {COLD}",
        source="Katzgraber, Palassini, Young 2001",
        claimed=1.0,
        tolerance=1e-9,
        limit=1.0,
        expected=1.0,
        measured=ratio(-2 * COLD * found[:, 0], 1 - found[:, 1]),
        setting=f"D = {D}, {samples} samples",
    )


def tempered(D: int, samples: int, rng: np.random.Generator, threads: int | None = None) -> Floats:
    """Energies of a unit and squared overlaps at the coldest temperature: (samples, 2)."""
    sweeps = max(600, 8 * D)

    def trial(stream: np.random.Generator, _: threading.Event) -> tuple[float, float]:
        network = spin_glass.sherrington_kirkpatrick(D, rng=stream)
        found = parallel_tempering(
            network, temperatures=LADDER, sweeps=sweeps, burn_in=sweeps // 4, swap_every=2, rng=stream, threads=1,
        )  # fmt: skip
        return float(found.mean["energy"][0]) / D, float(found.mean["overlap_squared"][0])

    with warnings.catch_warnings():  # of short runs: the error is that over samples, none of a single one is used
        warnings.simplefilter("ignore", UserWarning)
        return over_networks(trial, samples, rng, threads)


def critical_ising_energy(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
    """The energy of the two-dimensional Ising model on a small torus, where the infinite one orders."""
    L, T, chains, sweeps = 16, 2 / math.log(1 + math.sqrt(2)), 48, 6000 if quick else 60_000
    network = ferromagnet(L)
    start = random_patterns(chains, L * L, rng=rng)
    found = network.sample(start, temperature=T, sweeps=sweeps, burn_in=500, rng=rng, threads=threads)
    return Row(
        claim=f"energy of the Ising model at T_c, {L} by {L}",
        source="Kaufman 1949",
        claimed=math.nan,
        tolerance=math.nan,
        limit=-math.sqrt(2),
        expected=theory.ising_torus(L, T).energy,
        measured=scaled(mean(found.mean["energy"]), 1 / L**2),
        setting=f"{chains} chains of {sweeps} sweeps; the limit of large L by Onsager",
    )


def ferromagnet(L: int) -> HopfieldNetwork:
    """J = 1 between neighbours on a torus."""
    i, j = spin_glass.bonds((L, L)).T
    ones: Any = np.ones(2 * len(i), dtype=np.int8)
    return HopfieldNetwork(sparse.csc_array((ones, (np.append(i, j), np.append(j, i))), shape=(L * L, L * L)))


def melting(degree: int) -> Claim:
    """The claim that a dense memory of few patterns loses them at T_M: where half of the states do, D → ∞."""

    def claim(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
        interaction = Polynomial(degree)
        sizes = {250: 200, 1000: 100} if quick else {250: 800, 1000: 400, 4000: 150}
        limit = mean_field.retrieval_temperature(1e-12, interaction)
        half_way = 2 / 3 * mean_field.critical_load(limit * (1 - 1e-7), interaction).overlap
        found = [melted(degree, D, states, limit, half_way, rng, threads) for D, states in sizes.items()]
        deviations = [(t.high - t.low) / (2 * Z) for t in found]
        line = statistics.fit_line([D ** (-2 / 3) for D in sizes], [t.value for t in found], deviations, LEVEL)
        return Row(
            claim=f"end of retrieval of few patterns, n = {degree}",
            source="max m^(n-1) / artanh m, docs/capacity.md section 6",
            claimed=math.nan,
            tolerance=math.nan,
            limit=limit,
            expected=limit,
            measured=line.intercept,
            setting="line in D^(-2/3) through "
            + ", ".join(f"D = {D} ({states} states at each T)" for D, states in sizes.items()),
        )

    return claim


def melted(
    degree: int, D: int, states: int, limit: float, half_way: float, rng: np.random.Generator, threads: int | None
) -> statistics.ProbitFit:
    """The temperature at which half of the states have left a pattern after 5 D^(1/3) sweeps.

    A free energy without a barrier has its saddle there: times grow as the third root of D, and T moves as D^(-2/3).
    """
    pattern = random_patterns(1, D, rng=rng)
    memory = DenseAssociativeMemory(pattern, Polynomial(degree, normalized=True))
    temperatures, held = limit * (1 + D ** (-2 / 3) * np.linspace(-6.0, 3.0, 7)), []
    for T in temperatures.tolist():
        found = memory.recall(
            np.repeat(pattern, states, axis=0), temperature=T, max_sweeps=round(5 * D ** (1 / 3)), rng=rng,
            threads=threads,
        )  # fmt: skip
        held.append(spin_glass.overlaps(found.states, pattern) >= half_way)
    return statistics.fit_probit(np.repeat(temperatures, states), np.concatenate(held).astype(int), 1, LEVEL)


def line_through(sizes: dict[int, int]) -> str:
    """What the line goes through, in words."""
    return "line in D^(-2/3) through " + ", ".join(f"D = {D} ({count} samples)" for D, count in sizes.items())
