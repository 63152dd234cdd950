"""Pseudo-inverse couplings: the projector on the span of the patterns."""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast.bits import PackedPatterns
from hebbfast.learning._exact import WHOLE, on_one_step, ordered_product
from hebbfast.learning.record import Learned, read_patterns, room, stabilities

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
        pattern within the span changes nothing. Few patterns in all are learned anew, exactly.

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
        everything = PackedPatterns.concatenate([self.patterns, PackedPatterns(signs)])
        return _exact(everything) or _record(_grown(self.projector, signs), everything)


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
    P times the determinant of ΞΞᵀ is whole. While that leaves room in a double (D = 12: any K, D = 100: about 8
    patterns), couplings are whole multiples of one step, so that ties of fields are exact; that multiplies all of them
    by one factor, as in `storkey`, while ``projector`` is rounded entry by entry. Beyond that both are doubles from
    sums in a fixed order, with the same bits on every machine.

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
    packed = PackedPatterns(signs)
    units = signs.shape[1]
    return _exact(packed) or _record(_grown(room(units), signs), packed)


def _exact(patterns: PackedPatterns) -> Projection | None:
    """The projector in fractions, while there is room for them."""
    count, units = patterns.shape
    if min(count, units) * math.log2(units) > 80 or count > 64:
        return None
    signs = patterns.unpack().astype(np.int64)
    kept, inverse = _inverse((signs @ signs.T).tolist())
    one = math.lcm(*(entry.denominator for row in inverse for entry in row))
    middle = [[int(entry * one) for entry in row] for row in inverse]
    if len(kept) * sum(abs(entry) for row in middle for entry in row) >= WHOLE or one >= WHOLE:
        return None
    whole = signs[kept].T @ np.array(middle, dtype=np.int64) @ signs[kept]
    couplings = whole.copy()
    np.fill_diagonal(couplings, 0)
    stepped = on_one_step(couplings, one)
    return None if stepped is None else _record(whole / one, patterns, stepped)


def _inverse(gram: list[list[int]]) -> tuple[list[int], list[list[Fraction]]]:
    """Rows that do not depend on those before, and the inverse of what is left of a positive semidefinite matrix."""
    count = len(gram)
    rows = [[Fraction(x) for x in row] + [Fraction(int(i == k)) for i in range(count)] for k, row in enumerate(gram)]
    kept = []
    for k, pivot in enumerate(rows):
        if pivot[k] == 0:
            continue
        kept.append(k)
        pivot[:] = [x / pivot[k] for x in pivot]
        for i, row in enumerate(rows):
            if i != k and row[k] != 0:
                row[:] = [x - row[k] * y for x, y in zip(row, pivot, strict=True)]
    return kept, [[rows[i][count + j] for j in kept] for i in kept]


def _grown(projector: NDArray[np.float64], signs: NDArray[np.int8]) -> NDArray[np.float64]:
    """The projector on the span of what it projects on and of the patterns."""
    if projector.any():
        basis = _orthonormal(signs - ordered_product(signs, projector), _TINY * signs.shape[1])
        basis = _orthonormal(
            basis - ordered_product(basis, projector), 0.5
        )  # once more, so that rounding does not add up
    else:
        basis = _orthonormal(signs.astype(np.float64), _TINY * signs.shape[1])
    grown: NDArray[np.float64] = projector + ordered_product(basis.T, basis)
    return grown


def _orthonormal(rows: NDArray[np.float64], least: float) -> NDArray[np.float64]:
    """Orthonormal rows of the same span but for squared distances up to ``least``: Gram and Schmidt, each row twice."""
    found, columns, count = np.empty_like(rows), np.empty(rows.shape[::-1]), 0
    for row in rows:
        rest = row
        for _ in range(2):
            rest = rest - ordered_product(ordered_product(rest, columns[:, :count]), found[:count])
        size = float(ordered_product(rest, rest[:, None])[0])
        if size > least:
            columns[:, count] = found[count] = rest / math.sqrt(size)
            count += 1
    return found[:count]


def _record(
    projector: NDArray[np.float64], patterns: PackedPatterns, couplings: NDArray[np.float64] | None = None
) -> Projection:
    if couplings is None:
        couplings = projector.copy()
        np.fill_diagonal(couplings, 0.0)
    # Above rounding only: at full rank P is the unit matrix, and what is left off its diagonal means nothing.
    free = 1 - projector.diagonal() > _TINY
    margins = np.where(free, stabilities(couplings, patterns.unpack()), 0.0)
    return Projection(couplings, 1, margins, bool((margins > 0).all()), projector, patterns)
