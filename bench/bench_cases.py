"""The cases of table.py under pytest-benchmark: ours timed, after our results were compared with those of the rivals.

With --benchmark-disable each runs once, at a small size.
"""

import pytest
from cases import all_cases
from judging import OURS, PEAK, NotHereError
from threadpoolctl import threadpool_limits

import hebbfast as hb

CASES = {str(case): case for case in all_cases()}  # once, whoever the rival is


@pytest.mark.parametrize("case", CASES.values(), ids=str)
def bench_case(benchmark, case):
    benchmark.group = case.group
    benchmark.extra_info["level"] = hb.simd_level()
    with threadpool_limits(1):
        try:
            calls = case.calls(small=benchmark.disabled)
        except NotHereError as reason:
            pytest.skip(str(reason))
        benchmark(calls[OURS])


def bench_memory(benchmark):
    """Peak memory of K = 10,000, D = 262,144 with both layouts and a recall."""
    case = next(case for case in CASES.values() if case.judge is PEAK)
    calls = case.calls()
    peak = benchmark.pedantic(calls.pop(OURS), rounds=1)
    (packed,) = calls.values()
    assert peak <= case.target * packed()
