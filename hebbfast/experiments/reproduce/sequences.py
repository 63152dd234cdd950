"""Claims about sequences: how well a long one is followed, and the load beyond which none is."""

import math
import threading

import numpy as np
from numpy.typing import NDArray

from hebbfast import theory
from hebbfast.bits import PackedPatterns
from hebbfast.experiments import statistics
from hebbfast.experiments._networks import over_networks
from hebbfast.experiments.reproduce.row import LEVEL, Claim, Row, Z, mean
from hebbfast.experiments.statistics import Interval
from hebbfast.interactions import Polynomial
from hebbfast.networks.sequence import SequenceMemory

LOAD = 0.2


def sequence_overlap(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
    """The overlap with which a long sequence is followed, n = 2, for D → ∞: a line in 1 / D takes the bias away."""
    sizes = ((500, 60), (1000, 30), (2000, 15)) if quick else ((1000, 200), (2000, 100), (4000, 50))
    found = [mean(followed(D, networks, rng, threads)) for D, networks in sizes]
    deviations = [(m.high - m.low) / (2 * Z) for m in found]
    line = statistics.fit_line([1 / D for D, _ in sizes], [m.value for m in found], deviations, LEVEL)
    expected = theory.sequence_overlap(LOAD)
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


def followed(D: int, networks: int, rng: np.random.Generator, threads: int | None = None) -> NDArray[np.float64]:
    """Mean overlap per unit of steps 15 to 40 of cycles that begin in a pattern: (networks,)."""
    K, steps = round(LOAD * D), 40

    def trial(stream: np.random.Generator, _: threading.Event) -> float:
        patterns = PackedPatterns.random(K, D, rng=stream)
        return float(SequenceMemory(patterns).replay(patterns[:8], steps=steps).overlap[:, 15:].mean()) / D

    return over_networks(trial, networks, rng, threads)


def end_of_sequences(degree: int) -> Claim:
    """The claim that sequences end at a load: overlaps of small and large networks that began in a pattern cross there.

    The overlap falls through a bottleneck at the end, against noise of D^(-1/2) a step: that takes some D^(1/3) steps,
    and loads count in D^(-2/3). So all sizes are looked at after so many steps, where their curves cross at one load.
    """
    shares = (0.96, 0.99, 1.02) if degree == 2 else (0.92, 1.0, 1.08)  # loads over the end
    sizes = {
        2: (((400, 100), (1600, 24)), ((1000, 500), (4000, 120))),
        3: (((60, 300), (150, 110)), ((100, 1000), (250, 250))),
    }

    def claim(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
        end = theory.sequence_end(Polynomial(degree)).alpha
        alphas = [share * end for share in shares]
        chosen = sizes[degree][0 if quick else 1]
        small, large = [[kept(degree, a, D, networks, rng, threads) for a in alphas] for D, networks in chosen]
        crossing = statistics.crossing(alphas, small, large, LEVEL, rng=rng)
        return Row(
            claim=f"load at which the recall of sequences ends, n = {degree}",
            source="Düring, Coolen, Sherrington 1998" if degree == 2 else "docs/certainty.md section 5",
            claimed=0.269 if degree == 2 else math.nan,
            tolerance=0.0005 if degree == 2 else math.nan,
            limit=end,
            expected=end,
            measured=Interval(crossing.value, crossing.low, crossing.high),
            setting="crossing of " + " and ".join(f"D = {D} ({networks} networks)" for D, networks in chosen),
            undecided="the mean overlaps of the two sizes, or those of resampled networks, do not cross nearby",
        )

    return claim


def kept(
    degree: int, load: float, D: int, networks: int, rng: np.random.Generator, threads: int | None = None
) -> NDArray[np.float64]:
    """Mean overlap per unit with the pattern whose turn it is, after 8 D^(1/3) steps: (networks,)."""
    K, steps, cues = round(load * D ** (degree - 1)), round(8 * D ** (1 / 3)), 4

    def trial(stream: np.random.Generator, _: threading.Event) -> float:
        patterns = PackedPatterns.random(K, D, rng=stream)
        first = np.arange(cues) * (K // cues)
        states = SequenceMemory(patterns, Polynomial(degree)).replay(patterns[first], steps=steps).states
        return float(patterns[(first + steps) % K].overlaps(states).diagonal().mean()) / D

    return over_networks(trial, networks, rng, threads)
