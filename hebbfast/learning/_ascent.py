"""Full-batch gradient ascent of all units at once, with Adam: patterns as codes for the kernel, epochs in pieces."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments, _kernels, bits
from hebbfast._work.pieces import VISITS
from hebbfast._work.progress import progress_bar
from hebbfast._work.threads import over, thread_count
from hebbfast.learning.record import stabilities
from hebbfast.patterns import corrupt

_LARGEST = 1e30  # of what float32 has to hold, with room for products
_SHORT = 1e-10  # of a norm, by whose square slopes are divided
_BLOCK, _LANES = 4, 16  # rows that the kernel trains together; its lanes are padded to a multiple


class Climb:
    """Couplings on their way up; units see the states (K, D) and have the targets (K, D)."""

    def __init__(
        self,
        signs: NDArray[np.int8],
        *,
        learning_rate: float,
        epochs: int,
        rng: Any,
        flip: float,
        copies: int,
        norm: float | None,
        threads: int | None,
        external: Any = 0.0,
    ) -> None:
        self.rate = positive("learning_rate", learning_rate)
        self.epochs = _arguments.whole("epochs", epochs, 1)
        copies, flip = _arguments.size("copies", copies), _arguments.real("flip", flip, 0, 0.5, ends="[)")
        self.norm = 0.0 if norm is None else positive("norm", norm, _SHORT)
        weights = np.asarray(_arguments.real_array("external", external), dtype=np.float64)
        if weights.shape not in ((), (epochs,)):
            shape = f"shape {weights.shape}"
            raise ValueError(f"external must be a finite number, or one for each of {epochs} epochs, got {shape}")
        if np.abs(weights).max() > _LARGEST:
            raise ValueError(f"external must stay within {_LARGEST:g}, got {weights.flat[np.abs(weights).argmax()]}")
        self.external = np.broadcast_to(weights, epochs)
        self.workers = thread_count(threads)
        rng = _arguments.generator(rng)  # when nothing can be refused any more
        self.signs, self.units = signs, signs.shape[1]
        self.targets = np.tile(signs, (copies, 1))
        self.weights, self.means, self.squares = np.zeros(
            (3, _up(self.units, _BLOCK), _up(self.units, _LANES)), np.float32
        )
        self.couplings[...] = rng.uniform(-1, 1, size=(self.units, self.units)) * (0.001 / np.sqrt(self.units))
        np.fill_diagonal(self.couplings, 0.0)
        self.states = corrupt(self.targets, flip=flip, rng=rng) if flip else self.targets
        self.epoch = 0

    @property
    def couplings(self) -> NDArray[np.float32]:
        """(D, D) view of the weights."""
        view: NDArray[np.float32] = self.weights[: self.units, : self.units]
        return view

    def run(
        self,
        kind: str,
        gain: Sequence[float],
        bins: int,
        bin_range: float,
        *,
        exempt: NDArray[np.bool_],
        early_stop: bool,
        progress: bool,
    ) -> None:
        """Climb to the last epoch, or to the first check at which every unit not exempt holds all patterns."""
        count = len(self.states)
        targets = _padded(self.targets.T > 0, self.units, _up(count, _LANES))
        codes = codes_of_four(self.states.T > 0), codes_of_four(self.states > 0)
        ascent = _kernels.Ascent(*codes, targets, count, kind, gain, bins, bin_range, self.norm)
        with progress_bar("epochs", self.epochs, progress) as done:
            for check in check_epochs(self.epochs) if early_stop and not self.norm else [self.epochs]:
                self._advance(ascent, check, done)
                if check < self.epochs and (exempt | (stabilities(self.couplings, self.signs) > 0)).all():
                    return

    def _advance(self, ascent: Any, end: int, done: Callable[[float], None]) -> None:
        t = np.arange(self.epoch + 1, end + 1)
        # On the sphere rows do not grow, so the rate has to fall for them to come to rest.
        rates = self.rate * (1 - (t - 1) / self.epochs if self.norm else np.ones(len(t)))
        external = self.external[self.epoch : end]
        schedule = np.stack([external, rates / (1 - 0.9**t), 1 / (1 - 0.999**t)], axis=1).astype(np.float32)
        rows = _up(-(-self.units // (4 * self.workers)), _BLOCK)
        piece = max(1, VISITS // (2 * rows * self.units * len(self.states)))

        def train(first: int, stop: threading.Event) -> None:
            count = min(rows, self.units - first)
            workspace = bits.aligned_bytes(_kernels.ascent_bytes(ascent))
            for epoch in range(0, len(schedule), piece):
                if stop.is_set():
                    return
                part = schedule[epoch : epoch + piece]
                _kernels.ascend(ascent, first, count, self.weights, self.means, self.squares, part, workspace)
                done(len(part) * count / self.units)

        over(train, range(0, self.units, rows), self.workers)
        self.epoch = end


def positive(name: str, value: Any, least: float = 0.0) -> float:
    """A number above zero that the kernel can hold."""
    number = _arguments.real(name, value, 0, ends="(]")
    if number < least:
        raise ValueError(f"{name} must be at least {least:g}, got {number:g}")
    if number > _LARGEST:
        raise ValueError(f"{name} must be at most {_LARGEST:g}, got {number:g}")
    return number


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
