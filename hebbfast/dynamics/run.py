"""A batch of cues on its way: threads, pieces, workspaces. What moves a state is a `Kernel`, how it moves are `Rules`.

One cue is one job with a random stream of its own, so that its course depends neither on the batch, nor on the
threads, nor on the level of instruction sets. Kernels run for a bounded number of visits and return, which keeps
Ctrl-C alive.
"""

import functools
import itertools
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments, _kernels, bits
from hebbfast._work.pieces import BYTES, VISITS
from hebbfast._work.threads import over, thread_count
from hebbfast.dynamics import workspaces
from hebbfast.dynamics.rules import Rules

__all__ = ["Compiled", "Course", "Kernel", "seed"]

_SMALL = 1 << 25  # visits of patterns or couplings below which one thread is faster than two: half a millisecond
_FEW = 256  # cues whose random words are kept for an integer seed
_TOGETHER = 16  # cues whose overlaps the kernels find together: a thread takes no fewer
_LONG = 1 << 20  # visits of chains from which a pool pays: 5 ms at 200 million a second
_LARGEST = 2**64 - 1
_WHOLE = frozenset((np.random.PCG64, np.random.PCG64DXSM, np.random.Philox, np.random.SFC64))

Words = NDArray[np.uint64]
Progress = NDArray[np.int64]
Energies = NDArray[np.float64]


class Kernel(Protocol):
    """What moves states of one network."""

    @property
    def energies(self) -> bool:
        """Does `recall` give the energies of final states?"""
        ...

    def of(self, rules: Rules, count: int) -> "Kernel":
        """What moves so many cues by these rules: asked once a run, for the next one may be moved by another.

        `alone` and `few` ask themselves.
        """
        ...

    def follows(self, rules: Rules) -> bool:
        """Does `follow` serve?"""
        ...

    @property
    def cost(self) -> int:
        """Patterns or couplings that a sweep of one cue visits; 0 in Python, where nothing runs beside it."""
        ...

    def workspace_bytes(self, rules: Rules) -> int:
        """Scratch space of one thread."""
        ...

    def recall(
        self, rules: Rules, level: int, words: Words, previous: Words, progress: Progress, sweep_limit: int,
        first: int, last: int, budget: int, energies: NDArray[np.float64], workspace: NDArray[np.uint8],
    ) -> int:  # fmt: skip
        """Move cues first..last-1 in place until each rests or has `sweep_limit` sweeps; the first one not finished.

        A row of ``progress`` is what `hebbfast._kernels` says: the random stream, sweeps, flips and status.
        """
        ...

    def follow(
        self, rules: Rules, level: int, words: Words, progress: Progress, sweep_limit: int, first: int, last: int,
        budget: int, energies: Energies, best_words: Words, best_energies: Energies, workspace: NDArray[np.uint8],
    ) -> int:  # fmt: skip
        """`recall` with the energy after each sweep, a row of ``energies``.

        Unless they are empty, ``best_words`` and ``best_energies`` keep the first state with the lowest energy.
        """
        ...

    def alone(self, rules: Rules, cue: Any, out: Any, sweep_limit: int, words: Any) -> Any:
        """`recall` of one cue (D,) of int8, without a batch around it: (sweeps, flips, status, energy or None).

        The final state goes to ``out``; ``words`` are those of `seed`. The result is None where it cannot be done so,
        and then none has been drawn; the long way does it, or words the refusal.
        """
        ...

    def few(self, rules: Rules, cues: Any, out: Any, sweep_limit: int, rng: Any, progress: Progress) -> Any:
        """`recall` of a small batch (Q, D) of int8 on this thread, packed and unpacked on the way.

        ``progress`` is filled, and the energies are returned, an empty array if the kernel has none. None where it
        cannot be done so, as with `alone`.
        """
        ...

    def shared(self, rules: Rules) -> "Callable[[int, Words, Words, Progress, int, int], None] | None":
        """What moves one huge state by several threads, or None where it is too small or the rules forbid it."""
        ...


