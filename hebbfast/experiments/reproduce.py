"""The claims of the literature, beside theory and simulation: one row a claim.

A row puts a published number beside the theory in the limit in which the number is meant, and a simulation beside the
theory at the size that is simulated. So each finite-size correction is computed, not excused. The simulations use
the models alone, the theory `hebbfast.theory` alone; intervals hold with 99.9 %.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from hebbfast import learning, theory
from hebbfast.bits import PackedPatterns
from hebbfast.experiments import statistics
from hebbfast.experiments._networks import final_overlaps, over_networks
from hebbfast.experiments.learned import learned_capacity
from hebbfast.experiments.profiles import pid_profile
from hebbfast.experiments.statistics import Interval
from hebbfast.interactions import Exponential, Interaction, Polynomial, RectifiedPolynomial
from hebbfast.networks.dense import DenseAssociativeMemory
from hebbfast.networks.hebbian import PatternSpaceNetwork

__all__ = ["CLAIMS", "Claim", "Row", "reproduce"]

LEVEL = 0.999  # 1.6 % of the runs of all rows show a miss by chance
Z = NormalDist().inv_cdf((1 + LEVEL) / 2)
HOPFIELD = Polynomial(2)


@dataclass(frozen=True)
class Row:
    """A claim, what theory says, what simulation says.

    Attributes
    ----------
    claim, source : str
        What is claimed, and where.
    claimed, tolerance : float
        The published number and half of the unit of its last digit; NaN where theory itself is the claim.
    limit : float
        Theory in the limit in which the claim is meant, mostly that of many units; NaN where there is none.
    expected : float
        Theory at the size that is simulated; NaN where there is none and the simulation meets the claim itself.
    measured : Interval
        The simulation.
    setting : str
        Sizes and numbers of networks.
    remark : str
        Why a row misses.
    """

    claim: str
    source: str
    claimed: float
    tolerance: float
    limit: float
    expected: float
    measured: Interval
    setting: str
    remark: str = ""

    @property
    def claim_holds(self) -> bool:
        """Whether theory, or without one the simulation, gives the published number; a claim of theory itself holds."""
        if math.isnan(self.claimed):
            return True
        if math.isnan(self.limit):
            return self.measured.low - self.tolerance <= self.claimed <= self.measured.high + self.tolerance
        return abs(self.claimed - self.limit) <= self.tolerance

    @property
    def simulation_agrees(self) -> bool:
        """Whether theory lies within the interval of the simulation, if there is theory."""
        return math.isnan(self.expected) or self.measured.low <= self.expected <= self.measured.high

    @property
    def verdict(self) -> str:
        """Both in words."""
        words = [] if self.claim_holds else ["the claim is off"]
        words += [] if self.simulation_agrees else ["theory is off"]
        return ", ".join(words) or "agrees"


Claim = Callable[[bool, np.random.Generator], Row]


def reproduce(quick: bool = False, seed: int = 0) -> Iterator[Row]:
    """Check every claim, one after another.

    Parameters
    ----------
    quick : bool, default False
        Fewer and smaller networks: wider intervals, in a minute instead of ten.
    seed : int, default 0
        Seed of all chance; results do not depend on the number of threads.

    Yields
    ------
    Row
        In the order of `CLAIMS`.

    Examples
    --------
    >>> from hebbfast.experiments.reproduce import reproduce
    >>> row = next(reproduce(quick=True))
    >>> row.claim, row.claimed, round(row.limit, 4), row.verdict
    ('load with 0.36 % wrong units after one update', 0.138, 0.1385, 'agrees')
    """
    for claim, stream in zip(CLAIMS, np.random.SeedSequence(seed).spawn(len(CLAIMS)), strict=True):
        yield claim(quick, np.random.default_rng(stream))


def load_at_036_percent(quick: bool, rng: np.random.Generator) -> Row:
    """The load at which one update of a pattern makes 0.36 % of its units wrong."""
    return _load("0.36 %", "Hertz, Krogh, Palmer 1991, table 2.1", 0.138, 0.0036, quick, rng)


def load_at_05_percent(quick: bool, rng: np.random.Generator) -> Row:
    """The load at which one update of a pattern makes 0.5 % of its units wrong."""
    remark = "0.14 is the end of the retrieval phase, not a one-step error"
    return _load("0.5 %", "Krotov, Hopfield 2016, section 2", 0.14, 0.005, quick, rng, remark)


def _load(
    words: str, source: str, claimed: float, error: float, quick: bool, rng: np.random.Generator, remark: str = ""
) -> Row:
    D, networks = 1000, 100 if quick else 2000
    K = measured_capacity(D, HOPFIELD, error, networks, 150, rng)
    return Row(
        claim=f"load with {words} wrong units after one update",
        source=source,
        claimed=claimed,
        tolerance=0.5 * 10.0 ** -len(str(claimed)[2:]),
        limit=theory.asymptotic_capacity(D, HOPFIELD, "unit", error) / D,
        expected=theory.capacity(D, HOPFIELD, error=error, method="exact") / D,
        measured=_scaled(K, 1 / D),
        setting=f"D = {D}, {networks} networks",
        remark=remark,
    )


def end_of_retrieval(quick: bool, rng: np.random.Generator) -> Row:
    """The critical load: mean final overlaps of small and large networks that start in a pattern cross there.

    Below it they grow with D, above they fall (`statistics.crossing`).
    """
    alphas = [0.135, 0.138, 0.141]
    sizes = ((1000, 400), (5000, 100)) if quick else ((1000, 5000), (16000, 250))
    runs = [[final_overlaps(D, round(a * D), networks, 8, rng).mean(axis=1) for a in alphas] for D, networks in sizes]

    small, large = runs
    crossing = statistics.crossing(alphas, small, large, LEVEL, rng=rng)
    end = theory.mean_field.critical_load().alpha
    return Row(
        claim="load at which retrieval ends",
        source="Amit, Gutfreund, Sompolinsky 1985",
        claimed=0.138,
        tolerance=0.0005,
        limit=end,
        expected=end,
        measured=_around(crossing.value, crossing.deviation),
        setting="crossing of " + " and ".join(f"D = {D} ({networks} networks)" for D, networks in sizes),
    )


def overlap_at_a_tenth(quick: bool, rng: np.random.Generator) -> Row:
    """The overlap of retrieval states at α = 0.1, well inside the phase."""
    D, networks = (4000, 60) if quick else (16000, 150)
    overlap = theory.mean_field.solve(0.1, 0.0).overlap
    return Row(
        claim="overlap of retrieval states at load 0.1",
        source="mean field, docs/capacity.md section 6",
        claimed=math.nan,
        tolerance=math.nan,
        limit=overlap,
        expected=overlap,
        measured=_mean(final_overlaps(D, D // 10, networks, 8, rng).mean(axis=1)),
        setting=f"D = {D}, {networks} networks",
    )


def overlap_at_the_end(quick: bool, rng: np.random.Generator) -> Row:
    """The last overlap of a pattern before further patterns destroy it, for D → ∞.

    At a fixed load near the end some networks have lost their patterns, and others are far from it: loads fluctuate
    as D^(-1/2) around the end. So each network is loaded until it loses its patterns; what remains is a bias of that
    order, which the straight line through several sizes takes away.
    """
    sizes = ((1000, 100), (2000, 40), (4000, 16)) if quick else ((1000, 500), (2000, 300), (4000, 150), (8000, 60))
    last = [_mean(last_overlaps(D, networks, 4, rng).mean(axis=1)) for D, networks in sizes]
    deviations = [(m.high - m.low) / (2 * Z) for m in last]
    line = statistics.fit_line([D**-0.5 for D, _ in sizes], [m.value for m in last], deviations, LEVEL)
    end = theory.mean_field.critical_load()
    return Row(
        claim="overlap where retrieval ends",
        source="Amit, Gutfreund, Sompolinsky 1987",
        claimed=0.967,
        tolerance=0.0005,
        limit=end.overlap,
        expected=end.overlap,
        measured=line.intercept,
        setting="line in D^(-1/2) through " + ", ".join(f"D = {D} ({networks} networks)" for D, networks in sizes),
    )


def exponent(degree: int) -> Claim:
    """The claim that K grows as D^(n-1), for one n: the slope of ln(K - 1) against ln D at 0.5 % wrong units."""
    sizes = {2: (64, 128, 256, 512), 3: (32, 64, 128, 256), 4: (24, 32, 48, 64), 5: (24, 32, 48)}[degree]

    def claim(quick: bool, rng: np.random.Generator) -> Row:
        interaction, networks = Polynomial(degree), 300 if quick else 6000
        measured = [measured_capacity(D, interaction, 0.005, networks, 10, rng) for D in sizes]
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


def stable_patterns(quick: bool, rng: np.random.Generator) -> Row:
    """The number of patterns of which half are fixed points, in units of D / (2 ln D)."""
    D, networks = 1000, 200 if quick else 2000
    leading = D / (2 * math.log(D))
    expected = theory.capacity(D, HOPFIELD, "pattern", 0.5, method="exact")
    loads = np.round(expected * np.array([0.94, 1.0, 1.06])).astype(int)
    stable = []
    for K in loads.tolist():
        errors = wrong_units(D, K, HOPFIELD, networks, 20, rng)
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
        measured=_scaled(fit, 1 / leading),
        setting=f"D = {D}, {networks} networks at each of 3 loads; the limit at D = 10^300",
        remark="theory takes the units of a pattern as independent",
    )


def rectified_noise(quick: bool, rng: np.random.Generator) -> Row:
    """The ratio of the noise variances of max(x, 0)³ and x³, of the same patterns."""
    D, K, networks = 100, 500, 300 if quick else 5000
    kinds: tuple[Interaction, Interaction] = (RectifiedPolynomial(3), Polynomial(3))
    signal = (D**3 - (D - 2) ** 3) / 3

    def trial(stream: np.random.Generator) -> tuple[float, float]:
        patterns = PackedPatterns.random(K, D, rng=stream)
        cue = patterns[0]
        rectified, full = (2 * DenseAssociativeMemory(patterns, kind).fields(cue) * cue - signal for kind in kinds)
        return float(rectified @ rectified), float(full @ full)

    squares = over_networks(trial, networks, rng)
    rectified, full = (theory.noise_moment(D, kind, 2) for kind in kinds)
    return Row(
        claim="share of the noise variance that rectification leaves",
        source="docs/capacity.md, section 2",
        claimed=0.5,
        tolerance=0.0005,
        limit=float(theory.noise_moment(10**6, kinds[0], 2) / theory.noise_moment(10**6, kinds[1], 2)),
        expected=float(rectified / full),
        measured=_ratio(squares[:, 0], squares[:, 1]),
        setting=f"n = 3, D = {D}, K = {K}, {networks} networks",
    )


def exponential_growth(quick: bool, rng: np.random.Generator) -> Row:
    """The growth of ln K per unit for F = exp, where half a unit among all patterns is wrong."""
    sizes, networks, F = (16, 24) if quick else (16, 26), 600 if quick else 4000, Exponential(1.0)
    exact = [theory.capacity(D, F, "all", 0.5, method="exact") for D in sizes]
    found = []
    for D, K in zip(sizes, exact, strict=True):
        wrong = _mean(wrong_units(D, round(K), F, networks, round(K), rng).sum(axis=1))
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
        measured=_around((found[1][0] - found[0][0]) / width, deviation),
        setting=f"D = {sizes[0]}, {sizes[1]}; {networks} networks each",
    )


def hebbian_mean(quick: bool, rng: np.random.Generator) -> Row:
    """The mean field under a rule with a postsynaptic term, at the units that are +1."""
    return _hebbian("mean", quick, rng)


def hebbian_variance(quick: bool, rng: np.random.Generator) -> Row:
    """The variance of the field under a rule with a postsynaptic term, at the units that are +1."""
    return _hebbian("variance", quick, rng)


def _hebbian(moment: str, quick: bool, rng: np.random.Generator) -> Row:
    rule, D, K, networks = learning.HebbianRule(c1_post=0.7), 101, 20, 1000 if quick else 20_000
    expected = theory.hebbian_moments(rule, D, K)

    def trial(stream: np.random.Generator) -> tuple[float, float]:
        patterns = PackedPatterns.random(K, D, rng=stream)
        cue = patterns[0]
        field = PatternSpaceNetwork(patterns, rule).fields(cue)
        deviation = field - expected.mean(1) if moment == "variance" else field
        return float((deviation ** (2 if moment == "variance" else 1))[cue > 0].sum()), float((cue > 0).sum())

    sums = over_networks(trial, networks, rng)
    value = getattr(expected, moment)(1)
    return Row(
        claim=f"{moment} of the field with c1_post = 0.7, c2_corr = 1",
        source="docs/capacity.md, section 5",
        claimed=math.nan,
        tolerance=math.nan,
        limit=value,
        expected=value,
        measured=_ratio(sums[:, 0], sums[:, 1]),
        setting=f"D = {D}, K = {K}, {networks} networks",
    )


def sparse_gain(quick: bool, rng: np.random.Generator) -> Row:
    """What the covariance rule gains on patterns of a tenth of ones: SNR² K / D in half gaps, times 4 f (1 - f)."""
    f, D, K, networks = 0.1, 400, 100, 500 if quick else 8000
    rule = learning.covariance(f)
    moments = theory.hebbian_moments(rule, D, K, f, f, "zero-one")
    half_gap = (moments.mean(1) - moments.mean(0)) / 2

    def trial(stream: np.random.Generator) -> tuple[float, float]:
        patterns = (stream.random((K, D)) < f).astype(np.int8)
        network = PatternSpaceNetwork(patterns, rule, values="zero-one", threshold=f)
        low = network.fields(patterns[0])[patterns[0] == 0]
        return float(len(low)), float(np.square(low - moments.mean(0)).sum())

    sums = over_networks(trial, networks, rng)
    inverse = _ratio(sums[:, 0], sums[:, 1])
    far = theory.hebbian_moments(rule, 10**7, 10**6, f, f, "zero-one")
    gain = {
        at: ((m.mean(1) - m.mean(0)) / 2) ** 2 / m.variance(0) * (m.K - 1) / (m.D - 1)
        for at, m in (("limit", far), ("expected", moments))
    }
    return Row(
        claim="gain of sparse coding, f = 0.1: SNR² K / D",
        source="Tsodyks, Feigel'man 1988: 1 / (4 f (1 - f))",
        claimed=1 / (4 * f * (1 - f)),
        tolerance=0.005,
        limit=gain["limit"],
        expected=gain["expected"],
        measured=_scaled(inverse, half_gap**2 * (K - 1) / (D - 1)),
        setting=f"D = {D}, K = {K}, {networks} networks",
    )


def hebbian_fixed_points(quick: bool, rng: np.random.Generator) -> Row:
    """The load up to which Hebb's couplings hold patterns as fixed points, by the measure of redundancy learning."""
    networks = 60 if quick else 400
    remark = "0.14 is the end of retrieval in the limit of many units; 100 units hold more"
    return _fixed_points("Hebb", 0.14, [0.12, 0.14, 0.16, 0.18, 0.2], networks, rng, remark)


