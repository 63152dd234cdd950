"""How many threads, and work that they share: the one pool of the package, and its way with Ctrl-C."""

import collections
import contextlib
import os
import threading
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from hebbfast import _arguments

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

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
    """The results of ``function(job, stop)`` in the order of the jobs, on up to so many threads, one of them this one.

    When one job fails, or Ctrl-C comes, `stop` is set: a job that takes long looks at it between two calls of a kernel
    and returns early. Jobs that have not begun then never do.
    """
    jobs, stop = list(jobs), threading.Event()
    if threads == 1 or len(jobs) < 2:
        return [function(job, stop) for job in jobs]
    waiting = collections.deque(range(len(jobs)))
    results: dict[int, Result] = {}

    def work() -> None:
        try:
            while not stop.is_set() and (job := _first(waiting)) is not None:
                results[job] = function(jobs[job], stop)
        except BaseException:
            stop.set()
            raise

    helpers: list[Future[None]] = []
    try:  # around the submission, too: Ctrl-C may come while a thread begins
        _submit(work, min(threads, len(jobs)) - 1, helpers)
        work()
        begun = _await(helpers)
    except BaseException:
        stop.set()
        _await(helpers)
        raise
    for helper in begun:
        helper.result()
    return [results[job] for job in range(len(jobs))]


def _submit(work: Callable[[], None], count: int, helpers: "list[Future[None]]") -> None:
    """Let up to so many threads do the work, too; none begins at the limit of the system, or while Python ends.

    Nor for a signal handler or a finaliser that comes meanwhile: it would wait for a lock that this thread holds.
    """
    if getattr(_here, "submitting", False):
        return
    _here.submitting = True
    try:
        with contextlib.suppress(RuntimeError):
            for _ in range(count):
                helpers.append(_helpers().submit(work))
    finally:
        _here.submitting = False


def _await(helpers: "list[Future[None]]") -> "list[Future[None]]":
    """Those that have begun, when they have ended; the others never will."""
    from concurrent.futures import wait

    begun = [helper for helper in helpers if not helper.cancel()]
    wait(begun)
    return begun


_here = threading.local()  # is this thread in `_submit`?
_pool: "ThreadPoolExecutor | None" = None
_MOST = 4096  # threads that are ever kept


def _helpers() -> "ThreadPoolExecutor":
    """The threads beside the caller. They begin when they are needed and stay: to begin one takes 0.2 ms."""
    global _pool
    if _pool is None:
        from concurrent.futures import ThreadPoolExecutor  # a tenth of the time of `import hebbfast`

        _pool = ThreadPoolExecutor(_MOST, "hebbfast")
    return _pool


def _forget_helpers() -> None:
    """In the child of a fork there are none."""
    global _pool
    _pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_helpers)


def _first(waiting: "collections.deque[int]") -> int | None:
    """The next job, or None; another thread may take the last one at any moment."""
    try:
        return waiting.popleft()
    except IndexError:
        return None


def share(work: Callable[[int, int], None], count: int, threads: int) -> None:
    """Call ``work(first, last)`` for parts of 0..count, each from a multiple of 64, on so many threads."""
    edges = [*range(0, count, max(64, -(-count // threads) + 63 & ~63)), count]
    over(lambda part, _: work(*part), pairwise(edges), threads)
