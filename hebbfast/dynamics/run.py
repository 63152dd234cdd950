"""How states move: visiting orders, temperature, ties, stop rules, threads; the record of a recall.

One cue is one job with a random stream of its own, so that its course depends neither on the batch, nor on the
threads, nor on the level of instruction sets. Kernels run for a bounded number of visits and return, which keeps
Ctrl-C alive.
"""

import functools
import itertools
import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _kernels, bits
from hebbfast._work.threads import HUGE, share, thread_count

__all__ = ["Recall", "sample"]

_BUDGET = 1 << 27  # pattern-visits between two looks at Ctrl-C: 0.02 s with AVX-512, 0.3 s scalar
_SMALL = 1 << 22  # pattern-visits below which one thread is faster than a pool
_TOGETHER = 16  # cues whose overlaps the kernels find together: a thread takes no fewer
_KEPT = 1 << 22  # bytes of workspace that a thread keeps for its next recall: a new one costs page faults
_kept = threading.local()
_RUNNING, _CONVERGED, _CYCLE = 0, 1, 2  # status, as in the kernels
_STREAM, _SWEEPS, _FLIPS, _STATUS = range(4)  # columns of the progress table
_LARGEST = 2**64 - 1
_RECORDS = ("energy", "flips", "overlaps", "states")


@dataclass(frozen=True, eq=False)
class Recall:
    """What a recall did. For one cue, (D,), the values are scalars; for a batch, arrays with a leading Q.

    Attributes
    ----------
    states : ndarray or PackedPatterns
        The final states, of the same kind as the cues.
    converged : bool
        A sweep passed without a flip (all D units checked); never true at a temperature above zero.
    sweeps : int
        Sweeps run, the confirming one included; a synchronous sweep is one update of all units.
    flips : int
        Units that changed, over all sweeps.
    energy : float64
        Energy of the final states; NaN where couplings are asymmetric and no energy exists.
    cycle : bool
        A synchronous run ended in a cycle of period 2.
    trace : dict of str to ndarray
        What ``record=`` asked for; the leading axis counts sweeps from 0 (the cues) to the longest run.

    Examples
    --------
    >>> import hebbfast as hb
    >>> patterns = hb.random_patterns(5, 200, rng=0)
    >>> result = hb.DenseAssociativeMemory(patterns, hb.Polynomial(3)).recall(patterns[0], rng=1)
    >>> result.converged, result.sweeps, result.flips
    (True, 1, 0)
    """

    states: Any
    converged: Any
    sweeps: Any
    flips: Any
    energy: Any
    cycle: Any
    trace: dict[str, NDArray[Any]] = field(default_factory=dict)


def recall(
    model: Any,
    states: bits.States,
    energies: Callable[[NDArray[np.uint64]], NDArray[np.float64]],
    overlaps: Callable[[NDArray[np.uint64]], NDArray[Any]] | None,
    *,
    update: str,
    order: str | ArrayLike,
    max_sweeps: int,
    temperature: float,
    tie: str,
    clamp: ArrayLike | None,
    rng: Any,
    threads: int | None,
    record: str | Iterable[str] | None,
    work: int = 0,
    kernels: Any = _kernels,
) -> Recall:
    """Run cues in a model of `kernels`, as `_kernels.Memory`; the other arguments are those of the models' recall.

    `work` is K·D of a memory, of which `overlaps` are the overlaps.
    """
    names = _records(record, overlaps is not None) if record is not None else ()
    try:
        rules = _known_dynamics(kernels, states.units, update, order, temperature, tie, clamp)
    except TypeError:  # arrays cannot be looked up
        rules = _dynamics(kernels, states.units, update, order, temperature, tie, clamp)
    if isinstance(max_sweeps, bool) or not isinstance(max_sweeps, (int, np.integer)) or max_sweeps < 0:
        raise ValueError(f"max_sweeps must be an integer of at least 0, got {max_sweeps!r}")
    count = len(states.words)
    huge = work >= HUGE and count == 1 and update == "sync" and temperature == 0
    workers = thread_count(threads) if threads is not None or count > 1 or huge else 1
    huge = huge and workers > 1
    words = bits.empty_words(count, states.units)
    words[...] = states.words
    progress = np.zeros((count, 4), dtype=np.int64)
    progress[:, _STREAM] = _seeds(rng, count)
    previous = np.zeros((count if update == "sync" else 0, words.shape[1]), dtype=np.uint64)
    summing = isinstance(model, _kernels.Memory) or getattr(model, "energies", False)
    by_kernel = summing and max_sweeps > 0 and not huge
    job = _Job(kernels, model, rules, words, previous, progress, np.empty(count if by_kernel else 0))
    if huge:
        job.units, job.overlaps = states.units, overlaps

    trace: dict[str, list[Any]] = {name: [] for name in names}
    if names:
        flips_before = np.zeros(count, dtype=np.int64)
        for sweep in range(int(max_sweeps) + 1):
            job.run(sweep, workers)
            for name, values in trace.items():
                values.append(_observe(name, states, words, progress, flips_before, energies, overlaps))
            flips_before = progress[:, _FLIPS].copy()
            if not np.any(progress[:, _STATUS] == _RUNNING):
                break
    else:
        job.run(int(max_sweeps), workers)

    final = job.energies if by_kernel else energies(words)
    if states.single:
        _, sweeps, flips, status = progress[0].tolist()
        return Recall(
            states=states.restore(words),
            converged=status == _CONVERGED,
            sweeps=sweeps,
            flips=flips,
            energy=final[0],
            cycle=status == _CYCLE,
            trace={name: np.stack(values)[:, 0] for name, values in trace.items()},
        )
    return Recall(
        states=states.restore(words),
        converged=progress[:, _STATUS] == _CONVERGED,
        sweeps=progress[:, _SWEEPS].copy(),
        flips=progress[:, _FLIPS].copy(),
        energy=final,
        cycle=progress[:, _STATUS] == _CYCLE,
        trace={name: np.stack(values) for name, values in trace.items()},
    )


