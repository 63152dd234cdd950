"""How fast the kernels run on this machine, beside what the machine can do at all; no rivals needed.

The measures of the machine: bits that a popcount loop counts within the first cache, bytes that a loop of plain loads
reads from memory, and bytes that a copy moves. Each time is the best of several calls.
"""

import gc
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import hebbfast as hb
from hebbfast import _kernels
from hebbfast._records import Record
from hebbfast._work.free import free_bytes
from hebbfast.networks._stream import Streamed

__all__ = ["Disk", "Huge", "Measurement", "Peaks", "at_level", "disk", "huge", "kernels", "peaks"]

SIZES = ((1024, 1024), (4096, 4096), (16384, 8192))  # D, K: first cache, second cache, beyond
SHORTEST = 0.02  # seconds over which a call is repeated
LONGER = 0.2  # the same for the measures of the machine
BUFFER_BYTES = 1 << 28  # read and copied
STATES = 64  # of a batch
DISK_UNITS = 8192  # of patterns in a file, 1 KB each
DAMAGE = 0.1  # of the units of a cue


@dataclass(frozen=True, eq=False)
class Peaks(Record):
    """What the machine can do on one thread, at the active level.

    Attributes
    ----------
    popcount : float
        Bits a second, counted in data that fit the first cache.
    read : float
        Bytes a second, loaded from memory.
    copy : float
        Bytes a second, each of them read once and written once.
    """

    popcount: float
    read: float
    copy: float


@dataclass(frozen=True, eq=False)
class Measurement(Record):
    """One kernel at one size, on one thread.

    Attributes
    ----------
    kernel, level : str
        What ran, and with which instructions.
    units, patterns : int
        D and K.
    seconds : float
        Best time of a call.
    visits : float
        Pattern-visits a second: pairs of a unit and a pattern (and a state, in a batch).
    of_popcount : float
        Visits over the bits that the popcount loop counts in the same time. More than 1 means that most visits were
        decided without counting.
    of_read : float
        Bytes of one pass over the data (packed patterns; for packing the int8 array) over those that plain loads read
        from memory in the same time. More than 1 means that the caches help, or that data were not read at all.
    """

    kernel: str
    level: str
    units: int
    patterns: int
    seconds: float
    visits: float
    of_popcount: float
    of_read: float


@dataclass(frozen=True, eq=False)
class Huge(Record):
    """Seconds of each step with a huge store, and the peak memory of the process."""

    patterns: int
    units: int
    seconds: dict[str, float]
    flips: int
    peak_bytes: int

    @property
    def peak(self) -> float:
        """Peak memory over the bytes of the packed patterns, K·D/8."""
        return self.peak_bytes / (self.patterns * self.units / 8)


@dataclass(frozen=True, eq=False)
class Disk(Record):
    """Bytes of a file of patterns, and seconds of each step with it; the first reads it and does nothing else."""

    patterns: int
    units: int
    size: int
    seconds: dict[str, float]


