"""neurodynex3's Hopfield network."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast.compat._steps import permutations, uniforms, updated, walked
from hebbfast.compat._weights import Given, Weights, Zero, hebbian, signs

__all__ = ["HopfieldNetwork"]


class HopfieldNetwork:
    """A network that begins with a random state and random weights, drawn from NumPy's global generator.

    Parameters
    ----------
    nr_neurons : int
        N.

    Attributes
    ----------
    nrOfNeurons : int
        N.
    state : ndarray
        (N,).
    weights : ndarray
        (N, N) float64, made when first asked for; whoever changes it is heard, and steps by float64 then.

    Examples
    --------
    >>> network = HopfieldNetwork(4)
    >>> network.store_patterns([np.array([[1, 1], [-1, -1]])])
    >>> network.set_state_from_pattern(np.array([[1, 1], [1, -1]]))
    >>> [state.tolist() for state in network.run_with_monitoring(1)]
    [[1, 1, 1, -1], [1.0, 1.0, -1.0, -1.0]]
    """

    def __init__(self, nr_neurons: int) -> None:
        self.nrOfNeurons = nr_neurons
        self.state: NDArray[Any] = 2 * _bits(nr_neurons) - 1
        self.reset_weights()
        self.set_dynamics_sign_sync()

    @property
    def weights(self) -> NDArray[Any]:
        """(N, N) float64."""
        return self._weights.matrix

    @weights.setter
    def weights(self, matrix: NDArray[Any]) -> None:
        self._weights: Weights = Given(matrix)

    def reset_weights(self) -> None:
        """Random weights between -1 / N and 1 / N."""
        units = self.nrOfNeurons
        drawn = uniforms(units * units).reshape(units, units)
        self._weights = Given(1 / units * (2 * drawn - 1))

    def store_patterns(self, pattern_list: Iterable[NDArray[Any]]) -> None:
        """Hebb's weights Σ_μ ξ^μ ξ^μᵀ / N without their diagonal, in place of the weights before.

        Parameters
        ----------
        pattern_list : iterable of ndarray
            Arrays with N elements, of any shape.

        Raises
        ------
        ValueError
            If one has not N elements; the weights stay as they were then.
        """
        rows = [pattern.flatten() for pattern in pattern_list]
        for row in rows:
            if len(row) != self.nrOfNeurons:
                raise ValueError(f"patterns of pattern_list must have {self.nrOfNeurons} elements, got {len(row)}")
        self._weights = hebbian(np.stack(rows)) if rows else Zero(self.nrOfNeurons)

    def set_state_from_pattern(self, pattern: NDArray[Any]) -> None:
        """A flat copy of a pattern becomes the state."""
        self.state = pattern.flatten()

    def set_dynamics_sign_sync(self) -> None:
        """All units at once take the sign of their fields, +1 at zero."""
        self._step: Callable[..., NDArray[Any]] = _sign_sync

    def set_dynamics_sign_async(self) -> None:
        """One unit after another does, in an order from NumPy's global generator."""
        self._step = _sign_async

    def set_dynamics_to_user_function(self, update_function: Callable[[NDArray[Any], NDArray[Any]], Any]) -> None:
        """A function of the state and the weights gives the next state."""
        self._step = update_function

    def iterate(self) -> None:
        """One step."""
        self.run(1)

    def run(self, nr_steps: int = 5) -> None:
        """So many steps."""
        steps = range(nr_steps)
        if self._step is _sign_sync and steps and self._network is not None and self._fits():
            final = updated(self._network, self.state, len(steps), np.float64)
            if final is not None:
                self.state = final
                return
        cue = self._fast(len(steps))
        if cue is None:
            for _ in steps:
                self.state = self._step(self.state, self.weights)
        else:
            orders = permutations(self.nrOfNeurons, len(steps))
            found = self._network.recall(cue, order=orders, max_sweeps=len(steps))
            self.state = found.states.astype(self.state.dtype)

    def run_with_monitoring(self, nr_steps: int = 5) -> list[NDArray[Any]]:
        """So many steps, and the states on the way.

        Parameters
        ----------
        nr_steps : int
            Steps.

        Returns
        -------
        list of ndarray
            (N,), the state before the first step and after each.
        """
        states = [self.state.copy()]
        steps = range(nr_steps)
        cue = self._fast(len(steps))
        if cue is None:
            for _ in steps:
                self.run(1)
                states.append(self.state.copy())
            return states
        synchronous = self._step is _sign_sync
        orders = None if synchronous else permutations(self.nrOfNeurons, len(steps))
        kind = np.dtype(np.float64) if synchronous else self.state.dtype
        states += [state.astype(kind) for state in walked(self._network, cue, len(steps), orders)]
        self.state = states[-1].copy()
        return states

    @property
    def _network(self) -> Any:
        return self._weights.network

    def _fast(self, steps: int) -> NDArray[np.int8] | None:
        """The state as a cue, if the network may take all steps at once."""
        if steps == 0 or (self._step is not _sign_sync and self._step is not _sign_async):
            return None
        cue = signs(self.state)
        return cue if cue is not None and self._fits() and self._network is not None else None

    def _fits(self) -> bool:
        """Has the state the length of the network?"""
        return bool(self.state.shape == (self.nrOfNeurons,))


def _bits(count: int) -> NDArray[np.int64]:
    return np.random.randint(0, 2, count)  # noqa: NPY002


def _sign_sync(state: NDArray[Any], weights: NDArray[Any]) -> NDArray[np.float64]:
    """By the matrix: rows receive."""
    return np.where(weights @ state >= 0, 1.0, -1.0)


def _sign_async(state: NDArray[Any], weights: NDArray[Any]) -> NDArray[Any]:
    """By the matrix: columns receive."""
    state = state.copy()
    for unit in permutations(len(state), 1)[0].tolist():
        state[unit] = 1 if weights[:, unit] @ state >= 0 else -1
    return state
