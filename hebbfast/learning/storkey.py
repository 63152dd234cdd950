"""Storkey's rule: local and incremental like Hebb's, with the field of the other patterns taken off."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _kernels
from hebbfast._work.pieces import pieces
from hebbfast.bits import PackedPatterns
from hebbfast.learning._exact import WHOLE, on_one_step, ordered_product
from hebbfast.learning.record import Learned, held, read_patterns, room

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
    h_ij = u_i - J_ij ξ_j with u = J ξ, a step is J ← (1 + 2/D) J + (ξ ξᵀ - ξ uᵀ - u ξᵀ) / D off the diagonal.

    Dᴷ J is whole. While that leaves room in a double (D = 10: about 15 patterns, D = 100: 7, D = 1000: 4), couplings
    are whole multiples of one step, so that ties of fields are exact. If D is no power of two the step is rounded,
    which multiplies all couplings by one factor: within 2^-16 of 1 at the limit, much closer before it (D = 10, K = 2:
    2^-43).
    Beyond the limit couplings are doubles, with the same bits on every machine; u then follows from the K patterns and
    their u, in O(K² D) altogether, and J is formed at the end.

    Examples
    --------
    >>> import hebbfast as hb
    >>> patterns = hb.random_patterns(30, 200, rng=0)
    >>> hb.learning.storkey(patterns).converged
    True
    """
    signs = read_patterns(patterns)
    exact = _exact(signs)
    return held(_rounded(signs.astype(np.float64)) if exact is None else exact, signs)


def _exact(signs: NDArray[np.int8]) -> NDArray[np.float64] | None:
    """The recursion in integers, while they fit."""
    count, units = signs.shape
    if count * math.log2(units) > 66:
        return None
    whole, one = room(units, np.int64), 1  # J = whole / one
    for own in signs.astype(np.int64):
        largest = max(int(whole.max()), -int(whole.min()))
        if (3 * units + 2) * largest + one >= WHOLE:
            return None
        less = np.outer(own, whole @ own)
        whole *= units + 2
        whole += one * np.outer(own, own) - less - less.T
        np.fill_diagonal(whole, 0)
        one *= units
    return on_one_step(whole, one)


def _rounded(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same in doubles; sums in a fixed order, or exact."""
    count, units = x.shape
    growth = 1 + 2 / units
    left = np.multiply.accumulate(np.r_[1 / units, np.full(count, growth)])  # of a step, so many steps later
    ages = np.arange(count)[:, None] - np.arange(count) - 1
    weights = np.where(ages >= 0, left[ages], 0)  # row k: what is left of the steps before k
    overlaps = np.empty_like(weights)
    for part in pieces(count, x.size // 8):  # whole numbers, in any order
        np.matmul(x[part], x.T, out=overlaps[part])
    factors = np.repeat((weights * overlaps)[:, :, None], 2, axis=2)  # of `both`
    both = np.stack((x, np.zeros_like(x)), axis=1)  # of pattern μ, and -u of it when it was learned
    columns = np.zeros((units, count))  # -u, transposed
    echo, field, twice = np.empty((1, count)), np.empty((1, units)), x * (2 / units)
    diagonal = np.zeros(units)  # of the sum of steps, to be taken off
    for k, own in enumerate(x):
        less, before = both[k, 1], factors[k, :k]
        _kernels.ordered_product(x[k : k + 1], columns[:, :k], echo[:, :k], True)
        before[:, 0] += weights[k, :k] * echo[0, :k]
        _kernels.ordered_product(before.reshape(1, -1), both[:k].reshape(-1, units), field)
        np.multiply(diagonal, own, out=less)
        less -= field[0]
        columns[:, k] = less
        diagonal *= growth
        diagonal += twice[k] * less
        diagonal += 1 / units
    mixed = ordered_product(x.T, left[count - 1 :: -1, None] * (0.5 * x + both[:, 1]), exact=True)
    couplings: NDArray[np.float64] = mixed + mixed.T
    np.fill_diagonal(couplings, 0.0)
    return couplings
