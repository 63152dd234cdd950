"""Every flip of a recall, and its ties: found between two sweeps, from the states before and after and the visits.

A unit that is visited once in a sweep has flipped at that visit if it is another one afterwards. Where units are
visited again, parts of the sweep without such visits are run once more, with the numbers that were drawn in it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments, _kernels, bits
from hebbfast._records import Record
from hebbfast.bits import PackedPatterns
from hebbfast.dynamics.rules import Rules, visits
from hebbfast.dynamics.run import Course

__all__ = ["Events", "Fields", "Watch"]

Words = NDArray[np.uint64]
Fields = Callable[[Words, NDArray[np.uint32]], NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Events(Record):
    """Every flip of a recall, in its order, cue after cue: those of cue q are e = offsets[q] to offsets[q + 1] - 1.

    Attributes
    ----------
    cues : PackedPatterns
        (Q, D): the states at the start, one row for a single cue.
    offsets : ndarray
        int64 (Q + 1,).
    visit : ndarray
        int64 (E,): at which visit, counted from 0 over all sweeps. A synchronous update is one visit.
    unit : ndarray
        int64 (E,): which unit.

    Examples
    --------
    >>> import hebbfast as hb
    >>> network = hb.HopfieldNetwork([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    >>> events = network.recall([1, -1, 1], order=[1, 0, 2], record="events").events
    >>> events.visit.tolist(), events.unit.tolist()
    ([0], [1])
    >>> network.energy(events.frames()).tolist()
    [2.0, -2.0]
    """

    cues: PackedPatterns
    offsets: NDArray[np.int64]
    visit: NDArray[np.int64]
    unit: NDArray[np.int64]

    def frames(self, visits: ArrayLike | None = None, *, cue: int = 0) -> PackedPatterns:
        """States on the way of one cue.

        Parameters
        ----------
        visits : array_like of int, optional
            (n,): the state after so many visits, each at least 0. By default that of the start and that after each
            visit with a flip.
        cue : int
            Which cue.

        Returns
        -------
        PackedPatterns
            (n, D), which `energy` takes as it is.

        Raises
        ------
        ValueError
            If an argument is not as described.

        Examples
        --------
        >>> import hebbfast as hb
        >>> network = hb.HopfieldNetwork([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
        >>> events = network.recall([-1, 1, 1], order=[2, 1, 0], record="events").events
        >>> events.frames([0, 3]).unpack().tolist()
        [[-1, 1, 1], [1, 1, 1]]
        """
        q = _arguments.whole("cue", cue, 0, len(self.cues) - 1)
        mine = slice(int(self.offsets[q]), int(self.offsets[q + 1]))
        at, units = self.visit[mine], self.unit[mine]
        moments, which = np.unique(at, return_inverse=True)
        course = np.zeros((1 + len(moments), self.cues.words.shape[1]), dtype=np.uint64)
        course[0] = self.cues.words[q]
        np.bitwise_xor.at(course, (1 + which, units // 64), np.uint64(1) << (units % 64).astype(np.uint64))
        np.bitwise_xor.accumulate(course, axis=0, out=course)
        if visits is not None:
            wanted = _arguments.array("visits", visits, "integers")
            integers = wanted.ndim == 1 and (wanted.dtype.kind in "iu" or len(wanted) == 0)
            if not integers or wanted.min(initial=0) < 0:
                got = wanted.min() if integers else _arguments.shown(wanted)
                raise ValueError(f"visits must be a 1-d array of integers of at least 0, got {got}")
            course = course[np.searchsorted(moments, wanted)]
        return bits.packed(course, self.cues.shape[1])


class Watch:
    """Looks at a course after each sweep and finds what happened in between: flips, and with ``fields`` ties."""

    def __init__(self, fields: Fields | None, flips: bool) -> None:
        self._fields, self._flips = fields, flips
        self._cues: PackedPatterns | None = None
        self._found: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]] = []

    def look(self, course: Course) -> NDArray[np.int64]:
        """At the start and after each sweep: how many ties each cue met in it; zeros without ``fields``."""
        ties = np.zeros(len(course.words), dtype=np.int64)
        if self._cues is None:
            clamp, units = course.rules.clamp, course.rules.units
            self._free = bits.unpack(clamp[None], units)[0] < 0 if len(clamp) else np.ones(units, dtype=bool)
            self._cues, self._words = bits.packed(course.words.copy(), units), course.words.copy()
            self._progress = course.progress.copy()
            return ties
        passed = self._updated if course.rules.synchronous else self._swept
        moved = course.progress[:, _kernels.SWEEPS] > self._progress[:, _kernels.SWEEPS]
        for q in np.flatnonzero(moved).tolist():
            ties[q] = passed(course, q)
        self._words, self._progress = course.words.copy(), course.progress.copy()
        return ties

    def _updated(self, course: Course, q: int) -> int:
        if self._flips:
            units = np.flatnonzero(_signs(course.words[q] ^ self._words[q], course.rules.units) > 0)
            self._keep(q, np.full(len(units), self._progress[q, _kernels.SWEEPS]), units)
        return self._zeros(self._words[q], np.arange(course.rules.units))

    def _swept(self, course: Course, q: int) -> int:
        sweep, flips = (int(self._progress[q, column]) for column in (_kernels.SWEEPS, _kernels.FLIPS))
        rests = flips == course.progress[q, _kernels.FLIPS]
        if rests and self._fields is None:
            return 0
        units, uniforms = self._visits(course.rules, sweep, q)
        flipped = np.empty(0, dtype=np.int64) if rests else self._flipped(course, sweep, q, units, uniforms)
        if self._flips:
            self._keep(q, sweep * len(units) + flipped, units[flipped])
        if self._fields is None:
            return 0
        state, ties, first = self._words[q].copy(), 0, 0
        for last in flipped.tolist():  # a flip is seen by the visits behind it
            ties += self._zeros(state, units[first : last + 1])
            unit, first = int(units[last]), last + 1
            state[unit // 64] ^= np.uint64(1 << unit % 64)
        return ties + self._zeros(state, units[first:])

    def _visits(self, rules: Rules, sweep: int, q: int) -> tuple[NDArray[np.int64], NDArray[np.float64] | None]:
        """The units of a sweep and, where they may come again, the u of each visit: given, or drawn once more."""
        row, given = self._progress[q].copy(), rules.uniforms_of(sweep, q)
        draws = given is None and rules.temperature(sweep, q) > 0 and rules.order in ("replacement", "array")
        units, uniforms, drawn = [], [], np.zeros(1)
        for unit in visits(rules, sweep, q, row):
            units.append(unit)
            if draws:
                if self._free[unit]:
                    _kernels.uniforms(row, drawn)
                uniforms.append(float(drawn[0]))
        return np.array(units, dtype=np.int64), np.array(uniforms) if draws else given

    def _flipped(
        self, course: Course, sweep: int, q: int, units: NDArray[np.int64], uniforms: NDArray[np.float64] | None
    ) -> NDArray[np.int64]:
        """The visits of a sweep with a flip."""
        parts = list(_without_repeats(units))
        if len(parts) == 1:
            return np.flatnonzero(_signs(course.words[q] ^ self._words[q], course.rules.units)[units] > 0)
        words, found = self._words.copy(), []
        for part in parts:
            before = words[q].copy()
            given = None if uniforms is None else uniforms[part]
            course.again(q, course.rules.part(sweep, q, units[part].astype(np.uint32), given), words)
            changed = _signs(words[q] ^ before, course.rules.units)[units[part]] > 0
            found.append(part.start + np.flatnonzero(changed))
        return np.concatenate(found)

    def _zeros(self, state: Words, units: NDArray[np.int64]) -> int:
        """Fields that are zero, of the units that may move."""
        free = units[self._free[units]]
        if self._fields is None or len(free) == 0:
            return 0
        return int(np.count_nonzero(self._fields(state[None], free.astype(np.uint32)) == 0))

    def _keep(self, q: int, visit: NDArray[np.int64], unit: NDArray[np.int64]) -> None:
        self._found.append((np.full(len(unit), q), visit, unit))

    def events(self) -> Events:
        """All that was found."""
        assert self._cues is not None
        columns = zip(*self._found, strict=True) if self._found else ((np.empty(0, dtype=np.int64),),) * 3
        cue, visit, unit = (np.concatenate(parts) for parts in columns)
        order = np.argsort(cue, kind="stable")
        offsets = np.searchsorted(cue[order], np.arange(len(self._cues) + 1))
        return Events(self._cues, offsets, visit[order], unit[order])


def _signs(words: Words, units: int) -> NDArray[np.int8]:
    signs: NDArray[np.int8] = bits.unpack(words[None], units)[0]
    return signs


def _without_repeats(units: NDArray[np.int64]) -> Iterator[slice]:
    """The longest parts, one after another, in which no unit comes twice."""
    start, seen = 0, set[Any]()
    for visit, unit in enumerate(units.tolist()):
        if unit in seen:
            yield slice(start, visit)
            start, seen = visit, set()
        seen.add(unit)
    yield slice(start, len(units))
