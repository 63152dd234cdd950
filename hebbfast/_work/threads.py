"""How many threads, and work that they share: the one pool of the package, and its way with Ctrl-C."""

import _thread
import collections
import contextlib
import os
import threading
from collections.abc import Callable, Iterable
from itertools import pairwise
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

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
    """The results of ``function(job, stop)`` in the order of the jobs, on up to so many threads, one of them this one.

    When one job fails, or Ctrl-C comes, `stop` is set: a job that takes long looks at it between two calls of a kernel
    and returns early. Jobs that have not begun then never do.
    """
    jobs = list(jobs)
    if threads == 1 or len(jobs) < 2:
        stop = threading.Event()
        return [function(job, stop) for job in jobs]
    work = _Work(function, jobs)
    try:  # around the asking, too: Ctrl-C may come while a thread begins
        with contextlib.suppress(RuntimeError, MemoryError):  # none begins at a limit, or while Python ends
            for _ in range(min(threads, len(jobs)) - 1):
                _helpers.ask(work.help)
        work.do()
        work.wait()
    except BaseException:
        work.stop.set()
        work.wait()
        raise
    if work.errors:
        raise work.errors[0]
    return [work.results[job] for job in range(len(jobs))]


class _Work(Generic[Job, Result]):
    """Jobs that several threads take one after another."""

    def __init__(self, function: Callable[[Job, threading.Event], Result], jobs: list[Job]) -> None:
        self._function, self._jobs = function, jobs
        self._waiting = collections.deque(range(len(jobs)))
        self._begun: collections.deque[bool] = collections.deque()  # an entry a helper
        self._ended: collections.deque[bool] = collections.deque()
        self._news: SimpleQueue[bool] = SimpleQueue()
        self.stop = threading.Event()
        self.errors: collections.deque[BaseException] = collections.deque()
        self.results: dict[int, Result] = {}

    def do(self) -> None:
        """Take jobs until there is none, or all are told to stop."""
        try:
            while not self.stop.is_set() and (job := _first(self._waiting)) is not None:
                self.results[job] = self._function(self._jobs[job], self.stop)
        except BaseException:
            self.stop.set()
            raise

    def help(self) -> None:
        """The same in another thread; what fails there waits in `errors`."""
        self._begun.append(True)
        try:
            self.do()
        except BaseException as error:
            self.errors.append(error)
        finally:
            self._ended.append(True)
            self._news.put(True)

    def wait(self) -> None:
        """Until all helpers that have begun have ended; who begins after this finds no job, or is told to stop."""
        while len(self._ended) < len(self._begun):
            with contextlib.suppress(Empty):
                self._news.get(timeout=1)  # and look again, should Ctrl-C have taken the news


class _Helpers:
    """The threads beside the caller. They begin when they are needed and stay: to begin one takes 0.2 ms.

    The executor of the standard library cannot be used: Ctrl-C may come while this thread holds one of its locks, and
    the next task then waits for ever; so does a handler or finaliser that comes there and works too. Here are no locks:
    between any two steps this may be interrupted, and at worst a thread that waits is not asked again.
    """

    def __init__(self) -> None:
        self._idle: collections.deque[bool] = collections.deque()  # an entry for each thread that waits for a task
        self._tasks: SimpleQueue[Callable[[], None]] = SimpleQueue()

    def ask(self, task: Callable[[], None]) -> None:
        """Let one more thread do it."""
        try:
            self._idle.pop()
        except IndexError:
            _thread.start_new_thread(self._serve, (task,))
        else:
            self._tasks.put(task)

    def _serve(self, task: Callable[[], None]) -> None:
        with contextlib.suppress(MemoryError):  # there was none to begin with: the thread ends, the others do its work
            while True:
                task()
                del task  # it holds arrays
                self._idle.append(True)
                task = self._tasks.get()


_helpers = _Helpers()


def _forget_helpers() -> None:
    """In the child of a fork there are none."""
    global _helpers
    _helpers = _Helpers()


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
