"""Capacity by simulation against hopfieldkit's `empirical_capacity_scan`: ``python bench/bench_capacity.py``.

Both do the same experiment on one thread: draw K patterns of ±1, train, flip 15 % of the units of the first, recall
one unit after another in random order, and count exact recoveries over several trials at each load. The calls run in
one process, taken turn by turn; their success rates are compared first. Every second line has our whole experiment: the
store, clustered intervals and a probit fit, too.
"""

import argparse
import math
import statistics

import numpy as np
import pytest
import table
from threadpoolctl import threadpool_limits

import hebbfast as hb
from hebbfast.experiments.trials import Protocol, run_networks, successes

NOISE = 0.15
SCANS = {
    "N = 100, 29 loads, 20 trials": (100, range(2, 31), 20, 50),
    "N = 1000, 5 loads, 2 trials": (1000, (60, 90, 110, 130, 150), 2, 500),
}  # with the ratio that we want


def scan(units, loads, trials):
    """The calls, each of which gives the success rate at each load."""
    hopfieldkit = pytest.importorskip("hopfieldkit")

    def ours(seed=0):
        protocol = Protocol(hb.Polynomial(2), "retrieval", noise=NOISE, threshold=1.0, cues=1, seed=seed)
        return [successes(protocol, units, run_networks(protocol, units, K, 0, trials)).mean() for K in loads]

    def theirs(seed=0):
        return hopfieldkit.empirical_capacity_scan(units, list(loads), trials, NOISE, seed)["success_rates"]

    def whole():
        return hb.experiments.capacity(
            hb.Polynomial(2), units, criterion="retrieval", loads=[K / units for K in loads], trials=trials, cues=1,
            noise=NOISE, threshold=1.0,
        )  # fmt: skip

    calls = {"hebbfast": ours, "hopfieldkit": theirs, "hebbfast, whole": whole}
    assert [point.success.value for point in whole().sizes[0].points] == ours()
    # Sums over the loads differ by 5 deviations with chance 6e-7; the variance is at most trials / 4 a load.
    a, b = np.array(ours(1)), np.array(theirs(1))
    p = (a + b) / 2
    assert abs(a.sum() - b.sum()) <= 5 * math.sqrt(max(1.0, 2 * np.sum(p * (1 - p))) / trials)
    return calls


@pytest.mark.parametrize("rival", ["hebbfast", "hopfieldkit"])
@pytest.mark.parametrize("name", SCANS)
def bench_capacity(benchmark, name, rival):
    units, loads, trials, _ = SCANS[name]
    benchmark.group = f"capacity scan, {name}"
    with threadpool_limits(1):
        benchmark(scan(units, loads, trials)[rival])


def main():
    """Print a table of ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    print("| one thread | hebbfast ms, min / median | hopfieldkit ms | ratio, min / median | target |")
    print("|---|---|---|---|---|")
    for name, (units, loads, trials, target) in SCANS.items():
        seconds = table.interleave(scan(units, loads, trials), rounds)
        for ours, wanted in (("hebbfast", f"≥ {target}×"), ("hebbfast, whole", "")):
            what = name if wanted else f"{name}; with store, intervals and fit"
            ratios = [best(seconds["hopfieldkit"]) / best(seconds[ours]) for best in (min, statistics.median)]
            cells = [what, table.pair(seconds[ours], 1e-3), table.pair(seconds["hopfieldkit"], 1e-3)]
            print(f"| {' | '.join(cells)} | {ratios[0]:.0f}× / {ratios[1]:.0f}× | {wanted} |", flush=True)


if __name__ == "__main__":
    main()
