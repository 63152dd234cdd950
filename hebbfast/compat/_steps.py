"""Steps, with draws of NumPy's global generator: what programs of hopfieldnetwork and neurodynex3 seed."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _kernels
from hebbfast.dynamics.rules import read_rules
from hebbfast.networks._network import Network

__all__ = ["permutations", "uniforms", "updated", "walked"]

_UNUSED = (0, 0)  # the stream of a run that draws nothing


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
    """The state after so many synchronous updates, at least one, cycle or not.

    A hundred units take less time than `Network.recall` around them, so the kernel is asked itself, if it can.
    """
    out = np.empty_like(cue)
    ended = network._kernel.alone(read_rules(len(cue), update="sync"), cue, out, updates, _UNUSED)
    if ended is None:
        found = network.recall(cue, update="sync", max_sweeps=updates)
        out, sweeps, cycle = found.states, found.sweeps, found.cycle
    else:
        sweeps, cycle = ended[0], ended[2] == _kernels.CYCLE
    return updated(network, out, 1) if cycle and (updates - sweeps) % 2 else out


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
