"""Units learn on their own: a thread pool takes them, and Ctrl-C stops it."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

import numpy as np
from numpy.typing import NDArray

WORK = 1 << 27  # additions between two looks at Ctrl-C: below 0.1 s at any level


def over_units(train: Callable[[int, threading.Event], None], starts: Sequence[int], workers: int) -> None:
    """Call ``train(start, stop)`` for every start, on up to `workers` threads; it returns early once `stop` is set."""
    stop = threading.Event()
    if workers == 1 or len(starts) == 1:
        for start in starts:
            train(start, stop)
        return
    with ThreadPoolExecutor(min(workers, len(starts))) as pool:
        parts = [pool.submit(train, start, stop) for start in starts]
        try:
            for part in as_completed(parts):
                part.result()
        except BaseException:
            stop.set()
            raise


class Dual:
    """Couplings of each unit as a sum over the patterns, J_i = Σ_l a_l ξ_i^l ξ^l."""

    def __init__(self, signs: NDArray[np.int8]) -> None:
        self.signs = signs
        self.columns = np.ascontiguousarray(signs.T)
        floats = signs.astype(np.float32)
        self.gram = floats @ floats.T  # integers below 2^24

    def run(self, step: Callable[..., int], epochs: int, workers: int) -> NDArray[np.int64]:
        """Call ``step(unit, epochs, fields)`` until it runs fewer epochs than it may; the epochs of each unit."""
        units, patterns = self.columns.shape
        piece = max(1, WORK // patterns**2)
        run = np.zeros(units, dtype=np.int64)

        def train(unit: int, stop: threading.Event) -> None:
            fields = np.zeros(patterns)
            while run[unit] < epochs and not stop.is_set():
                wanted = min(piece, epochs - int(run[unit]))
                made = step(unit, wanted, fields)
                run[unit] += made
                if made < wanted:
                    return

        over_units(train, range(units), workers)
        return run

    def couplings(self, strengths: NDArray[np.float64]) -> NDArray[np.float64]:
        """(D, D) sums with the (D, K) strengths a, without the diagonal."""
        made: NDArray[np.float64] = (strengths * self.columns) @ self.signs.astype(np.float64)
        np.fill_diagonal(made, 0.0)
        return made
