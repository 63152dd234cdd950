"""Types of the bridge for one state: arrays of any kind of number."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast._kernels.models import Couplings, Dynamics, Memory

def recall_one(
    model: Memory | Couplings, dynamics: Dynamics, cue: Any, out: Any, sweep_limit: int, words: tuple[int, int] | None
) -> tuple[int, int, int, float | None] | None: ...
def recall_few(
    model: Memory | Couplings,
    dynamics: Dynamics,
    cues: NDArray[np.int8],
    out: NDArray[np.int8],
    sweep_limit: int,
    words: NDArray[np.uint64],
    progress: NDArray[np.int64],
    energies: NDArray[np.float64],
) -> bool: ...
def fields_one(
    model: Memory | Couplings,
    state: Any,
    units: NDArray[np.uint32] | None,
    out: NDArray[np.float64],
    costs: bool = False,
) -> bool: ...
def overlaps_one(rows: NDArray[np.uint64], state: Any, units: int, out: NDArray[np.int32]) -> bool: ...
def energy_one(model: Memory | Couplings, state: Any) -> float | None: ...