def sample(
    network: Any,
    states: ArrayLike | bits.PackedPatterns,
    *,
    temperature: float,
    sweeps: int,
    order: str | ArrayLike = "random",
    clamp: ArrayLike | None = None,
    rng: Any = None,
    threads: int | None = None,
    record: str | Iterable[str] | None = None,
) -> Recall:
    """Let states move by the heat bath: for enough sweeps, samples of exp(-E / temperature).

    Parameters
    ----------
    states : array_like or PackedPatterns
        (D,) or (Q, D) of ±1, where the chains start; not modified.
    temperature : float
        T > 0; each visit draws σ_i = ±1 with probability 1 / (1 + exp(∓2 h_i / T)) (Glauber 1963).
    sweeps : int
        Sweeps of each chain, D visits each.
    order, clamp, rng, threads, record
        As in ``recall``; ``record`` keeps observables along the way in ``trace``.

    Returns
    -------
    Recall
        The states at the end, of the same kind as those given, their energies and the trace.

    Raises
    ------
    ValueError
        If an argument is not as described; nothing has moved then.

    Examples
    --------
    >>> import hebbfast as hb
    >>> memory = hb.DenseAssociativeMemory(hb.random_patterns(3, 100, rng=0))
    >>> chains = memory.sample(hb.random_patterns(8, 100, rng=1), temperature=50, sweeps=30, record="energy", rng=2)
    >>> chains.states.shape, chains.trace["energy"].shape
    ((8, 100), (31, 8))
    """
    if not isinstance(temperature, (int, float, np.number)) or not 0 < temperature < np.inf:
        raise ValueError(f"temperature must be a finite number above 0, got {temperature!r}")
    if isinstance(sweeps, bool) or not isinstance(sweeps, (int, np.integer)) or sweeps < 0:
        raise ValueError(f"sweeps must be an integer of at least 0, got {sweeps!r}")
    moved: Recall = network.recall(
        states,
        temperature=temperature,
        max_sweeps=int(sweeps),
        order=order,
        clamp=clamp,
        rng=rng,
        threads=threads,
        record=record,
    )
    return moved


def _seeds(rng: Any, count: int) -> NDArray[np.int64]:
    """The start of each cue's stream."""
    if rng is None:
        return np.frombuffer(os.urandom(8 * count), dtype=np.int64)  # ten times cheaper than a new Generator
    size = count if count > 1 else None  # the same numbers; one without a size is three times cheaper
    return np.random.default_rng(rng).integers(0, _LARGEST, size, np.uint64, endpoint=True).view(np.int64)


