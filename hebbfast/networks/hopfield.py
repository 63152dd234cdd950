"""Hopfield networks in coupling space: a matrix J, a bias, and the same dynamics as the dense memories."""

import math
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _kernels, bits
from hebbfast.bits import PackedPatterns
from hebbfast.dynamics import run as dynamics
from hebbfast.dynamics.run import Recall
from hebbfast.networks.dense import all_units, flip_costs

__all__ = ["HopfieldNetwork"]


_CALL = 1 << 28  # additions in a call of the kernel for fields: below a second


class Rule(Protocol):
    """A learning rule as an object."""

    def couplings(self, patterns: Any) -> NDArray[Any]:
        """(D, D) couplings of (K, D) patterns."""
        ...


class HopfieldNetwork:
    """Network with fields h = J σ + b and, if J is symmetric, energy E(σ) = -½ σᵀJσ - b·σ (Hopfield 1982).

    Parameters
    ----------
    couplings : array_like
        (D, D) finite numbers with a zero diagonal; J_ij couples unit j to unit i. Asymmetric ones are allowed.
    bias : array_like, optional
        (D,) external field b, zero by default.

    Attributes
    ----------
    units : int
        D.
    couplings : ndarray
        (D, D) float64, a copy.
    bias : ndarray
        (D,) float64, a copy.
    symmetric : bool
        Whether an energy exists.

    Raises
    ------
    ValueError
        If the couplings are not square, not finite or have a diagonal, or the bias does not match.

    Notes
    -----
    Couplings have a fixed-point meaning: they are kept as integers times one power of two, of 8, 16 or 32 bits if that
    is exact, else of 64 with the finest step for which no field overflows. Then each field is an exact sum, no drift
    builds up over flips, and results are the same on every machine. Integer couplings (as from
    `learning.activity_product`) and multiples of a power of two are exact; others are rounded to about 62 - log2(D)
    bits of the largest row.

    Examples
    --------
    >>> import hebbfast as hb
    >>> patterns = hb.random_patterns(3, 100, rng=0)
    >>> network = hb.HopfieldNetwork.train(patterns)
    >>> result = network.recall(hb.corrupt(patterns[0], flips=10, rng=1), rng=2)
    >>> bool((result.states == patterns[0]).all())
    True
    """

    def __init__(self, couplings: ArrayLike, bias: ArrayLike | None = None) -> None:
        matrix = _numbers(couplings, "couplings")
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.shape[0] == 0:
            raise ValueError(f"couplings must have shape (D, D), got shape {matrix.shape}")
        if np.any(matrix.diagonal()):
            unit = int(np.flatnonzero(matrix.diagonal())[0])
            raise ValueError(f"couplings must have a zero diagonal, got {matrix[unit, unit]} at [{unit}, {unit}]")
        self.units = len(matrix)
        field = np.zeros(self.units) if bias is None else _numbers(bias, "bias")
        if field.shape != (self.units,):
            raise ValueError(f"bias must have shape ({self.units},), got shape {field.shape}")
        self.symmetric = bool(np.array_equal(matrix, matrix.T))
        self._outgoing, self._bias, self._scale = _fixed_point(matrix, field)
        self._model = _kernels.Couplings(self._outgoing, self._bias, self._scale)

    @classmethod
    def train(
        cls, patterns: ArrayLike | PackedPatterns, rule: Rule | Callable[..., Any] | None = None
    ) -> "HopfieldNetwork":
        """Make a network from patterns.

        Parameters
        ----------
        patterns : array_like or PackedPatterns
            (K, D) of ±1.
        rule : object with ``couplings(patterns)``, or function of patterns, optional
            For instance a `learning.HebbianRule`; by default `learning.activity_product`, the sum of outer products.

        Returns
        -------
        HopfieldNetwork
            With the couplings of the rule and no bias.

        Examples
        --------
        >>> import hebbfast as hb
        >>> hb.HopfieldNetwork.train([[1, -1, 1]]).couplings.tolist()
        [[0.0, -1.0, 1.0], [-1.0, 0.0, -1.0], [1.0, -1.0, 0.0]]
        """
        from hebbfast import learning  # half of the time of `import hebbfast`

        rule = learning.activity_product if rule is None else rule
        made = rule.couplings(patterns) if hasattr(rule, "couplings") else rule(patterns)
        return cls(getattr(made, "couplings", made))

    @property
    def couplings(self) -> NDArray[np.float64]:
        """(D, D) float64: J as the network uses it."""
        return np.ascontiguousarray(self._outgoing.T * self._scale)

    @property
    def bias(self) -> NDArray[np.float64]:
        """(D,) float64: b as the network uses it."""
        return np.asarray(self._bias * self._scale)

    def __repr__(self) -> str:
        kind = "symmetric" if self.symmetric else "asymmetric"
        return f"<HopfieldNetwork D={self.units} {kind} {self._outgoing.dtype} couplings>"

    def fields(self, states: ArrayLike | PackedPatterns) -> NDArray[np.float64]:
        """Fields h = J σ + b: float64 (D,) for one state (D,), (Q, D) for a batch; exact sums, rounded once."""
        batch = bits.read_states(states, self.units, "states")
        fields = self._fields(batch.words, all_units(self))
        return fields[0] if batch.single else fields

    def _fields(self, words: NDArray[np.uint64], units: NDArray[np.uint32]) -> NDArray[np.float64]:
        out = np.empty((len(words), len(units)))
        states = max(1, _CALL // self.units**2)  # a call cannot be interrupted
        for first in range(0, len(out), states):
            _kernels.fields(self._model, words[first : first + states], units, out[first : first + states])
        return out

    def energy(self, states: ArrayLike | PackedPatterns) -> Any:
        """Energy E = -½ σᵀJσ - b·σ: float64 scalar for one state (D,), (Q,) for a batch.

        Raises
        ------
        ValueError
            If the couplings are not symmetric: the dynamics then has no energy.
        """
        if not self.symmetric:
            raise ValueError("couplings must be symmetric for an energy to exist, got asymmetric ones")
        batch = bits.read_states(states, self.units, "states")
        energies = self._energies(batch.words)
        return energies[0] if batch.single else energies

    def _energies(self, words: NDArray[np.uint64]) -> NDArray[np.float64]:
        if not self.symmetric:
            return np.full(len(words), np.nan)
        signs = PackedPatterns._of(words.view(), self.units).unpack()
        terms = signs * (self._fields(words, all_units(self)) + self.bias)
        if self._bias.dtype == np.int32:  # multiples of one scale below 2^53 of it: exact in any order
            return np.asarray(-0.5 * terms.sum(axis=1))
        return np.array([-0.5 * math.fsum(row) for row in terms])

    def delta_energy(self, states: ArrayLike | PackedPatterns, units: ArrayLike | None = None) -> NDArray[np.float64]:
        """Energy differences 2 σ_i h_i of single flips: float64 (len(units),) or (Q, len(units)); all units when None.

        Raises
        ------
        ValueError
            If the couplings are not symmetric, or a unit is out of range.
        """
        if not self.symmetric:
            raise ValueError("couplings must be symmetric for an energy to exist, got asymmetric ones")
        return flip_costs(self, bits.read_states(states, self.units, "states"), units)

    def recall(
        self,
        cues: ArrayLike | PackedPatterns,
        *,
        update: str = "async",
        order: str | ArrayLike = "random",
        max_sweeps: int = 100,
        temperature: float = 0.0,
        tie: str = "plus",
        clamp: ArrayLike | None = None,
        rng: Any = None,
        threads: int | None = None,
        record: str | Iterable[str] | None = None,
    ) -> Recall:
        """Let cues move until they rest; arguments, result and errors as `DenseAssociativeMemory.recall`.

        ``record`` knows no overlaps here, and with asymmetric couplings, where convergence is not promised, the
        energies are NaN.

        Examples
        --------
        >>> import hebbfast as hb
        >>> network = hb.HopfieldNetwork([[0, 1], [1, 0]])
        >>> network.recall([1, -1], order="sequential").states.tolist()
        [-1, -1]
        """
        return dynamics.recall(
            self._model,
            bits.read_states(cues, self.units, "cues"),
            self._energies,
            None,
            update=update,
            order=order,
            max_sweeps=max_sweeps,
            temperature=temperature,
            tie=tie,
            clamp=clamp,
            rng=rng,
            threads=threads,
            record=record,
        )

    sample = dynamics.sample


def _numbers(values: ArrayLike, name: str) -> NDArray[Any]:
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(f"{name} must be a rectangular array of numbers, got rows of different lengths") from None
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} must hold real numbers, got dtype {array.dtype}")
    if not np.all(np.isfinite(array)):
        where = [int(j) for j in np.argwhere(~np.isfinite(array))[0]]
        raise ValueError(f"{name} must be finite, got {array[tuple(where)]} at {where}")
    return array