def best_time(call: Callable[[], Any], shortest: float = SHORTEST) -> float:
    """Seconds of the fastest of several calls, at least three and `shortest` seconds together."""
    times: list[float] = []
    while len(times) < 3 or sum(times) < shortest:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def peaks(buffer_bytes: int = BUFFER_BYTES) -> Peaks:
    """Measure what the machine can do at the active level.

    Parameters
    ----------
    buffer_bytes : int, default 256 MB
        Size of the data that are read and copied; it must exceed the last cache by far.

    Examples
    --------
    >>> from hebbfast.experiments import speed as benchmark
    >>> benchmark.peaks(1 << 20).popcount > 0
    True
    """
    words = np.ones(buffer_bytes // 8, dtype=np.uint64)
    other = words.copy()
    return Peaks(
        popcount=popcount_peak(),
        read=words.nbytes / best_time(lambda: _kernels.read_words(words), LONGER),
        copy=words.nbytes / best_time(lambda: np.copyto(other, words), LONGER),
    )


def popcount_peak() -> float:
    """Bits a second that the popcount loop of the active level counts in 24 KB, without the cost of calling it."""

    def seconds(count: int) -> float:
        words = np.ones(count, dtype=np.uint64)
        return best_time(lambda: [_kernels.count_bits(words) for _ in range(repeats)], LONGER)

    repeats, short, long = 300, 1 << 10, 3 << 10
    return repeats * 64 * (long - short) / max(seconds(long) - seconds(short), 1e-9)


def kernels(machine: Peaks, sizes: Iterable[tuple[int, int]] = SIZES) -> Iterator[Measurement]:
    """Measure the kernels at the active level, on one thread.

    Parameters
    ----------
    machine : Peaks
        What `peaks` found at the same level.
    sizes : iterable of (int, int)
        D and K of each size.

    Yields
    ------
    Measurement
        Size by size: overlaps of one state and of a batch of 64; for n = 2, 3, 4 the first sweep from a pattern with
        10 % of its units flipped and one that flips nothing; a synchronous update; transposing and packing.
    """
    for units, patterns in sizes:
        packed = hb.PackedPatterns.random(patterns, units, rng=0)
        for kernel, call, repeats, data in _calls(packed):
            seconds = best_time(call)
            visits = repeats * units * patterns / seconds
            yield Measurement(
                kernel=kernel,
                level=hb.simd_level(),
                units=units,
                patterns=patterns,
                seconds=seconds,
                visits=visits,
                of_popcount=visits / machine.popcount,
                of_read=data / seconds / machine.read,
            )


def _calls(packed: hb.PackedPatterns) -> Iterator[tuple[str, Callable[[], Any], int, int]]:
    """Name, call, pattern-visits over D·K, and bytes of one pass over the data."""
    units = packed.shape[1]
    batch = hb.PackedPatterns.random(STATES, units, rng=1)
    cue = damaged(packed, 0)
    order = np.random.default_rng(3).permutation(units)
    yield "overlaps, one state", partial(packed.overlaps, cue), 1, packed.nbytes
    yield f"overlaps, {STATES} states", partial(packed.overlaps, batch), STATES, packed.nbytes
    for degree in (2, 3, 4):
        memory = hb.DenseAssociativeMemory(packed, hb.Polynomial(degree))
        sweep = partial(memory.recall, order=order, max_sweeps=1, threads=1)
        final = memory.recall(cue, order=order, threads=1).states
        yield f"first sweep, n={degree}", partial(sweep, cue), 1, packed.nbytes
        yield f"confirming sweep, n={degree}", partial(sweep, final), 1, packed.nbytes
        if degree == 3:
            update = partial(memory.recall, cue, update="sync", max_sweeps=1, threads=1)
            yield "synchronous update, n=3", update, 1, packed.nbytes
    yield "transpose", packed.columns, 1, packed.nbytes
    rows = packed.unpack()
    yield "pack", partial(hb.PackedPatterns, rows), 1, rows.nbytes


def damaged(packed: hb.PackedPatterns, index: int) -> Any:
    """A stored pattern with 10 % of its units flipped, as a batch of one."""
    return hb.corrupt(packed[index : index + 1], flips=int(DAMAGE * packed.shape[1]), rng=index)


def huge(patterns: int = 10_000, units: int = 1_000_000) -> Huge:
    """Draw patterns as bits, and recall one of them from 10 % noise with n = 3.

    Parameters
    ----------
    patterns, units : int
        K and D.

    Returns
    -------
    Huge
        Its peak memory is that of the whole process so far; the default needs 2.9 GB.

    Raises
    ------
    MemoryError
        If the machine has less memory to give than the work takes.
    RuntimeError
        If the pattern was not recalled.
    """
    needed, free = int(2.3 * patterns * units / 8) + (1 << 26), free_bytes()
    if free is not None and needed > free:
        raise MemoryError(
            f"K={patterns:,} patterns of D={units:,} units need {needed / 1e9:.2f} GB, and {free / 1e9:.2f} GB are free"
        )
    seconds = {}
    start = time.perf_counter()
    packed = hb.PackedPatterns.random(patterns, units, rng=0)
    seconds["draw the patterns"] = time.perf_counter() - start
    start = time.perf_counter()
    memory = hb.DenseAssociativeMemory(packed, hb.Polynomial(3))
    result = memory.recall(damaged(packed, 0), rng=2)
    seconds["recall the first time"] = time.perf_counter() - start
    start = time.perf_counter()
    memory.recall(damaged(packed, 1), rng=4)
    seconds["recall another"] = time.perf_counter() - start
    if not (result.converged.all() and (result.states.words == packed.words[:1]).all()):
        raise RuntimeError(f"the pattern was not recalled from {DAMAGE:.0%} noise: K={patterns}, D={units}")
    return Huge(patterns, units, seconds, int(result.flips[0]), peak_bytes())


def disk(size: int = 2 * 10**9, folder: "str | os.PathLike[str]" = ".", *, rounds: int = 2) -> Disk:
    """Write a file of patterns, read it, and go through its patterns where they are mapped, each time from the disk.

    Parameters
    ----------
    size : int
        Bytes of the file, about; as many are needed in memory to make it.
    folder : path-like
        Where it is written, under a random name; it is deleted in the end.
    rounds : int, default 2
        Times that each step is measured, in turns; the best counts.

    Raises
    ------
    OSError
        If the file cannot be written, or the system does not forget files that it has read.

    Examples
    --------
    >>> import tempfile
    >>> from hebbfast.experiments import speed
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     measured = speed.disk(10**6, folder)
    >>> list(measured.seconds)
    ['read the file', 'overlaps', 'nearest', 'posterior', 'energies', 'fields', 'synchronous sweep']
    """
    if not hasattr(os, "posix_fadvise"):
        raise OSError("folder must be on a system that can forget a file it has read, as Linux can")
    patterns, interaction = max(64, size * 8 // DISK_UNITS), hb.Polynomial(3)
    cue = hb.PackedPatterns.random(1, DISK_UNITS, rng=1)
    weights = interaction.weights(DISK_UNITS, patterns)
    steps: dict[str, Callable[[hb.PackedPatterns], Any]] = {
        "overlaps": lambda mapped: mapped.overlaps(cue),
        "nearest": lambda mapped: mapped.nearest(cue),
        "posterior": lambda mapped: hb.DenseAssociativeMemory(mapped).posterior(cue, flip=DAMAGE),
        "energies": lambda mapped: Streamed(mapped, interaction, weights).energy(cue),
        "fields": lambda mapped: Streamed(mapped, interaction, weights).fields(cue),
        "synchronous sweep": lambda mapped: Streamed(mapped, interaction, weights).recall(
            cue, update="sync", max_sweeps=1
        ),
    }
    best: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix=".hebbfast-", dir=folder) as made:
        path = Path(made) / "patterns.safetensors"
        hb.PackedPatterns.random(patterns, DISK_UNITS, rng=0).save(path)
        for _ in range(rounds):
            for name, step in {"read the file": None, **steps}.items():
                _forget(path)
                start = time.perf_counter()
                _read(path) if step is None else step(hb.PackedPatterns.load(path, verify=False))
                best[name] = min(best.get(name, float("inf")), time.perf_counter() - start)
        return Disk(patterns, DISK_UNITS, path.stat().st_size, best)


def _forget(path: Path) -> None:
    """Let the system drop what it holds of a file, which nobody may have mapped."""
    gc.collect()  # networks may be in circles
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _read(path: Path) -> None:
    room = bytearray(1 << 22)
    with path.open("rb", buffering=0) as file:
        while file.readinto(room):
            pass


def peak_bytes() -> int:
    """Largest memory that this process has had."""
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss would count what the parent had when it started us
        lines = status.read_text().splitlines()
        return next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def at_level(level: str, work: Callable[[], Iterable[Any]]) -> Iterator[Any]:
    """What `work` yields while the kernels run at a level."""
    before = hb.simd_level()
    hb.use_simd_level(level)
    try:
        yield from work()
    finally:
        hb.use_simd_level(before)
