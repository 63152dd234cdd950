"""The one pool: results in order, errors and Ctrl-C stop the rest."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from hebbfast._work.threads import over, share, thread_count


@pytest.mark.parametrize("threads", [1, 3, 50])
def test_results_come_in_the_order_of_the_jobs(threads):
    assert over(lambda job, stop: job * job, range(20), threads) == [job * job for job in range(20)]
    assert over(lambda job, stop: job, [], threads) == []


def test_an_error_stops_the_others():
    """The second job waits for `stop`; without it the test would hang."""
    seen = []

    def work(job, stop):
        if job == 0:
            raise ZeroDivisionError
        seen.append(stop.wait(30))

    with pytest.raises(ZeroDivisionError):
        over(work, range(2), 2)
    assert seen in ([], [True])


def test_jobs_that_have_not_begun_never_do():
    begun = []

    def work(job, stop):
        begun.append(job)
        if job == 0:
            raise KeyboardInterrupt
        stop.wait(30)

    with pytest.raises(KeyboardInterrupt):
        over(work, range(100), 2)
    assert len(begun) < 100


def test_ctrl_c_while_threads_begin(monkeypatch):
    """The pool waits for a thread to start; who interrupts it then must not wait for the jobs that did."""
    submit, begun, ended = ThreadPoolExecutor.submit, [], []

    def work(job, stop):
        ended.append(stop.wait(30))

    def interrupted(pool, function):
        if begun:
            raise KeyboardInterrupt
        begun.append(submit(pool, function))
        return begun[0]

    monkeypatch.setattr(ThreadPoolExecutor, "submit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        over(work, range(3), 3)
    assert ended in ([], [True])


def test_an_error_beside_the_caller_is_raised_too():
    caller = threading.get_ident()
    beside = threading.Event()

    def work(job, stop):
        if threading.get_ident() == caller:
            assert beside.wait(30)
        else:
            beside.set()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        over(work, range(2), 2)


@pytest.mark.parametrize("possible", [0, 1])
def test_the_caller_does_what_no_thread_can(monkeypatch, possible):
    submit, begun = ThreadPoolExecutor.submit, []

    def limited(pool, function):
        if len(begun) == possible:
            raise RuntimeError("can't start new thread")
        begun.append(submit(pool, function))
        return begun[-1]

    monkeypatch.setattr(ThreadPoolExecutor, "submit", limited)
    assert over(lambda job, stop: 2 * job, range(9), 4) == [2 * job for job in range(9)]
    assert len(begun) == possible


def test_threads_at_the_end_of_python():
    """Handlers at exit run when no thread may begin any more."""
    code = "import atexit; from hebbfast._work.threads import over; "
    code += "atexit.register(lambda: print(over(lambda job, stop: job, range(3), 2)))"
    ended = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert (ended.stdout, ended.stderr) == ("[0, 1, 2]\n", "")


def test_a_handler_that_comes_while_work_is_submitted(monkeypatch):
    """It finds the lock of the pool taken by the very thread that it interrupts."""
    submit, inner = ThreadPoolExecutor.submit, []

    def interrupted(pool, function):
        assert pool._shutdown_lock.acquire(timeout=10)
        try:
            inner.append(over(lambda job, stop: job, range(3), 3))
        finally:
            pool._shutdown_lock.release()
        return submit(pool, function)

    monkeypatch.setattr(ThreadPoolExecutor, "submit", interrupted)
    assert over(lambda job, stop: 2 * job, range(4), 2) == [0, 2, 4, 6]
    assert inner == [[0, 1, 2]]


def test_no_more_threads_than_asked_for():
    """As many jobs at once as threads, the caller being one of them; each waits until all are there."""
    together, most = threading.Barrier(3, timeout=30), []

    def work(job, stop):
        together.wait()
        most.append(threading.get_ident())

    over(work, range(9), 3)
    assert len(most) == 9
    assert len(set(most)) == 3
    assert threading.get_ident() in most


def test_jobs_may_share_work_themselves():
    """Helpers that are all busy do not hold up whoever needs more of them."""
    found = over(lambda job, stop: sum(over(lambda x, _: x * job, range(10), 4)), range(8), 4)
    assert found == [45 * job for job in range(8)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_begins_threads_of_its_own():
    over(lambda job, stop: None, range(4), 2)
    child = os.fork()
    if not child:
        together, code = threading.Barrier(2, timeout=10), 1
        try:  # two at once, or the barrier breaks
            over(lambda job, stop: together.wait(), range(2), 2)
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize(("count", "threads"), [(1, 4), (64, 4), (65, 2), (1000, 3), (1000, 1)])
def test_share_covers_every_unit_once_in_whole_words(count, threads):
    parts, lock = [], threading.Lock()

    def work(first, last):
        with lock:
            parts.append((first, last))

    share(work, count, threads)
    assert [unit for first, last in sorted(parts) for unit in range(first, last)] == list(range(count))
    assert all(first % 64 == 0 for first, _ in parts)
    assert len(parts) <= threads


def test_thread_count(monkeypatch):
    monkeypatch.setenv("HEBBFAST_NUM_THREADS", " 3 ")
    assert (thread_count(None), thread_count(5)) == (3, 5)
    for setting in ("0", "two", "-1", "1.5"):
        monkeypatch.setenv("HEBBFAST_NUM_THREADS", setting)
        with pytest.raises(ValueError, match=r"^HEBBFAST_NUM_THREADS must be an integer of at least 1, got "):
            thread_count(None)
    monkeypatch.delenv("HEBBFAST_NUM_THREADS")
    assert thread_count(None) >= 1
