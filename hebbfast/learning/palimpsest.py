"""Couplings with bounds: clipped to signs, or palimpsests, in which new patterns write over old ones."""

import numpy as np
from numpy.typing import ArrayLike

from hebbfast import _arguments, _kernels
from hebbfast._work.pieces import pieces
from hebbfast.bits import PackedPatterns
from hebbfast.learning._exact import faded, fraction
from hebbfast.learning.hebbian import activity_product
from hebbfast.learning.record import Learned, held, read_patterns, room

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
    return held(np.sign(activity_product(signs)), signs)


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
        the two. What is left of each pattern is rounded to one common step, so that ties of fields are exact.

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
    if decay is not None:
        keep = 1 - fraction(_arguments.real("decay", decay, 0, 1, ends="()"))
        signs = read_patterns(patterns)
        return held(faded(signs, keep), signs)
    bound = _arguments.whole("bound", bound, 1)
    signs = read_patterns(patterns)
    sums = room(signs.shape[1], np.int32)
    limit = min(bound, len(signs))  # beyond K there is no bound
    for part in pieces(len(sums), signs.size):
        _kernels.bounded(signs, limit, sums, part.start, part.stop)
    return held(sums, signs)
