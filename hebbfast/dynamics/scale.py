"""Temperatures that fit a network: where everything moves, and where nothing does any more."""

import math
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments, bits

__all__ = ["hot_and_cold", "linear_schedule"]

_STATES = 8  # tried: fields of D units each are averages already
_QUENCH = 30  # sweeps at T = 0, after which hardly a unit moves
_SEED = 0x5CA1E  # the scale belongs to the network, so the states tried are always the same


class Scaled(Protocol):
    """What can be asked for its scale."""

    units: int

    @property
    def delta_energy(self) -> Callable[..., NDArray[np.float64]]:
        """(Q, D) of states."""
        ...

    @property
    def recall(self) -> Callable[..., Any]:
        """States at rest."""
        ...


def hot_and_cold(network: Scaled, clamp: Any = None, states: NDArray[np.uint64] | None = None) -> tuple[float, float]:
    """The two temperatures between which a network freezes, in units of its energy.

    Hot is the root mean square of the fields in random states, at which half of the proposed flips are made, or half of
    that in states at rest, where these are larger: dense memories hold their patterns far above the noise. Cold is the
    median, over states at rest, of the least energy that a flip costs, zero left out, divided by ln D: a sweep then
    leaves the state with a probability of some tens of percent. Both scale with the couplings, and are the same whether
    people count in ±1 or in 0 and 1. Where no flip costs anything both are 1.
    """
    free = np.ones(network.units, dtype=bool) if clamp is None else ~_arguments.mask("clamp", clamp, network.units)
    if not free.any():
        return 1.0, 1.0
    random = bits.PackedPatterns.random(_STATES, network.units, rng=_SEED)
    if states is not None and clamp is not None:  # the clamped units as they will be
        mask = bits.read_mask(clamp, network.units, "clamp")
        first = np.resize(states, random.words.shape)
        random = bits.packed((random.words & ~mask) | (first & mask), network.units)
    rested = network.recall(random, clamp=clamp, max_sweeps=_QUENCH, rng=_SEED, threads=1).states
    moving, resting = (0.5 * np.abs(network.delta_energy(some)[:, free]) for some in (random, rested))
    hot = max(_rms(moving), 0.5 * _rms(resting))
    gaps = [2.0 * float(row[row > 0].min()) for row in resting if row.any()]
    if not hot > 0.0 or not gaps:
        return (hot, hot) if hot > 0.0 else (1.0, 1.0)
    return hot, min(0.25 * hot, float(np.median(gaps)) / max(1.0, math.log(network.units)))


def _rms(values: NDArray[np.float64]) -> float:
    largest = float(values.max())  # squares of huge fields would overflow
    return largest * math.sqrt(float(np.mean((values / largest) ** 2))) if largest > 0.0 else 0.0


def linear_schedule(hot: float, cold: float, sweeps: int) -> NDArray[np.float64]:
    """(sweeps,) temperatures, from hot to cold in equal steps."""
    return np.linspace(hot, cold, sweeps)
