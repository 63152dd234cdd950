"""Steps, with draws of NumPy's global generator: what programs of hopfieldnetwork and neurodynex3 seed."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast.networks._network import Network

__all__ = ["permutations", "uniforms", "updated", "walked"]


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


def walked(
    network: Network, cue: NDArray[np.int8], steps: int, orders: NDArray[np.int64] | None
) -> list[NDArray[np.int8]]:
    """The state after each step: a sweep in its order, or without orders a synchronous update."""
    states: list[NDArray[np.int8]] = []
    rests = False
    for step in range(steps):
        if not rests:
            rules: dict[str, Any] = {"update": "sync"} if orders is None else {"order": orders[step]}
            found = network.recall(cue, max_sweeps=1, **rules)
            cue, rests = found.states, bool(found.converged)
        states.append(cue)
    return states
