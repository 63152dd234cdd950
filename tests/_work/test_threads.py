"""The one pool: results in order, errors and Ctrl-C stop the rest."""

import os
import subprocess
import sys
import threading

import pytest

from hebbfast._work import threads as pool
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
    """Who interrupts the caller while it asks for threads must not wait for the jobs that they began."""
    ask, begun, ended = pool._Helpers.ask, threading.Event(), []

    def work(job, stop):
        begun.set()
        ended.append(stop.wait(30))

    def interrupted(helpers, task):
        if begun.is_set():
            raise KeyboardInterrupt
        ask(helpers, task)
        assert begun.wait(30)

    monkeypatch.setattr(pool._Helpers, "ask", interrupted)
    with pytest.raises(KeyboardInterrupt):
        over(work, range(3), 3)
    assert ended == [True]


CTRL_C_ANYWHERE = """
import faulthandler, sys, threading
from hebbfast._work.threads import over

def at(step):
    left = [step]
    def trace(frame, event, argument):
        frame.f_trace_opcodes = True
        if event in ("opcode", "line"):  # Python 3.12 tells of lines alone
            left[0] -= 1
            if not left[0]:
                raise KeyboardInterrupt
        return trace
    return left, trace

def square(job, stop):
    return job * job

step, interrupted, left = 0, 0, [0]
while left[0] <= 0:
    step += 1
    faulthandler.dump_traceback_later(60, exit=True)  # what hangs says where
    left, trace = at(step)
    sys.settrace(trace)
    try:
        over(square, range(5), 3)
    except KeyboardInterrupt:
        interrupted += 1
    finally:
        sys.settrace(None)
    together = threading.Barrier(2, timeout=30)  # two at once, or it breaks
    over(lambda job, stop: together.wait(), range(2), 2)
print(interrupted > 50)
"""


def test_ctrl_c_anywhere_leaves_no_lock_taken():
    """At each step of Python's machine in turn, two threads work side by side afterwards."""
    ended = subprocess.run([sys.executable, "-P", "-c", CTRL_C_ANYWHERE], capture_output=True, text=True, check=True)
    assert (ended.stdout, ended.stderr) == ("True\n", "")


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


@pytest.mark.parametrize("error", [RuntimeError("can't start new thread"), MemoryError()])
@pytest.mark.parametrize("possible", [0, 1])
def test_the_caller_does_what_no_thread_can(monkeypatch, possible, error):
    ask, begun = pool._Helpers.ask, []

    def limited(helpers, task):
        if len(begun) == possible:
            raise error
        begun.append(ask(helpers, task))

    monkeypatch.setattr(pool._Helpers, "ask", limited)
    assert over(lambda job, stop: 2 * job, range(9), 4) == [2 * job for job in range(9)]
    assert len(begun) == possible


def test_threads_at_the_end_of_python():
    """Handlers at exit run when no thread may begin any more."""
    code = "import atexit; from hebbfast._work.threads import over; "
    code += "atexit.register(lambda: print(over(lambda job, stop: job, range(3), 2)))"
    ended = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert (ended.stdout, ended.stderr) == ("[0, 1, 2]\n", "")


def test_a_handler_that_comes_while_work_is_submitted(monkeypatch):
    """It works with the threads that the interrupted one was just asking."""
    ask, inner = pool._Helpers.ask, []

    def interrupted(helpers, task):
        if not inner:
            inner.append(None)
            inner[0] = over(lambda job, stop: job, range(3), 3)
        ask(helpers, task)

    monkeypatch.setattr(pool._Helpers, "ask", interrupted)
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
