"""Print the README's table: ``python bench/table.py [--rounds N]``.

Every row is a ratio between two calls in this process, taken turn by turn on one thread; results are compared first.
"""

import argparse
import datetime
import importlib.metadata
import platform
import statistics
import subprocess
import sys
import time

import numpy as np
import rivals

import hebbfast as hb

OVERLAPS = [(4096, 1024, 256), (4096, 10240, 256), (16384, 4096, 64)]
DEGREES = [2, 3, 4]
SMALL = [(3, 1000, 100), (3, 64, 16)]  # degree, D, K: where the Python call weighs


def interleave(calls, rounds):
    """Seconds of each call in each round: {name: [seconds]}."""
    seconds = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - start)
    return seconds


def overlap_case(patterns, units, states):
    """Calls for batch overlaps, checked against each other."""
    rows = hb.random_patterns(patterns, units, rng=1)
    cues = hb.random_patterns(states, units, rng=2)
    packed, packed_cues = hb.PackedPatterns(rows), hb.PackedPatterns(cues)
    expected = packed.overlaps(packed_cues)
    calls = {"hebbfast": lambda: packed.overlaps(packed_cues)}
    for name, (call, read) in rivals.overlap_rivals(rows, cues).items():
        np.testing.assert_array_equal(read(call()), expected, err_msg=name)
        calls[name] = call
    return calls


def sweep_case(degree, units=4096, patterns=4096):
    """Calls for one asynchronous sweep from a pattern with 10 % of its units flipped, checked against each other."""
    rows = hb.random_patterns(patterns, units, rng=3)
    cue = hb.corrupt(rows[0], flips=units // 10, rng=4)
    order = np.random.default_rng(5).permutation(units).astype(np.uint32)
    memory = hb.DenseAssociativeMemory(rows, hb.Polynomial(degree))

    def ours():
        return memory.recall(cue, order=order, max_sweeps=1, rng=0, threads=1).states

    expected = ours()
    calls = {"hebbfast": ours}
    for variant in rivals.SWEEPS[degree]:
        sweep = rivals.NumbaSweep(rows, cue, order, degree, variant)
        np.testing.assert_array_equal(sweep(), expected, err_msg=variant)
        calls[f"numba, {variant} weights"] = sweep
    return calls


def memory_case(patterns=10_000, units=262_144):
    """Peak bytes of a process that draws, stores and recalls, over K·D/8 (-P: of the installed package)."""
    script = (
        "import sys, hebbfast as hb\n"
        "k, d = map(int, sys.argv[1:])\n"
        "packed = hb.PackedPatterns.random(k, d, rng=0)\n"
        "cue = hb.corrupt(packed[:1], flip=0.1, rng=1)\n"
        "result = hb.DenseAssociativeMemory(packed, hb.Polynomial(3)).recall(cue, rng=2)\n"
        "assert (result.states.words == packed.words[:1]).all() and result.converged.all()\n"
        "print(next(1024 * int(line.split()[1]) for line in open('/proc/self/status') if line.startswith('VmHWM')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", script, str(patterns), str(units)], capture_output=True, text=True, check=True
    )
    return int(done.stdout) / (patterns * units / 8)


def row(what, seconds, rival):
    """One line: ours, the rival's, their ratio, by minimum and by median."""
    ours, theirs = seconds["hebbfast"], seconds[rival]
    low, mid = min(theirs) / min(ours), statistics.median(theirs) / statistics.median(ours)
    times = " | ".join(f"{1e3 * min(x):.3g} / {1e3 * statistics.median(x):.3g}" for x in (ours, theirs))
    return f"| {what} | {rival} | {times} | {low:.2f}× / {mid:.2f}×{'' if low >= 1 else ' (loses)'} |"


def main():
    """Run all cases and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    print("| one thread | rival | hebbfast ms, min / median | rival ms | ratio, min / median |")
    print("|---|---|---|---|---|")
    for patterns, units, states in OVERLAPS:
        seconds = interleave(overlap_case(patterns, units, states), rounds)
        for rival in list(seconds)[1:]:
            print(row(f"overlaps K={patterns} D={units} Q={states}", seconds, rival), flush=True)
    for degree, units, patterns in [*((n, 4096, 4096) for n in DEGREES), *SMALL]:
        seconds = interleave(sweep_case(degree, units, patterns), rounds)
        rival = min(list(seconds)[1:], key=lambda name: min(seconds[name]))  # the faster variant
        print(row(f"asynchronous sweep K={patterns} D={units} n={degree}", seconds, rival), flush=True)
    print(
        f"\nPeak memory, K=10,000, D=262,144, both layouts and a recall: {memory_case():.2f} · K·D/8 bytes (limit 2.3)."
    )
    packages = ", ".join(
        f"{name} {importlib.metadata.version(name)}" for name in ("numpy", "numba", "numkong", "faiss-cpu")
    )
    with open("/proc/cpuinfo") as info:
        cpu = next((line.split(":")[1].strip() for line in info if line.startswith("model name")), platform.machine())
    print(f"{cpu}, level {hb.simd_level()}, {datetime.date.today()}, {rounds} interleaved rounds; {packages}.")


if __name__ == "__main__":
    main()
