"""Units learn on their own, each by the strengths of the patterns."""

import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hebbfast._work.pieces import VISITS, pieces
from hebbfast._work.threads import over


class Dual:
    """Couplings of each unit as a sum over the patterns, J_i = Σ_l a_l ξ_i^l ξ^l."""

    def __init__(self, signs: NDArray[np.int8]) -> None:
        self.signs = signs
        self.columns = np.ascontiguousarray(signs.T)
        floats = signs.astype(np.float32)
        self.gram = np.empty((len(signs), len(signs)), dtype=np.float32)  # integers below 2^24
        for part in pieces(len(signs), 2 * signs.size // 8):
            self.gram[part] = floats[part] @ floats.T

    def run(self, step: Callable[..., int], epochs: int, workers: int) -> NDArray[np.int64]:
        """Call ``step(unit, epochs, fields)`` until it runs fewer epochs than it may; the epochs of each unit."""
        units, patterns = self.columns.shape
        piece = max(1, VISITS // patterns**2)
        run = np.zeros(units, dtype=np.int64)

        def train(unit: int, stop: threading.Event) -> None:
            fields = np.zeros(patterns)
            while run[unit] < epochs and not stop.is_set():
                wanted = min(piece, epochs - int(run[unit]))
                made = step(unit, wanted, fields)
                run[unit] += made
                if made < wanted:
                    return

        over(train, range(units), workers)
        return run

    def couplings(self, strengths: NDArray[np.float64]) -> NDArray[np.float64]:
        """(D, D) sums with the (D, K) strengths a, without the diagonal."""
        signs, made = self.signs.astype(np.float64), np.empty((len(strengths), len(strengths)))
        for part in pieces(len(made), signs.size // 8, 16 * len(signs)):
            np.matmul(strengths[part] * self.columns[part], signs, out=made[part])
        np.fill_diagonal(made, 0.0)
        return made
