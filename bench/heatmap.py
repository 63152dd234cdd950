"""Draw which engine wins where: ``python bench/heatmap.py --out docs/engines.png`` (about a minute).

One asynchronous sweep from a pattern with 10 % of its units flipped, n = 2, 3, 4, on a grid of D and K: the time with
masked sums over that with bit planes, by the private switch of the engines. Both give the same bits, which is checked.
"""

import argparse
from pathlib import Path

import numpy as np
from table import interleave

import hebbfast as hb
from hebbfast import _kernels, plots

SIZES = [2**j for j in range(6, 15)]
DEGREES = [2, 3, 4]
ENGINES = ("sums", "planes")
ROUNDS = 15


def speed(packed, degree):
    """Time with masked sums over time with bit planes."""
    patterns, units = packed.shape
    cue = hb.corrupt(packed[:1], flips=units // 10, rng=1)
    order = np.random.default_rng(2).permutation(units).astype(np.uint32)
    calls, found = {}, {}
    for engine in ENGINES:
        memory = hb.DenseAssociativeMemory(packed, hb.Polynomial(degree))
        memory._kernel.model = _kernels.Memory(packed.words, packed.columns(), units, memory._weights, engine)
        calls[engine] = lambda memory=memory: memory.recall(cue, order=order, max_sweeps=1, threads=1, rng=0)
        found[engine] = calls[engine]().states.words
    np.testing.assert_array_equal(*found.values(), err_msg=f"K={patterns} D={units} n={degree}")
    sums, planes = (min(seconds) for seconds in interleave(calls, ROUNDS).values())
    return sums / planes


def main():
    """Measure and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    ratios = np.empty((len(DEGREES), len(SIZES), len(SIZES)))
    for row, units in enumerate(SIZES):
        for column, patterns in enumerate(SIZES):
            packed = hb.PackedPatterns.random(patterns, units, rng=0)
            ratios[:, row, column] = [speed(packed, degree) for degree in DEGREES]
        print(f"D = {units} done", flush=True)
    maps = {f"n = {degree}": ratio for degree, ratio in zip(DEGREES, ratios, strict=True)}
    with out.open("wb") as file:
        plots.ratio_maps(
            file,
            maps,
            SIZES,
            SIZES,
            title=f"One sweep: how many times faster bit planes are than masked sums ({hb.simd_level()}, one thread)",
            labels=("K", "D"),
            file_format=out.suffix[1:],
        )


if __name__ == "__main__":
    main()
