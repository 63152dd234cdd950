"""Types of the bridge to the kernels of recall. Arrays are C-contiguous, `words` packed rows as in hebbfast.bits."""

import numpy as np
from numpy.typing import NDArray

from hebbfast._kernels.models import Couplings, Dynamics, Memory

_Words = NDArray[np.uint64]

STREAM: int
INCREMENT: int
SWEEPS: int
FLIPS: int
STATUS: int
PROGRESS: int
RUNNING: int
CONVERGED: int
CYCLE: int
STOPPED: int

def workspace_bytes(model: Memory | Couplings, dynamics: Dynamics | None = None) -> int: ...
def energies(
    memory: Memory,
    overlaps: NDArray[np.int32],
    out: NDArray[np.float64],
    workspace: NDArray[np.uint8],
    states: _Words | None = None,
) -> None: ...
def coupling_energies(
    model: Couplings, states: _Words, out: NDArray[np.float64], workspace: NDArray[np.uint8]
) -> None: ...
def fields(
    model: Memory | Couplings,
    states: _Words,
    units: NDArray[np.uint32],
    out: NDArray[np.float64],
    workspace: NDArray[np.uint8],
) -> None: ...
def recall(
    model: Memory | Couplings,
    dynamics: Dynamics,
    level: int,
    states: _Words,
    previous: _Words,
    progress: NDArray[np.int64],
    sweep_limit: int,
    first: int,
    last: int,
    budget: int,
    energies: NDArray[np.float64],
    workspace: NDArray[np.uint8],
) -> int: ...
def follow(
    model: Memory | Couplings,
    dynamics: Dynamics,
    level: int,
    states: _Words,
    progress: NDArray[np.int64],
    sweep_limit: int,
    first: int,
    last: int,
    budget: int,
    energies: NDArray[np.float64],
    best_states: _Words,
    best_energies: NDArray[np.float64],
    workspace: NDArray[np.uint8],
) -> int: ...
def recall_each(
    like: Memory,
    dynamics: Dynamics,
    level: int,
    rows: _Words,
    columns: _Words,
    states: _Words,
    previous: _Words,
    progress: NDArray[np.int64],
    sweep_limit: int,
    first: int,
    budget: int,
    workspace: NDArray[np.uint8],
) -> int: ...
def update_units(
    memory: Memory,
    dynamics: Dynamics,
    level: int,
    state: _Words,
    overlaps: NDArray[np.int32],
    first: int,
    last: int,
    coming: _Words,
    workspace: NDArray[np.uint8],
) -> None: ...
