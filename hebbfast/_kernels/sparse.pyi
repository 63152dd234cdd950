from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast._kernels.recall import Dynamics

class SparseCouplings:
    units: int
    energies: bool
    def __init__(
        self,
        starts: NDArray[np.int64],
        targets: NDArray[np.int32],
        values: NDArray[Any],
        bias: NDArray[np.int64],
        scale: float,
        energies: bool,
    ) -> None: ...

def sparse_bytes(model: SparseCouplings) -> int: ...
def sparse_fields(
    model: SparseCouplings,
    states: NDArray[np.uint64],
    out: NDArray[np.int64],
    energies: NDArray[np.int64],
    workspace: NDArray[np.uint8],
) -> None: ...
def sparse_recall(
    model: SparseCouplings,
    dynamics: Dynamics,
    level: int,
    states: NDArray[np.uint64],
    previous: NDArray[np.uint64],
    progress: NDArray[np.int64],
    sweep_limit: int,
    first: int,
    last: int,
    budget: int,
    energies: NDArray[np.float64],
    workspace: NDArray[np.uint8],
) -> int: ...
def sparse_follow(
    model: SparseCouplings,
    dynamics: Dynamics,
    level: int,
    states: NDArray[np.uint64],
    progress: NDArray[np.int64],
    sweep_limit: int,
    first: int,
    last: int,
    budget: int,
    energies: NDArray[np.float64],
    best_states: NDArray[np.uint64],
    best_energies: NDArray[np.float64],
    workspace: NDArray[np.uint8],
) -> int: ...
