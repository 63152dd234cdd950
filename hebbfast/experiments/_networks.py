"""What experiments share: independent networks in parallel."""

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast._work import threads as pool
from hebbfast.bits import PackedPatterns
from hebbfast.interactions import Interaction, Polynomial
from hebbfast.networks.dense import DenseAssociativeMemory

HOPFIELD = Polynomial(2, normalized=True)


def over_networks(
    trial: Callable[[np.random.Generator, threading.Event], Any],
    networks: int,
    rng: np.random.Generator,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """The results of independent networks; each has a stream of its own."""
    return np.array(pool.over(trial, rng.spawn(networks), pool.thread_count(threads)), dtype=np.float64)


def final_overlaps(
    D: int,
    K: int,
    networks: int,
    cues: int,
    rng: np.random.Generator,
    temperature: float = 0.0,
    sweeps: int = 1000,
    threads: int | None = None,
    interaction: Interaction = HOPFIELD,
) -> NDArray[np.float64]:
    """Overlaps per unit of patterns with the states where they end, or are after ``sweeps``: (networks, cues)."""

    def trial(stream: np.random.Generator, _: threading.Event) -> NDArray[np.float64]:
        patterns = PackedPatterns.random(K, D, rng=stream)
        cue = patterns[:cues]
        states = (
            DenseAssociativeMemory(patterns, interaction)
            .recall(cue, temperature=temperature, tie="keep", max_sweeps=sweeps, rng=stream, threads=1)
            .states
        )
        found: NDArray[np.float64] = cue.overlaps(states).diagonal() / D
        return found

    return over_networks(trial, networks, rng, threads)
