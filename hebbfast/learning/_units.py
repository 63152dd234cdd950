"""Units learn on their own: a thread pool takes them, and Ctrl-C stops it."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

import numpy as np
from numpy.typing import NDArray

from hebbfast._kernels import _kernels

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
    """Couplings of each unit as a sum over patterns, J_i = Σ_l a_l ξ_i^l ξ^l: `strengths` (D, K), `sums` (D, n)."""

    def __init__(self, signs: NDArray[np.int8], sums: int) -> None:
        self.signs = signs
        self.columns = np.ascontiguousarray(signs.T)
        floats = signs.astype(np.float32)
        self.gram = floats @ floats.T  # integers below 2^24
        self.strengths = np.zeros(self.columns.shape)
        self.sums = np.zeros((len(self.columns), sums))

    def run(self, kernel: str, numbers: tuple[float, ...], epochs: int, workers: int) -> NDArray[np.int64]:
        """Run a kernel on every unit; the epochs of each."""
        units, patterns = self.columns.shape
        step = max(1, WORK // patterns**2)
        run = np.zeros(units, dtype=np.int64)
        call = getattr(_kernels, kernel)

        def train(unit: int, stop: threading.Event) -> None:
            fields = np.zeros(patterns)
            while run[unit] < epochs and not stop.is_set():
                wanted = min(step, epochs - int(run[unit]))
                made = call(
                    self.gram,
                    self.columns[unit],
                    units,
                    *numbers,
                    wanted,
                    self.strengths[unit],
                    fields,
                    self.sums[unit],
                )
                run[unit] += made
                if made < wanted:
                    return

        over_units(train, range(units), workers)
        return run

    def couplings(self) -> NDArray[np.float64]:
        """(D, D) sums, without the diagonal."""
        made: NDArray[np.float64] = (self.strengths * self.columns) @ self.signs.astype(np.float64)
        np.fill_diagonal(made, 0.0)
        return made
