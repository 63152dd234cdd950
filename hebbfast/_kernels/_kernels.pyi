"""Types of the bridge. Arrays are C-contiguous; `words` are packed rows as hebbfast.bits describes them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast.interactions import Weights

_Words = NDArray[np.uint64]

def simd_level() -> str: ...
def available_simd_levels() -> list[str]: ...
def use_simd_level(name: str) -> None: ...
def exp(x: NDArray[np.float64], out: NDArray[np.float64]) -> None: ...
def pack(values: NDArray[np.int8], out: _Words) -> int: ...
def unpack(words: _Words, out: NDArray[np.int8]) -> None: ...
def count_bits(words: NDArray[np.uint64]) -> int: ...
def read_words(words: NDArray[np.uint64]) -> int: ...
def transpose(words: _Words, units: int, out: _Words) -> None: ...
def overlaps(rows: _Words, states: _Words, units: int, out: NDArray[np.int32]) -> None: ...

class Memory:
    def __init__(self, rows: _Words, columns: _Words, units: int, weights: Weights) -> None: ...

class Couplings:
    energies: bool
    def __init__(
        self, outgoing: NDArray[np.signedinteger[Any]], bias: NDArray[np.signedinteger[Any]], scale: float
    ) -> None: ...

class Dynamics:
    def __init__(
        self,
        units: int,
        update: str,
        order: str,
        visits: NDArray[np.uint32],
        tie: str,
        temperature: float,
        clamp: _Words,
    ) -> None: ...

def energies(memory: Memory, overlaps: NDArray[np.int32], out: NDArray[np.float64]) -> None: ...
def fields(model: Memory | Couplings, states: _Words, units: NDArray[np.uint32], out: NDArray[np.float64]) -> None: ...
def workspace_bytes(model: Memory | Couplings, dynamics: Dynamics) -> int: ...
def recall(
    model: Memory | Couplings,
    dynamics: Dynamics,
    states: _Words,
    previous: _Words,
    progress: NDArray[np.int64],
    sweep_limit: int,
    first: int,
    budget: int,
    energies: NDArray[np.float64],
    workspace: NDArray[np.uint8],
) -> int: ...
def update_units(
    memory: Memory,
    dynamics: Dynamics,
    state: _Words,
    overlaps: NDArray[np.int32],
    first: int,
    last: int,
    coming: _Words,
    workspace: NDArray[np.uint8],
) -> None: ...

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

def ascend(
    ascent: Ascent,
    first: int,
    rows: int,
    weights: NDArray[np.float32],
    means: NDArray[np.float32],
    squares: NDArray[np.float32],
    schedule: NDArray[np.float32],
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
def bounded(patterns: NDArray[np.int8], bound: int, out: NDArray[np.int32]) -> None: ...
def draw(streams: NDArray[np.uint64], units: int, out: _Words) -> None: ...
def corrupt(states: _Words, units: int, flips: int, streams: NDArray[np.uint64], out: _Words) -> None: ...
def recall_each(
    like: Memory,
    dynamics: Dynamics,
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
