"""One asynchronous sweep at full size beside the NumPy twin: the same visits, one chain of vector operations each."""

import cases
import numpy as np
import pytest

import hebbfast as hb
from hebbfast import _kernels
from hebbfast._kernels import twin as reference
from hebbfast.bits import empty_words


@pytest.mark.parametrize("rival", ["hebbfast", "NumPy twin"])
@pytest.mark.parametrize("degree", [2, 3, 4])
def bench_sweep(benchmark, degree, rival):
    s = cases.store(4096, 4096)
    units, order = len(s.order), s.order
    memory = hb.DenseAssociativeMemory(s.packed, hb.Polynomial(degree))
    weights = memory.interaction.weights(units, len(memory))
    twin = reference.Memory(s.packed.words, s.packed.columns(), units, weights)
    none = np.empty(0, dtype=np.uint64)
    rules = reference.Dynamics(units, "async", "array", order, "plus", np.zeros((1, 1)), none)
    start = hb.PackedPatterns(s.cues).words

    def numpy_twin():
        words = empty_words(1, units)
        words[...] = start
        progress = np.zeros((1, _kernels.PROGRESS), dtype=np.int64)
        room = np.empty(0, dtype=np.uint8)
        reference.recall(twin, rules, 0, words, start[:0], progress, 1, 0, 1, 0, np.empty(0), room)
        return words

    def ours():
        return memory.recall(s.cues[0], order=order, max_sweeps=1, rng=0).states

    np.testing.assert_array_equal(hb.PackedPatterns(ours()[None]).words, numpy_twin())
    benchmark.group = f"asynchronous sweep against the twin, D = K = {units}, n = {degree}"
    benchmark(ours if rival == "hebbfast" else numpy_twin)
