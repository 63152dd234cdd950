"""One asynchronous sweep from a damaged pattern, and the memory of a huge store; results are asserted in table.py."""

import numpy as np
import pytest
import table

import hebbfast as hb
from hebbfast import reference
from hebbfast.bits import empty_words


@pytest.mark.parametrize("rival", ["hebbfast", "numba, inline weights", "numba, kept weights"])
@pytest.mark.parametrize("degree", table.DEGREES)
def bench_sweep(benchmark, degree, rival):
    benchmark.group = f"asynchronous sweep, D = K = 4096, n = {degree}"
    benchmark.extra_info["level"] = hb.simd_level()
    benchmark(table.sweep_case(degree)[rival])


@pytest.mark.parametrize("rival", ["hebbfast", "NumPy reference"])
@pytest.mark.parametrize("degree", table.DEGREES)
def bench_sweep_reference(benchmark, degree, rival):
    """The NumPy twin: the same visits, one chain of vector operations each."""
    units = patterns = 4096
    rows = hb.random_patterns(patterns, units, rng=3)
    cue = hb.corrupt(rows[0], flips=units // 10, rng=4)
    order = np.random.default_rng(5).permutation(units).astype(np.uint32)
    memory = hb.DenseAssociativeMemory(rows, hb.Polynomial(degree))
    packed = hb.PackedPatterns(rows)
    twin = reference.Memory(packed.words, packed.columns(), units, memory.interaction.weights(units, patterns))
    none = np.empty(0, dtype=np.uint64)
    rules = reference.Dynamics(units, "async", "array", order, "plus", 0.0, none)
    start = hb.PackedPatterns(cue[None]).words

    def numpy_reference():
        words = empty_words(1, units)
        words[...] = start
        progress = np.zeros((1, 4), dtype=np.int64)
        reference.recall(twin, rules, words, start[:0], progress, 1, 0, 0, np.empty(0), np.empty(0, dtype=np.uint8))
        return words

    def ours():
        return memory.recall(cue, order=order, max_sweeps=1, rng=0, threads=1).states

    np.testing.assert_array_equal(hb.PackedPatterns(ours()[None]).words, numpy_reference())
    benchmark.group = f"asynchronous sweep against the twin, D = K = 4096, n = {degree}"
    benchmark(ours if rival == "hebbfast" else numpy_reference)


def bench_memory(benchmark):
    """Peak memory of K = 10,000, D = 262,144 with both layouts and a recall, over K·D/8 bytes."""
    peak = benchmark.pedantic(table.memory_case, rounds=1)
    assert peak <= 2.3
