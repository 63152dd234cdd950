"""A value is made once, by one of many threads, and by a forked child although the parent was making it."""

import os
import threading
import time

import pytest

from hebbfast._work.once import Once


def test_many_threads_make_it_once():
    made = []
    once = Once(lambda: (time.sleep(0.05), made.append(1), object())[2])
    found = []
    threads = [threading.Thread(target=lambda: found.append(once.value)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert len({id(value) for value in found}) == 1


def test_none_is_a_value():
    made = []
    once = Once(lambda: made.append(1))
    assert once.value is once.value is None
    assert made == [1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_while_it_is_made():
    begun, go_on = threading.Event(), threading.Event()
    once = Once(lambda: (begun.set(), go_on.wait(30), 5)[2])
    thread = threading.Thread(target=lambda: once.value)
    thread.start()
    begun.wait(30)
    child = os.fork()
    if child == 0:
        go_on.set()
        os._exit(once.value)  # would wait for the parent's lock for ever
    go_on.set()
    thread.join()
    deadline = time.monotonic() + 30
    done, status = 0, 0
    while not done and time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        time.sleep(0.01)
    assert done, "the child hangs"
    assert os.waitstatus_to_exitcode(status) == 5
