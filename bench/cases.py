"""What is measured, each case once: who runs, at which sizes, against whom, and what we want to reach.

A case makes calls by name, ours first, and compares their results before anyone takes the time. All run on one thread
unless the case says otherwise. table.py prints the cases, bench_cases.py hands them to pytest-benchmark.
"""

import functools
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import boltzmann
import calls
import certainty
import couplings
import glasses
import heat_rivals
import numpy as np
import rivals
import sampling
from judging import (
    AROUND,
    CALL,
    OURS,
    PASSES,
    PEAK,
    SHARE,
    SPEED,
    START,
    TIMES,
    Case,
    Judge,
    agree,
    at_level,
    on_threads,
)

import hebbfast as hb
from hebbfast import _kernels
from hebbfast._work.once import Once
from hebbfast.dynamics.run import Compiled, seeds

os.environ["HEBBFAST_NUM_THREADS"] = "1"
HOT_SWEEPS = 64  # of the heat bath in one call: the first fields, given to the rival, take up to four more
SWAPPED_SWEEPS = 2000  # of tempering


# What the cases share


@dataclass(frozen=True)
class Store:
    """Patterns, cues with 10 % of their units flipped, an order of visits, and what rivals want of them."""

    rows: np.ndarray
    cues: np.ndarray
    order: np.ndarray

    @functools.cached_property
    def packed(self):
        return hb.PackedPatterns(self.rows)

    @functools.cached_property
    def columns(self):
        return np.ascontiguousarray(self.rows.T)

    @functools.cached_property
    def overlaps(self):
        return self.packed.overlaps(self.cues)