class Compiled:
    """A model of the compiled kernels, couplings or packed patterns, as a `Kernel`."""

    __slots__ = ("cost", "energies", "model")

    def __init__(self, model: Any) -> None:
        self.model, self.energies, self.cost = model, bool(model.energies), int(model.cost)

    def of(self, rules: Rules, count: int) -> Kernel:
        """As `Kernel` says."""
        return self

    def follows(self, rules: Rules) -> bool:
        """As `Kernel` says: of wide couplings alone the energies are not known at T = 0."""
        return not rules.synchronous and (self.energies or (self.model.symmetric and not rules.cold))

    def workspace_bytes(self, rules: Rules) -> int:
        """As `Kernel` says."""
        return _kernels.workspace_bytes(self.model, rules.kernel)

    def recall(self, rules: Rules, *state: Any) -> int:
        """As `Kernel` says."""
        return _kernels.recall(self.model, rules.kernel, *state)

    def follow(self, rules: Rules, *state: Any) -> int:
        """As `Kernel` says."""
        return _kernels.follow(self.model, rules.kernel, *state)

    def alone(self, rules: Rules, cue: Any, out: Any, sweep_limit: int, words: Any) -> Any:
        """As `Kernel` says."""
        return _kernels.recall_one(self.model, rules.kernel, cue, out, sweep_limit, words)

    def few(self, rules: Rules, cues: Any, out: Any, sweep_limit: int, rng: Any, progress: Progress) -> Any:
        """As `Kernel` says."""
        if len(out) * self.cost >= _SMALL:
            return None
        if rng is not None and type(rng) is not int:  # a generator: cues that are refused draw nothing from it
            rules.expect_cues(len(cues))
            bits.pack_signs(cues, "cues")
        energies, words = np.empty(len(out) if self.energies else 0), seeds(rng, len(out))
        good = _kernels.recall_few(self.model, rules.kernel, cues, out, sweep_limit, words, progress, energies)
        return energies if good else None

    def shared(self, rules: Rules) -> Callable[[int, Words, Words, Progress, int, int], None] | None:
        """As `Kernel` says: couplings are never shared."""
        return None


