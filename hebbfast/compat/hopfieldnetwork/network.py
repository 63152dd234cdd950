"""hopfieldnetwork's network."""

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast.compat._steps import permutations, uniforms, updated
from hebbfast.compat._weights import Given, Hebbian, Weights, Zero, hebbian, signs
from hebbfast.compat.hopfieldnetwork.matrices import TIE, columns, construct_hebb_matrix, sign_0

__all__ = ["HopfieldNetwork"]

_LONG = 2**31 - 1  # updates after which a synchronous run has surely ended
_LEAST, _MOST = 1e-290, 1e290  # β between which N / β and 2 β h are finite


class HopfieldNetwork:
    """A network with Hebb's weights, patterns in columns.

    Parameters
    ----------
    N : int
        Units.
    filepath : path, optional
        A file of `save_network` to begin with, also one of the peer.

    Attributes
    ----------
    N, p, t : int
        Units, patterns, steps since the state was set.
    w : ndarray
        (N, N) float64, made when first asked for; whoever changes it is heard, and steps by float64 then.
    xi : ndarray
        (N, p), the patterns as they came.
    S : ndarray
        (N,), the state: the array that was set, after synchronous steps a new one of int64.

    Notes
    -----
    Where the peer adds up an int8 block of patterns in int8, sums wrap beyond 127; here they do not.

    Examples
    --------
    >>> network = HopfieldNetwork(N=4)
    >>> network.train_pattern(np.array([1, 1, -1, -1]))
    >>> network.set_initial_neurons_state(np.array([1, 1, 1, -1]))
    >>> network.update_neurons(1, "sync")
    >>> network.S.tolist(), network.t
    ([1, 1, -1, -1], 1)
    """

    N: int
    p: int
    t: Any
    S: NDArray[Any]
    xi: NDArray[Any]

    def __init__(self, N: int = 100, filepath: Any = None) -> None:
        if filepath is None:
            self.initialize_new_network(N)
        else:
            self.load_network(filepath)

    @property
    def w(self) -> NDArray[Any]:
        """(N, N) float64."""
        return self._weights.matrix

    @w.setter
    def w(self, matrix: NDArray[Any]) -> None:
        self._weights: Weights = Given(matrix)

    def initialize_new_network(self, N: int) -> None:
        """Forget all, and have N units at -1."""
        self._begin(Zero(N), np.empty((N, 0), dtype=np.int8))

    def _begin(self, weights: Weights, xi: NDArray[Any]) -> None:
        self._weights, self.xi, self.N, self.p, self.t = weights, xi, xi.shape[0], xi.shape[1], 0
        self.S = np.full(self.N, -1, dtype=np.int8)

    def train_pattern(self, input_pattern: NDArray[Any]) -> None:
        """Store further patterns.

        Parameters
        ----------
        input_pattern : ndarray
            (N,) or (N, p).

        Raises
        ------
        ValueError
            If the shape is another one.
        """
        added = columns(input_pattern)
        if added.shape[0] != self.N:
            raise ValueError(f"input_pattern must have {self.N} rows, got shape {input_pattern.shape}")
        self._weights = _with(self._weights, added.T)
        self.xi = np.concatenate((self.xi, added), axis=1)
        self.p += added.shape[1]

    def remove_pattern(self, i: int) -> None:
        """Forget pattern i; negative ones count from the end, and one behind the last is a printed line."""
        if i >= self.p:
            print("There is no pattern to remove!")
            return
        kept = np.delete(self.xi, i, axis=1)
        weights = self._weights
        if weights.untouched and isinstance(weights, Hebbian):
            left = len(weights.memory) > 1
            self._weights = Hebbian(weights.memory.forget(i)) if left else Zero(self.N)
        else:
            self._weights = Given(weights.matrix - construct_hebb_matrix(self.xi[:, i]))
        self.xi, self.p = kept, self.p - 1

    def set_initial_neurons_state(self, S_initial: NDArray[Any]) -> None:
        """Take an array (N,) as the state, itself and not a copy."""
        if S_initial.shape != (self.N,):
            raise ValueError(f"S_initial must have shape ({self.N},), got shape {S_initial.shape}")
        self.S, self.t = S_initial, 0

    def update_neurons(self, iterations: int, mode: str, run_max: bool = False) -> None:
        """Steps at temperature zero.

        Parameters
        ----------
        iterations : int
            Steps: sweeps in a new random order each, or updates of all units at once.
        mode : {"async", "sync"}
            Which; another word counts the steps and does nothing, as with the peer.
        run_max : bool
            Then go on to a fixed point, or to a cycle of two states.
        """
        self.t += iterations
        if mode == "async":
            self._sweep(iterations)
            while run_max and self._sweep(1):
                self.t += 1
        elif mode == "sync":
            self._update(iterations)
            if run_max:
                self._update_to_the_end()

    def _sweep(self, sweeps: int) -> bool:
        """Asynchronous sweeps, in the array of the state; has anything changed?"""
        orders = permutations(self.N, sweeps)
        cue, network = signs(self.S), self._weights.network
        if len(orders) == 0:
            return False
        if cue is not None and network is not None:
            found = network.recall(cue, order=orders, max_sweeps=sweeps)
            self.S[...] = found.states
            return bool(found.flips)
        before = self.S.copy()
        for unit in orders.ravel().tolist():
            self.S[unit] = 1 if self.w[unit] @ self.S >= TIE else -1
        return not np.array_equal(self.S, before)

    def _update(self, updates: int) -> None:
        """Synchronous updates, to a new array."""
        network = self._weights.network
        final = None if network is None or updates <= 0 else updated(network, self.S, updates, np.int64)
        if final is not None:
            self.S = final
            return
        for _ in range(updates):
            self.S = sign_0(self.w @ self.S)

    def _update_to_the_end(self) -> None:
        """Pairs of updates to a fixed point, or until one ends where it began; those that changed units count."""
        cue, network = signs(self.S), self._weights.network
        if cue is not None and network is not None:
            found = network.recall(cue, update="sync", max_sweeps=_LONG)
            counted = found.sweeps - 1
            if found.cycle:  # the last pair is whole
                counted = found.sweeps + found.sweeps % 2
                found = network.recall(cue, update="sync", max_sweeps=counted, cycles="continue")
            self.S = found.states.astype(np.int64)
            self.t += counted
            return
        while True:
            first = sign_0(self.w @ self.S)
            second = sign_0(self.w @ first)
            before, self.S = self.S, second
            self.t += int(not np.array_equal(first, before)) + int(not np.array_equal(second, first))
            if any(np.array_equal(*pair) for pair in ((first, before), (second, first), (second, before))):
                return

    def update_neurons_with_finite_temp(self, iterations: int, mode: str, beta: float) -> None:
        """Steps of the heat bath: a unit becomes +1 if P(+1) = 1 / (1 + exp(-2 β h)) is at least its uniform number.

        Parameters
        ----------
        iterations : int
            Steps: sweeps in a new random order each, or updates of all units at once.
        mode : {"async", "sync"}
            Which.
        beta : float
            β, in units of fields with weights over N.

        Raises
        ------
        ValueError
            If the mode is another one.

        Notes
        -----
        With NumPy from 2.4 on the peer's "async" fails; this one does not.
        """
        self.t += iterations
        if mode not in ("async", "sync"):
            raise ValueError(f"mode must be 'async' or 'sync', got {mode!r}")
        asynchronous = mode == "async"
        orders = np.empty((max(0, iterations), self.N), dtype=np.int64)
        draws = np.empty(orders.shape)
        for order, row in zip(orders, draws, strict=True):
            order[:] = permutations(self.N, 1)[0] if asynchronous else np.arange(self.N)
            row[:] = uniforms(self.N)
        if len(orders) == 0:
            return
        cue, network = signs(self.S), self._weights.network
        if cue is not None and network is not None and _LEAST < beta < _MOST:
            below = np.nextafter(draws, -1)  # u' < P as u <= P
            found = network.recall(
                cue,
                update="async" if asynchronous else "sync",
                order=orders,
                temperature=self.N / beta,
                uniforms=np.maximum(below, 0),
                max_sweeps=iterations,
            )
            final = found.states
        else:
            final = _heat_bath(self.w, self.S, orders, draws, beta, asynchronous)
        if asynchronous:
            self.S[...] = final
        else:
            self.S = final.astype(np.int64)

    def compute_energy(self, S: NDArray[Any]) -> np.float64:
        """-½ Sᵀ w S; of ±1 an exact sum."""
        cue = signs(S)
        if cue is not None and cue.shape == (self.N,) and self._weights.network is not None:
            return np.float64(self._weights.energy(cue))
        return np.float64(-0.5 * (np.asarray(S) @ self.w @ np.asarray(S)))

    def check_stability(self, S: NDArray[Any]) -> bool:
        """Would a synchronous step leave S as it is?"""
        cue, network = signs(S), self._weights.network
        if cue is not None and cue.shape == (self.N,) and network is not None:
            return bool(((network.fields(cue) >= 0) == (cue > 0)).all())
        return bool(np.array_equal(sign_0(self.w @ S), S))

    def save_network(self, filepath: Any) -> None:
        """Write weights and patterns to an npz file."""
        np.savez(filepath, self.w, self.xi)

    def load_network(self, filepath: Any) -> None:
        """Read a file of `save_network`, also one of the peer; the state begins anew."""
        with np.load(os.fspath(filepath)) as file:
            w, xi = file["arr_0"], file["arr_1"]
        weights = hebbian(xi.T)
        if isinstance(weights, Hebbian) and np.allclose(w, weights.matrix, rtol=0, atol=1e-12):
            weights.show(w)
        else:
            weights = Given(w)
        self._begin(weights, xi)


def _with(weights: Weights, patterns: NDArray[Any]) -> Weights:
    """Weights with further patterns (K, N)."""
    bits = signs(patterns)
    if weights.untouched and bits is not None and len(bits):
        if isinstance(weights, Zero):
            return hebbian(bits)
        if isinstance(weights, Hebbian):
            return Hebbian(weights.memory.store(bits))
    return Given(weights.matrix + hebbian(patterns).matrix)


def _heat_bath(
    weights: NDArray[Any], state: NDArray[Any], orders: Any, draws: Any, beta: float, asynchronous: bool
) -> NDArray[Any]:
    """By the matrix, for states and weights that no network takes."""
    state = state.copy()
    with np.errstate(over="ignore", invalid="ignore"):  # ∞ · 0, which makes -1
        for order, row in zip(orders, draws, strict=True):
            if asynchronous:
                for unit, u in zip(order.tolist(), row.tolist(), strict=True):
                    state[unit] = 1 if 1 / (1 + np.exp(-2 * beta * (weights[unit] @ state))) >= u else -1
            else:
                state = np.where(1 / (1 + np.exp(-2 * beta * (weights @ state))) >= row, 1, -1)
    return state
