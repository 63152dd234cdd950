"""Where reads and replicas start: states given, or fair ones, each from a stream of its own."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _kernels, bits
from hebbfast.bits import PackedPatterns

__all__ = ["LARGEST", "starts"]

LARGEST = 2**64 - 1


class Read(Protocol):
    """What reads states."""

    units: int

    def _read(self, states: ArrayLike | PackedPatterns, name: str) -> bits.States: ...


def starts(
    network: Read, states: Any, count: int, clamp: Any, generator: Any
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Packed states (count, W), and two random words for the stream of each.

    Every chain takes four words of the generator, two for a start and two for its way, so that chain q has the same
    ones however many there are. One state (D,) serves all; of several there must be as many.
    """
    words = generator.integers(0, LARGEST, (count, 4), np.uint64, endpoint=True)
    seeds = np.ascontiguousarray(words[:, 2:])
    if states is not None:
        given = network._read(states, "states")
        if not given.single and len(given.words) != count:
            raise ValueError(f"states must have shape (D,) or ({count}, D), got {len(given.words)} states")
        return np.broadcast_to(given.words, (count, given.words.shape[1])), seeds
    if clamp is not None:
        raise ValueError("states must be given where units are clamped, got None")
    streams = np.empty((count, 2), dtype=np.int64)
    _kernels.seed(np.ascontiguousarray(words[:, :2]), streams)
    drawn = np.empty((count, 1, bits.words_of(network.units)), dtype=np.uint64)
    _kernels.draw(streams, network.units, drawn)
    return drawn[:, 0], seeds