def redundant_fixed_points(quick: bool, rng: np.random.Generator) -> Row:
    """The load up to which redundancy learning holds patterns as fixed points."""
    networks, loads = (12, [1.4, 1.55, 1.65, 1.7]) if quick else (20, [1.4, 1.45, 1.5, 1.55, 1.6, 1.65, 1.7, 1.75])
    return _fixed_points("redundancy", 1.59, loads, networks, rng)


def _fixed_points(
    rule: str, claimed: float, loads: list[float], networks: int, rng: np.random.Generator, remark: str = ""
) -> Row:
    """Where the mean overlap, from the patterns themselves, falls below 0.95; theory knows no such load at finite D."""
    D = 100
    found = learned_capacity(D, loads, rules=[rule], networks=networks, flips=(), basins=False, rng=rng)
    return Row(
        claim=f"load of fixed points, {rule}",
        source="Blümel et al. 2025",
        claimed=claimed,
        tolerance=0.005,
        limit=math.nan,
        expected=math.nan,
        measured=_around(found.capacity(rule), found.capacity_error(rule)),
        setting=f"D = {D}, {networks} networks at each of {len(loads)} loads",
        remark=remark,
    )


def redundant_information(quick: bool, rng: np.random.Generator) -> Row:
    """What the pattern and the sign of the field both tell of a Hebbian unit's output, beyond the capacity."""
    D, K, networks = 100, 31, 60 if quick else 1000
    expected = theory.pid_profile(D, K, "sign").redundant
    found = pid_profile(D, [K / D], rules=["Hebb"], networks=networks, bins=["sign"], rng=rng)
    return Row(
        claim="redundant information of a Hebbian unit at load 0.31, bits",
        source="docs/pid.md",
        claimed=math.nan,
        tolerance=math.nan,
        limit=expected,
        expected=expected,
        measured=_around(float(found.atoms[0, 0, 0, 0]), float(found.errors[0, 0, 0, 0])),
        setting=f"D = {D}, K = {K}, {networks} networks, two bins",
    )


