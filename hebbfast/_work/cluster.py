"""Who does the work: this process, several on this machine, or a dask cluster; the results are the same."""

import asyncio
import importlib
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.process import BaseProcess
from typing import Any

from hebbfast import _arguments

__all__ = ["Run", "gathered", "workers_of"]

Run = Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]
"""From a function and jobs to the results, in the order in which they come."""

_ANSWER = 15  # seconds for a scheduler to answer
_LOOK = 5  # seconds between two looks at whether it still does


@contextmanager
def workers_of(workers: int, scheduler: Any = None) -> Iterator[Run]:
    """What runs jobs, while the context lasts.

    Parameters
    ----------
    workers : int
        Processes on this machine; 1 is this process itself.
    scheduler : str or dask.distributed.Client, optional
        A cluster instead: the address of its scheduler, or a client of it. Jobs of a worker that dies go to another.

    Raises
    ------
    ConnectionError
        If the scheduler does not answer.
    TypeError
        If what runs cannot be sent to another process.
    ValueError
        If there is no program that worker processes could import.
    RuntimeError
        If a worker process of this machine dies, or workers of the cluster do with the same job again and again.
    """
    workers = _arguments.size("workers", workers)
    if scheduler is not None:
        yield from _cluster(scheduler)
    elif workers == 1:
        yield lambda function, jobs: map(function, jobs)
    else:
        yield from _processes(workers)


def _processes(workers: int) -> Iterator[Run]:
    _check_program(workers)
    context = multiprocessing.get_context("spawn")  # a fork would copy the locks of threads
    pool = ProcessPoolExecutor(workers, context, _begin)
    processes: list[BaseProcess] = []

    def run(function: Callable[[Any], Any], jobs: Iterable[Any]) -> Iterator[Any]:
        _check_sent(function)
        futures, began = [], False
        try:
            for job in jobs:
                if len(processes) < workers:  # one more may begin
                    with _undisturbed():
                        futures.append(pool.submit(function, job))
                        processes[:] = (pool._processes or {}).values()
                else:
                    futures.append(pool.submit(function, job))
            for future in as_completed(futures):
                result = future.result()
                began = True
                yield result
        except BrokenProcessPool:
            pool.shutdown()  # the exit codes are known then
            codes = [process.exitcode for process in processes]
            raise RuntimeError(_how_it_died(codes, began)) from None

    try:
        yield run
    except BaseException:
        for process in processes:  # Ctrl-C does not wait for what they are at
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C waits: a process that it left half begun would print a traceback of its own, and nobody would end it.

    Processes that begin here do not hear it either, before `_begin` says that they never do.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is None or threading.current_thread() is not threading.main_thread():  # not ours to change, or not here
        yield
        return
    came: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        with _deaf():
            yield
    finally:
        signal.signal(signal.SIGINT, before)
        if came:
            signal.raise_signal(signal.SIGINT)


@contextmanager
def _deaf() -> Iterator[None]:
    """SIGINT is blocked, where there is such a thing, which processes inherit."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # when it begins it blocks signals itself, and lets them through again
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _check_program(workers: int) -> None:
    """Refuse where workers would look for a program that is no file, and die."""
    program = sys.modules.get("__main__")
    name = getattr(program, "__file__", None)
    if name is not None and getattr(program, "__spec__", None) is None and not os.path.exists(name):
        raise ValueError(
            f"workers must be 1 unless the program is a file, which each worker imports, got {workers} and {name!r}"
        )


def _check_sent(function: Callable[[Any], Any]) -> None:
    try:
        pickle.dumps(function)
    except Exception as error:  # whatever a class of the caller's raises
        raise TypeError(
            f"workers must be 1, and scheduler None, for what cannot be pickled: {type(error).__name__}: {error}"
        ) from None


def _how_it_died(codes: Iterable[int | None], began: bool) -> str:
    """What to do about it; the codes of those that the pool has ended itself say nothing."""
    died = {code for code in codes if code} - {-signal.SIGTERM}
    if not began and died and min(died) > 0:
        return (
            f"a worker process died as it began, with exit code {min(died)}: each one imports the program, so a script "
            'must call this under `if __name__ == "__main__":`, and find classes of your own in what it imports'
        )
    killed = f" by signal {-min(died)}" if died and min(died) < 0 else ""
    return (
        f"a worker process died{killed}, what a store holds is kept: run again to go on, with fewer workers if memory "
        "has run out"
    )


def _begin() -> None:
    """In a worker process: end with the parent, and with it alone."""
    # Ctrl-C reaches all processes of a terminal; the parent ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A parent that was killed could not; its workers would wait for jobs for ever.
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _cluster(scheduler: Any) -> Iterator[Run]:
    try:
        distributed: Any = importlib.import_module("distributed")
    except ModuleNotFoundError:
        raise ImportError('scheduler needs dask: pip install "hebbfast[experiments]"') from None

    def run_on(client: Any) -> Run:
        def run(function: Callable[[Any], Any], jobs: Iterable[Any]) -> Iterator[Any]:
            _check_sent(function)
            futures = client.map(function, list(jobs), pure=False)
            try:
                for _, result in distributed.as_completed(futures, loop=client.loop, with_results=True):
                    yield result
            except (distributed.KilledWorker, CancelledError) as error:
                raise RuntimeError(f"the cluster failed, what a store holds is kept: {error}") from None
            except ModuleNotFoundError as error:
                raise RuntimeError(f"the workers of the cluster must have what this program imports: {error}") from None
            finally:
                client.cancel(futures)

        return run

    if isinstance(scheduler, distributed.Client):
        yield run_on(scheduler)
        return
    if not isinstance(scheduler, str):
        raise TypeError(f"scheduler must be an address or a dask.distributed.Client, got {scheduler!r}")
    _knock(distributed, scheduler)
    with distributed.Client(scheduler, set_as_default=False) as client:
        yield run_on(client)


def gathered(client: Any, futures: list[Any]) -> list[Any]:
    """The results of futures of a dask cluster, while it answers.

    Raises
    ------
    ConnectionError
        If its scheduler does not answer, within 30 s; the message has the address.
    RuntimeError
        If it has no workers for as long.
    """
    distributed: Any = importlib.import_module("distributed")
    address, alone = client.scheduler.address if client.scheduler else str(client), 0
    while True:
        try:
            distributed.wait(futures, timeout=_LOOK)
            return list(client.gather(futures))
        except TimeoutError:  # it may be at work
            _knock(distributed, address, client.security, "client")
            alone = 0 if client.sync(client.scheduler.ncores) else alone + _LOOK
            if alone >= _ANSWER:
                raise RuntimeError(f"client must have workers, the cluster at {address!r} has none") from None


def _knock(distributed: Any, address: str, security: Any = None, name: str = "scheduler") -> None:
    """Raise unless a scheduler answers: a client of one that does not would take a minute to give up."""

    async def knock() -> None:
        secrets = (security or distributed.Security()).get_connection_args("client")
        comm = await asyncio.wait_for(distributed.core.connect(address, timeout=_ANSWER, **secrets), _ANSWER + 1)
        comm.abort()

    try:
        with ThreadPoolExecutor(1) as beside:  # a notebook has a loop of its own in this thread
            beside.submit(lambda: asyncio.run(knock())).result()
    except (OSError, ValueError, TimeoutError, MemoryError) as error:  # memory: something else speaks there
        reason = str(error) or f"no answer within {_ANSWER} s"
        raise ConnectionError(f"{name} must answer, got {address!r}: {reason}") from None
