"""Types of what the kernels of recall read. Arrays are C-contiguous."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast.interactions import Weights

_Words = NDArray[np.uint64]

def exp(x: NDArray[np.float64], out: NDArray[np.float64]) -> None: ...

class Memory:
    @property
    def units(self) -> int: ...
    @property
    def cost(self) -> int: ...
    @property
    def energies(self) -> bool: ...
    def __init__(self, rows: _Words, columns: _Words, units: int, weights: Weights, engine: str = "auto") -> None: ...

class Couplings:
    @property
    def units(self) -> int: ...
    @property
    def cost(self) -> int: ...
    @property
    def symmetric(self) -> bool: ...
    @property
    def energies(self) -> bool: ...
    def __init__(
        self,
        outgoing: NDArray[np.signedinteger[Any]],
        bias: NDArray[np.signedinteger[Any]],
        scale: float,
        symmetric: bool,
        *,
        sparse: tuple[NDArray[np.int64], NDArray[np.uint32]] | None = None,
        own: int = 0,
        divisor: float = 1.0,
        prepare: bool = True,
        limit: int = 32767,
        signs_from: int = 1500,
        asked: int = 0,
    ) -> None: ...

class Dynamics:
    @property
    def units(self) -> int: ...
    def __init__(
        self,
        units: int,
        update: str,
        order: str,
        visits: NDArray[np.uint32],
        tie: str,
        temperatures: NDArray[np.float64],
        clamp: _Words,
        *,
        method: str = "heat_bath",
        uniforms: NDArray[np.float64] | None = None,
    ) -> None: ...
