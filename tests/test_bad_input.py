"""Bad input: the message names the argument; good input in odd clothes just works."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import hebbfast as hb

PATTERNS = hb.random_patterns(5, 70, rng=0)
MEMORY = hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(3))


@pytest.mark.parametrize(
    ("patterns", "error"),
    [
        ([[1, 0]], ValueError),
        ([[1, 2]], ValueError),
        ([[1.0, np.nan]], ValueError),
        ([[1.0, np.inf]], ValueError),
        ([["1", "-1"]], TypeError),
        ([[1, -1], [1]], ValueError),
        (np.ones((2, 2, 2)), ValueError),
        (np.ones((0, 3)), ValueError),
        (np.ones((3, 0)), ValueError),
        ([1, -1], ValueError),
        ([[1 + 0j]], TypeError),
        ([[255, 1]], ValueError),
        ([[257, 1]], ValueError),
    ],
)
def test_patterns(patterns, error):
    with pytest.raises(error, match="patterns must"):
        hb.PackedPatterns(patterns)


def test_the_wrong_value_and_its_place_are_named():
    wrong = PATTERNS.copy()
    wrong[3, 65] = 7
    with pytest.raises(ValueError, match=r"patterns must hold \+1 and -1 only, got 7 at \[3, 65\]"):
        hb.PackedPatterns(wrong)


@pytest.mark.parametrize("degree", [1, 0, -2, 2.0, 2.5, "3", None, True])
def test_degree(degree):
    with pytest.raises(ValueError, match="degree must be an integer of at least 2"):
        hb.Polynomial(degree)


@pytest.mark.parametrize("beta", [0, -1.0, np.nan, np.inf, "1", None])
def test_beta(beta):
    with pytest.raises(ValueError, match="beta must"):
        hb.Exponential(beta)


def test_energies_that_overflow():
    with pytest.raises(ValueError, match=r"beta must be at most .* for D=70, K=5"):
        hb.DenseAssociativeMemory(PATTERNS, hb.Exponential(11.0))
    with pytest.raises(ValueError, match="degree must keep the energy"):
        hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(200))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tie": "up"}, "tie must be one of 'plus', 'keep', 'minus', got 'up'"),
        ({"update": "asynch"}, "update must be one of 'async', 'sync', got 'asynch'"),
        ({"order": "shuffled"}, "order must be one of 'random', 'sequential', 'replacement' or an array of units"),
        ({"order": [0, 70]}, r"order must lie in 0\.\.69, got 70"),
        ({"order": [-1]}, r"order must lie in 0\.\.69, got -1"),
        ({"order": [0.5]}, "order must be a 1-d array of integers"),
        ({"order": []}, "order must be a 1-d array of integers"),
        ({"clamp": [True] * 69}, r"clamp must be a boolean mask of shape \(70,\)"),
        ({"clamp": [1] * 70}, "clamp must be a boolean mask"),
        ({"temperature": -0.1}, "temperature must be a finite number of at least 0, got -0.1"),
        ({"temperature": np.nan}, "temperature must"),
        ({"max_sweeps": -1}, "max_sweeps must be an integer of at least 0"),
        ({"max_sweeps": 1.5}, "max_sweeps must"),
        ({"threads": 0}, "threads must be an integer of at least 1, got 0"),
        ({"record": "magic"}, "record must be one of"),
    ],
)
def test_recall_options(options, message):
    with pytest.raises(ValueError, match=message):
        MEMORY.recall(PATTERNS, **options)


@pytest.mark.parametrize("method", ["recall", "energy", "fields", "overlaps", "delta_energy"])
@pytest.mark.parametrize("shape", [(69,), (2, 71), (1, 2, 70), ()])
def test_wrong_shapes_of_states(method, shape):
    with pytest.raises(ValueError, match=r"must have shape \(70,\) or \(Q, 70\), got shape"):
        getattr(MEMORY, method)(np.ones(shape))


def test_packed_states_of_another_size():
    with pytest.raises(ValueError, match="cues must have D=70 units, got 71"):
        MEMORY.recall(hb.PackedPatterns.random(2, 71, rng=0))


@pytest.mark.parametrize(
    ("couplings", "error", "message"),
    [
        (np.zeros((2, 3)), ValueError, r"couplings must have shape \(D, D\)"),
        (np.zeros(4), ValueError, r"couplings must have shape \(D, D\)"),
        ([[0, np.nan], [1, 0]], ValueError, r"couplings must be finite, got nan at \[0, 1\]"),
        ([[0, np.inf], [1, 0]], ValueError, "couplings must be finite"),
        ([[0, 1], [1, 3.0]], ValueError, r"couplings must have a zero diagonal, got 3.0 at \[1, 1\]"),
        ([["0"]], TypeError, "couplings must hold real numbers"),
        ([[0, 1], [0]], ValueError, "couplings must be a rectangular array"),
    ],
)
def test_couplings(couplings, error, message):
    with pytest.raises(error, match=message):
        hb.HopfieldNetwork(couplings)


def test_asymmetric_couplings_have_no_energy_but_dynamics():
    network = hb.HopfieldNetwork([[0, 1], [-1, 0]])
    with pytest.raises(ValueError, match="couplings must be symmetric"):
        network.energy([1, 1])
    assert np.isnan(network.recall([1, 1], max_sweeps=3).energy)


def test_sizes():
    for size in (0, -1, 2**31, 1.5, "3", True):
        with pytest.raises(ValueError, match="units must be an integer from 1"):
            hb.PackedPatterns.random(1, size)
    with pytest.raises((ValueError, MemoryError)):
        hb.PackedPatterns.random(2**31 - 1, 2**31 - 1)
    with pytest.raises(ValueError, match="flip or flips must be given"):
        hb.corrupt(PATTERNS)
    with pytest.raises(ValueError, match="flip must be a probability"):
        hb.corrupt(PATTERNS, flip=1.5)
    with pytest.raises(ValueError, match=r"flips must lie in 0\.\.70"):
        hb.corrupt(PATTERNS, flips=71)
    with pytest.raises(IndexError, match="indices must lie in"):
        MEMORY.forget([5])
    with pytest.raises(ValueError, match="must leave at least one"):
        MEMORY.forget(range(5))


def test_unknown_level():
    with pytest.raises(ValueError, match="simd level must be one of"):
        hb.use_simd_level("sse9")


def test_files(tmp_path):
    path = tmp_path / "patterns.safetensors"
    packed = hb.PackedPatterns(PATTERNS)
    packed.save(path)
    for mmap in (True, False):
        np.testing.assert_array_equal(hb.PackedPatterns.load(path, mmap=mmap).unpack(), PATTERNS)
    with pytest.raises(FileNotFoundError, match="path must name a file"):
        hb.PackedPatterns.load(tmp_path / "none")
    (tmp_path / "short").write_bytes(path.read_bytes()[:-8])
    (tmp_path / "text").write_text("no patterns here")
    for name in ("short", "text"):
        with pytest.raises(ValueError, match=r"path must name a file written by PackedPatterns\.save"):
            hb.PackedPatterns.load(tmp_path / name)
    with pytest.raises(OSError, match="path must name a file that can be written"):
        packed.save(tmp_path / "no-folder" / "file")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["patterns.safetensors", "short", "text"]


@pytest.mark.parametrize("dtype", ["i1", "i2", ">i4", "<i8", ">f8", "f4", "f2", "?"])
def test_odd_clothes(dtype):
    """Strided, reversed, Fortran-ordered, read-only, big-endian: the same answers, and the input unchanged."""
    signs = (PATTERNS > 0) if dtype == "?" else PATTERNS.astype(dtype)
    wide = np.repeat(np.repeat(signs, 2, axis=0), 3, axis=1)
    views = [signs, np.asfortranarray(signs), wide[::2, ::3], signs[::-1][::-1], signs[:, ::-1][:, ::-1]]
    expected = MEMORY.recall(PATTERNS, rng=1)
    for view in views:
        view.flags.writeable = False
        before = view.copy()
        np.testing.assert_array_equal(hb.PackedPatterns(view).words, hb.PackedPatterns(PATTERNS).words)
        result = MEMORY.recall(view, rng=1)
        assert result.states.dtype == view.dtype
        np.testing.assert_array_equal(result.states > 0, expected.states > 0)
        np.testing.assert_array_equal(view, before)


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
