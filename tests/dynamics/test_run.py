"""A batch on its way: threads, splits, pieces, Ctrl-C."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import hebbfast as hb
from hebbfast.dynamics import workspaces
from hebbfast.dynamics.rules import read_rules
from hebbfast.dynamics.run import Course, seed, seeds


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_within_a_second_and_the_interpreter_lives_on():
    script = (
        "import hebbfast as hb, time\n"
        "memory = hb.DenseAssociativeMemory(hb.PackedPatterns.random(2000, 4096, rng=0), hb.Polynomial(4))\n"
        "memory.fields(memory.patterns[0])\n"
        "print('ready', flush=True)\n"
        "try:\n"
        "    memory.recall(hb.PackedPatterns.random(500, 4096, rng=1), temperature=1e12, max_sweeps=10**6)\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted', memory.energy(memory.patterns[0]) < 0, flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # ignored in background jobs
    )
    try:
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.5)
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
    finally:
        process.kill()
    assert out == "interrupted True\n"
    assert time.monotonic() - start < 2  # a second, and one for a busy machine


def test_threads_share_a_memory():
    memory = hb.DenseAssociativeMemory(hb.PackedPatterns.random(300, 200, rng=0), hb.Polynomial(3))
    cues = hb.corrupt(memory.patterns[:40], flip=0.1, rng=1)
    results = {}
    workers = [threading.Thread(target=lambda j=j: results.update({j: memory.recall(cues, rng=2)})) for j in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for result in results.values():
        np.testing.assert_array_equal(result.states.words, results[0].states.words)


@pytest.mark.parametrize("update", ["async", "sync"])
@pytest.mark.parametrize("temperature", [0.0, 500.0])
def test_threads_and_splits_change_nothing(update, temperature):
    memory = hb.DenseAssociativeMemory(hb.PackedPatterns.random(200, 300, rng=0), hb.Polynomial(3))
    cues = hb.corrupt(memory.patterns[:150].unpack(), flip=0.2, rng=1)
    options = {"update": update, "temperature": temperature, "max_sweeps": 8}
    whole = memory.recall(cues, rng=np.random.default_rng(7), threads=1, **options)
    for threads in (2, 3):
        other = memory.recall(cues, rng=np.random.default_rng(7), threads=threads, **options)
        np.testing.assert_array_equal(other.states, whole.states)
        np.testing.assert_array_equal(other.energy, whole.energy)
    rng = np.random.default_rng(7)
    parts = [memory.recall(part, rng=rng, **options) for part in (cues[:1], cues[1:64], cues[64:])]
    np.testing.assert_array_equal(np.concatenate([part.states for part in parts]), whole.states)
    np.testing.assert_array_equal(np.concatenate([part.flips for part in parts]), whole.flips)


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="needs /proc")
def test_a_large_batch_runs_in_pieces():
    """20,000 cues and 5,000 patterns: a table of overlaps would take 400 MB."""
    script = (
        "import hebbfast as hb\n"
        "memory = hb.DenseAssociativeMemory(hb.PackedPatterns.random(5000, 64, rng=0), hb.Polynomial(3))\n"
        "memory.recall(hb.PackedPatterns.random(20000, 64, rng=1), max_sweeps=1)\n"
        "print(next(int(line.split()[1]) for line in open('/proc/self/status') if line.startswith('VmHWM')))\n"
    )
    done = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 200_000  # kB


def test_a_recall_keeps_the_level_it_began_with():
    """Another thread switches levels all the time: synchronous updates at T = 0 are a function of the cue alone."""
    levels = hb.available_simd_levels()
    if len(levels) < 2:
        pytest.skip("one level here")
    memory = hb.DenseAssociativeMemory(hb.PackedPatterns.random(500, 1000, rng=0), hb.Polynomial(3))
    cues, before, stop = hb.PackedPatterns.random(200, 1000, rng=3), hb.simd_level(), threading.Event()

    def switch():
        while not stop.is_set():
            for level in levels:
                hb.use_simd_level(level)

    options = ({"update": "sync"}, {}, {"temperature": 3e4}, {"record": "flips"})
    expected = [memory.recall(cues, rng=1, max_sweeps=6, **o) for o in options]
    thread = threading.Thread(target=switch)
    thread.start()
    try:
        for wanted, o in zip(expected * 5, options * 5, strict=True):
            found = memory.recall(cues, rng=1, max_sweeps=6, threads=1, **o)
            assert found.states == wanted.states
            np.testing.assert_array_equal(found.energy, wanted.energy)
    finally:
        stop.set()
        thread.join()
        hb.use_simd_level(before)


def test_a_recall_inside_a_recall_leaves_the_outer_one_alone():
    """A signal handler recalls in the middle of a run, in the same thread; each has a workspace of its own."""
    if not hasattr(signal, "setitimer"):
        pytest.skip("no timers")
    memory = hb.DenseAssociativeMemory(hb.PackedPatterns.random(400, 2048, rng=0), hb.Polynomial(3))
    cues, inner = hb.PackedPatterns.random(3, 2048, rng=1), hb.PackedPatterns.random(1, 2048, rng=2)
    options = {"temperature": 2e6, "max_sweeps": 300, "threads": 1, "rng": 5}
    wanted, called = memory.recall(cues, **options), []

    def handler(*_):
        called.append(memory.recall(inner, max_sweeps=2, threads=1, rng=3).flips[0])
        signal.setitimer(signal.ITIMER_REAL, 0.002)  # not before: handlers of a slow build would pile up

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.002)
    try:
        found = [memory.recall(cues, record="flips", **options) for _ in range(3)]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert called
    assert len(set(called)) == 1
    for result in found:
        assert result.states == wanted.states
        np.testing.assert_array_equal(result.flips, wanted.flips)


def test_sweeps_one_by_one_pay_no_overlaps_each(monkeypatch):
    """The workspace of a course outlives a call: it is never zeroed again, so the kernels go on from it."""
    taken = []
    take = workspaces.take
    monkeypatch.setattr(workspaces, "take", lambda size: (taken.append(size), take(size))[1])
    memory = hb.DenseAssociativeMemory(hb.PackedPatterns.random(300, 200, rng=0), hb.Polynomial(3))
    rules = read_rules(200, temperature=1e5)
    course = Course(memory._kernel, rules, memory.patterns[:4].words, rng=1, threads=1, steps=True)
    for sweep in range(20):
        course.advance(sweep)
    assert len(taken) == 4  # one a cue
    whole = Course(memory._kernel, rules, memory.patterns[:4].words, rng=1, threads=1)
    whole.advance(19)
    np.testing.assert_array_equal(course.words, whole.words)
    np.testing.assert_array_equal(course.progress, whole.progress)


@pytest.mark.parametrize("update", ["async", "sync"])
def test_schedules_and_replicas_run_as_constants_do(update):
    """Cue q of a table of temperatures moves as alone at its own; a schedule as its pieces one after another."""
    memory = hb.DenseAssociativeMemory(hb.PackedPatterns.random(100, 130, rng=0), hb.Polynomial(3))
    words = memory.patterns[:3].words
    table = np.array([[9e3, 1e4, 0.0]] * 4 + [[4e3, 0.0, 0.0]] * 4)
    together = Course(memory._kernel, read_rules(130, update=update, temperature=table), words, rng=7, threads=1)
    together.advance(8)
    for q in range(3):
        column = read_rules(130, update=update, temperature=table[:, q])
        alone = Course(memory._kernel, column, words, rng=7, threads=2)  # the same streams
        alone.advance(8)
        np.testing.assert_array_equal(alone.words[q], together.words[q])
        np.testing.assert_array_equal(alone.progress[q], together.progress[q])
    constant = Course(memory._kernel, read_rules(130, update=update, temperature=9e3), words, rng=7, threads=1)
    constant.advance(4)
    begun = Course(memory._kernel, read_rules(130, update=update, temperature=table[:, 0]), words, rng=7, threads=1)
    begun.advance(4)
    np.testing.assert_array_equal(begun.words, constant.words)


@pytest.mark.parametrize("kind", ["PCG64", "PCG64DXSM", "Philox", "SFC64", "MT19937"])
def test_random_words_are_those_that_integers_draws(kind):
    """Also where half of a word is left over from a draw of 32 bits; the generator goes on from the same place."""
    ours, numpys = (np.random.Generator(getattr(np.random, kind)(5)) for _ in range(2))
    for generator in (ours, numpys):
        generator.integers(0, 9, 3, np.uint32)
    for count in (1, 7):
        drawn = numpys.integers(0, 2**64 - 1, (count, 2), np.uint64, endpoint=True)
        np.testing.assert_array_equal(seeds(ours, count), drawn)
    assert tuple(seed(ours)) == tuple(numpys.integers(0, 2**64 - 1, 2, np.uint64, endpoint=True).tolist())
    assert ours.integers(0, 9, 5, np.uint32).tolist() == numpys.integers(0, 9, 5, np.uint32).tolist()
