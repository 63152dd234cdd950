"""Full-batch gradient ascent of all units at once, with Adam: patterns as codes for the kernel, epochs in pieces."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast._kernels import _kernels
from hebbfast.learning._units import WORK, over_units

_BLOCK, _LANES = 4, 16  # rows that the kernel trains together; its lanes are padded to a multiple


class Climb:
    """Couplings on their way up: units see `states` (K, D) and want `targets` (K, D)."""

    def __init__(
        self,
        states: NDArray[np.int8],
        targets: NDArray[np.int8],
        kind: str,
        *,
        gain: Sequence[float] = (0.0,) * 5,
        bins: int = 1,
        bin_range: float = 1.0,
        learning_rate: float,
        start: NDArray[Any],
    ) -> None:
        self.patterns, self.units = states.shape
        wanted = _padded(targets.T > 0, self.units, _up(self.patterns, _LANES))
        codes = codes_of_four(states.T > 0), codes_of_four(states > 0)
        self.ascent = _kernels.Ascent(*codes, wanted, self.patterns, kind, gain, bins, bin_range, learning_rate)
        self.weights, self.means, self.squares = np.zeros(
            (3, _up(self.units, _BLOCK), _up(self.units, _LANES)), np.float32
        )
        self.couplings[...] = start
        np.fill_diagonal(self.couplings, 0.0)
        self.epoch = 0

    @property
    def couplings(self) -> NDArray[np.float32]:
        """(D, D) view of the weights."""
        view: NDArray[np.float32] = self.weights[: self.units, : self.units]
        return view

    def advance(self, external: NDArray[np.float64], workers: int, done: Callable[[float], None]) -> None:
        """Run one epoch for every entry of `external`; `done` is told the epochs, in parts as they pass."""
        t = np.arange(self.epoch + 1, self.epoch + 1 + len(external))
        schedule = np.stack([external, 1 / (1 - 0.9**t), 1 / (1 - 0.999**t)], axis=1).astype(np.float32)
        rows = _up(-(-self.units // (4 * workers)), _BLOCK)
        piece = max(1, WORK // (2 * rows * self.units * self.patterns))

        def train(first: int, stop: threading.Event) -> None:
            count = min(rows, self.units - first)
            for epoch in range(0, len(schedule), piece):
                if stop.is_set():
                    return
                part = schedule[epoch : epoch + piece]
                _kernels.ascend(self.ascent, first, count, self.weights, self.means, self.squares, part)
                done(len(part) * count / self.units)

        over_units(train, range(0, self.units, rows), workers)
        self.epoch += len(schedule)


def codes_of_four(bits: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """(M, L) bits as (ceil(M / 4), padded L) codes: bit j of a code is row 4 g + j."""
    count, lanes = bits.shape
    rows = _padded(bits, _up(count, 4), _up(lanes, _LANES)).reshape(-1, 4, _up(lanes, _LANES))
    codes: NDArray[np.uint8] = np.bitwise_or.reduce(rows << np.arange(4, dtype=np.uint8)[:, None], axis=1)
    return codes


def check_epochs(epochs: int, checks: int = 15) -> list[int]:
    """Log-spaced epochs at which to look whether all patterns are held; the last epoch is one of them."""
    return sorted({*np.logspace(0, np.log10(epochs), checks).astype(int).tolist(), epochs})


def _up(count: int, step: int) -> int:
    return -(-count // step) * step


def _padded(bits: NDArray[np.bool_], rows: int, columns: int) -> NDArray[np.uint8]:
    made = np.zeros((rows, columns), dtype=np.uint8)
    made[: bits.shape[0], : bits.shape[1]] = bits
    return made
