"""Claims about one update of all units: loads at an error, exponents, stable patterns, the noise."""

import math
import threading
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from hebbfast import theory
from hebbfast.bits import PackedPatterns
from hebbfast.experiments import statistics
from hebbfast.experiments._networks import over_networks
from hebbfast.experiments.reproduce.row import LEVEL, Claim, Row, Z, around, mean, ratio, scaled
from hebbfast.experiments.statistics import Interval
from hebbfast.interactions import Exponential, Interaction, Polynomial, RectifiedPolynomial
from hebbfast.networks.dense import DenseAssociativeMemory

HOPFIELD = Polynomial(2)


def load_at_036_percent(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
    """The load at which one update of a pattern makes 0.36 % of its units wrong."""
    return _load("0.36 %", "Hertz, Krogh, Palmer 1991, table 2.1", 0.138, 0.0036, quick, rng, threads)


def load_at_05_percent(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
    """The load at which one update of a pattern makes 0.5 % of its units wrong."""
    remark = "0.14 is the end of the retrieval phase, not a one-step error"
    return _load("0.5 %", "Krotov, Hopfield 2016, section 2", 0.14, 0.005, quick, rng, threads, remark)


def _load(
    words: str,
    source: str,
    claimed: float,
    error: float,
    quick: bool,
    rng: np.random.Generator,
    threads: int | None,
    remark: str = "",
) -> Row:
    D, networks = 1000, 100 if quick else 2000
    K = measured_capacity(D, HOPFIELD, error, networks, 150, rng, threads)
    return Row(
        claim=f"load with {words} wrong units after one update",
        source=source,
        claimed=claimed,
        tolerance=0.5 * 10.0 ** -len(str(claimed)[2:]),
        limit=theory.asymptotic_capacity(D, HOPFIELD, "unit", error) / D,
        expected=theory.capacity(D, HOPFIELD, error=error, method="exact") / D,
        measured=scaled(K, 1 / D),
        setting=f"D = {D}, {networks} networks",
        remark=remark,
    )


def exponent(degree: int) -> Claim:
    """The claim that K grows as D^(n-1), for one n: the slope of ln(K - 1) against ln D at 0.5 % wrong units."""
    sizes = {2: (64, 128, 256, 512), 3: (32, 64, 128, 256), 4: (24, 32, 48, 64), 5: (24, 32, 48)}[degree]

    def claim(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
        interaction, networks = Polynomial(degree), 300 if quick else 6000
        measured = [measured_capacity(D, interaction, 0.005, networks, 10, rng, threads) for D in sizes]
        exact = [theory.capacity(D, interaction, error=0.005, method="exact") for D in sizes]
        large = [theory.capacity(D, interaction, error=0.005) for D in (10**6, 10**7)]
        deviations = [math.log(K.high / K.low) / (2 * Z) for K in measured]

        def line(patterns: list[float]) -> statistics.Line:
            return statistics.fit_scaling(sizes, patterns, deviations, failure=None, level=LEVEL).raw

        return Row(
            claim=f"exponent of the capacity for n = {degree}",
            source="Krotov, Hopfield 2016, section 2",
            claimed=degree - 1.0,
            tolerance=0.005,
            limit=math.log((large[1] - 1) / (large[0] - 1)) / math.log(10),
            expected=line(exact).slope.value,
            measured=line([K.value for K in measured]).slope,
            setting=f"D = {', '.join(map(str, sizes))}; {networks} networks each",
        )

    return claim


def stable_patterns(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
    """The number of patterns of which half are fixed points, in units of D / (2 ln D)."""
    D, networks = 1000, 200 if quick else 2000
    leading = D / (2 * math.log(D))
    expected = theory.capacity(D, HOPFIELD, "pattern", 0.5, method="exact")
    loads = np.round(expected * np.array([0.94, 1.0, 1.06])).astype(int)
    stable = []
    for K in loads.tolist():
        errors = wrong_units(D, K, HOPFIELD, networks, 20, rng, threads)
        stable.append((errors == 0).sum(axis=1))
    fit = statistics.fit_probit(np.repeat(loads, networks), np.concatenate(stable), 20, LEVEL)
    huge = 10**300
    return Row(
        claim="half of the patterns are stable at K = D / (2 ln D): the ratio",
        source="McEliece, Posner, Rodemich, Venkatesh 1987",
        claimed=1.0,
        tolerance=0.01,
        limit=theory.capacity(huge, HOPFIELD, "pattern", 0.5) / (huge / (2 * math.log(huge))),
        expected=expected / leading,
        measured=scaled(fit, 1 / leading),
        setting=f"D = {D}, {networks} networks at each of 3 loads; the limit at D = 10^300",
        remark="theory takes the units of a pattern as independent",
        undecided="success does not fall through one half at the simulated loads",
    )


def rectified_noise(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
    """The ratio of the noise variances of max(x, 0)³ and x³, of the same patterns."""
    D, K, networks = 100, 500, 300 if quick else 5000
    kinds: tuple[Interaction, Interaction] = (RectifiedPolynomial(3), Polynomial(3))
    signal = (D**3 - (D - 2) ** 3) / 3

    def trial(stream: np.random.Generator, _: threading.Event) -> tuple[float, float]:
        patterns = PackedPatterns.random(K, D, rng=stream)
        cue = patterns[0]
        rectified, full = (2 * DenseAssociativeMemory(patterns, kind).fields(cue) * cue - signal for kind in kinds)
        return float(rectified @ rectified), float(full @ full)

    squares = over_networks(trial, networks, rng, threads)
    rectified, full = (theory.noise_moment(D, kind, 2) for kind in kinds)
    return Row(
        claim="share of the noise variance that rectification leaves",
        source="docs/capacity.md, section 2",
        claimed=0.5,
        tolerance=0.0005,
        limit=float(theory.noise_moment(10**6, kinds[0], 2) / theory.noise_moment(10**6, kinds[1], 2)),
        expected=float(rectified / full),
        measured=ratio(squares[:, 0], squares[:, 1]),
        setting=f"n = 3, D = {D}, K = {K}, {networks} networks",
    )


def exponential_growth(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
    """The growth of ln K per unit for F = exp, where half a unit among all patterns is wrong."""
    sizes, networks, F = (16, 24) if quick else (16, 26), 600 if quick else 4000, Exponential(1.0)
    exact = [theory.capacity(D, F, "all", 0.5, method="exact") for D in sizes]
    found = []
    for D, K in zip(sizes, exact, strict=True):
        wrong = mean(wrong_units(D, round(K), F, networks, round(K), rng, threads).sum(axis=1))
        # Pairs of near patterns make the errors, so their number grows as K²; the shift is small.
        found.append([math.log(round(K)) + math.log(0.5 / w) / 2 for w in (wrong.value, wrong.low, wrong.high)])
    width = sizes[1] - sizes[0]
    deviation = math.hypot(*((low - high) / (2 * Z) for _, low, high in found)) / width
    far = [theory.asymptotic_capacity(D, F, "all") for D in (100, 200)]
    return Row(
        claim="growth of ln K per unit for F = exp(x), all patterns stable",
        source="Demircigil et al. 2017, theorem 3",
        claimed=math.log(2) / 2,
        tolerance=0.0005,
        limit=math.log(far[1] / far[0]) / 100,
        expected=math.log(exact[1] / exact[0]) / width,
        measured=around((found[1][0] - found[0][0]) / width, deviation),
        setting=f"D = {sizes[0]}, {sizes[1]}; {networks} networks each",
    )


def wrong_units(
    D: int,
    K: int,
    interaction: Interaction,
    networks: int,
    cues: int,
    rng: np.random.Generator,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Units that one update turns wrong, a zero field counting half: (networks, cues); first patterns are the cues."""

    def trial(stream: np.random.Generator, _: threading.Event) -> NDArray[np.float64]:
        patterns = PackedPatterns.random(K, D, rng=stream)
        cue = patterns[:cues]
        right = DenseAssociativeMemory(patterns, interaction).fields(cue) * cue.unpack()
        wrong: NDArray[np.float64] = (right < 0).sum(axis=1) + (right == 0).sum(axis=1) / 2
        return wrong

    return over_networks(trial, networks, rng, threads)


def measured_capacity(
    D: int,
    interaction: Interaction,
    error: float,
    networks: int,
    cues: int,
    rng: np.random.Generator,
    threads: int | None = None,
) -> Interval:
    """The K at which a share ``error`` of the units goes wrong.

    Simulated at the K of theory, and carried from the error found there to the one asked for by √(K-1) ∝ 1/Φ⁻¹(error),
    a step of a few per cent at most.
    """
    K = round(theory.capacity(D, interaction, error=error))
    found = mean(wrong_units(D, K, interaction, networks, min(cues, K), rng, threads).mean(axis=1) / D)
    score = NormalDist().inv_cdf
    return Interval(*(1 + (K - 1) * (score(p) / score(error)) ** 2 for p in (found.value, found.high, found.low)))
