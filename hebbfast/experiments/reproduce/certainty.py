"""Claims about what a cue says of its pattern: Shannon's limit, and probabilities that are met."""

import math

import numpy as np
from numpy.typing import NDArray

from hebbfast import theory
from hebbfast.bits import PackedPatterns
from hebbfast.experiments._networks import over_networks
from hebbfast.experiments.reproduce.row import Row, mean, ratio
from hebbfast.networks.dense import DenseAssociativeMemory
from hebbfast.patterns import corrupt

D, FLIP = 64, 0.2


def patterns_found(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
    """The share of damaged patterns whose nearest pattern is their own, at the capacity of the channel."""
    K, networks = (2**14, 20) if quick else (2**16, 60)
    found = over_networks(lambda stream, stop: nearest_is_own(K, stream), networks, rng, threads)
    return Row(
        claim="damaged patterns found by the best decoder",
        source="Shannon 1948; docs/certainty.md section 3",
        claimed=math.nan,
        tolerance=math.nan,
        limit=math.nan,
        expected=1 - theory.decoding_error(D, K, FLIP),
        measured=mean(found.mean(axis=1)),
        setting=f"D = {D}, p = {FLIP}, K = {K}, {networks} networks",
    )


def probabilities_met(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
    """Of cues that have a best pattern of probability 0.6 to 0.8, as many are right as the probabilities say."""
    K, networks = (2**12, 30) if quick else (2**14, 100)
    sums = over_networks(lambda stream, stop: said_and_right(K, stream), networks, rng, threads)
    return Row(
        claim="right guesses over what their probabilities say",
        source="docs/certainty.md section 2",
        claimed=math.nan,
        tolerance=math.nan,
        limit=math.nan,
        expected=1.0,
        measured=ratio(sums[:, 1], sums[:, 0]),
        setting=f"probabilities 0.6 to 0.8; D = {D}, p = {FLIP}, K = {K}, {networks} networks",
    )


def cues_of(K: int, rng: np.random.Generator) -> tuple[DenseAssociativeMemory, NDArray[np.int64], PackedPatterns]:
    """A memory of random patterns, which of them were damaged, and their cues."""
    patterns = PackedPatterns.random(K, D, rng=rng)
    own = rng.integers(0, K, size=1000)
    return DenseAssociativeMemory(patterns), own, corrupt(patterns[own], flip=FLIP, rng=rng)


def nearest_is_own(K: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Whether each of the cues was found: (cues,)."""
    memory, own, cues = cues_of(K, rng)
    found: NDArray[np.bool_] = memory.nearest(cues, threads=1).index[:, 0] == own
    return found.astype(np.float64)


def said_and_right(K: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Sums over the cues whose best pattern has a probability of 0.6 to 0.8: of these, and of those that are right."""
    memory, own, cues = cues_of(K, rng)
    found = memory.posterior(cues, flip=FLIP, top=1, threads=1)
    chosen = (found.probability[:, 0] > 0.6) & (found.probability[:, 0] < 0.8)
    return np.array([found.probability[chosen, 0].sum(), (found.index[chosen, 0] == own[chosen]).sum()])
