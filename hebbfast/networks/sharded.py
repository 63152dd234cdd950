"""A dense associative memory whose patterns lie on the workers of a dask cluster."""

import dataclasses
import itertools
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments, search
from hebbfast._work.cluster import gathered
from hebbfast.bits import PackedPatterns
from hebbfast.interactions import Interaction, Polynomial, read_weights
from hebbfast.networks import _channel, _shards
from hebbfast.networks._summed import Summed, expect_summable

if TYPE_CHECKING:
    from hebbfast.networks._channel import Posterior
    from hebbfast.search import Nearest

__all__ = ["ShardedMemory"]

CLASSICAL = Polynomial(2)
_ANSWER = 15  # seconds for a scheduler to answer
_TRIES = 4  # a worker that dies takes down what it was at; dask itself starts tasks anew, some times

Words = NDArray[np.uint64]


class ShardedMemory(Summed):
    """`DenseAssociativeMemory` for patterns that are too many for one machine: the same results, bit for bit.

    Parameters
    ----------
    patterns : array_like, PackedPatterns, or sequence of paths
        Files that `PackedPatterns.save` has written, one a shard, where all workers can read them: their patterns
        follow one another. Or (K, D) patterns, which are cut into as many shards as there are workers, and sent.
    interaction : Interaction, default Polynomial(2)
        F; its sums must fit 64 bits. Not `LogSumExp`: at T = 0 `Exponential` decides alike.
    client : dask.distributed.Client
        Of a cluster whose workers have hebbfast.

    Attributes
    ----------
    interaction : Interaction
        F.
    units : int
        D.

    Raises
    ------
    ConnectionError
        If the cluster does not answer, then and in every call, within 30 s; the message has its address.
    ValueError
        If the patterns are not as described, or sums may leave 64 bits.

    Notes
    -----
    Fields are sums of integers of all shards, added in a tree, so that no split of the patterns changes a bit. Each
    call costs a round to the workers. A synchronous sweep is a round for all cues together; an asynchronous one is a
    round for each flip, in which all cues take part: the fields of all units decide the visits in their order up to the
    next unit that flips. Recall is at T = 0; ``docs/scale.md`` says how to start a cluster.

    A worker that dies is replaced by dask; its shard is loaded again from its file, or sent again. A file that holds
    other patterns then is refused.

    Examples
    --------
    >>> import hebbfast as hb
    >>> from distributed import Client
    >>> patterns = hb.random_patterns(300, 100, rng=0)
    >>> with Client(processes=False, n_workers=2, threads_per_worker=1, dashboard_address=":0") as client:
    ...     memory = hb.ShardedMemory(patterns, hb.Polynomial(3), client=client)
    ...     result = memory.recall(hb.corrupt(patterns[7], flips=9, rng=1), update="sync")
    >>> bool((result.states == patterns[7]).all())
    True
    """

    _place = "a memory in shards"

    def __init__(
        self,
        patterns: "ArrayLike | PackedPatterns | Sequence[str | os.PathLike[str]]",
        interaction: Interaction = CLASSICAL,
        *,
        client: Any,
    ) -> None:
        if not hasattr(client, "submit") or not hasattr(client, "gather"):
            raise TypeError(f"client must be a dask.distributed.Client, got {_arguments.shown(client)}")
        self._client = client
        self._address = client.scheduler.address if client.scheduler else str(client)
        self._sources = _sources(patterns, lambda: _workers(client, self._address))
        self._shards = self._open()
        self._held: list[Any] = [None] * len(self._sources)
        self._held = self._asked("held")
        counts, units, _ = zip(*self._held, strict=True)
        if len(set(units)) != 1:
            raise ValueError(f"patterns must have one D in all files, got D in {sorted(set(units))}")
        self._starts = np.cumsum([0, *counts]).tolist()
        self.units = units[0]
        self.interaction = interaction
        self._weights = read_weights(interaction, self.units, len(self))
        expect_summable(self._weights, interaction, len(self), self.units)

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __repr__(self) -> str:
        return f"<ShardedMemory K={len(self)} D={self.units} {self.interaction}, {len(self._sources)} shards>"

    def __reduce__(self) -> Any:
        raise TypeError("client must stay in its process: a ShardedMemory cannot be pickled or copied, its files can")

    def _open(self) -> list[Any]:
        return [self._client.submit(_shards.opened, source, pure=False) for source in self._sources]

    def _tasks(self, what: str, *arguments: Any) -> list[Any]:
        each = zip(self._shards, self._held, strict=True)
        return [self._client.submit(_shards.ask, shard, held, what, *arguments, pure=False) for shard, held in each]

    def _asked(self, what: str, *arguments: Any) -> list[Any]:
        """The answers of all shards."""
        return self._persist(lambda: self._tasks(what, *arguments))

    def _summed(self, what: str, *arguments: Any) -> NDArray[np.int64]:
        """The sum of their answers, added pair by pair on the workers: integers, so the tree is of no matter."""

        def tree() -> list[Any]:
            level = self._tasks(what, *arguments)
            while len(level) > 1:
                pairs = zip(level[::2], level[1::2], strict=False)
                added = [self._client.submit(np.add, *pair, pure=False) for pair in pairs]
                level = added + level[2 * len(added) :]
            return level

        (total,) = self._persist(tree)
        found: NDArray[np.int64] = total
        return found

    def _persist(self, make: Any) -> list[Any]:
        """Results, again where a worker has died with them."""
        from distributed import KilledWorker
        from distributed.client import ClosedClientError, FutureCancelledError, FuturesCancelledError

        for left in reversed(range(_TRIES)):
            try:
                return gathered(self._client, make())
            except ClosedClientError as error:
                raise ConnectionError(f"client must answer, got {self._address!r}: {error}") from None
            except (KilledWorker, FutureCancelledError, FuturesCancelledError) as error:
                if not left:
                    raise RuntimeError(f"client must keep its workers: they died again and again: {error}") from None
                self._shards = self._open()
        raise AssertionError

    def overlaps(self, states: ArrayLike | PackedPatterns) -> NDArray[np.int32]:
        """Overlaps m_μ = Σ_i ξ_i^μ σ_i: int32 (K,) for one state (D,), (Q, K) for a batch (Q, D)."""
        batch = self._read(states, "states")
        found = self._overlaps_of(batch.words)
        return found[0] if batch.single else found

    def nearest(
        self, states: ArrayLike | PackedPatterns, count: int = 1, *, known: ArrayLike | None = None
    ) -> "Nearest":
        """The stored patterns with the largest overlaps, as `PackedPatterns.nearest` has them."""
        count = _arguments.whole("count", count, 1, len(self))
        batch = self._read(states, "states")
        found = self._found(batch.words, *search.read_known(known, self.units), count, -1)
        index, overlap = found.nearest(self.units)
        return search.Nearest(index[0], overlap[0]) if batch.single else search.Nearest(index, overlap)

    def posterior(
        self,
        cues: ArrayLike | PackedPatterns,
        *,
        flip: float | str,
        known: ArrayLike | None = None,
        top: int | None = None,
    ) -> "Posterior":
        """Which stored pattern a cue comes from: `DenseAssociativeMemory.posterior`, each pattern equally probable."""
        top = min(8, len(self)) if top is None else _arguments.whole("top", top, 1, len(self))
        batch = self._read(cues, "cues")
        mask, units = search.read_known(known, self.units)
        asked = search.Asked(np.empty((0, 0), dtype=np.uint64), self.units, mask, units)
        return _channel.posterior_of(_Cues(asked, batch, units, memory=self), len(self), flip, top)

    def _found(self, words: Words, known: Words | None, known_units: int, top: int, reach: int) -> search.Found:
        parts = self._asked("found", words, known, known_units, top, reach)
        return _shards.joined(parts, self._starts[:-1], top)

    def _overlaps_of(self, words: Words, threads: int | None = None) -> NDArray[np.int32]:
        return np.concatenate(self._asked("overlaps", words), axis=1, dtype=np.int32)

    def _sums(self, words: Words) -> tuple[NDArray[np.int64], NDArray[np.int32] | None]:
        """N_i of all units, and for an exponential the largest overlaps that they are relative to."""
        best = np.max(self._asked("best", words), axis=0) if self._weights.relative else None
        return self._summed("fields", words, self._weights, best) // 2, best

    def _counts(self, words: Words) -> NDArray[np.int64]:
        return self._summed("histogram", words)


