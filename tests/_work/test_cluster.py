"""Worker processes: what they are told when they cannot begin, and what is said when they die."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hebbfast._work.cluster import _undisturbed, workers_of

JOBS = """
import os, signal, time

def double(job):
    return 2 * job

def die(job):
    if job == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return job

def wait(job):
    print("waits", flush=True)
    time.sleep(60)

class Mine:
    def __call__(self, job):
        return -job
"""
RUN = """
with workers_of(2) as run:
    print(sorted(run({}, range(20))))
"""
GUARDED = "import jobs\nfrom hebbfast._work.cluster import workers_of\nif __name__ == '__main__':\n" + RUN.replace(
    "\n", "\n    "
)
UNGUARDED = "import jobs\nfrom hebbfast._work.cluster import workers_of\n" + RUN


@pytest.fixture
def program(tmp_path):
    """Run a program, as a file or through standard input; what it printed and its last line of errors."""
    (tmp_path / "jobs.py").write_text(JOBS)

    def run(text, through_input=False):
        (tmp_path / "program.py").write_text(text)
        done = subprocess.run(
            [sys.executable, "-" if through_input else "program.py"],
            input=text if through_input else None, capture_output=True, text=True, timeout=60, cwd=tmp_path,
        )  # fmt: skip
        return done.stdout.strip(), (done.stderr.strip().splitlines() or [""])[-1]

    return run


def test_a_guarded_program_has_workers(program):
    assert program(GUARDED.format("jobs.double")) == (str([2 * job for job in range(20)]), "")
    assert program(GUARDED.format("jobs.Mine()")) == (str(sorted(-job for job in range(20))), "")


def test_an_unguarded_program_is_told_to_guard(program):
    out, error = program(UNGUARDED.format("jobs.double"))
    assert out == "" and error.startswith("RuntimeError: a worker process died as it began, with exit code 1")
    assert 'under `if __name__ == "__main__":`' in error


def test_a_program_that_is_no_file_is_refused_before_any_process_begins(program):
    out, error = program(GUARDED.format("jobs.double"), through_input=True)
    assert out == "" and error.startswith("ValueError: workers must be 1 unless the program is a file")
    assert "'<stdin>'" in error


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_killed_worker_is_an_error_not_a_wait(program):
    _, error = program(GUARDED.format("jobs.die"))
    assert error.startswith("RuntimeError: a worker process died by signal 9, what a store holds is kept: run again")
    assert "memory" in error


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGINT")
def test_ctrl_c_does_not_wait_for_the_workers(program):
    """Each of them sleeps for a minute; the fixture would stop waiting after one."""
    interrupt = "import os, signal, threading\nthreading.Timer(2, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
    text = GUARDED.format("jobs.wait").replace("    with", f"    {interrupt.replace(chr(10), chr(10) + '    ')}with", 1)
    _, error = program(text)
    assert error == "KeyboardInterrupt"


def spawned(parent):
    """Processes that multiprocessing has begun for this one, as Linux knows them."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [child for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.parametrize("delay", [0.0, 0.05, 0.1, 0.2])
def test_ctrl_c_while_workers_begin_is_told_once(tmp_path, delay):
    """As a terminal sends it, to all processes, while the first of them loads what it needs."""
    (tmp_path / "jobs.py").write_text(JOBS)
    (tmp_path / "program.py").write_text(GUARDED.format("jobs.wait"))
    program = subprocess.Popen(
        [sys.executable, "program.py"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
        start_new_session=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    try:
        end = time.monotonic() + 30
        while not spawned(program.pid) and time.monotonic() < end:
            time.sleep(0.002)
        time.sleep(delay)
        os.killpg(program.pid, signal.SIGINT)
        _, errors = program.communicate(timeout=30)
    finally:
        program.kill()
    assert errors.count("Traceback") == 1 and errors.strip().splitlines()[-1] == "KeyboardInterrupt"


def test_what_cannot_be_sent_is_refused_by_name():
    with workers_of(2) as run, pytest.raises(TypeError, match=r"workers must be 1.* for what cannot be pickled"):
        list(run(lambda job: job, [1]))
    for wrong in (0, 1.5, "2", None, True):
        with pytest.raises(ValueError, match="workers must be an integer from 1"), workers_of(wrong):
            pass


def test_ctrl_c_waits_until_a_process_has_begun():
    before, done = signal.signal(signal.SIGINT, signal.default_int_handler), []

    def begin():
        with _undisturbed():
            signal.raise_signal(signal.SIGINT)
            done.append("begun")

    try:
        with pytest.raises(KeyboardInterrupt):
            begin()
        assert done == ["begun"]
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
