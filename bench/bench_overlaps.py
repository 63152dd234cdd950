"""Overlaps of a batch: which exact way is the fastest? The cases of table.py, whose results are asserted there."""

import pytest
import table


@pytest.mark.parametrize("rival", ["hebbfast", "NumKong hammings_packed", "faiss hammings", "NumPy float32 GEMM"])
@pytest.mark.parametrize("shape", table.OVERLAPS, ids=str)
def bench_overlaps(benchmark, shape, rival):
    benchmark.group = f"overlaps (K, D, Q) = {shape}"
    benchmark.extra_info["level"] = table.hb.simd_level()
    benchmark(table.overlap_case(*shape)[rival])
