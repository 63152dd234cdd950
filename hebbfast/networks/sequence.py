"""Memories of sequences: each pattern calls up its successor."""

import os
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments, _kernels, bits, search
from hebbfast._records import Record
from hebbfast._work.once import Once
from hebbfast._work.pieces import pieces
from hebbfast.bits import PackedPatterns
from hebbfast.interactions import Interaction, Polynomial, read_weights
from hebbfast.networks._gains import leading, read_gains

__all__ = ["Replay", "SequenceMemory"]

QUADRATIC = Polynomial(2)
_FEW = 16  # patterns in so many, or fewer, that have a weight: their rows alone are added
_LARGEST_DENOMINATOR = 1000  # of a mix
_NEAR = 64  # patterns that a search may find to have a weight, before all are looked at
_AHEAD = 64  # steps that are looked at together, as long as each calls up the pattern that was foreseen
_SAVED = 8  # binary digits that must be left out, or all are counted at once


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
        F.
    successor : array_like of int, optional
        (K,): s, the pattern that follows each; any map, so several sequences, cycles or an automaton. The next one in
        order, and the first after the last, when None.
    mix : float, optional
        λ ≥ 0: the field is that of the patterns themselves and λ times that of their successors, so that a state stays
        with a pattern for a while (MixedNet); kept as the nearest fraction with a denominator of at most 1000.
        Successors alone when None.
    past : int, default 1
        τ: successors are called up by overlaps with the mean of the last τ states, before the first step the cue.

    Attributes
    ----------
    patterns : PackedPatterns
        The stored patterns.
    interaction : Interaction
        F.
    successor : ndarray
        int64 (K,), read-only.
    mix : float or None
        λ.
    past : int
        τ.
    units : int
        D.

    Raises
    ------
    ValueError
        If an argument is not as described.

    Notes
    -----
    Chaudhry, Zavatone-Veth, Krotov and Pehlevan (2023), "Long sequence Hopfield memory", arXiv:2306.04532, eq. 5; their
    degree is n - 1; section 4 has the mixed one. S_μ = m_μ - ξ_i^μ σ_i is the overlap without unit i, so that one step
    fails as often as `theory.unit_error` says of a memory with the same n, D and K. Signs are exact, for any n; a field
    of zero gives +1.

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
        *,
        mix: float | None = None,
        past: int = 1,
    ) -> None:
        self.patterns = patterns if isinstance(patterns, PackedPatterns) else PackedPatterns(patterns)
        if len(self.patterns) == 0:
            raise ValueError("patterns must hold at least one pattern, got none")
        count, self.units = self.patterns.shape
        self.interaction = interaction
        self.mix = None if mix is None else _arguments.real("mix", mix, 0.0, 1000.0)
        self.past = _arguments.whole("past", past, 1, 1000)
        share = Fraction(self.mix or 0.0).limit_denominator(_LARGEST_DENOMINATOR)
        self._go, self._stay = (1, 0) if mix is None else share.as_integer_ratio()
        total = count * (self._go + self._stay)
        weights = read_weights(interaction, self.units, total)
        self._gains = read_gains(weights, self.units, total, self.past)
        self._reach = -1
        if weights.relative and self.past == 1:  # patterns so far below the best one have no weight
            self._reach = 2 * min(self.units, self.units + 1 - int(np.argmax(self._gains.digits[0] > 0)))
        plain = self.past == 1 and self._stay == 0 and len(self._gains.digits) == 1
        self._leads = plain and int(self._gains.digits[0].max()) // total >= 1 << _SAVED  # one pattern, perhaps
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
        return _made, (self.patterns, self.interaction, self.successor, self.mix, self.past)

    def save(self, path: "str | os.PathLike[str]") -> None:
        """Write the memory to a safetensors file, whole or not at all: `DenseAssociativeMemory.save`."""
        from hebbfast.networks import _saved

        _saved.save(self, path, {"successor": self.successor}, mix=self.mix, past=self.past)

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

        found = _saved.read("SequenceMemory", path, {"successor": ("I64", 1)}, ["mix", "past"], mmap, verify)
        patterns, chosen = bits.of_file(found), _saved.interaction_of(found, interaction)
        with found.blamed():
            rest = {name: found.parameters[name] for name in ("mix", "past")}
            return cls(patterns, chosen, found.arrays["successor"], **rest)

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
        for part in pieces(len(words), len(self) * self.units, (32 + 4 * self.past) * len(self)):
            words[part] = self._follow(words[part], best[part], overlap[part])
        states = batch.restore(words)
        return Replay(states, best[0], overlap[0]) if batch.single else Replay(states, best, overlap)

    def fields(self, states: ArrayLike | PackedPatterns) -> NDArray[Any]:
        """The integers whose signs are the next states, (D,) or (Q, D) int64, Python's own where they need more.

        2 Σ_μ ξ_i^s(μ) G(S_μ) for states that have stayed as they are; with λ = p / q, p times that and q times the same
        of the patterns themselves.
        """
        batch = bits.read_states(states, self.units, "states")
        found = self._fields([batch.words] * self.past, self.patterns.overlaps_of(batch.words, None))
        return found[0] if batch.single else found

    def _follow(
        self, cues: NDArray[np.uint64], best: NDArray[np.int64], overlap: NDArray[np.int32]
    ) -> NDArray[np.uint64]:
        """The last states; `best` and `overlap` (Q, steps + 1) are written.

        States that are patterns are mostly followed by the next patterns, so these are looked at together: one pass
        over all patterns for many steps. What comes after a wrong guess is thrown away.
        """
        count, looks = best.shape
        done, history, ahead = 0, [cues] * (self.past - 1), cues[None]
        while done < looks:
            states = [*history, ahead.reshape(-1, cues.shape[1])]
            index, near, after = self._look(states, done + 1 == looks)
            after = after.reshape(-1, *cues.shape)
            wrong = [*(after[:-1] != ahead[1:]).any(axis=(1, 2)).tolist(), True]
            right = 1 + wrong.index(True)
            best[:, done : done + right] = index.reshape(-1, count)[:right].T
            overlap[:, done : done + right] = near.reshape(-1, count)[:right].T
            done, history, cues = done + right, states[1:], ahead[right - 1]
            if done < looks:
                most = 8 * right if right == len(ahead) else 1
                ahead = self._foreseen(after[right - 1], best[:, done - 1], min(most, looks - done))
        return cues

    def _foreseen(self, words: NDArray[np.uint64], best: NDArray[np.int64], most: int) -> NDArray[np.uint64]:
        """States (Q, W) that stood nearest to patterns `best` before, and up to `most` in all that should follow."""
        most = min(most, _AHEAD // len(words))
        place = self.successor[best]
        if most < 2 or self.past > 1 or self._stay or (self.patterns.words[place] != words).any():
            return words[None]
        places = [place]
        for _ in range(most - 1):
            places.append(self.successor[places[-1]])
        return self.patterns.words[np.array(places)]

    def _look(
        self, states: list[NDArray[np.uint64]], last: bool
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.uint64]]:
        """The best patterns, their overlaps, and the next states unless this is the last look."""
        words = states[-1]
        if self._reach >= 0:
            found = search.search(self._asked, words, top=min(_NEAR, len(self)), reach=self._reach)
            index, near = found.nearest(self.units)
            if last or (found.counts.sum(axis=1) <= index.shape[1]).all():
                fields = self._fields_of_few(bits.unpack(words, self.units), *self._parts(near), index)
                return index[:, 0], near[:, 0], bits.pack_signs(fields >= 0, "states")
        looks = []
        for part in pieces(len(words), len(self) * self.units, (32 + 4 * self.past) * len(self)):
            overlaps, now = self.patterns.overlaps_of(words[part], None), [state[part] for state in states]
            after = now[-1] if last else bits.pack_signs(self._rises(now, overlaps), "states")
            looks.append((overlaps.argmax(axis=1), overlaps.max(axis=1), after))
        best, near, after = map(np.concatenate, zip(*looks, strict=True))
        return best, near, after

    def _rises(self, states: list[NDArray[np.uint64]], overlaps: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Where fields are not negative, by the leading digits of P alone where these are sure of it."""
        if not self._leads:
            return self._fields(states, overlaps) >= 0
        both, differ = self._parts(overlaps)
        calls, rest = self._calls(both), self._go * np.abs(differ).sum(axis=1)
        rough, shift, lost = leading(calls, rest, len(self))
        sure = shift >= _SAVED
        shift, rough, lost = shift[sure], rough[sure], lost[sure]
        sums = np.empty((len(rough), self.units), dtype=np.int64)
        _kernels.tally(self._columns.value[0], rough, sums)
        plus = np.empty((len(sure), self.units), dtype=np.bool_)
        plus[sure] = sums >= 0
        sure[sure] = np.abs(sums).min(axis=1) > lost >> shift
        if not sure.all():
            plus[~sure] = self._fields([states[-1][~sure]], overlaps[~sure]) >= 0
        return plus

    def _calls(self, both: NDArray[np.int64]) -> NDArray[np.int64]:
        """How often each pattern is called up: what calls its places, added up, and zeros to whole words."""
        calls = np.zeros((len(both), 64 * self._columns.value[0].shape[1]), dtype=np.int64)
        for row, each in zip(calls, both, strict=True):
            np.add.at(row, self.successor, self._go * each)
        return calls

    def _parts(self, overlaps: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """P = G(m - 1) + G(m + 1) and Q = G(m - 1) - G(m + 1), where one digit and one state are all."""
        top = overlaps.max(axis=1, keepdims=True, initial=-self.units)
        (parts,) = self._sides(overlaps, top, 1)
        return parts

    def _sides(
        self, sums: NDArray[Any], top: NDArray[Any], turn: int
    ) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """G(X - t) + G(X + t) and G(X - t) - G(X + t) of each digit."""
        places = self._gains.places(sums, top)
        low, high = (places - turn) // 2, (places + turn) // 2
        return [(digit[low] + digit[high], digit[low] - digit[high]) for digit in self._gains.digits]

    def _fields(self, states: list[NDArray[np.uint64]], overlaps: NDArray[np.int32]) -> NDArray[Any]:
        """Modulo 2^64, for the sum itself fits, whatever its parts do.

        Units are taken by c_i, the sum of their last τ values: where it is c, Σ_μ ξ^s(μ) G(M_μ - ξ^μ c) of the sums M
        of overlaps is half of Σ_μ ξ^s(μ) P_μ + Σ_μ ξ^s(μ) ξ^μ Q_μ, with P and Q of |c| and the sign of c before Q.
        """
        signs, past = bits.unpack(states[-1], self.units), self.past
        sums, turns = overlaps.astype(np.int64), signs.astype(np.int64)
        for words in states[:-1]:
            sums += overlaps if words is states[-1] else self.patterns.overlaps_of(words, None)
            turns += bits.unpack(words, self.units)
        top = np.maximum(past * overlaps, sums).max(axis=1, keepdims=True)
        if past == 1 and len(self._gains.digits) == 1:
            both, differ = self._parts(overlaps)
            if np.count_nonzero(both) * _FEW <= both.size:
                return self._fields_of_few(signs, both, differ, None)
        lengths = [1] if past == 1 else np.unique(np.abs(turns)).tolist()
        sides = {turn: self._sides(sums, top, turn) for turn in lengths}
        stay = (
            self._sides(past * overlaps, top, past) if past > 1 and self._stay else sides.get(past, sides[min(sides)])
        )
        out: NDArray[Any] = np.zeros(signs.shape, dtype=np.int64 if len(stay) == 1 else object)
        for turn, go in sides.items():
            parts = [self._tallied(*each, *own, signs, turns) for each, own in zip(go, stay, strict=True)]
            if len(sides) == 1:
                return self._gains.whole(parts)
            here = abs(turns) == turn
            out[here] = self._gains.whole(parts)[here]
        return out

    def _tallied(
        self,
        both: NDArray[np.int64],
        differ: NDArray[np.int64],
        both_own: NDArray[np.int64],
        differ_own: NDArray[np.int64],
        signs: NDArray[np.int8],
        turns: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """Of one digit, by the columns of all patterns."""
        columns, products = self._columns.value
        calls = self._calls(both)
        values = np.zeros_like(calls)
        values[:, : len(self)] = self._go * differ
        if self._stay:
            calls[:, : len(self)] += self._stay * both_own
        first: NDArray[np.int64] = np.empty(signs.shape, dtype=np.int64)
        second = np.empty_like(first)
        _kernels.tally(columns, calls, first)
        _kernels.tally(products, values, second)
        first += np.sign(turns) * second
        if self._stay:
            first += signs * (self._stay * differ_own.sum(axis=1, keepdims=True))
        return first

    def _fields_of_few(
        self,
        signs: NDArray[np.int8],
        both: NDArray[np.int64],
        differ: NDArray[np.int64],
        index: NDArray[np.int64] | None,
    ) -> NDArray[np.int64]:
        """The same of one state from the rows of patterns that have a weight; `index`: which the parts belong to."""
        out = np.empty(signs.shape, dtype=np.int64)
        for q, (state, p, turn) in enumerate(zip(signs, both, differ, strict=True)):
            live = np.flatnonzero((p != 0) | (turn != 0))
            which = live if index is None else index[q, live]
            after = bits.unpack(self.patterns.words[self.successor[which]], self.units).astype(np.int64)
            own = bits.unpack(self.patterns.words[which], self.units)
            out[q] = self._go * (p[live] @ after + state * (turn[live] @ (after * own)))
            if self._stay:
                out[q] += self._stay * (p[live] @ own.astype(np.int64) + state * turn[live].sum())
        return out


def _made(patterns: Any, interaction: Any, successor: Any, mix: Any, past: Any) -> SequenceMemory:
    """A copy, or one that was pickled."""
    return SequenceMemory(patterns, interaction, successor, mix=mix, past=past)
