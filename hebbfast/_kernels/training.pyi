"""Types of the bridge to the kernels that learn. Arrays are C-contiguous."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

class Ascent:
    def __init__(
        self,
        unit_codes: NDArray[np.uint8],
        pattern_codes: NDArray[np.uint8],
        targets: NDArray[np.uint8],
        patterns: int,
        kind: str,
        gain: Sequence[float],
        bins: int,
        bin_range: float,
        norm: float,
    ) -> None: ...

def ascent_bytes(ascent: Ascent) -> int: ...
def ascend(
    ascent: Ascent,
    first: int,
    rows: int,
    weights: NDArray[np.float32],
    means: NDArray[np.float32],
    squares: NDArray[np.float32],
    schedule: NDArray[np.float32],
    workspace: NDArray[np.uint8],
) -> None: ...
def perceptron(
    gram: NDArray[np.float32],
    targets: NDArray[np.int8],
    units: int,
    kappa: float,
    epochs: int,
    strengths: NDArray[np.float64],
    fields: NDArray[np.float64],
    sums: NDArray[np.float64],
    pocket: NDArray[np.float64],
) -> int: ...
def adatron(
    gram: NDArray[np.float32],
    targets: NDArray[np.int8],
    units: int,
    rate: float,
    tolerance: float,
    sweeps: int,
    strengths: NDArray[np.float64],
    fields: NDArray[np.float64],
    sums: NDArray[np.float64],
) -> int: ...
def bounded(patterns: NDArray[np.int8], bound: int, out: NDArray[np.int32], first: int, last: int) -> None: ...
def ordered_product(
    a: NDArray[np.float64], b: NDArray[np.float64], out: NDArray[np.float64], exact: bool = False
) -> None: ...