CLAIMS: tuple[Claim, ...] = (
    load_at_036_percent,
    load_at_05_percent,
    end_of_retrieval,
    overlap_at_the_end,
    overlap_at_a_tenth,
    *map(exponent, (2, 3, 4, 5)),
    stable_patterns,
    rectified_noise,
    exponential_growth,
    hebbian_mean,
    hebbian_variance,
    sparse_gain,
    hebbian_fixed_points,
    redundant_fixed_points,
    redundant_information,
)


def wrong_units(
    D: int, K: int, interaction: Interaction, networks: int, cues: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Units that one update turns wrong, a zero field counting half: (networks, cues); first patterns are the cues."""

    def trial(stream: np.random.Generator) -> NDArray[np.float64]:
        patterns = PackedPatterns.random(K, D, rng=stream)
        cue = patterns[:cues]
        right = DenseAssociativeMemory(patterns, interaction).fields(cue) * cue.unpack()
        wrong: NDArray[np.float64] = (right < 0).sum(axis=1) + (right == 0).sum(axis=1) / 2
        return wrong

    return over_networks(trial, networks, rng)


def measured_capacity(
    D: int, interaction: Interaction, error: float, networks: int, cues: int, rng: np.random.Generator
) -> Interval:
    """The K at which a share ``error`` of the units goes wrong.

    Simulated at the K of theory, and carried from the error found there to the one asked for by √(K-1) ∝ 1/Φ⁻¹(error),
    a step of a few per cent at most.
    """
    K = round(theory.capacity(D, interaction, error=error))
    found = _mean(wrong_units(D, K, interaction, networks, min(cues, K), rng).mean(axis=1) / D)
    score = NormalDist().inv_cdf
    return Interval(*(1 + (K - 1) * (score(p) / score(error)) ** 2 for p in (found.value, found.high, found.low)))


def last_overlaps(D: int, networks: int, cues: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Overlaps per unit at the largest load that a state survives: (networks, cues).

    Patterns are added 0.2 % of D at a time from 0.1 D on, and the states, which began in the first patterns, move on
    from where they were; below 0.8 they are lost.
    """

    def trial(stream: np.random.Generator) -> NDArray[np.float64]:
        patterns = PackedPatterns.random(D // 4, D, rng=stream)
        first = states = patterns[:cues]
        kept, last = np.arange(cues), np.ones(cues)
        for K in range(D // 10, D // 4, max(1, D // 500)):
            memory = DenseAssociativeMemory(patterns[:K])
            states = memory.recall(states, tie="keep", max_sweeps=1000, rng=stream, threads=1).states
            found = first.overlaps(states)[np.arange(len(kept)), kept] / D
            alive = found > 0.8
            kept, states = kept[alive], states[alive]
            if len(kept) == 0:
                break
            last[kept] = found[alive]
        return last

    return over_networks(trial, networks, rng)


def _mean(per_network: NDArray[np.float64]) -> Interval:
    return _around(float(per_network.mean()), float(per_network.std(ddof=1)) / math.sqrt(len(per_network)))


def _ratio(numerators: NDArray[np.float64], denominators: NDArray[np.float64]) -> Interval:
    """Ratio of sums over networks, its error by linearization."""
    ratio = float(numerators.sum() / denominators.sum())
    residuals = (numerators - ratio * denominators) / denominators.mean()
    return _around(ratio, float(residuals.std(ddof=1)) / math.sqrt(len(residuals)))


def _around(value: float, deviation: float) -> Interval:
    return Interval(value, value - Z * deviation, value + Z * deviation)


def _scaled(interval: Interval, factor: float) -> Interval:
    return Interval(interval.value * factor, interval.low * factor, interval.high * factor)
