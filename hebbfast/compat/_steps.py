"""Steps by numbers drawn from NumPy's global generator, which is what programs of hopfieldnetwork and neurodynex3 seed."""

import numpy as np
from numpy.typing import NDArray

from hebbfast.networks._network import Network

__all__ = ["permutations", "uniforms", "updated"]


def permutations(units: int, sweeps: int) -> NDArray[np.int64]:
    """(S, N): an order of all units for each sweep."""
    table = np.empty((max(0, sweeps), units), dtype=np.int64)
    for row in table:
        row[:] = np.random.permutation(units)  # noqa: NPY002
    return table


def uniforms(units: int) -> NDArray[np.float64]:
    """(N,) numbers in [0, 1)."""
    return np.random.rand(units)  # noqa: NPY002


def updated(network: Network, cue: NDArray[np.int8], updates: int) -> NDArray[np.int8]:
    """The state after so many synchronous updates, at least one, cycle or not."""
    found = network.recall(cue, update="sync", max_sweeps=updates)
    if found.cycle and (updates - found.sweeps) % 2:
        found = network.recall(found.states, update="sync", max_sweeps=1)
    final: NDArray[np.int8] = found.states
    return final