class Course:
    """A batch of cues on its way.

    Attributes
    ----------
    words : ndarray
        uint64 (Q, W), the packed states as they are now.
    progress : ndarray
        int64 (Q, 5), see `hebbfast._kernels`.
    energies : ndarray or None
        float64 (Q,) of the states that have moved, where the kernel gives them.
    """

    def __init__(
        self, kernel: Kernel, rules: Rules, words: Words, *, rng: Any, threads: int | None, steps: bool = False,
        through: bool = False,
    ) -> None:  # fmt: skip
        """Copies the states. `steps`: sweeps come one by one, so workspaces are kept between them.

        `through`: cues in a cycle go on.
        """
        count = len(words)
        rules.expect_cues(count)
        self.kernel = kernel = kernel.of(rules, count)
        self.rules = rules
        self.level = _kernels.active_level()  # kept, although another thread may choose another one
        self.words = bits.empty_words(count, rules.units)
        self.words[...] = words
        self._previous = np.zeros((count if rules.synchronous else 0, self.words.shape[1]), dtype=np.uint64)
        shared = kernel.shared(rules) if count == 1 else None
        workers = thread_count(threads) if threads is not None or count > 1 or shared else 1
        self.progress = np.zeros((count, _kernels.PROGRESS), dtype=np.int64)
        _kernels.seed(seeds(rng, count), self.progress)  # when nothing can be refused any more
        self._together = shared if workers > 1 else None
        self._through = through
        self.energies = np.empty(count) if kernel.energies and not self._together else None
        self._bytes = kernel.workspace_bytes(rules)
        self._workers = workers
        self._parts = self._split(steps)
        self._rooms: dict[int, NDArray[np.uint8]] | None = {} if steps and count * self._bytes <= BYTES else None

    def _split(self, steps: bool) -> list[tuple[int, int]]:
        """Ranges of cues, one a job; single ones where each keeps a workspace."""
        count, workers = len(self.words), self._workers
        if steps and count * self._bytes <= BYTES:
            return [(q, q + 1) for q in range(count)]
        if workers == 1 or count < 2 or count * self.kernel.cost < _SMALL:
            return [(0, count)]
        parts = max(min(workers, count), min(8 * workers, count // _TOGETHER))
        return _even(count, parts)

    @property
    def running(self) -> bool:
        """Does any cue still move?"""
        status = self.progress[:, _kernels.STATUS]
        return bool(((status == _kernels.RUNNING) | (self._through & (status == _kernels.CYCLE))).any())

    def advance(self, sweep_limit: int, visits: int | None = None) -> None:
        """Run every cue to ``sweep_limit`` sweeps or to its end; ``visits``, where known, say whether threads pay."""
        if self._together:
            self._together(self.level, self.words, self._previous, self.progress, sweep_limit, self._workers)
        else:
            self._advance(sweep_limit, visits)
        if self._through:
            self._go_on(sweep_limit)

    def _go_on(self, sweep_limit: int) -> None:
        """Cues in a cycle of two states take turns between them: what is left to go is known without a step."""
        status, sweeps = self.progress[:, _kernels.STATUS], self.progress[:, _kernels.SWEEPS]
        for q in np.flatnonzero((status == _kernels.CYCLE) & (sweeps < sweep_limit)).tolist():
            left = sweep_limit - int(sweeps[q])
            self.progress[q, _kernels.FLIPS] += left * _kernels.count_bits(self.words[q] ^ self._previous[q])
            sweeps[q] = sweep_limit
            if left % 2:
                self.words[q], self._previous[q] = self._previous[q].copy(), self.words[q].copy()
                self.energies = None  # those of other states

    def _advance(self, sweep_limit: int, visits: int | None) -> None:
        energies = _NONE if self.energies is None else self.energies

        def move(first: int, last: int, workspace: NDArray[np.uint8]) -> int:
            return self.kernel.recall(
                self.rules, self.level, self.words, self._previous, self.progress, sweep_limit, first, last, VISITS,
                energies, workspace,
            )  # fmt: skip

        self._share(move, visits)

    def again(self, q: int, rules: Rules, words: Words) -> None:
        """Take cue q, from the states ``words`` of all cues, through one asynchronous sweep of other rules."""
        progress = np.zeros_like(self.progress)
        first, room = q, workspaces.take(self.kernel.workspace_bytes(rules))
        while first == q:
            first = self.kernel.recall(rules, self.level, words, words[:0], progress, 1, q, q + 1, VISITS, _NONE, room)
        workspaces.give_back(room)

    def follow(
        self, sweep_limit: int, energies: Energies, best_words: Words, best_energies: Energies, visits: int
    ) -> None:
        """`advance` with the energy after each sweep, and the best states kept: `Kernel.follow`."""

        def move(first: int, last: int, workspace: NDArray[np.uint8]) -> int:
            return self.kernel.follow(
                self.rules, self.level, self.words, self.progress, sweep_limit, first, last, VISITS, energies,
                best_words, best_energies, workspace,
            )  # fmt: skip

        self._share(move, visits)

    def _share(self, move: Callable[[int, int, NDArray[np.uint8]], int], visits: int | None) -> None:
        count = len(self.words)
        if visits is not None:  # chains, which all have the same way to go
            if visits < _LONG or self._workers == 1 or count < 2:
                self._run((0, count), move, None)
            else:
                parts = _even(count, min(self._workers, count))
                over(lambda part, stop: self._run(part, move, stop), parts, self._workers)
        elif len(self._parts) == 1:
            self._run(self._parts[0], move, None)
        else:
            small = count * self.kernel.cost < _SMALL
            over(lambda part, stop: self._run(part, move, stop), self._parts, 1 if small else self._workers)

    def _run(
        self, part: tuple[int, int], move: Callable[[int, int, NDArray[np.uint8]], int], stop: threading.Event | None
    ) -> None:
        first, last = part
        kept = self._rooms.pop(first, None) if self._rooms is not None else None
        workspace = workspaces.take(self._bytes) if kept is None else kept
        while first < last and not (stop and stop.is_set()):
            first = move(first, last, workspace)
        if self._rooms is None:
            workspaces.give_back(workspace)
        else:
            self._rooms[part[0]] = workspace


def _even(count: int, parts: int) -> list[tuple[int, int]]:
    """0..count in so many ranges."""
    return list(itertools.pairwise(np.linspace(0, count, parts + 1).astype(int).tolist()))


_NONE = np.empty(0)


def seeds(rng: Any, count: int) -> NDArray[np.uint64]:
    """Two random words a cue: where its stream begins, and the increment of its own."""
    if rng is None:
        words = np.empty((count, 2), dtype=np.uint64)
        _kernels.fresh(words)
        return words
    if type(rng) is int and count <= _FEW:
        return _seeds_of_integer(rng, count)
    return _drawn(rng, count)


def _drawn(rng: Any, count: int) -> NDArray[np.uint64]:
    """As `Generator.integers` draws them from the whole range, which a generator of 64 bits gives as they are."""
    generator = _arguments.generator(rng)
    if type(generator.bit_generator) in _WHOLE:
        words: NDArray[np.uint64] = generator.bit_generator.random_raw((count, 2))
        return words
    return generator.integers(0, _LARGEST, (count, 2), np.uint64, endpoint=True)


def seed(rng: Any) -> Iterable[int] | None:
    """The two words of a single cue, None for fresh ones; a generator draws them when they are taken."""
    if rng is None:
        return None
    return _seed_of_integer(rng) if type(rng) is int else _late(rng)


def _late(rng: Any) -> Iterator[int]:
    yield from seeds(rng, 1)[0].tolist()


@functools.lru_cache(1024)  # a new Generator takes ten times as long as a small recall
def _seed_of_integer(rng: int) -> tuple[int, int]:
    first, second = _seeds_of_integer(rng, 1)[0].tolist()
    return first, second


@functools.lru_cache(256)
def _seeds_of_integer(rng: int, count: int) -> NDArray[np.uint64]:
    words = _drawn(rng, count)
    words.flags.writeable = False
    return words


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_kernels.reseed)
