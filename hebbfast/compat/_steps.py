"""Steps, with draws of NumPy's global generator: what programs of hopfieldnetwork and neurodynex3 seed."""

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _kernels
from hebbfast.bits import is_plain
from hebbfast.compat._weights import signs
from hebbfast.dynamics.rules import Rules, read_rules
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


@functools.lru_cache(64)
def _synchronous(units: int) -> Rules:
    return read_rules(units, update="sync")


def updated(network: Network, state: NDArray[Any], updates: int, dtype: Any) -> NDArray[Any] | None:
    """The state after so many synchronous updates, at least one, cycle or not; None if it is none of ±1.

    A hundred units take less time than `Network.recall` around them, so the kernel is asked itself, if it can.
    """
    if is_plain(state):
        out = np.empty(network.units, dtype)
        ended = network._kernel.alone(_synchronous(network.units), state, out, updates, _UNUSED)
        if ended is not None and (ended[2] != _kernels.CYCLE or ended[0] == updates):
            return out
    cue = signs(state)
    if cue is None:
        return None
    found = network.recall(cue, update="sync", max_sweeps=updates, cycles="continue")
    return np.asarray(found.states.astype(dtype))


def walked(
    network: Network, cue: NDArray[np.int8], steps: int, orders: NDArray[np.int64] | None
) -> list[NDArray[np.int8]]:
    """The state after each step, at least one: a sweep in its order, or without orders a synchronous update."""
    rules: dict[str, Any] = {"update": "sync", "cycles": "continue"} if orders is None else {"order": orders}
    states = list(network.recall(cue, max_sweeps=steps, record="states", **rules).trace["states"][1:])
    return states + [states[-1]] * (steps - len(states))  # it rests
