"""Claims about sequences: how well a long one is followed, and the load at which none is."""

import math
import threading

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from hebbfast.bits import PackedPatterns
from hebbfast.experiments import statistics
from hebbfast.experiments._networks import over_networks
from hebbfast.experiments.reproduce.row import LEVEL, Row, Z, mean
from hebbfast.networks.sequence import SequenceMemory

LOAD = 0.2


def sequence_overlap(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
    """The overlap with which a long sequence is followed, n = 2, for D → ∞: a line in 1 / D takes the bias away."""
    sizes = ((500, 60), (1000, 30), (2000, 15)) if quick else ((1000, 200), (2000, 100), (4000, 50))
    found = [mean(followed(D, networks, rng, threads)) for D, networks in sizes]
    deviations = [(m.high - m.low) / (2 * Z) for m in found]
    line = statistics.fit_line([1 / D for D, _ in sizes], [m.value for m in found], deviations, LEVEL)
    expected = overlap_of_theory(LOAD)
    return Row(
        claim=f"overlap of a sequence that is followed, n = 2, load {LOAD}",
        source="Düring, Coolen, Sherrington 1998",
        claimed=math.nan,
        tolerance=math.nan,
        limit=expected,
        expected=expected,
        measured=line.intercept,
        setting="line in 1 / D through " + ", ".join(f"D = {D} ({networks} networks)" for D, networks in sizes),
    )


def overlap_of_theory(load: float) -> float:
    """The largest fixed point of m = erf(m / √2 s), with s² = load + (2 / π) e^(-m² / s²), if it is not 0."""
    m = 1.0
    for _ in range(10_000):
        now = float(special.erf(m / math.sqrt(2) / _noise(load, m)))
        if abs(now - m) < 1e-13:
            break
        m = now
    return m if m > 1e-3 else 0.0


def _noise(load: float, m: float) -> float:
    """S of an overlap m: correlations of one step with the next add to the load."""

    def excess(s: float) -> float:
        return s * s - load - 2 / math.pi * math.exp(-((m / s) ** 2))

    return float(optimize.brentq(excess, math.sqrt(load) * (1 - 1e-12), math.sqrt(load + 2 / math.pi) * (1 + 1e-12)))


def followed(D: int, networks: int, rng: np.random.Generator, threads: int | None = None) -> NDArray[np.float64]:
    """Mean overlap per unit of steps 15 to 40 of cycles that begin in a pattern: (networks,)."""
    K, steps = round(LOAD * D), 40

    def trial(stream: np.random.Generator, _: threading.Event) -> float:
        patterns = PackedPatterns.random(K, D, rng=stream)
        return float(SequenceMemory(patterns).replay(patterns[:8], steps=steps).overlap[:, 15:].mean()) / D

    return over_networks(trial, networks, rng, threads)
