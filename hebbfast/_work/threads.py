"""How many threads, and work that they share: the one pool of the package, and its way with Ctrl-C."""

import os
import threading
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import TypeVar

from hebbfast import _arguments

__all__ = ["HUGE", "over", "share", "thread_count"]

Job = TypeVar("Job")
Result = TypeVar("Result")

HUGE = 1 << 28  # units times patterns from which one state is worth two threads: 1 ms of reading


def thread_count(threads: int | None) -> int:
    """Threads to use: the argument, else HEBBFAST_NUM_THREADS, else the CPUs that this process may use."""
    if threads is not None:
        return _arguments.whole("threads", threads, 1)
    setting = os.environ.get("HEBBFAST_NUM_THREADS", "").strip()
    if setting:
        return _arguments.whole("HEBBFAST_NUM_THREADS", int(setting) if setting.isdecimal() else setting, 1)
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def over(function: Callable[[Job, threading.Event], Result], jobs: Iterable[Job], threads: int) -> list[Result]:
    """The results of ``function(job, stop)`` in the order of the jobs, on up to so many threads.

    When one job fails, or Ctrl-C comes, `stop` is set: a job that takes long looks at it between two calls of a kernel
    and returns early. Jobs that have not begun then never do.
    """
    jobs, stop = list(jobs), threading.Event()
    if threads == 1 or len(jobs) < 2:
        return [function(job, stop) for job in jobs]
    from concurrent.futures import ThreadPoolExecutor, as_completed  # a tenth of the time of `import hebbfast`

    with ThreadPoolExecutor(min(threads, len(jobs))) as pool:
        try:  # around the submission, too: to start a thread waits for it, and Ctrl-C may come then
            parts = [pool.submit(function, job, stop) for job in jobs]
            for part in as_completed(parts):
                part.result()
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        return [part.result() for part in parts]


def share(work: Callable[[int, int], None], count: int, threads: int) -> None:
    """Call ``work(first, last)`` for parts of 0..count, each from a multiple of 64, on so many threads."""
    edges = [*range(0, count, max(64, -(-count // threads) + 63 & ~63)), count]
    over(lambda part, _: work(*part), pairwise(edges), threads)
