"""Hebbian rules: couplings that are sums over the patterns, one local term each."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast._kernels import _kernels
from hebbfast.bits import PackedPatterns

__all__ = ["HebbianRule", "activity_product"]


def activity_product(patterns: ArrayLike | PackedPatterns) -> NDArray[np.int32]:
    """Plain sum of outer products, J_ij = Σ_μ ξ_i ξ_j with J_ii = 0 (Hopfield 1982, eq. 2).

    Parameters
    ----------
    patterns : array_like or PackedPatterns
        (K, D) of ±1.

    Returns
    -------
    ndarray
        int32 (D, D), symmetric. There is no factor 1/D: it would only rescale the energy.

    Examples
    --------
    >>> import hebbfast as hb
    >>> hb.learning.activity_product([[1, -1], [1, 1], [1, 1]]).tolist()
    [[0, 1], [1, 0]]
    """
    return _products(_packed(patterns))


@dataclass(frozen=True)
class HebbianRule:
    """W_ij = Σ_μ [c0 + c1_pre ξ_j + c1_post ξ_i + c2_pre ξ_j² + c2_post ξ_i² + c2_corr ξ_i ξ_j], W_ii = 0.

    The local learning rule to second order (Gerstner, Kistler, Naud and Paninski 2014, eq. 19.2); i is the receiving,
    j the sending unit. Patterns are ±1, so the two squares only add to ``c0``. The couplings are symmetric for all
    patterns if and only if ``c1_pre == c1_post``.

    Parameters
    ----------
    c0, c1_pre, c1_post, c2_pre, c2_post, c2_corr : float
        Coefficients; the default is the activity product.

    Examples
    --------
    >>> import hebbfast as hb
    >>> hb.learning.HebbianRule(c0=1, c2_corr=2).couplings([[1, -1]]).tolist()
    [[0.0, -1.0], [-1.0, 0.0]]
    """

    c0: float = 0.0
    c1_pre: float = 0.0
    c1_post: float = 0.0
    c2_pre: float = 0.0
    c2_post: float = 0.0
    c2_corr: float = 1.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not isinstance(value, (int, float, np.number)) or not np.isfinite(value):
                raise ValueError(f"{name} must be a finite number, got {value!r}")

    def couplings(self, patterns: ArrayLike | PackedPatterns) -> NDArray[np.float64]:
        """Couplings of (K, D) patterns of ±1: float64 (D, D) with a zero diagonal."""
        packed = _packed(patterns)
        sums = _unit_sums(packed)
        constant = (self.c0 + self.c2_pre + self.c2_post) * len(packed)
        made: NDArray[np.float64] = np.asarray(self.c2_corr * _products(packed) + constant, dtype=np.float64)
        made += self.c1_pre * sums[None, :]
        made += self.c1_post * sums[:, None]
        np.fill_diagonal(made, 0.0)
        return made


def _packed(patterns: Any) -> PackedPatterns:
    return patterns if isinstance(patterns, PackedPatterns) else PackedPatterns(patterns)


def _products(packed: PackedPatterns) -> NDArray[np.int32]:
    """Correlations of units are overlaps of columns, of which each has K bits."""
    columns = packed.columns()
    made = np.empty((len(columns), len(columns)), dtype=np.int32)
    for first in range(0, len(columns), 256):
        _kernels.overlaps(columns, columns[first : first + 256], len(packed), made[first : first + 256])
    np.fill_diagonal(made, 0)
    return made


def _unit_sums(packed: PackedPatterns) -> NDArray[np.int64]:
    """Σ_μ ξ_i^μ for each unit."""
    ones = np.bitwise_count(packed.columns()).sum(axis=1, dtype=np.int64)
    sums: NDArray[np.int64] = 2 * ones - len(packed)
    return sums
