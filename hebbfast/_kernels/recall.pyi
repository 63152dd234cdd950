"""Types of the bridge to the kernels of recall. Arrays are C-contiguous, `words` packed rows as in hebbfast.bits."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast.interactions import Weights

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

def simd_level() -> str: ...
def available_simd_levels() -> list[str]: ...
def use_simd_level(name: str) -> None: ...
def active_level() -> int: ...
def exp(x: NDArray[np.float64], out: NDArray[np.float64]) -> None: ...
def pack(values: NDArray[np.int8], out: _Words) -> int: ...
def unpack(words: _Words, out: NDArray[np.int8]) -> None: ...
def count_bits(words: NDArray[np.uint64]) -> int: ...
def read_words(words: NDArray[np.uint64]) -> int: ...
def transpose(words: _Words, units: int, out: _Words, first: int, last: int) -> None: ...
def overlaps(rows: _Words, states: _Words, units: int, out: NDArray[np.int32]) -> None: ...

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
def fresh(words: NDArray[np.uint64]) -> None: ...
def reseed() -> None: ...
