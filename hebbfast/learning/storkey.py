"""Storkey's rule: local and incremental like Hebb's, with the field of the other patterns taken off."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast.bits import PackedPatterns
from hebbfast.learning.record import Learned, read_patterns, stabilities

__all__ = ["storkey"]


def storkey(patterns: ArrayLike | PackedPatterns) -> Learned:
    """Learn patterns one after another, each by what the couplings do not hold yet.

    J_ij ← J_ij + (ξ_i ξ_j - ξ_i h_ji - h_ij ξ_j) / D with h_ij = Σ_{k≠i,j} J_ik ξ_k, all fields taken before the step.

    Parameters
    ----------
    patterns : array_like or PackedPatterns
        (K, D) of ±1, in the order in which they are learned.

    Returns
    -------
    Learned
        Symmetric float64 couplings; one epoch. ``converged`` says that every pattern is a fixed point.

    Notes
    -----
    First order, as published (Storkey 1997, "Increasing the capacity of a Hopfield network without sacrificing
    functionality", ICANN, eq. 2), with a zero diagonal, of which the off-diagonal couplings do not depend. As
    h_ij = u_i - J_ij ξ_j with u = J ξ, a step is J ← (1 + 2/D) J + (ξ ξᵀ - ξ uᵀ - u ξᵀ) / D off the diagonal, so J need
    not be formed before the end: u follows from the K patterns and their u, in O(K² D) altogether.

    Examples
    --------
    >>> import hebbfast as hb
    >>> patterns = hb.random_patterns(30, 200, rng=0)
    >>> hb.learning.storkey(patterns).converged
    True
    """
    signs = read_patterns(patterns)
    x = signs.astype(np.float64)
    count, units = x.shape
    growth = 1 + 2 / units
    fields = np.zeros_like(x)  # row μ: u of pattern μ when it was learned
    weights = np.zeros(count)  # what is left of step μ by now: growth^(later steps) / D
    diagonal = np.zeros(units)  # of the sum of steps, to be taken off
    for k in range(count):
        own, others, u, w = x[k], x[:k], fields[:k], weights[:k]
        overlap, echo = w * (others @ own), w * (u @ own)
        fields[k] = (overlap - echo) @ others - overlap @ u - diagonal * own
        weights[:k] *= growth
        weights[k] = 1 / units
        diagonal = growth * diagonal + (1 - 2 * own * fields[k]) / units
    mixed = (weights[:, None] * x).T @ (0.5 * x - fields)
    couplings: NDArray[np.float64] = mixed + mixed.T
    np.fill_diagonal(couplings, 0.0)
    margins = stabilities(couplings, signs)
    return Learned(couplings, 1, margins, bool((margins > 0).all()))