@dataclasses.dataclass(frozen=True)
class _Cues(_channel.Cues):
    """Cues that shards are searched for."""

    memory: ShardedMemory | None = None

    def counts(self, beta: float, top: int = 0) -> search.Found:
        """As it is for one machine."""
        assert self.memory is not None
        reach = self.reach(beta, len(self.memory))
        return self.memory._found(self.batch.words, self.asked.known, self.asked.known_units, top, reach)


def _workers(client: Any, address: str) -> int:
    """How many a cluster has, if it answers."""
    try:
        if client.scheduler is None:
            raise ConnectionError("it has lost its scheduler")
        return len(client.nthreads(callback_timeout=_ANSWER))
    except OSError as error:
        reason = str(error) or f"no answer within {_ANSWER} s"
        raise ConnectionError(f"client must answer, got {address!r}: {reason}") from None


def _sources(patterns: Any, workers: Callable[[], int]) -> list[str | PackedPatterns]:
    """Files, or the parts of patterns."""
    paths = [patterns] if isinstance(patterns, (str, os.PathLike)) else patterns
    if isinstance(paths, (list, tuple)) and paths and all(isinstance(path, (str, os.PathLike)) for path in paths):
        return [os.path.abspath(os.fspath(path)) for path in paths]
    packed = patterns if isinstance(patterns, PackedPatterns) else PackedPatterns(patterns)
    if len(packed) == 0:
        raise ValueError("patterns must hold at least one pattern, got none")
    parts = max(1, min(len(packed), workers()))
    edges = np.linspace(0, len(packed), parts + 1).astype(int).tolist()
    return [packed[first:last] for first, last in itertools.pairwise(edges)]
