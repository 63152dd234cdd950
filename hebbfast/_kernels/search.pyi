"""Types of the bridge to the kernels that search. Arrays are C-contiguous."""

import numpy as np
from numpy.typing import NDArray

class Search:
    def __init__(
        self,
        rows: NDArray[np.uint64],
        units: int,
        known: NDArray[np.uint64] | None,
        known_units: int,
        base: int,
        top: int,
        reach: int,
        multitude: NDArray[np.int64] | None,
    ) -> None: ...

def search_bytes(asked: Search, count: int) -> int: ...
def search(
    asked: Search,
    states: NDArray[np.uint64],
    keys: NDArray[np.uint64],
    best: NDArray[np.int32],
    histogram: NDArray[np.int64],
    workspace: NDArray[np.uint8],
) -> None: ...
def blend(
    asked: Search,
    states: NDArray[np.uint64],
    best: NDArray[np.int32],
    weights: NDArray[np.int64],
    sums: NDArray[np.int64],
    workspace: NDArray[np.uint8],
) -> None: ...
def tally(columns: NDArray[np.uint64], values: NDArray[np.int64], sums: NDArray[np.int64]) -> None: ...
