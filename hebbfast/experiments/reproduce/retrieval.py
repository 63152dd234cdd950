"""Claims about states where they end: the load at which retrieval ends, and overlaps below it."""

import math
import threading

import numpy as np
from numpy.typing import NDArray

from hebbfast import theory
from hebbfast.bits import PackedPatterns
from hebbfast.experiments import statistics
from hebbfast.experiments._networks import final_overlaps, over_networks
from hebbfast.experiments.reproduce.row import LEVEL, Row, Z, mean
from hebbfast.experiments.statistics import Interval
from hebbfast.networks.dense import DenseAssociativeMemory


def end_of_retrieval(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
    """The critical load: mean final overlaps of small and large networks that start in a pattern cross there.

    Below it they grow with D, above they fall (`statistics.crossing`).
    """
    alphas = [0.135, 0.138, 0.141]
    sizes = ((1000, 400), (5000, 100)) if quick else ((1000, 5000), (16000, 250))
    runs = [
        [final_overlaps(D, round(a * D), networks, 8, rng, threads=threads).mean(axis=1) for a in alphas]
        for D, networks in sizes
    ]

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
        measured=Interval(crossing.value, crossing.low, crossing.high),
        setting="crossing of " + " and ".join(f"D = {D} ({networks} networks)" for D, networks in sizes),
        undecided="the mean overlaps of the two sizes, or those of resampled networks, do not cross near these loads",
    )


def overlap_at_a_tenth(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
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
        measured=mean(final_overlaps(D, D // 10, networks, 8, rng, threads=threads).mean(axis=1)),
        setting=f"D = {D}, {networks} networks",
    )


def overlap_at_the_end(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
    """The last overlap of a pattern before further patterns destroy it, for D → ∞.

    At a fixed load near the end some networks have lost their patterns, and others are far from it: loads fluctuate
    as D^(-1/2) around the end. So each network is loaded until it loses its patterns; what remains is a bias of that
    order, which the straight line through several sizes takes away.
    """
    sizes = ((1000, 100), (2000, 40), (4000, 16)) if quick else ((1000, 500), (2000, 300), (4000, 150), (8000, 60))
    last = [mean(last_overlaps(D, networks, 4, rng, threads).mean(axis=1)) for D, networks in sizes]
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


def last_overlaps(
    D: int, networks: int, cues: int, rng: np.random.Generator, threads: int | None = None
) -> NDArray[np.float64]:
    """Overlaps per unit at the largest load that a state survives: (networks, cues).

    Patterns are added 0.2 % of D at a time from 0.1 D on, and the states, which began in the first patterns, move on
    from where they were; below 0.8 they are lost.
    """

    def trial(stream: np.random.Generator, stop: threading.Event) -> NDArray[np.float64]:
        patterns = PackedPatterns.random(D // 4, D, rng=stream)
        first = states = patterns[:cues]
        kept, last = np.arange(cues), np.ones(cues)
        for K in range(D // 10, D // 4, max(1, D // 500)):
            memory = DenseAssociativeMemory(patterns[:K])
            states = memory.recall(states, tie="keep", max_sweeps=1000, rng=stream, threads=1).states
            found = first.overlaps(states)[np.arange(len(kept)), kept] / D
            alive = found > 0.8
            kept, states = kept[alive], states[alive]
            if len(kept) == 0 or stop.is_set():
                break
            last[kept] = found[alive]
        return last

    return over_networks(trial, networks, rng, threads)
