"""Dynamics for neurodynex3's own networks: ``set_dynamics_to_user_function(async_sign(patterns))``."""

import sys
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments
from hebbfast.compat._steps import permutations, uniforms, updated
from hebbfast.compat._weights import Hebbian, hebbian, signs
from hebbfast.networks.dense import DenseAssociativeMemory

__all__ = ["async_sign", "heat_bath", "sync_sign"]

Step = Callable[[NDArray[Any], Any], NDArray[Any]]


def _memory(patterns: Iterable[Any]) -> DenseAssociativeMemory:
    rows = [np.asarray(pattern).reshape(-1) for pattern in patterns]
    weights = hebbian(np.stack(rows)) if rows else None
    if not isinstance(weights, Hebbian):
        raise ValueError("patterns must hold at least one pattern of ±1")
    return weights.memory


def _cue(state: NDArray[Any]) -> NDArray[np.int8]:
    cue = signs(state)
    if cue is None:
        raise ValueError("the state must hold ±1")
    return cue


def sync_sign(patterns: Iterable[Any]) -> Step:
    """All units take the sign of their fields, +1 at zero.

    Parameters
    ----------
    patterns : iterable of ndarray
        Arrays of ±1 with N elements, of any shape: the patterns that the network has stored.

    Returns
    -------
    function
        Of a state (N,) and weights, which it does not read; the next state, float64.

    Examples
    --------
    >>> sync_sign([np.array([[1, 1], [-1, -1]])])(np.array([1, 1, 1, -1]), None).tolist()
    [1.0, 1.0, -1.0, -1.0]
    """
    memory = _memory(patterns)

    def step(state: NDArray[Any], weights: Any) -> NDArray[Any]:
        found = updated(memory, state, 1, np.float64)
        if found is None:
            raise ValueError("the state must hold ±1")
        return found

    return step


def async_sign(patterns: Iterable[Any]) -> Step:
    """Units take the sign of their fields one after another, in an order from NumPy's global generator.

    Parameters
    ----------
    patterns : iterable of ndarray
        As in `sync_sign`.

    Returns
    -------
    function
        As in `sync_sign`; the next state has the dtype of the state.
    """
    memory = _memory(patterns)

    def step(state: NDArray[Any], weights: Any) -> NDArray[Any]:
        found = memory.recall(_cue(state), order=permutations(memory.units, 1), max_sweeps=1)
        return np.asarray(found.states.astype(state.dtype))

    return step


def heat_bath(patterns: Iterable[Any], beta: float) -> Step:
    """Units become +1 with probability 1 / (1 + exp(-2 β h)), one after another, h with weights over N.

    Parameters
    ----------
    patterns : iterable of ndarray
        As in `sync_sign`.
    beta : float
        β > 0, finite.

    Returns
    -------
    function
        As in `async_sign`; a step draws a permutation and N uniforms from NumPy's global generator.
    """
    memory = _memory(patterns)
    temperature = min(memory.units / _arguments.real("beta", beta, 0.0, ends="()"), sys.float_info.max)

    def step(state: NDArray[Any], weights: Any) -> NDArray[Any]:
        order = permutations(memory.units, 1)
        found = memory.recall(
            _cue(state),
            order=order,
            temperature=temperature,
            uniforms=uniforms(memory.units)[None],
            max_sweeps=1,
        )
        return np.asarray(found.states.astype(state.dtype))

    return step
