"""Files and growth, as numbers: ``python bench/files.py``.

Opening a file of 10 GB (sparse: it takes no room) against the system's own open and map, and storing 1 % more patterns
in a memory against making it anew of them all; rounds interleaved, the result asserted, minimum and median printed.
"""

import json
import mmap
import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

import hebbfast as hb
from hebbfast._work import tensors

ROUNDS = 7


def timed(work):
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def line(what, mine, other, target):
    ratio, difference = min(mine) / min(other), min(mine) - min(other)
    print(
        f"{what:34} min {min(mine) * 1e3:8.2f} ms  median {statistics.median(mine) * 1e3:8.2f} ms | other way min "
        f"{min(other) * 1e3:8.2f} ms | ratio {ratio:7.3f}, {difference * 1e3:+8.2f} ms | {target}"
    )


def system(path):
    with open(path, "rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def opening(folder):
    path, shape = Path(folder) / "huge", (156_250_000, 8)
    text = json.dumps({"units": 512, "interaction": {"class": "Polynomial", "parameters": {"degree": 3}}})
    words = np.broadcast_to(np.uint64(0), shape)
    header = tensors._header("DenseAssociativeMemory", text, {"words": words}, {"words": 0})
    with open(path, "wb") as file:
        file.write(header)
        file.truncate(len(header) + 64 * shape[0])
    mine, other = [], []
    for _ in range(ROUNDS + 1):
        mine.append(timed(lambda: hb.DenseAssociativeMemory.load(path)))
        other.append(timed(lambda: system(path)))
    assert all(memory.patterns.shape == (shape[0], 512) for _, memory in mine)
    size = os.path.getsize(path) / 1e9
    times = [[seconds for seconds, _ in runs[1:]] for runs in (mine, other)]  # the first round imports
    line(f"open {size:.0f} GB", *times, "at most 10 ms more")


def appending(patterns, units):
    signs = hb.random_patterns(patterns + 5 * patterns // 100, units, rng=0)
    more = patterns // 100
    first, anew, next_one = [], [], []
    for _ in range(ROUNDS):
        memory = hb.DenseAssociativeMemory(signs[:patterns], hb.Polynomial(3))
        ready(memory)
        seconds, grown = timed(lambda memory=memory: ready(memory.store(signs[patterns : patterns + more])))
        first.append(seconds)
        seconds, again = timed(lambda grown=grown: ready(grown.store(signs[patterns + more : patterns + 2 * more])))
        next_one.append(seconds)
        seconds, fresh = timed(lambda: ready(hb.DenseAssociativeMemory(signs[: patterns + 2 * more], hb.Polynomial(3))))
        anew.append(seconds)
        cue = signs[:1]
        assert again.patterns == fresh.patterns and (again.fields(cue) == fresh.fields(cue)).all()
    line(f"1 % more in K={patterns:,} D={units:,}", next_one, anew, "at most 0.03")
    line("  the first time, which makes room", first, anew, "copies both layouts")


def ready(memory):
    _ = memory._made.value
    return memory


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        opening(folder)
    for patterns, units in ((10_000, 1000), (100_000, 1000), (20_000, 10_000)):
        appending(patterns, units)
