"""Weights of a classical network as its users know them, a matrix, beside the network that moves states by them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast.bits import PackedPatterns
from hebbfast.learning.hebbian import activity_product
from hebbfast.networks._network import Network
from hebbfast.networks.dense import DenseAssociativeMemory

__all__ = ["Given", "Hebbian", "Weights", "Zero", "hebbian", "signs"]


def signs(values: Any) -> NDArray[np.int8] | None:
    """The same numbers as int8 in one piece, if all are ±1."""
    found = np.asarray(values)
    if found.dtype.kind not in "iuf" or np.count_nonzero(np.abs(found) == 1) < found.size:
        return None
    return np.ascontiguousarray(found, dtype=np.int8)


class Weights:
    """A matrix that is made when somebody looks, who may change it, and what moves states by it."""

    def __init__(self, matrix: NDArray[Any]) -> None:
        self._shown: NDArray[Any] | None = matrix
        self._made: NDArray[Any] | None = None  # what was shown, as it was

    @property
    def matrix(self) -> NDArray[Any]:
        """(N, N); who looks may write to it."""
        if self._shown is None:
            self._shown = self._make()
            self._made = self._shown.copy()
        return self._shown

    def _make(self) -> NDArray[Any]:
        raise NotImplementedError

    @property
    def untouched(self) -> bool:
        """Is the matrix what it was when it was shown?"""
        if self._shown is None:
            return True
        return self._made is not None and np.array_equal(self._shown, self._made)

    @property
    def network(self) -> Network | None:
        """What moves states of ±1 by these weights, in a unit of its own; None where only the matrix knows them."""
        return self._network if self.untouched else None

    @property
    def _network(self) -> Network | None:
        return None

    def energy(self, states: NDArray[np.int8] | PackedPatterns) -> Any:
        """-½ sᵀ W s of states of ±1, (N,) or (Q, N), where there is a network; exact, and rounded once or twice."""
        raise NotImplementedError


class Given(Weights):
    """A matrix that somebody else has made."""


class Zero(Weights):
    """Weights before anything is stored."""

    def __init__(self, units: int) -> None:
        self._shown = self._made = None
        self._units = units

    def _make(self) -> NDArray[Any]:
        return np.zeros((self._units, self._units))


class Hebbian(Weights):
    """W = Σ_μ ξ^μ ξ^μᵀ / N without its diagonal, from at least one pattern: a matrix when somebody looks.

    Parameters
    ----------
    memory : DenseAssociativeMemory
        Of the quadratic interaction: its fields are N times those of W.
    """

    def __init__(self, memory: DenseAssociativeMemory) -> None:
        self._shown = self._made = None
        self.memory = memory

    def show(self, matrix: NDArray[Any]) -> None:
        """Let people see this matrix, equal but for rounding."""
        self._shown, self._made = matrix, matrix.copy()

    def _make(self) -> NDArray[Any]:
        return activity_product(self.memory.patterns).astype(np.float64) / self.memory.units

    @property
    def _network(self) -> Network:
        return self.memory

    def energy(self, states: NDArray[np.int8] | PackedPatterns) -> Any:
        """As `Weights` says: that of the memory counts the diagonal, K N / 2."""
        units = self.memory.units
        return (self.memory.energy(states) + len(self.memory) * units / 2) / units


def hebbian(patterns: NDArray[Any]) -> Weights:
    """Hebb's weights of (K, N) patterns: bits, where these are ±1, else a matrix of float64."""
    bits = signs(patterns)
    if bits is not None and len(bits):
        return Hebbian(DenseAssociativeMemory(bits))
    real = np.asarray(patterns, dtype=np.float64)
    matrix = real.T @ real / patterns.shape[1]
    np.fill_diagonal(matrix, 0.0)
    return Given(matrix)
