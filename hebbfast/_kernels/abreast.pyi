"""Types of the bridge to chains abreast. Arrays are C-contiguous, but for `energies`, whose rows may lie apart."""

import numpy as np
from numpy.typing import NDArray

ABREAST: int
MOST_AROUND: int
MULTISPIN: int
NEIGHBOURS: int

_Bytes = NDArray[np.uint8]
_Integers = NDArray[np.int32]
_Longs = NDArray[np.int64]

class Neighbours:
    def __init__(
        self,
        starts: _Longs,
        middles: _Longs,
        targets: NDArray[np.uint32],
        weights: NDArray[np.int16] | None,
        unit: int,
        step: int,
        base: _Integers,
        bias: _Integers,
        places: _Integers,
        numbers: _Integers,
        scale: float,
    ) -> None: ...

class Kinds:
    def __init__(self, neighbours: Neighbours, kinds: _Integers) -> None: ...

def abreast_bytes(neighbours: Neighbours, kinds: Kinds | None, each: bool) -> int: ...
def sum_abreast(
    neighbours: Neighbours, kinds: Kinds | None, level: int, up: NDArray[np.uint64], sums: _Longs
) -> None: ...
def run_abreast(
    neighbours: Neighbours,
    kinds: Kinds | None,
    level: int,
    up: NDArray[np.uint64],
    best: NDArray[np.uint64],
    sums: _Longs,
    progress: _Longs,
    visits: NDArray[np.uint32] | None,
    temperatures: NDArray[np.float64],
    metropolis: bool,
    energies: NDArray[np.float64] | None,
    workspace: _Bytes,
) -> None: ...
