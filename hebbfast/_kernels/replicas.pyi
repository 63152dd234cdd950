"""Types of the bridge to the loops over replicas. Arrays are C-contiguous; `who` is (copies, temperatures)."""

import numpy as np
from numpy.typing import NDArray

def swap(
    energies: NDArray[np.float64],
    ladder: NDArray[np.float64],
    parity: int,
    stream: NDArray[np.int64],
    who: NDArray[np.int64],
    temperatures: NDArray[np.float64],
    accepted: NDArray[np.int64] | None,
    trips: NDArray[np.int64] | None,
    heading: NDArray[np.int8] | None,
) -> None: ...
def agreements(states: NDArray[np.uint64], units: int, who: NDArray[np.int64], out: NDArray[np.int64]) -> None: ...
