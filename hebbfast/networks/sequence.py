"""Memories of sequences: each pattern calls up its successor."""

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments, _kernels, bits, search
from hebbfast._records import Record
from hebbfast._work.once import Once
from hebbfast._work.pieces import pieces
from hebbfast.bits import PackedPatterns
from hebbfast.interactions import Interaction, Polynomial, read_weights

__all__ = ["Replay", "SequenceMemory"]

QUADRATIC = Polynomial(2)
_FEW = 16  # patterns in so many, or fewer, that have a weight: their rows alone are added
_NEAR = 64  # patterns that a search may find to have a weight, before all are looked at


@dataclass(frozen=True, eq=False)
class Replay(Record):
    """What a replay passed through; for one cue without the leading Q.

    Attributes
    ----------
    states : ndarray or PackedPatterns
        The last states, of the same kind as the cues.
    best : ndarray
        int64 (Q, steps + 1): the stored pattern with the largest overlap, that of the cue first; of equal ones the
        lower index.
    overlap : ndarray
        int32 (Q, steps + 1): its overlap, from -D to D.
    """

    states: Any
    best: NDArray[np.int64]
    overlap: NDArray[np.int32]


class SequenceMemory:
    """Patterns that follow one another: h_i = Σ_μ ξ_i^s(μ) [F(S_μ + 1) - F(S_μ - 1)], all units at once.

    Parameters
    ----------
    patterns : array_like or PackedPatterns
        (K, D) of ±1. Packed patterns are shared, not copied.
    interaction : Polynomial, RectifiedPolynomial, Exponential or one's own, default Polynomial(2)
        F; its sums must fit 64 bits.
    successor : array_like of int, optional
        (K,): s, the pattern that follows each; any map, so several sequences, cycles or an automaton. The next one in
        order, and the first after the last, when None.

    Attributes
    ----------
    patterns : PackedPatterns
        The stored patterns.
    interaction : Interaction
        F.
    successor : ndarray
        int64 (K,), read-only.
    units : int
        D.

    Raises
    ------
    ValueError
        If an argument is not as described.

    Notes
    -----
    Chaudhry, Zavatone-Veth, Krotov and Pehlevan (2023), "Long sequence Hopfield memory", arXiv:2306.04532, eq. 5; their
    degree is n - 1. S_μ = m_μ - ξ_i^μ σ_i is the overlap without unit i, so that one step fails as often as
    `theory.unit_error` says of a memory with the same n, D and K. Signs are exact; a field of zero gives +1.

    Memory: three times K·D/8 bytes, once something is replayed.

    Examples
    --------
    >>> import hebbfast as hb
    >>> patterns = hb.random_patterns(20, 200, rng=0)
    >>> memory = hb.SequenceMemory(patterns, hb.Polynomial(3))
    >>> memory.replay(hb.corrupt(patterns[4], flip=0.1, rng=1), steps=5).best.tolist()
    [4, 5, 6, 7, 8, 9]
    """

    def __init__(
        self,
        patterns: ArrayLike | PackedPatterns,
        interaction: Interaction = QUADRATIC,
        successor: ArrayLike | None = None,
    ) -> None:
        self.patterns = patterns if isinstance(patterns, PackedPatterns) else PackedPatterns(patterns)
        if len(self.patterns) == 0:
            raise ValueError("patterns must hold at least one pattern, got none")
        count, self.units = self.patterns.shape
        self.interaction = interaction
        weights = read_weights(interaction, self.units, count)
        if weights.gain is None:
            raise ValueError(
                f"interaction must keep sums over K={count} patterns within int64 for D={self.units}, "
                f"got {_arguments.shown(interaction)}"
            )
        self._gain, self._reach = weights.gain, -1
        if weights.relative:  # patterns so far below the best one have no weight
            self._reach = 2 * min(self.units, self.units + 1 - int(np.argmax(self._gain > 0)))
        self._asked = search.Asked(self.patterns.words, self.units)
        if successor is None:
            self.successor = np.roll(np.arange(count), -1)
        else:
            self.successor = _arguments.indices("successor", successor, count).astype(np.int64)
        if len(self.successor) != count:
            raise ValueError(f"successor must have shape ({count},), one a pattern, got {len(self.successor)} entries")
        self.successor.flags.writeable = False
        self._columns = Once(self._make)

    def __len__(self) -> int:
        return len(self.patterns)

    def __repr__(self) -> str:
        return f"<SequenceMemory K={len(self)} D={self.units} {self.interaction}>"

    def __reduce__(self) -> Any:
        return type(self), (self.patterns, self.interaction, self.successor)

    def save(self, path: "str | os.PathLike[str]") -> None:
        """Write the memory to a safetensors file, whole or not at all: `DenseAssociativeMemory.save`."""
        from hebbfast.networks import _saved

        _saved.save(self, path, {"successor": self.successor})

    @classmethod
    def load(
        cls,
        path: "str | os.PathLike[str]",
        *,
        interaction: Interaction | None = None,
        mmap: bool = True,
        verify: bool | None = None,
    ) -> "SequenceMemory":
        """Read what `save` wrote; arguments and errors are those of `DenseAssociativeMemory.load`."""
        from hebbfast.networks import _saved

        found = _saved.read("SequenceMemory", path, {"successor": ("I64", 1)}, [], mmap, verify)
        patterns, chosen = bits.of_file(found), _saved.interaction_of(found, interaction)
        with found.blamed():
            return cls(patterns, chosen, found.arrays["successor"])

    def _make(self) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """Columns of the patterns, and of the products ξ^μ ξ^s(μ)."""
        equal = ~(self.patterns.words ^ self.patterns.words[self.successor])
        equal[:, -1] &= bits.tail_mask(self.units)
        return self.patterns.columns(), bits.packed(equal, self.units).columns()

    def replay(self, cues: ArrayLike | PackedPatterns, *, steps: int) -> Replay:
        """Let cues follow their sequence.

        Parameters
        ----------
        cues : array_like or PackedPatterns
            (D,) or (Q, D) of ±1; not modified.
        steps : int
            Updates of all units at once.

        Returns
        -------
        Replay
            ``.states`` after the last step; ``.best`` and ``.overlap`` before the first and after each.

        Raises
        ------
        ValueError
            If an argument is not as described.

        Examples
        --------
        >>> import hebbfast as hb
        >>> patterns = hb.random_patterns(4, 100, rng=0)
        >>> automaton = hb.SequenceMemory(patterns, hb.Exponential(0.2), successor=[2, 2, 3, 3])
        >>> automaton.replay(patterns[:2], steps=3).best.tolist()
        [[0, 2, 3, 3], [1, 2, 3, 3]]
        """
        steps = _arguments.whole("steps", steps, 0, 2**31)
        batch = bits.read_states(cues, self.units, "cues")
        words = np.array(batch.words)
        best = np.empty((len(words), steps + 1), dtype=np.int64)
        overlap = np.empty((len(words), steps + 1), dtype=np.int32)
        for part in pieces(len(words), len(self) * self.units, 32 * len(self)):
            for step in range(steps + 1):
                best[part, step], overlap[part, step], fields = self._look(words[part], step == steps)
                if step < steps:
                    words[part] = bits.pack_signs(fields >= 0, "states")
        states = batch.restore(words)
        return Replay(states, best[0], overlap[0]) if batch.single else Replay(states, best, overlap)

    def fields(self, states: ArrayLike | PackedPatterns) -> NDArray[np.int64]:
        """The integers whose signs are the next states, (D,) or (Q, D) int64: 2 Σ_μ ξ_i^s(μ) G(S_μ)."""
        batch = bits.read_states(states, self.units, "states")
        found = self._fields(batch.words, self.patterns.overlaps_of(batch.words, None))
        return found[0] if batch.single else found

    def _look(self, words: NDArray[np.uint64], last: bool) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.int64]]:
        """The best patterns, their overlaps, and the fields unless this is the last look."""
        if self._reach >= 0:
            found = search.search(self._asked, words, top=min(_NEAR, len(self)), reach=self._reach)
            index, near = found.nearest(self.units)
            if last or (found.counts.sum(axis=1) <= index.shape[1]).all():
                signs = bits.unpack(words, self.units)
                fields = self._fields_of_few(signs, *self._parts(near), index)
                return index[:, 0], near[:, 0], fields
        overlaps = self.patterns.overlaps_of(words, None)
        fields = np.empty((0, 0), dtype=np.int64) if last else self._fields(words, overlaps)
        return overlaps.argmax(axis=1), overlaps.max(axis=1), fields

    def _parts(self, overlaps: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """P = G(m - 1) + G(m + 1) and Q = G(m - 1) - G(m + 1)."""
        agree = (overlaps.astype(np.int64) + self.units) // 2
        if self._reach >= 0:  # weights are relative to the best pattern
            agree += self.units - agree.max(axis=1, keepdims=True, initial=0)
        with_unit, without = self._gain[agree], self._gain[agree + 1]
        return with_unit + without, with_unit - without

    def _fields(self, words: NDArray[np.uint64], overlaps: NDArray[np.int32]) -> NDArray[np.int64]:
        """Σ_μ ξ^s(μ) P_μ + σ Σ_μ ξ^s(μ) ξ^μ Q_μ: modulo 2^64, for the sum itself fits, whatever its parts do."""
        both, differ = self._parts(overlaps)
        signs = bits.unpack(words, self.units)
        if np.count_nonzero(both) * _FEW <= both.size:
            return self._fields_of_few(signs, both, differ, None)
        columns, products = self._columns()
        calls = np.zeros((len(words), 64 * columns.shape[1]), dtype=np.int64)
        turns = np.zeros_like(calls)
        turns[:, : len(self)] = differ
        for row, values in zip(calls, both, strict=True):
            np.add.at(row, self.successor, values)
        first, second = np.empty((2, len(words), self.units), dtype=np.int64)
        _kernels.tally(columns, calls, first)
        _kernels.tally(products, turns, second)
        first += signs * second
        return first

    def _fields_of_few(
        self,
        signs: NDArray[np.int8],
        both: NDArray[np.int64],
        differ: NDArray[np.int64],
        index: NDArray[np.int64] | None,
    ) -> NDArray[np.int64]:
        """The same from the rows of patterns that have a weight; `index` says which the parts belong to."""
        out = np.empty(signs.shape, dtype=np.int64)
        for q, (state, p, turn) in enumerate(zip(signs, both, differ, strict=True)):
            live = np.flatnonzero((p != 0) | (turn != 0))
            which = live if index is None else index[q, live]
            after = bits.unpack(self.patterns.words[self.successor[which]], self.units).astype(np.int64)
            products = after * bits.unpack(self.patterns.words[which], self.units)
            out[q] = p[live] @ after + state * (turn[live] @ products)
        return out
