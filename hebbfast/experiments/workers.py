"""Who does the work: this process, several on this machine, or a dask cluster; the results are the same."""

import importlib
import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

__all__ = ["Run", "workers_of"]

Run = Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]
"""From a function and jobs to the results, in the order in which they come."""

_ANSWER = 20  # seconds for a scheduler to answer


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
    RuntimeError
        If a worker process of this machine dies.
    """
    if scheduler is not None:
        yield from _cluster(scheduler)
    elif workers == 1:
        yield lambda function, jobs: map(function, jobs)
    else:
        yield from _processes(workers)


def _processes(workers: int) -> Iterator[Run]:
    context = multiprocessing.get_context("spawn")  # a fork would copy the locks of threads
    # Ctrl-C reaches all processes of a terminal; this one ends the others.
    pool = ProcessPoolExecutor(workers, context, signal.signal, (signal.SIGINT, signal.SIG_IGN))

    def run(function: Callable[[Any], Any], jobs: Iterable[Any]) -> Iterator[Any]:
        try:
            for future in as_completed([pool.submit(function, job) for job in jobs]):
                yield future.result()
        except BrokenProcessPool:
            raise RuntimeError("a worker process died; what the store holds is kept: run again to go on") from None

    try:
        yield run
    finally:
        pool.shutdown(cancel_futures=True)


def _cluster(scheduler: Any) -> Iterator[Run]:
    try:
        distributed: Any = importlib.import_module("dask.distributed")
    except ImportError:
        raise ImportError('scheduler needs dask: pip install "hebbfast[experiments]"') from None

    def run_on(client: Any) -> Run:
        def run(function: Callable[[Any], Any], jobs: Iterable[Any]) -> Iterator[Any]:
            futures = client.map(function, list(jobs), pure=False)
            try:
                for _, result in distributed.as_completed(futures, with_results=True):
                    yield result
            finally:
                client.cancel(futures)

        return run

    if isinstance(scheduler, distributed.Client):
        yield run_on(scheduler)
        return
    if not isinstance(scheduler, str):
        raise TypeError(f"scheduler must be an address or a dask.distributed.Client, got {scheduler!r}")
    try:
        client = distributed.Client(scheduler, timeout=_ANSWER, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise ConnectionError(f"scheduler must answer, got {scheduler!r}: {error or type(error).__name__}") from None
    with client:
        yield run_on(client)
