"""Pseudo-inverse couplings: the projector on the span of the patterns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast.bits import PackedPatterns
from hebbfast.learning.record import Learned, read_patterns, stabilities

__all__ = ["Projection", "projection"]

_TINY = 1e-9  # squared distance from the span, over D, below which a pattern counts as inside


@dataclass(frozen=True, eq=False)
class Projection(Learned):
    """`Learned`, with the projector itself, from which learning can go on.

    Attributes
    ----------
    projector : ndarray
        (D, D) float64 P, with its diagonal.
    patterns : PackedPatterns
        The K patterns that it holds.
    """

    projector: NDArray[np.float64]
    patterns: PackedPatterns

    def store(self, patterns: ArrayLike | PackedPatterns) -> "Projection":
        """Learn more patterns without going back to the old ones: a new record; O(D²) for each pattern.

        P ← P + r rᵀ / (r·r) with r = ξ - P ξ, the part of the pattern outside the span (Greville's recursion); a
        pattern within the span changes nothing.

        Examples
        --------
        >>> import hebbfast as hb
        >>> patterns = hb.random_patterns(20, 100, rng=0)
        >>> grown = hb.learning.projection(patterns[:15]).store(patterns[15:])
        >>> bool(abs(grown.projector - hb.learning.projection(patterns).projector).max() < 1e-12)
        True
        """
        signs = read_patterns(patterns)
        if signs.shape[1] != len(self.projector):
            raise ValueError(f"patterns must have D = {len(self.projector)} units, got {signs.shape[1]}")
        projector = self.projector.copy()
        for x in signs.astype(np.float64):
            r = x - projector @ x
            if r @ r > _TINY * len(x):
                r -= projector @ r  # once more, so that rounding does not add up
                projector += np.outer(r, r / (r @ r))
        return _record(projector, PackedPatterns.concatenate([self.patterns, PackedPatterns(signs)]))


def projection(patterns: ArrayLike | PackedPatterns) -> Projection:
    """Pseudo-inverse rule, J = Ξ⁺ Ξ without its diagonal, where Ξ is (K, D).

    Parameters
    ----------
    patterns : array_like or PackedPatterns
        (K, D) of ±1; dependent rows (doubles, negatives) are no harm.

    Returns
    -------
    Projection
        Symmetric float64 couplings; every pattern has ξ_i h_i = 1 - P_ii, so all are fixed points while the span
        leaves out some part of each unit (K < D for random patterns). ``converged`` says that this is so.
        ``store`` learns more.

    Notes
    -----
    Personnaz, Guyon and Dreyfus (1985), J. Physique Lett. 46, 359; Kanter and Sompolinsky (1987), Phys. Rev. A 35, 380,
    for the zero diagonal.

    Examples
    --------
    >>> import hebbfast as hb
    >>> patterns = hb.random_patterns(60, 100, rng=0)
    >>> learned = hb.learning.projection(patterns)
    >>> learned.converged, round(float(learned.projector.trace()), 6)
    (True, 60.0)
    """
    signs = read_patterns(patterns)
    _, sizes, directions = np.linalg.svd(signs.astype(np.float64), full_matrices=False)
    basis = directions[sizes**2 > _TINY * signs.shape[1]]
    return _record(basis.T @ basis, PackedPatterns(signs))


def _record(projector: NDArray[np.float64], patterns: PackedPatterns) -> Projection:
    couplings = projector.copy()
    np.fill_diagonal(couplings, 0.0)
    # Above rounding only: at full rank P is the unit matrix, and what is left off its diagonal means nothing.
    free = 1 - projector.diagonal() > _TINY
    margins = np.where(free, stabilities(couplings, patterns.unpack()), 0.0)
    return Projection(couplings, 1, margins, bool((margins > 0).all()), projector, patterns)
