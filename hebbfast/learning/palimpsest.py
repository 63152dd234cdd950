"""Couplings with bounds: clipped to signs, or palimpsests, in which new patterns write over old ones."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _kernels
from hebbfast._work.pieces import pieces
from hebbfast.bits import PackedPatterns
from hebbfast.learning.hebbian import activity_product
from hebbfast.learning.record import Learned, read_patterns, stabilities, whole

__all__ = ["palimpsest", "sign_clipped"]


def sign_clipped(patterns: ArrayLike | PackedPatterns) -> Learned:
    """One bit a synapse: J_ij = sign(Σ_μ ξ_i ξ_j), and 0 where the sum is 0 (Sompolinsky 1986).

    Parameters
    ----------
    patterns : array_like or PackedPatterns
        (K, D) of ±1.

    Returns
    -------
    Learned
        Symmetric float64 couplings of -1, 0, +1; zeros off the diagonal need even K. ``converged`` says that every
        pattern is a fixed point.

    Examples
    --------
    >>> import hebbfast as hb
    >>> hb.learning.sign_clipped(hb.random_patterns(5, 200, rng=0)).converged
    True
    """
    signs = read_patterns(patterns)
    return _record(np.sign(activity_product(signs)), signs)


def palimpsest(
    patterns: ArrayLike | PackedPatterns, *, bound: int | None = None, decay: float | None = None
) -> Learned:
    """Learn patterns one after another and forget the oldest gracefully, by a bound or by a decay.

    Parameters
    ----------
    patterns : array_like or PackedPatterns
        (K, D) of ±1; the last row is the newest.
    bound : int, optional
        J_ij ← J_ij + ξ_i ξ_j, kept within -bound..bound (Parisi 1986, J. Phys. A 19, L617; Nadal, Toulouse, Changeux
        and Dehaene 1986, Europhys. Lett. 1, 535). The memory span is longest near a bound of 0.35 √D.
    decay : float, optional
        J ← (1 - decay) J + ξ ξᵀ, 0 < decay < 1 (Mézard, Nadal and Toulouse 1986, J. Physique 47, 1457). Give one of
        the two.

    Returns
    -------
    Learned
        Symmetric float64 couplings, integers with a bound; one epoch. ``converged`` says that every pattern is a
        fixed point, which a palimpsest does not promise: it holds the newest.

    Examples
    --------
    >>> import hebbfast as hb
    >>> patterns = hb.random_patterns(500, 400, rng=0)
    >>> network = hb.HopfieldNetwork(hb.learning.palimpsest(patterns, bound=7).couplings)
    >>> bool((network.recall(patterns[-1], rng=1).states @ patterns[-1].astype(int)) > 380)
    True
    """
    if (bound is None) == (decay is None):
        raise ValueError(f"bound or decay must be given, not both, got bound={bound!r} and decay={decay!r}")
    signs = read_patterns(patterns)
    units = signs.shape[1]
    if bound is not None:
        sums = np.zeros((units, units), dtype=np.int32)
        limit = min(whole("bound", bound, 1), len(signs))  # beyond K there is no bound
        for part in pieces(len(sums), len(signs) * len(sums)):
            _kernels.bounded(signs, limit, sums, part.start, part.stop)
        return _record(sums, signs)
    if not isinstance(decay, (float, np.floating)) or not 0 < decay < 1:
        raise ValueError(f"decay must lie between 0 and 1, got {decay!r}")
    x = signs.astype(np.float64)
    weights = (1 - decay) ** np.arange(len(x) - 1, -1, -1.0)
    couplings = (weights[:, None] * x).T @ x
    np.fill_diagonal(couplings, 0.0)
    return _record((couplings + couplings.T) / 2, signs)


def _record(couplings: NDArray[Any], signs: NDArray[np.int8]) -> Learned:
    margins = stabilities(couplings, signs)
    return Learned(couplings.astype(np.float64), 1, margins, bool((margins > 0).all()))
