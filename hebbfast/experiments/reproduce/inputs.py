"""Claims about memories whose weights are overlaps with an input."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from hebbfast.bits import PackedPatterns
from hebbfast.experiments._networks import HOPFIELD, over_networks
from hebbfast.experiments.reproduce.row import Row, ratio
from hebbfast.networks.dense import DenseAssociativeMemory

K, SHARES, TEMPERATURE = 20, (0.5, 0.3, 0.2), 0.35


def mixed_inputs(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
    """Of the patterns in an input those with a saliency α above T have states, with m = tanh(α m / T).

    At this temperature that is one of three: states that begin in the input end there.
    """
    D, networks = (1000, 60) if quick else (4000, 200)
    found = over_networks(lambda stream, _: ends(D, stream), networks, rng, threads)
    return Row(
        claim="overlap with the strongest part of a mixed input, over m = tanh(α m / T)",
        source="Betteti et al. 2025",
        claimed=math.nan,
        tolerance=math.nan,
        limit=math.nan,
        expected=1.0,
        measured=ratio(found[:, 0], found[:, 1]),
        setting=f"shares 0.5, 0.3, 0.2, T = {TEMPERATURE}; D = {D}, K = {K}, {networks} networks",
    )


def ends(D: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Mean overlap per unit after 100 sweeps, and that of theory at the saliencies of these inputs."""
    patterns = PackedPatterns.random(K, D, rng=rng)
    inputs = patterns.unpack()[rng.choice(3, size=(4, D), p=SHARES), np.arange(D)]
    memory = DenseAssociativeMemory(patterns, HOPFIELD)
    weights = np.maximum(memory.overlaps(inputs), 0)  # D times the saliencies
    states = memory.recall(
        inputs, weights=weights, temperature=TEMPERATURE * D, max_sweeps=100, rng=rng, threads=1
    ).states
    theory = [_fixed_point(alpha) for alpha in (weights[:, 0] / D).tolist()]
    return np.array([memory.overlaps(states)[:, 0].mean() / D, np.mean(theory)])


def _fixed_point(alpha: float) -> float:
    """The largest m = tanh(α m / T)."""
    if alpha <= TEMPERATURE:
        return 0.0
    return float(optimize.brentq(lambda m: m - math.tanh(alpha * m / TEMPERATURE), 1e-6, 1.0))