@functools.lru_cache(1)
def store(patterns, units, states=1):
    rows = hb.random_patterns(patterns, units, rng=3)
    cues = hb.corrupt(rows[np.arange(states) % patterns], flips=units // 10, rng=4)
    return Store(rows, cues, np.random.default_rng(5).permutation(units).astype(np.uint32))


# Asynchronous recall


def sweep(patterns, units, interaction, states=1, level="", given=False):
    """One sweep of damaged patterns, against numba, whose overlaps may be given; more cues than one are a batch."""
    s = store(patterns, units, states)
    memory = hb.DenseAssociativeMemory(s.packed, interaction)
    cues = s.cues[0] if states == 1 else s.cues

    def ours():
        return memory.recall(cues, order=s.order, max_sweeps=1).states

    call = at_level(level, ours) if level else ours
    overlaps = s.overlaps if given else None
    return agree({OURS: call, **rivals.sweeps(s.columns, s.cues, s.order, interaction, overlaps=overlaps)}, call())


def whole_recall(patterns, units, interaction):
    """Recall to convergence, against one pass that finds the overlaps of one state, and against two sweeps of numba."""
    s = store(patterns, units)
    memory, cues = hb.DenseAssociativeMemory(s.packed, interaction), hb.PackedPatterns(s.cues)
    result = memory.recall(cues)
    assert result.converged.all()
    assert (result.states.words == s.packed.words[:1]).all(), "the pattern was not recalled"
    calls = {OURS: lambda: memory.recall(cues), "one pass": lambda: s.packed.overlaps(cues)}
    theirs = rivals.sweeps(s.columns, s.cues, s.order, interaction, limit=2)
    return calls | agree(theirs, s.rows[:1])


def classical(patterns, units):
    """n = 2 without a matrix, against a network with a float32 matrix and maintained fields."""
    s = store(patterns, units)
    memory, interaction = hb.DenseAssociativeMemory(s.packed), hb.Polynomial(2)
    calls = {OURS: lambda: memory.recall(s.cues[0], order=s.order, max_sweeps=1).states}
    calls["numba, float32 D × D matrix"] = rivals.MatrixSweep(s.rows, s.cues[0], s.order)
    calls |= rivals.sweeps(s.columns, s.cues, s.order, interaction)
    return agree(calls, calls[OURS]())


def classical_memory(patterns, units):
    """Memory of the same, the recall included."""
    rows = hb.random_patterns(patterns, units, rng=3)
    cue = hb.corrupt(rows[0], flips=units // 10, rng=4)
    return {
        OURS: lambda: hb.DenseAssociativeMemory(hb.PackedPatterns(rows)).recall(cue, rng=0),
        "float32 D × D matrix": lambda: np.empty((units, units), dtype=np.float32),
    }


def confirming(patterns, units, interaction):
    """A sweep that flips nothing, against the first one."""
    s = store(patterns, units)
    memory = hb.DenseAssociativeMemory(s.packed, interaction)
    final = memory.recall(s.cues[0], rng=0).states
    assert memory.recall(final, order=s.order, max_sweeps=1).flips == 0
    return {
        OURS: lambda: memory.recall(final, order=s.order, max_sweeps=1),
        "first sweep": lambda: memory.recall(s.cues[0], order=s.order, max_sweeps=1),
    }


# The heat bath


def stream_of(rng):
    """(z, increment) of the stream of a single cue, as rivals take it."""
    progress = np.zeros((1, _kernels.PROGRESS), dtype=np.int64)
    _kernels.seed(seeds(rng, 1), progress)
    return progress[0, [_kernels.STREAM, _kernels.INCREMENT]].view(np.uint64)


def nearly_agree(calls):
    """The calls, if nine of ten units end alike: a rounded decision that differs is rare, but makes others differ."""
    states = [np.asarray(call()) for call in calls.values()]
    assert all(np.mean(state == states[0]) > 0.9 for state in states[1:])
    return calls


def first_recalls(patterns, units):
    """Recalls by a fresh memory of n = 2, four times as many as before it has couplings, against its patterns alone."""
    s = store(patterns, units, 64)
    memory = hb.DenseAssociativeMemory(s.packed)
    model, count = memory._kernel.model, max(1, units**2 // (20 * patterns))

    def moved(fresh):
        return np.stack([fresh.recall(s.cues[q % 64], rng=q).states for q in range(count)])

    def by_patterns():
        kept = memory.weighted(None)
        kept._made = Once.of(Compiled(model))
        return moved(kept)

    calls = {OURS: lambda: moved(memory.weighted(None)), "its patterns alone": by_patterns}
    return agree(calls, by_patterns())


def hot_couplings(units, kind, heat):
    """Sweeps from equilibrium among random couplings of size 1 (Sherrington and Kirkpatrick 1975), T in units of √D."""
    rng = np.random.default_rng(1)
    upper = np.triu(rng.choice([-1.0, 1.0], (units, units)) if kind == "signs" else rng.normal(size=(units, units)), 1)
    matrix = upper + upper.T
    network, temperature, order = hb.HopfieldNetwork(matrix), heat * units**0.5, np.arange(units)
    rules = {"order": "sequential", "temperature": temperature}
    start = network.recall(np.ones(units, np.int8), max_sweeps=100, rng=1, **rules).states
    rows = matrix.astype(np.float32)
    fields, factor = rows @ start.astype(np.float32), np.float32(-2 / temperature)

    def ours():
        return network.recall(start, max_sweeps=HOT_SWEEPS, rng=2, **rules).states

    def theirs():
        arguments = rows, start.copy(), fields.copy(), order, factor, stream_of(2)
        return heat_rivals.sweeps_of_matrix(*arguments, HOT_SWEEPS)

    return nearly_agree({OURS: ours, "numba, float32": theirs})


def hot_memory(patterns, units, degree):
    """Sweeps from a stored pattern at T = 0.3 of the mean |h|, n = 2 or 3."""
    s = store(patterns, units)
    memory, start, order = hb.DenseAssociativeMemory(s.packed, hb.Polynomial(degree)), s.rows[0], np.arange(units)
    fields, overlaps = memory.fields(start), s.rows.astype(np.int32) @ start
    temperature = 0.3 * np.abs(fields).mean()
    m = overlaps.astype(np.int64)
    weights, apart = (m, patterns) if degree == 2 else (3 * m * m + 4, 6 * m.sum())
    integers = s.columns.astype(np.int64) @ weights - apart * start.astype(np.int64)
    scale = np.abs(fields).sum() / np.abs(integers).sum()
    kept = heat_rivals.sweeps_of_two if degree == 2 else heat_rivals.sweeps_of_three

    def theirs():
        arguments = s.columns, start.copy(), overlaps.copy(), order, np.float32(-2 * scale / temperature), stream_of(2)
        return kept(*arguments, HOT_SWEEPS)

    rules = {"order": "sequential", "temperature": temperature, "max_sweeps": HOT_SWEEPS, "rng": 2}
    return nearly_agree({OURS: lambda: memory.recall(start, **rules).states, "numba, float32": theirs})


def tempered(units, every):
    """A glass of signs at 14 temperatures from 0.3 to 1.6 √D, two copies; both leave the same mean energies."""
    rng = np.random.default_rng(1)
    upper = np.triu(rng.choice([-1, 1], (units, units)), 1)
    network = hb.HopfieldNetwork(upper + upper.T)
    ladder = np.geomspace(0.3, 1.6, 14) * units**0.5
    starts = hb.random_patterns(28, units, rng=2)
    arguments = {"sweeps": SWAPPED_SWEEPS, "burn_in": 0, "observables": (), "rng": 3, "order": "sequential"}

    def ours():
        found = hb.parallel_tempering(network, temperatures=ladder, swap_every=every, states=starts, **arguments)
        return network.energy(found.states.reshape(28, units))

    def theirs():
        return network.sample(starts, temperature=np.tile(ladder, 2), **arguments).energy

    hot = [call().reshape(2, 14)[:, 7:].mean() / units**1.5 for call in (ours, theirs)]
    assert abs(hot[0] - hot[1]) < 0.1, hot  # -0.4 in the mean, of 14 replicas
    return {OURS: ours, "the same chains without swaps": theirs}


# Synchronous updates, overlaps, couplings, layouts


def synchronous(patterns, units, states, degree):
    """One update of a batch, against float32 matrix products, which may err where a field is nearly zero."""
    s = store(patterns, units, states)
    memory, gemm = hb.DenseAssociativeMemory(s.packed, hb.Polynomial(degree)), rivals.GemmUpdate(s.rows, s.cues, degree)
    calls = {OURS: lambda: memory.recall(s.cues, update="sync", max_sweeps=1).states, "NumPy float32 GEMMs": gemm}
    fields = gemm.fields()
    sure = np.abs(fields) > 1e-6 * patterns * np.abs(s.overlaps).max() ** (degree - 1)
    assert sure.mean() > 0.9
    np.testing.assert_array_equal(calls[OURS]()[sure], np.where(gemm(), 1, -1)[sure])
    return calls


def batch_overlaps(patterns, units, states):
    """Overlaps of a batch, everything packed before."""
    rows, cues = hb.random_patterns(patterns, units, rng=1), hb.random_patterns(states, units, rng=2)
    packed, packed_cues = hb.PackedPatterns(rows), hb.PackedPatterns(cues)
    calls = {OURS: lambda: packed.overlaps(packed_cues)}
    for name, (call, read) in rivals.overlaps(rows, cues).items():
        np.testing.assert_array_equal(read(call()), calls[OURS](), err_msg=name)
        calls[name] = call
    return calls


def one_query(patterns, units):
    """Overlaps of one state, against a loop that only loads the patterns."""
    packed, cue = hb.PackedPatterns.random(patterns, units, rng=1), hb.PackedPatterns.random(1, units, rng=2)
    words = packed.words.reshape(-1)
    differ = np.bitwise_count(packed.words[:9] ^ cue.words).sum(axis=1, dtype=np.int64)
    np.testing.assert_array_equal(packed.overlaps(cue)[0, :9], units - 2 * differ)
    return {OURS: lambda: packed.overlaps(cue), "plain loads": lambda: _kernels.read_words(words)}


def hebbian(patterns, units):
    """J of the activity product, against one float32 matrix product."""
    packed = hb.PackedPatterns.random(patterns, units, rng=1)
    rows = packed.unpack().astype(np.float32)

    def gemm():
        couplings = rows.T @ rows
        np.fill_diagonal(couplings, 0)
        return couplings

    calls = {OURS: lambda: hb.learning.activity_product(packed), "NumPy float32 GEMM": gemm}
    return agree(calls, calls[OURS]())


def pack(patterns, units):
    rows = hb.random_patterns(patterns, units, rng=1)
    calls = {OURS: lambda: hb.PackedPatterns(rows), "np.packbits(x > 0)": lambda: np.packbits(rows > 0, axis=1)}
    np.testing.assert_array_equal(calls[OURS]().unpack(), rows)
    return calls


def unpack(patterns, units):
    rows = hb.random_patterns(patterns, units, rng=1)
    packed, packed_bytes = hb.PackedPatterns(rows), np.packbits(rows > 0, axis=1)

    def numpy_unpack():
        return np.unpackbits(packed_bytes, axis=1, count=units).view(np.int8) * np.int8(2) - np.int8(1)

    return agree({OURS: packed.unpack, "2 * np.unpackbits(x) - 1": numpy_unpack}, rows)


def transpose(patterns, units):
    rows = hb.random_patterns(patterns, units, rng=1)
    packed = hb.PackedPatterns(rows)
    np.testing.assert_array_equal(packed.columns(), hb.PackedPatterns(rows.T).words)
    return {OURS: packed.columns, "copy": packed.words.copy}


# Threads, import, peak memory


def threaded_batch(patterns, units, states, interaction):
    s = store(patterns, units, states)
    memory = hb.DenseAssociativeMemory(s.packed, interaction)

    def recall():
        return memory.recall(s.cues, rng=0).states

    return agree({OURS: on_threads(2, recall), "one thread": recall}, recall())


def chosen_threads(units, states):
    """A batch of coupling space on two threads, if the library thinks that they pay, against one."""
    rows = hb.random_patterns(max(units // 10, 2), units, rng=1)
    cues = hb.corrupt(rows[np.arange(states) % len(rows)], flips=units // 10, rng=3)
    net = hb.HopfieldNetwork.train(rows)

    def recall():
        return net.recall(cues, rng=0).states

    return agree({OURS: on_threads(2, recall), "one thread": recall}, recall())


def threaded_state(patterns, units, what):
    packed = hb.PackedPatterns.random(patterns, units, rng=3)
    cue = hb.corrupt(packed[0], flips=units // 10, rng=4)
    memory = hb.DenseAssociativeMemory(packed, hb.Polynomial(3))

    def update():
        return memory.recall(cue, update="sync", max_sweeps=1).states

    call = {"overlaps": lambda: packed.overlaps(cue), "update": update}[what]
    return agree({OURS: on_threads(2, call), "one thread": call}, call())


def threaded_loads(patterns, units):
    """What the memory itself gives two threads that only load the patterns of one state."""
    halves = np.array_split(hb.PackedPatterns.random(patterns, units, rng=3).words.reshape(-1), 2)

    def one_by_one():
        return [_kernels.read_words(half) for half in halves]

    def at_once():
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(_kernels.read_words, halves))

    return agree({OURS: on_threads(2, at_once), "one thread": one_by_one}, np.array(one_by_one(), dtype=np.uint64))


def importing():
    """Seconds that a new process takes to import hebbfast when it has NumPy."""
    code = "import time, numpy; t = time.perf_counter(); import hebbfast; print(time.perf_counter() - t)"
    command = [sys.executable, "-P", "-c", code]
    return {OURS: lambda: float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)}


def whole_process(patterns, units):
    """Peak bytes of a process that draws, stores and recalls, against those of the packed patterns alone."""

    def ours():
        code = (
            "import sys; from hebbfast.experiments import speed; print(speed.huge(*map(int, sys.argv[1:])).peak_bytes)"
        )
        command = [sys.executable, "-P", "-c", code, str(patterns), str(units)]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    return {OURS: ours, "K·D/8 bytes": lambda: patterns * units // 8}


def sweeps(group, size, target, interactions, readme=False):
    """A case for each interaction."""
    return [
        Case(
            group, f"asynchronous sweep, {label(f)}", sweep, size, target, options=(("interaction", f),), readme=readme
        )
        for f in interactions
    ]


def label(interaction):
    return "exponential" if isinstance(interaction, hb.Exponential) else f"n={interaction.degree}"


def shape(patterns, units, states=0):
    return {"patterns": patterns, "units": units} | ({"states": states} if states else {})


def all_cases():
    two, three, four, five, seven = map(hb.Polynomial, (2, 3, 4, 5, 7))
    cases = []
    for patterns, units, beta in [(4096, 4096, 0.05), (16384, 10240, 0.02), (65536, 4096, 0.05), (8192, 1024, 0.05)]:
        size, readme = shape(patterns, units), patterns == units
        cases += sweeps("sweep", size, 10, [two, three], readme)
        cases += sweeps("sweep", size, 5, [four], readme)
        cases += sweeps("sweep", size, 3, [seven, hb.Exponential(beta)])
    for f in (two, three, four):
        what, options = f"sweep, overlaps given to the rival, {label(f)}", (("interaction", f), ("given", True))
        cases.append(Case("given", what, sweep, shape(4096, 4096), None, options=options))
    for patterns, units, f in [(2048, 4096, three), (4096, 4096, four), (4096, 4096, five), (10000, 65536, three)]:
        what, options = f"whole recall, {label(f)}", (("interaction", f),)
        size = shape(patterns, units)
        cases.append(Case("flagship", what, whole_recall, size, 4, PASSES, "one pass", options))
        cases.append(Case("flagship", what, whole_recall, size, 50, SPEED, "numba", options))
    cases += sweeps("capacity", shape(16384, 512), 6, [three])
    cases += sweeps("capacity", shape(65536, 256), 4, [four])
    for patterns, units, target in [(1024, 1024, 6), (100, 1000, 4), (1434, 10240, 5)]:
        for states in (0, 64):
            cases += sweeps("small", shape(patterns, units, states), target, [two, three], readme=patterns == 100)
    cases += sweeps("small", shape(16, 64), None, [three], readme=True)
    for patterns, units in [(100, 400), (100, 1000), (1024, 1024)]:
        cases.append(Case("squares", "first recalls, n=2", first_recalls, shape(patterns, units), 1))
    for patterns, units in [(512, 4096), (1434, 10240)]:
        size = shape(patterns, units)
        rival = "numba, float32 D × D matrix"
        cases.append(Case("classical", "sweep, n=2", classical, size, 2, SPEED, rival))
        cases.append(Case("classical", "memory, n=2", classical_memory, size, 2, SHARE))
    for f in (two, three, four):
        options = (("interaction", f),)
        size = shape(4096, 4096)
        cases.append(Case("confirming", f"confirming sweep, {label(f)}", confirming, size, 2, options=options))
    for kind, units, target in [("signs", 500, 3), ("signs", 1000, 4), ("Gaussian", 500, 3), ("Gaussian", 1000, 4)]:
        for heat in (0.3, 1, 1.5):
            options = (("kind", kind), ("heat", heat))
            what = f"heat bath, couplings, {kind}, T = {heat} √D"
            cases.append(Case("heat", what, hot_couplings, {"units": units}, target, options=options))
    for degree, targets in ((2, (1.8, 4, 6)), (3, (3.4, 4.6, 9))):
        for (patterns, units), target in zip([(100, 1000), (1024, 1024), (4096, 4096)], targets, strict=True):
            options = (("degree", degree),)
            what = f"heat bath, n={degree}, T = 0.3 h"
            cases.append(Case("heat", what, hot_memory, shape(patterns, units), target, options=options))
    for every, target in ((10, 0.9), (1, None)):
        options = (("every", every),)
        what = f"tempering, 14 temperatures, 2 copies, swaps every {every}"
        cases.append(Case("tempering", what, tempered, {"units": 256}, target, options=options))
    for degree in (2, 3):
        options = (("degree", degree),)
        size = shape(4096, 4096, 64)
        cases.append(Case("synchronous", f"synchronous update, n={degree}", synchronous, size, 5, options=options))
    for patterns, units, states in [(4096, 1024, 256), (4096, 10240, 256), (16384, 4096, 64)]:
        for rival in ("NumKong hammings_packed", "faiss hammings", "NumPy float32 GEMM"):
            size = shape(patterns, units, states)
            cases.append(Case("overlaps", "overlaps", batch_overlaps, size, 1.3, SPEED, rival, readme=True))
    for patterns in (16384, 131072):
        cases.append(Case("query", "overlaps of one state", one_query, shape(patterns, 65536), 0.9))
    for patterns in (500, 4096):
        cases.append(Case("hebbian", "Hebbian couplings", hebbian, shape(patterns, 4096), 5))
    for what, make, target in [("pack", pack, 5), ("unpack", unpack, None), ("transpose", transpose, 0.25)]:
        cases.append(Case("layout", what, make, shape(4096, 10240), target))
    options = (("interaction", three),)
    cases.append(Case("threads", "two threads, recall", threaded_batch, shape(4096, 4096, 64), 1.8, options=options))
    for units, states in ((100, 256), (400, 8), (400, 1024), (1000, 64)):
        size = {"units": units, "states": states}
        cases.append(Case("threads", "two threads where they pay, recall", chosen_threads, size, 0.9))
    for what in ("overlaps", "update"):
        size, options = shape(10000, 262144), (("what", what),)
        cases.append(Case("threads", f"two threads, one state, {what}", threaded_state, size, 1.6, options=options))
    cases.append(Case("threads", "two threads, plain loads", threaded_loads, size, None))
    for f in (two, three):
        options = (("interaction", f), ("level", "avx2"))
        cases.append(Case("avx2", f"sweep with avx2, {label(f)}", sweep, shape(4096, 4096), 4, options=options))
    cases += calls.cases(Case, shape, CALL, AROUND)
    cases += couplings.cases(Case, SPEED)
    cases += sampling.cases(Case, SPEED)
    cases += glasses.cases(Case, Judge)
    cases += boltzmann.cases(Case, SPEED)
    cases += certainty.cases(Case, shape, TIMES, SPEED, START)
    cases.append(Case("memory", "peak memory", whole_process, shape(10000, 262144), 2.3, PEAK, readme=True))
    cases.append(Case("import", "import hebbfast beyond numpy", importing, {}, 30, START))
    return cases
