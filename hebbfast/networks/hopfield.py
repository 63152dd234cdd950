"""Hopfield networks in coupling space: a matrix J, a bias, and the same dynamics as the dense memories."""

import math
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments, _kernels
from hebbfast._work.pieces import pieces
from hebbfast.bits import PackedPatterns
from hebbfast.dynamics import workspaces
from hebbfast.dynamics.run import Compiled
from hebbfast.networks._network import Network

__all__ = ["HopfieldNetwork"]


class Rule(Protocol):
    """A learning rule as an object."""

    def couplings(self, patterns: Any) -> NDArray[Any]:
        """(D, D) couplings of (K, D) patterns."""
        ...


class HopfieldNetwork(Network):
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
    bits of the largest row. Couplings take 2 bytes each where 8 bits are exact, 2 or 4 where 16 or 32 are, else 10: the
    integers of 64 bits and two bytes that decide most visits without them.

    Examples
    --------
    >>> import hebbfast as hb
    >>> patterns = hb.random_patterns(3, 100, rng=0)
    >>> network = hb.HopfieldNetwork.train(patterns)
    >>> result = network.recall(hb.corrupt(patterns[0], flips=10, rng=1), rng=2)
    >>> bool((result.states == patterns[0]).all())
    True
    """

    _energies_wait = True

    def __init__(self, couplings: ArrayLike, bias: ArrayLike | None = None) -> None:
        matrix = _arguments.real_array("couplings", couplings)
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.shape[0] == 0:
            raise ValueError(f"couplings must have shape (D, D), got shape {matrix.shape}")
        if np.any(matrix.diagonal()):
            unit = int(np.flatnonzero(matrix.diagonal())[0])
            raise ValueError(f"couplings must have a zero diagonal, got {matrix[unit, unit]} at [{unit}, {unit}]")
        field = np.zeros(len(matrix), dtype=np.int64) if bias is None else _arguments.real_array("bias", bias)
        if field.shape != (len(matrix),):
            raise ValueError(f"bias must have shape ({len(matrix)},), got shape {field.shape}")
        symmetric = bool(np.array_equal(matrix, matrix.T))
        self.__setstate__((*_fixed_point(matrix, field), symmetric))

    def __getstate__(self) -> Any:
        return self._outgoing, self._bias, self._scale, self.symmetric

    def __setstate__(self, state: Any) -> None:
        self._outgoing, self._bias, self._scale, self.symmetric = state
        self._outgoing.flags.writeable = self._bias.flags.writeable = False
        self.units = len(self._bias)
        self._field: NDArray[np.float64] = self._bias * self._scale  # b
        self._compiled = Compiled(_kernels.Couplings(self._outgoing, self._bias, self._scale, self.symmetric))

    @property
    def _kernel(self) -> Compiled:
        return self._compiled

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
        if not hasattr(rule, "couplings"):
            rule = _arguments.function("rule", rule, "a function of patterns or an object with couplings(patterns)")
        made = rule.couplings(patterns) if hasattr(rule, "couplings") else rule(patterns)
        return cls(getattr(made, "couplings", made))

    @property
    def couplings(self) -> NDArray[np.float64]:
        """(D, D) float64: J as the network uses it."""
        return np.ascontiguousarray(self._outgoing.T * self._scale)

    @property
    def bias(self) -> NDArray[np.float64]:
        """(D,) float64: b as the network uses it."""
        return self._field.copy()

    def __repr__(self) -> str:
        kind = "symmetric" if self.symmetric else "asymmetric"
        return f"<HopfieldNetwork D={self.units} {kind} {self._outgoing.dtype} couplings>"

    def _expect_energy(self) -> None:
        if not self.symmetric:
            raise ValueError("couplings must be symmetric for an energy to exist, got asymmetric ones")

    def _energy_of_one(self, state: NDArray[np.int8]) -> float | None:
        fields = np.empty(self.units)
        if self._bias.dtype != np.int32 or not self._fields_of_one(state, None, fields):
            return None
        fields += self._field
        return -0.5 * float(fields @ state.astype(np.float64))  # exact in any order, as below

    def _fields_of_one(
        self, state: NDArray[np.int8], units: NDArray[np.uint32] | None, out: NDArray[np.float64]
    ) -> bool:
        return _kernels.fields_one(self._kernel.model, state, units, out)

    def _fields_of(self, words: NDArray[np.uint64], units: NDArray[np.uint32]) -> NDArray[np.float64]:
        model, out = self._kernel.model, np.empty((len(words), len(units)))
        workspace = workspaces.take(_kernels.workspace_bytes(model))
        for part in pieces(len(out), self.units**2):
            _kernels.fields(model, words[part], units, out[part], workspace)
        workspaces.give_back(workspace)
        return out

    def _energies_of(self, words: NDArray[np.uint64], threads: int | None = None) -> NDArray[np.float64]:
        if not self.symmetric:
            return np.full(len(words), np.nan)
        model, out = self._kernel.model, np.empty(len(words))
        workspace = workspaces.take(_kernels.workspace_bytes(model))
        for part in pieces(len(words), self.units**2):
            _kernels.coupling_energies(model, words[part], out[part], workspace)
        workspaces.give_back(workspace)
        return out


_FixedPoint = tuple[NDArray[Any], NDArray[Any], float]
_FINEST = 1074  # 2^-1074 is the smallest double


def _fixed_point(matrix: NDArray[Any], bias: NDArray[Any]) -> _FixedPoint:
    """Couplings (a row for each sending unit) and bias as integers, and the power of two they are multiples of.

    The integers are the narrowest exact ones, else int64. A flip adds twice a row, so partial sums of a field stay
    below three times the largest row sum, and that must fit the integers of the field.
    """
    if matrix.dtype.kind in "iu" and bias.dtype.kind in "iu" and max(_size(matrix), _size(bias)) < 2**61:
        found = _from_integers(matrix, bias.astype(np.int64))
        if found is not None:
            return found
    return _from_floats(matrix.astype(np.float64, copy=False), bias.astype(np.float64, copy=False))


def _size(values: NDArray[Any]) -> int:
    return max(abs(int(values.min())), abs(int(values.max())))


def _from_integers(matrix: NDArray[Any], bias: NDArray[np.int64]) -> _FixedPoint | None:
    """Integers as they are, block by block: a large matrix is never held twice. None if a sum may leave int64."""
    units, sums = len(matrix), 0.0
    used = int(np.bitwise_or.reduce(bias))
    for part in pieces(units, units, 32 * units):
        block = matrix[part].astype(np.int64)
        used |= int(np.bitwise_or.reduce(block, axis=None))
        sums = max(sums, float((np.abs(block).astype(np.float64).sum(axis=1) + np.abs(bias[part])).max()))
    if 3 * sums >= 2.0**61:
        return None
    dtype: Any = np.int64
    shift = 0
    if 3 * sums < 2.0**31:
        dtype, shift = _narrowest(used, _size(matrix).bit_length())
    outgoing = np.empty((units, units), dtype)
    for part in pieces(units, units, 32 * units):
        outgoing[:, part] = (matrix[part].astype(np.int64) >> shift).T
    return outgoing, (bias >> shift).astype(np.int64 if dtype is np.int64 else np.int32), math.ldexp(1.0, shift)


def _narrowest(used: int, bits: int) -> tuple[Any, int]:
    """The narrowest type for integers of so many bits, and the low bits to drop, which are zero in all (`used`)."""
    narrow: Any
    shift = (used & -used).bit_length() - 1 if used else 0
    for narrow, width in ((np.int8, 7), (np.int16, 15)):
        if bits - shift <= width:
            return narrow, shift
    return np.int32, shift


def _from_floats(matrix: NDArray[np.float64], bias: NDArray[np.float64]) -> _FixedPoint:
    sizes = np.abs(matrix)
    with np.errstate(over="ignore"):
        largest_sum = 3.0 * float((sizes.sum(axis=1) + np.abs(bias)).max())
    if not math.isfinite(largest_sum):
        raise ValueError(f"couplings must keep fields within float64, got sizes up to {float(sizes.max()):.3g}")
    sums = math.frexp(largest_sum)[1] if largest_sum else 1
    bits = math.frexp(float(sizes.max()))[1]
    del sizes

    def scaled(exponent: int, dtype: Any) -> tuple[NDArray[Any], NDArray[Any]]:
        integers = np.ascontiguousarray(np.rint(np.ldexp(matrix.T, exponent)), dtype=dtype)
        return integers, np.rint(np.ldexp(bias, exponent)).astype(dtype)

    exponent = min(31 - sums, _FINEST)
    integers, offsets = scaled(exponent, np.int32)
    scale = math.ldexp(1.0, -exponent)
    if not (np.array_equal(integers.T * scale, matrix) and np.array_equal(offsets * scale, bias)):
        exponent = min(62 - sums, _FINEST)
        return *scaled(exponent, np.int64), math.ldexp(1.0, -exponent)
    used = int(np.bitwise_or.reduce(integers, axis=None) | np.bitwise_or.reduce(offsets))
    narrow, shift = _narrowest(used, max(0, bits + exponent))
    return (integers >> shift).astype(narrow), offsets >> shift, math.ldexp(scale, shift)
