"""How many threads, and work on one huge state that they share."""

import os
from collections.abc import Callable
from itertools import pairwise

import numpy as np

__all__ = ["HUGE", "share", "thread_count"]

HUGE = 1 << 28  # units times patterns from which one state is worth two threads: 1 ms of reading


def thread_count(threads: int | None) -> int:
    """Threads to use: the argument, else HEBBFAST_NUM_THREADS, else the CPUs that this process may use."""
    name = "threads"
    if threads is None:
        setting = os.environ.get("HEBBFAST_NUM_THREADS")
        if not setting:
            affinity = getattr(os, "sched_getaffinity", None)
            return len(affinity(0)) if affinity else os.cpu_count() or 1
        name, threads = "HEBBFAST_NUM_THREADS", int(setting) if setting.isdecimal() else 0
    if isinstance(threads, bool) or not isinstance(threads, (int, np.integer)) or threads < 1:
        raise ValueError(f"{name} must be an integer of at least 1, got {threads!r}")
    return int(threads)


def share(work: Callable[[int, int], None], count: int, threads: int) -> None:
    """Call ``work(first, last)`` for parts of 0..count, each from a multiple of 64, on so many threads."""
    edges = [*range(0, count, max(64, -(-count // threads) + 63 & ~63)), count]
    if threads == 1 or len(edges) == 2:
        work(0, count)
        return
    from concurrent.futures import ThreadPoolExecutor  # a tenth of the time of `import hebbfast`

    with ThreadPoolExecutor(threads) as pool:
        for part in [pool.submit(work, first, last) for first, last in pairwise(edges)]:
            part.result()
