"""What every rule that searches for couplings returns, and what rules share: reading patterns, measuring margins."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast.bits import PackedPatterns

__all__ = ["Learned"]


@dataclass(frozen=True, eq=False)
class Learned:
    """Couplings that a rule has found, and how well they hold the patterns.

    ``HopfieldNetwork(learned.couplings)`` makes a network of it, and so does ``HopfieldNetwork.train(patterns, rule)``.

    Attributes
    ----------
    couplings : ndarray
        (D, D) float64 or float32, zero diagonal; J_ij couples unit j to unit i.
    epochs : int
        Passes over the patterns that were run; the largest over the units where each runs by itself.
    margins : ndarray
        (D,) float64: the stability of each unit, min over the patterns of ξ_i h_i / |J_i|, with |J_i| the Euclidean
        norm of row i. Above zero: the unit keeps its value in every pattern.
    converged : bool
        The rule has reached what it promises (see the rule).

    Examples
    --------
    >>> import hebbfast as hb
    >>> learned = hb.learning.perceptron(hb.random_patterns(50, 100, rng=0))
    >>> learned.converged, bool(learned.margins.min() > 0), learned.failed.tolist()
    (True, True, [])
    """

    couplings: NDArray[Any]
    epochs: int
    margins: NDArray[np.float64]
    converged: bool

    @property
    def failed(self) -> NDArray[np.int64]:
        """Units, ascending, that some pattern makes flip or leaves without a field: ``margins <= 0``."""
        return np.flatnonzero(~(self.margins > 0))


def read_patterns(patterns: ArrayLike | PackedPatterns, least_units: int = 1) -> NDArray[np.int8]:
    """(K, D) int8 of ±1 from what a rule is given."""
    packed = patterns if isinstance(patterns, PackedPatterns) else PackedPatterns(patterns)
    if packed.shape[1] < least_units:
        raise ValueError(f"patterns must have D >= {least_units} units, got shape {packed.shape}")
    return packed.unpack()


def stabilities(couplings: NDArray[Any], patterns: NDArray[np.int8]) -> NDArray[np.float64]:
    """(D,) min over the patterns of ξ_i h_i / |J_i|; 0 for a row of zeros."""
    weights = couplings.astype(np.float64)
    signs = patterns.astype(np.float64)
    norms = np.sqrt(np.einsum("ij,ij->i", weights, weights))
    least: NDArray[np.float64] = ((signs @ weights.T) * signs).min(axis=0)
    np.divide(least, norms, out=least, where=norms > 0)
    return least


def positive(name: str, value: Any, *, zero: bool = False) -> float:
    """A finite number above zero, or from zero on."""
    good = isinstance(value, (int, float, np.number)) and not isinstance(value, bool) and math.isfinite(value)
    if not good or value < 0 or (value == 0 and not zero):
        raise ValueError(f"{name} must be a finite number {'of at least' if zero else 'above'} 0, got {value!r}")
    return float(value)


def whole(name: str, value: Any, least: int) -> int:
    """An integer of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} must be an integer of at least {least}, got {value!r}")
    return int(value)
