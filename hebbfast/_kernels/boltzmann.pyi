"""Types of the bridge to two layers that take turns. Arrays are C-contiguous."""

import numpy as np
from numpy.typing import NDArray

_Words = NDArray[np.uint64]
_Floats = NDArray[np.float32]

class Layer:
    def __init__(self, units: int, weights: _Floats, bias: _Floats, tables: _Floats) -> None: ...

def layer_fields(layer: Layer, states: _Words, out: _Floats) -> None: ...
def layer_means(layer: Layer, states: _Words, out: _Floats) -> None: ...
def layer_costs(layer: Layer, states: _Words, out: _Floats) -> None: ...
def gibbs_bytes(up: Layer, down: Layer) -> int: ...
def gibbs(
    up: Layer,
    down: Layer,
    visible: _Words,
    hidden: _Words,
    streams: NDArray[np.int64],
    sweeps: int,
    clamp: _Words | None,
    sums: NDArray[np.float64] | None,
    workspace: NDArray[np.uint8],
) -> None: ...
