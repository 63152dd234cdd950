"""What the networks of hopfieldkit share: weights, energies, recall."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments
from hebbfast.compat._weights import Given, Weights, Zero, signs

__all__ = ["Recalling", "read_patterns"]

_AHEAD = 3  # orders drawn before they are needed: most recalls take no more
_ALONE = (int, np.integer, Sequence, np.ndarray, np.random.SeedSequence)  # seeds of a generator that no one else has
_ORDERS = ("random", "sequential")


class Recalling:
    """What both networks share: weights, energies, recall."""

    def __init__(self, n_units: int) -> None:
        self.n_units = _arguments.whole("n_units", n_units, 0)
        self._weights: Weights = Zero(self.n_units)

    @property
    def weights(self) -> NDArray[Any]:
        """(N, N) float64, made when first asked for; whoever changes it is heard, and recalls by float64 then."""
        return self._weights.matrix

    @weights.setter
    def weights(self, matrix: NDArray[Any]) -> None:
        self._weights = Given(matrix)

    def energy(self, state: ArrayLike) -> float:
        """-½ sᵀ W s.

        Parameters
        ----------
        state : array_like
            (N,) numbers.

        Returns
        -------
        float
            Exact for states of ±1 and weights as fitted, but for one rounding.
        """
        cue = signs(state)
        if cue is not None and cue.shape == (self.n_units,) and self._weights.network is not None:
            return float(self._weights.energy(cue))
        values = np.asarray(state, dtype=np.float64)
        return float(-0.5 * values @ self.weights @ values)

    def recall(
        self,
        state: ArrayLike,
        order: str = "random",
        max_steps: int = 200,
        record_energy: bool = False,
        seed: Any = None,
    ) -> Any:
        """Update units one after another until a sweep changes none.

        Parameters
        ----------
        state : array_like
            (N,) numbers, not modified; those of ±1 go the fast way.
        order : {"random", "sequential"}
            The units in an order that is shuffled again before each sweep, or as they are.
        max_steps : int
            Sweeps, at most.
        record_energy : bool
            Also return the energy of the start and after each visit.
        seed : seed or generator, optional
            Passed to `numpy.random.default_rng`; from a generator only the sweeps made are drawn.

        Returns
        -------
        ndarray or (ndarray, list of float)
            (N,) float64, and 1 + N · sweeps energies.

        Raises
        ------
        ValueError
            If the order is none of the two, or the state does not match.
        """
        _arguments.choice("order", order, _ORDERS)
        values = np.asarray(state, dtype=np.float64)
        if values.shape != (self.n_units,):
            raise ValueError(f"state must have shape ({self.n_units},), got shape {values.shape}")
        orders = _Orders(self.n_units, order, seed)
        cue, network = signs(values), self._weights.network
        if cue is None or network is None:
            return _relax(self.weights, values.copy(), (orders.draw(1)[0] for _ in range(max_steps)), record_energy)
        ahead = _AHEAD if seed is None or isinstance(seed, _ALONE) else 1
        energies = [float(self._weights.energy(cue))] if record_energy else []
        while max_steps > 0:
            table = orders.draw(min(ahead, max_steps))
            found = network.recall(cue, order=table, max_sweeps=len(table), record="events" if record_energy else None)
            if record_energy:
                levels = self._weights.energy(found.events.frames())
                passed = np.arange(1, 1 + found.sweeps * self.n_units)
                energies += levels[np.searchsorted(found.events.visit, passed)].tolist()
            cue = found.states
            if found.converged:
                break
            max_steps -= len(table)
        final = cue.astype(np.float64)
        return (final, energies) if record_energy else final


class _Orders:
    """The units of each sweep: a shuffled order is shuffled again, the same array."""

    def __init__(self, units: int, order: str, seed: Any) -> None:
        self._rng = np.random.default_rng(seed)
        self._visits, self._shuffles = np.arange(units), order == "random"

    def draw(self, sweeps: int) -> NDArray[np.uint32]:
        """(sweeps, N)."""
        table = np.empty((sweeps, len(self._visits)), dtype=np.uint32)
        for row in table:
            if self._shuffles:
                self._rng.shuffle(self._visits)
            row[:] = self._visits
        return table


def _relax(
    weights: NDArray[Any], state: NDArray[np.float64], orders: Iterator[NDArray[np.uint32]], record_energy: bool
) -> Any:
    """Recall by the matrix, for states and weights that no network takes."""

    def energy() -> float:
        return float(-0.5 * state @ weights @ state)

    energies = [energy()] if record_energy else []
    for order in orders:
        before = state.copy()
        for unit in order.tolist():
            state[unit] = 1.0 if weights[unit] @ state >= 0 else -1.0
            if record_energy:
                energies.append(energy())
        if np.array_equal(state, before):
            break
    return (state, energies) if record_energy else state


def read_patterns(patterns: ArrayLike, units: int) -> NDArray[np.float64]:
    """(K, N) float64."""
    found = np.asarray(patterns, dtype=np.float64)
    if found.ndim != 2 or found.shape[1] != units:
        raise ValueError(f"patterns must have shape (n_patterns, {units}), got shape {found.shape}")
    return found