class _Job:
    """A batch of cues in one model, run sweep limit by sweep limit."""

    def __init__(
        self, kernels: Any, model: Any, rules: Any, words: Any, previous: Any, progress: Any, energies: Any
    ) -> None:
        self.kernels, self.model, self.rules = kernels, model, rules
        self.words, self.previous, self.progress, self.energies = words, previous, progress, energies
        self.bytes = kernels.workspace_bytes(model, rules)
        self.stop: threading.Event | None = None
        self.units, self.overlaps = 0, cast(Any, None)  # of one huge state, whose units threads share

    def run(self, sweep_limit: int, workers: int) -> None:
        """Run every cue to ``sweep_limit`` sweeps or to its end, on up to ``workers`` threads."""
        count = len(self.words)
        if self.overlaps:
            self._update_together(sweep_limit, workers)
            return
        if workers == 1 or count < 2 or count * self.words.shape[1] * self.bytes < _SMALL:
            self._run_cues(0, count, sweep_limit)
            return
        workers = min(workers, count)
        parts_wanted = max(workers, min(8 * workers, count // _TOGETHER))
        edges = np.linspace(0, count, parts_wanted + 1).astype(int)
        from concurrent.futures import ThreadPoolExecutor  # a tenth of the time of `import hebbfast`

        self.stop = threading.Event()
        with ThreadPoolExecutor(workers) as pool:
            parts = [pool.submit(self._run_cues, a, b, sweep_limit) for a, b in itertools.pairwise(edges)]
            try:
                for part in parts:
                    part.result()
            except BaseException:
                self.stop.set()
                raise

    def _update_together(self, sweep_limit: int, workers: int) -> None:
        """Synchronous updates at T = 0 of one state, as the kernel's `recall` does them."""
        state, before, progress = self.words[0], self.previous[0], self.progress[0]
        while progress[_STATUS] == _RUNNING and progress[_SWEEPS] < sweep_limit:
            sums, coming = self.overlaps(self.words)[0], np.empty_like(state)

            def update(first: int, last: int, sums: Any = sums, coming: Any = coming) -> None:
                workspace = bits.aligned_bytes(self.bytes)
                self.kernels.update_units(self.model, self.rules, state, sums, first, last, coming, workspace)

            share(update, self.units, workers)
            flips = self.kernels.count_bits(coming ^ state)
            returned = progress[_SWEEPS] > 0 and np.array_equal(coming, before)
            progress[_SWEEPS] += 1
            progress[_FLIPS] += flips
            progress[_STATUS] = _CONVERGED if flips == 0 else _CYCLE if returned else _RUNNING
            before[...], state[...] = state.copy(), coming

    def _run_cues(self, start: int, end: int, sweep_limit: int) -> None:
        part = slice(start, end)
        words, progress = self.words[part], self.progress[part]
        previous, energies = self.previous[part], self.energies[part]
        workspace = _workspace(self.bytes)
        reached = 0
        while reached < len(words) and not (self.stop and self.stop.is_set()):
            reached = self.kernels.recall(
                self.model, self.rules, words, previous, progress, sweep_limit, reached, _BUDGET, energies, workspace
            )


def _workspace(size: int) -> NDArray[np.uint8]:
    """Room for a cue of the kernels, none of it loaded."""
    workspace: NDArray[np.uint8] | None = getattr(_kept, "workspace", None)
    if workspace is None or len(workspace) < size:
        workspace = bits.aligned_bytes(size)
        if size <= _KEPT:
            _kept.workspace = workspace
    workspace[:64] = 0
    return workspace


def _dynamics(
    kernels: Any, units: int, update: str, order: Any, temperature: float, tie: str, clamp: ArrayLike | None
) -> Any:
    choose("update", update, ("async", "sync"))
    choose("tie", tie, ("plus", "keep", "minus"))
    visits = np.empty(0, dtype=np.uint32)
    if isinstance(order, str):
        choose("order", order, ("random", "sequential", "replacement"), "an array of units")
    else:
        order, visits = "array", read_units(order, units, "order")
    if not isinstance(temperature, (int, float, np.number)) or not 0 <= temperature < np.inf:
        raise ValueError(f"temperature must be a finite number of at least 0, got {temperature!r}")
    mask = np.empty(0, dtype=np.uint64) if clamp is None else bits.read_mask(clamp, units, "clamp")
    return kernels.Dynamics(units, update, order, visits, tie, float(temperature), mask)


_known_dynamics: Callable[..., Any] = functools.lru_cache(64)(_dynamics)


def read_units(units_given: ArrayLike, units: int, name: str) -> NDArray[np.uint32]:
    """Indices of units, within 0..D-1, as uint32."""
    index = np.asarray(units_given)
    if index.ndim != 1 or index.dtype.kind not in "iu" or len(index) == 0:
        raise ValueError(f"{name} must be a 1-d array of integers, got {index.dtype} of shape {index.shape}")
    if index.max() >= units or (index.dtype.kind == "i" and index.min() < 0):
        wrong = index[(index < 0) | (index >= units)][0]
        raise ValueError(f"{name} must lie in 0..{units - 1}, got {wrong}")
    return np.ascontiguousarray(index, dtype=np.uint32)


def choose(name: str, value: Any, allowed: tuple[str, ...], other: str = "") -> None:
    """Raise unless a word is one of those allowed."""
    if value not in allowed:
        words = ", ".join(map(repr, allowed)) + (f" or {other}" if other else "")
        raise ValueError(f"{name} must be one of {words}, got {value!r}")


def _records(record: str | Iterable[str] | None, has_overlaps: bool) -> tuple[str, ...]:
    names = () if record is None else (record,) if isinstance(record, str) else tuple(record)
    allowed = tuple(name for name in _RECORDS if has_overlaps or name != "overlaps")
    for name in names:
        choose("record", name, allowed)
    return names


def _observe(
    name: str, states: bits.States, words: Any, progress: Any, flips_before: Any, energies: Any, overlaps: Any
) -> Any:
    if name == "energy":
        return energies(words)
    if name == "overlaps":
        return overlaps(words)
    if name == "flips":
        return progress[:, _FLIPS] - flips_before
    return bits.PackedPatterns._of(words.copy(), states.units).unpack()
