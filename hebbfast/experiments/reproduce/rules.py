"""Claims about learning rules: fields of Hebbian rules, sparse coding, fixed points, information of units."""

import math
import threading

import numpy as np

from hebbfast import learning, theory
from hebbfast.bits import PackedPatterns
from hebbfast.experiments._networks import over_networks
from hebbfast.experiments.learned import learned_capacity
from hebbfast.experiments.profiles import pid_profile
from hebbfast.experiments.reproduce.row import Row, around, ratio, scaled
from hebbfast.networks.hebbian import PatternSpaceNetwork


def hebbian_mean(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
    """The mean field under a rule with a postsynaptic term, at the units that are +1."""
    return _hebbian("mean", quick, rng, threads)


def hebbian_variance(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
    """The variance of the field under a rule with a postsynaptic term, at the units that are +1."""
    return _hebbian("variance", quick, rng, threads)


def _hebbian(moment: str, quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
    rule, D, K, networks = learning.HebbianRule(c1_post=0.7), 101, 20, 1000 if quick else 20_000
    expected = theory.hebbian_moments(rule, D, K)

    def trial(stream: np.random.Generator, _: threading.Event) -> tuple[float, float]:
        patterns = PackedPatterns.random(K, D, rng=stream)
        cue = patterns[0]
        field = PatternSpaceNetwork(patterns, rule).fields(cue)
        deviation = field - expected.mean(1) if moment == "variance" else field
        return float((deviation ** (2 if moment == "variance" else 1))[cue > 0].sum()), float((cue > 0).sum())

    sums = over_networks(trial, networks, rng, threads)
    value = getattr(expected, moment)(1)
    return Row(
        claim=f"{moment} of the field with c1_post = 0.7, c2_corr = 1",
        source="docs/capacity.md, section 5",
        claimed=math.nan,
        tolerance=math.nan,
        limit=value,
        expected=value,
        measured=ratio(sums[:, 0], sums[:, 1]),
        setting=f"D = {D}, K = {K}, {networks} networks",
    )


def sparse_gain(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
    """What the covariance rule gains on patterns of a tenth of ones: SNR² K / D in half gaps, times 4 f (1 - f)."""
    f, D, K, networks = 0.1, 400, 100, 500 if quick else 8000
    rule = learning.covariance(f)
    moments = theory.hebbian_moments(rule, D, K, f, f, "zero-one")
    half_gap = (moments.mean(1) - moments.mean(0)) / 2

    def trial(stream: np.random.Generator, _: threading.Event) -> tuple[float, float]:
        patterns = (stream.random((K, D)) < f).astype(np.int8)
        network = PatternSpaceNetwork(patterns, rule, values="zero-one", threshold=f)
        low = network.fields(patterns[0])[patterns[0] == 0]
        return float(len(low)), float(np.square(low - moments.mean(0)).sum())

    sums = over_networks(trial, networks, rng, threads)
    inverse = ratio(sums[:, 0], sums[:, 1])
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
        measured=scaled(inverse, half_gap**2 * (K - 1) / (D - 1)),
        setting=f"D = {D}, K = {K}, {networks} networks",
    )


def hebbian_fixed_points(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
    """The load up to which Hebb's couplings hold patterns as fixed points, by the measure of redundancy learning."""
    networks = 60 if quick else 400
    remark = "0.14 is the end of retrieval in the limit of many units; 100 units hold more"
    return _fixed_points("Hebb", 0.14, [0.12, 0.14, 0.16, 0.18, 0.2], networks, rng, threads, remark)


def redundant_fixed_points(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
    """The load up to which redundancy learning holds patterns as fixed points."""
    networks, loads = (12, [1.4, 1.55, 1.65, 1.7]) if quick else (20, [1.4, 1.45, 1.5, 1.55, 1.6, 1.65, 1.7, 1.75])
    return _fixed_points("redundancy", 1.59, loads, networks, rng, threads)


def _fixed_points(
    rule: str,
    claimed: float,
    loads: list[float],
    networks: int,
    rng: np.random.Generator,
    threads: int | None,
    remark: str = "",
) -> Row:
    """Where the mean overlap, from the patterns themselves, falls below 0.95; theory knows no such load at finite D."""
    D = 100
    found = learned_capacity(
        D, loads, rules=[rule], networks=networks, flips=(), basins=False, rng=rng, threads=threads
    )
    return Row(
        claim=f"load of fixed points, {rule}",
        source="Blümel et al. 2025",
        claimed=claimed,
        tolerance=0.005,
        limit=math.nan,
        expected=math.nan,
        measured=around(found.capacity(rule), found.capacity_error(rule)),
        setting=f"D = {D}, {networks} networks at each of {len(loads)} loads",
        remark=remark,
        undecided=f"the mean overlap, or that of resampled networks, does not cross {found.criterion} at these loads",
    )


def redundant_information(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
    """What the pattern and the sign of the field both tell of a Hebbian unit's output, beyond the capacity."""
    D, K, networks = 100, 31, 60 if quick else 1000
    expected = theory.pid_profile(D, K, "sign").redundant
    found = pid_profile(D, [K / D], rules=["Hebb"], networks=networks, bins=["sign"], rng=rng, threads=threads)
    return Row(
        claim="redundant information of a Hebbian unit at load 0.31, bits",
        source="docs/pid.md",
        claimed=math.nan,
        tolerance=math.nan,
        limit=expected,
        expected=expected,
        measured=around(float(found.atoms[0, 0, 0, 0]), float(found.errors[0, 0, 0, 0])),
        setting=f"D = {D}, K = {K}, {networks} networks, two bins",
    )
