"""Where recalls end: in a pattern, in its inverse, in a mixture of three, or elsewhere."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments, bits
from hebbfast._records import Record
from hebbfast.bits import PackedPatterns
from hebbfast.search import Nearest

__all__ = ["KINDS", "StateKinds", "classify_states"]

KINDS = ("pattern", "inverse", "mixture", "other")


@dataclass(frozen=True, eq=False)
class StateKinds(Record):
    """What states are, compared with stored patterns; for one state without the leading Q.

    Attributes
    ----------
    kind : str or ndarray
        (Q,): "pattern", "inverse" (of a pattern), "mixture" (of three) or "other".
    index : int64 or ndarray
        (Q,): the pattern, or that of the inverse, nearest to the state; else the pattern with the overlap that is
        largest in size. Of equal ones the lowest.
    overlap : int32 or ndarray
        (Q,): that overlap, from -D to D.
    parts : ndarray
        int64 (Q, 3): the patterns of a mixture, that with the overlap largest in size first; -1 where there is none.

    Examples
    --------
    >>> import hebbfast as hb
    >>> patterns = hb.random_patterns(10, 100, rng=0)
    >>> mixed = hb.PackedPatterns([patterns[4], -patterns[4], patterns[:3].sum(axis=0).clip(-1, 1)])
    >>> hb.classify_states(mixed, patterns).counts()
    {'pattern': 1, 'inverse': 1, 'mixture': 1, 'other': 0}
    """

    kind: Any
    index: Any
    overlap: Any
    parts: NDArray[np.int64]

    def counts(self) -> dict[str, int]:
        """How many states are of each kind."""
        kinds = np.atleast_1d(self.kind)
        return {kind: int((kinds == kind).sum()) for kind in KINDS}


def classify_states(
    states: ArrayLike | PackedPatterns,
    patterns: ArrayLike | PackedPatterns,
    *,
    flips: int = 0,
    threads: int | None = None,
) -> StateKinds:
    """Say of each state whether it is a pattern, the inverse of one, a mixture of three, or something else.

    Parameters
    ----------
    states : array_like or PackedPatterns
        (D,) or (Q, D) of ±1, for instance where recalls ended.
    patterns : array_like or PackedPatterns
        (K, D) of ±1.
    flips : int, default 0
        Units in which a state may differ from what it is taken for; 0 means that all are equal.
    threads : int, optional
        At most so many; by default HEBBFAST_NUM_THREADS or the CPUs of the process.

    Returns
    -------
    StateKinds
        ``.kind``, ``.index``, ``.overlap``, ``.parts``; ``.counts()``.

    Raises
    ------
    ValueError
        If an argument is not as described.

    Notes
    -----
    A mixture is σ_i = sign(±ξ_i^μ ± ξ_i^ν ± ξ_i^ρ), the spurious states that come first (Amit, Gutfreund and
    Sompolinsky 1985, Phys. Rev. A 32, 1007, section IV); each of the three has |overlap| D/2 on average. The three that
    are tried are those with overlaps largest in size, with the signs of these (+ for zero). A state that is several of
    the kinds is the first of them.

    Examples
    --------
    >>> import hebbfast as hb
    >>> patterns = hb.random_patterns(7, 1000, rng=0)
    >>> memory = hb.DenseAssociativeMemory(patterns)
    >>> ends = memory.recall(hb.random_patterns(1000, 1000, rng=1), rng=2).states
    >>> hb.classify_states(ends, patterns).counts()
    {'pattern': 317, 'inverse': 332, 'mixture': 177, 'other': 174}
    """
    stored = patterns if isinstance(patterns, PackedPatterns) else PackedPatterns(patterns)
    if len(stored) == 0:
        raise ValueError("patterns must hold at least one pattern, got none")
    units = stored.shape[1]
    flips = _arguments.whole("flips", flips, 0, units)
    batch = bits.read_states(states, units, "states")
    near, far = _nearest(stored, batch, threads)
    index, overlap = _largest(near, far)
    kind, which, size = np.full(len(index), "other", dtype="<U7"), index[:, 0].copy(), overlap[:, 0].copy()
    for name, found, sign in (("inverse", far, -1), ("pattern", near, 1)):  # what is both is a pattern
        close = units - found.overlap[:, 0] <= 2 * flips
        kind[close], which[close], size[close] = name, found.index[close, 0], sign * found.overlap[close, 0]
    parts = np.full((len(index), 3), -1)
    if len(stored) >= 3:
        mixed = (kind == "other") & (_differing(stored, batch.words, index, overlap) <= flips)
        kind[mixed], parts[mixed] = "mixture", index[mixed]
    if batch.single:
        return StateKinds(str(kind[0]), which[0], size[0], parts[0])
    return StateKinds(kind, which, size, parts)


def _nearest(stored: PackedPatterns, batch: bits.States, threads: int | None) -> tuple[Nearest, Nearest]:
    """The three patterns, or as many as there are, nearest to each state, and nearest to its inverse."""
    count = min(3, len(stored))
    found = bits.packed(batch.words.view(), batch.units)
    inverse = bits.packed(_inverted(batch.words, batch.units), batch.units)
    return stored.nearest(found, count, threads=threads), stored.nearest(inverse, count, threads=threads)


def _largest(near: Nearest, far: Nearest) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Of these the three, or as many as there are, with overlaps largest in size, and these: (Q, 3) each."""
    count = near.index.shape[1]
    index, overlap = np.hstack([near.index, far.index]), np.hstack([near.overlap, -far.overlap])
    order = np.lexsort((index, -np.abs(overlap)))
    index, overlap = np.take_along_axis(index, order, axis=1), np.take_along_axis(overlap, order, axis=1)
    again = np.zeros(index.shape, dtype=bool)  # few patterns: one is in both lists
    again[:, 1:] = index[:, 1:] == index[:, :-1]
    first = np.argsort(again, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(index, first, axis=1), np.take_along_axis(overlap, first, axis=1)


def _differing(
    stored: PackedPatterns, words: NDArray[np.uint64], index: NDArray[np.int64], overlap: NDArray[np.int32]
) -> NDArray[np.int64]:
    """In how many units states differ from the majority of their three patterns, each with the sign of its overlap."""
    a, b, c = (
        stored.words[index[:, part]] ^ np.where(overlap[:, part] < 0, ~np.uint64(0), np.uint64(0))[:, None]
        for part in range(3)
    )
    apart = ((a & b) | (b & c) | (c & a)) ^ words
    if len(apart):
        apart[:, -1] &= bits.tail_mask(stored.shape[1])
    differ: NDArray[np.int64] = np.bitwise_count(apart).sum(axis=1, dtype=np.int64)
    return differ


def _inverted(words: NDArray[np.uint64], units: int) -> NDArray[np.uint64]:
    """The inverses of packed states."""
    inverse = ~words
    inverse[:, -1] &= bits.tail_mask(units)
    return inverse