def _fixed_point(matrix: NDArray[Any], bias: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], float]:
    """Couplings and bias as integers, the narrowest exact ones or int64, and the power of two they are multiples of."""
    # First of all doubles: abs and ldexp of narrow types overflow. A flip adds twice a row, so partial sums stay below
    # three times the largest row sum.
    matrix, bias = matrix.astype(np.float64, copy=False), bias.astype(np.float64, copy=False)
    sizes = np.abs(matrix)
    sums = math.frexp(3.0 * float((sizes.sum(axis=1) + np.abs(bias)).max()) or 1.0)[1]
    largest = math.frexp(float(sizes.max()) or 1.0)[1]
    del sizes

    def scaled(exponent: int, dtype: Any) -> tuple[NDArray[Any], NDArray[Any]]:
        integers = np.ascontiguousarray(np.rint(np.ldexp(matrix.T, exponent)), dtype=dtype)
        return integers, np.rint(np.ldexp(bias, exponent)).astype(dtype)

    exponent = 31 - sums
    integers, offsets = scaled(exponent, np.int32)
    scale = math.ldexp(1.0, -exponent)
    if not (np.array_equal(integers.T * scale, matrix) and np.array_equal(offsets * scale, bias)):
        return *scaled(62 - sums, np.int64), math.ldexp(1.0, sums - 62)
    used = int(np.bitwise_or.reduce(integers, axis=None) | np.bitwise_or.reduce(offsets))
    narrow: Any
    for narrow, width in ((np.int8, 7), (np.int16, 15)):
        shift = max(0, largest + exponent - width)
        if used % 2**shift == 0:  # these low bits are zero in all of them
            return (integers >> shift).astype(narrow), offsets >> shift, math.ldexp(scale, shift)
    return integers, offsets, scale
