"""Cases of the search for patterns: the nearest ones, their probabilities, and those that follow.

``python bench/certainty.py`` replays all of 200,000 frames, each of which must be right, and says how long that takes.
"""

import os
import time

import numpy as np
from weight_rivals import weighted_sweep

import hebbfast as hb

OURS = "hebbfast"


def stored(patterns, units, states):
    """Patterns and cues with 20 % of their units flipped, packed, and both as bytes."""
    packed = hb.PackedPatterns.random(patterns, units, rng=1)
    cues = hb.corrupt(packed[np.arange(states) * 7 % patterns], flip=0.2, rng=2)
    return packed, cues, *(np.ascontiguousarray(x.words.view(np.uint8)[:, : (units + 7) // 8]) for x in (packed, cues))


def nearest(patterns, units, states, count):
    """The best `count` patterns of each state; rivals take what was packed before, and give distances."""
    import faiss
    import numkong

    packed, cues, rows, queries = stored(patterns, units, states)
    index = faiss.IndexBinaryFlat(units)
    index.add(rows)
    prepared = numkong.hammings_pack(rows, dtype="uint1")

    def by_overlaps():
        table = packed.overlaps(cues)
        return (units - best_of(-table)) // 2

    def by_numkong():
        return -best_of(np.asarray(numkong.hammings_packed(queries, prepared)).view(np.int32))

    def best_of(table):
        if count == 1:
            return -np.take_along_axis(table, table.argmin(axis=1)[:, None], axis=1)
        return -np.sort(np.partition(table, count - 1, axis=1)[:, :count], axis=1)

    calls = {
        OURS: lambda: (units - packed.nearest(cues, count).overlap) // 2,
        "faiss IndexBinaryFlat": lambda: index.search(queries, count)[0],
        "our overlaps, then NumPy": by_overlaps,
        "NumKong, then NumPy": lambda: (
            -best_of(np.asarray(numkong.hammings_packed(queries, prepared)).astype(np.int32))
        ),
    }
    expected = calls[OURS]()
    for name, call in calls.items():
        np.testing.assert_array_equal(np.asarray(call()).reshape(expected.shape), expected, err_msg=name)
    return calls


def posterior(patterns, units, states, flip):
    """Probabilities of the best 8 patterns, against the softmax of all overlaps, ours or those of a float32 product."""
    packed, cues, _, _ = stored(patterns, units, states)
    memory, beta = hb.DenseAssociativeMemory(packed), 0.5 * np.log((1 - flip) / flip)
    rows, signs = packed.unpack().astype(np.float32), cues.unpack().astype(np.float32)

    def softmax(overlaps):
        share = overlaps.astype(np.float32) * np.float32(beta)
        share -= share.max(axis=1, keepdims=True)
        np.exp(share, out=share)
        share /= share.sum(axis=1, keepdims=True)
        return share

    def best(share):
        return -np.sort(-share, axis=1)[:, :8]

    calls = {
        OURS: lambda: memory.posterior(cues, flip=flip),
        "overlaps alone": lambda: packed.overlaps(cues),
        "our overlaps, NumPy softmax": lambda: softmax(packed.overlaps(cues)),
        "float32 GEMM, NumPy softmax": lambda: softmax(signs @ rows.T),
    }
    expected = calls[OURS]().probability
    for name in list(calls)[2:]:
        np.testing.assert_allclose(best(calls[name]()), expected, atol=1e-4, err_msg=name)
    return calls


def weighted(patterns, units, degree):
    """One sweep of a damaged pattern where each pattern has a weight from 1 to 5, against numba with the same ones."""
    rng, rows = np.random.default_rng(5), hb.random_patterns(patterns, units, rng=3)
    cue, order = hb.corrupt(rows[0], flips=units // 10, rng=4), rng.permutation(units).astype(np.uint32)
    weights = rng.integers(1, 6, size=patterns)
    memory = hb.DenseAssociativeMemory(rows, hb.Polynomial(degree), weights)
    calls = {
        OURS: lambda: memory.recall(cue, order=order, max_sweeps=1).states,
        "numba": weighted_sweep(np.ascontiguousarray(rows.T), cue, order, weights, degree),
    }
    np.testing.assert_array_equal(calls[OURS](), calls["numba"]())
    return calls


def replay(patterns, units, degree):
    """Steps of a sequence, against two float32 products a step (their sums are exact enough to follow it)."""
    steps, rows = 5, hb.random_patterns(patterns, units, rng=1)
    memory = hb.SequenceMemory(rows, hb.Polynomial(degree))
    floats = rows.astype(np.float32)
    following, products = np.roll(floats, -1, axis=0), np.roll(floats, -1, axis=0) * floats
    memory.replay(rows[0], steps=1)  # makes the columns

    def in_numpy():
        state = floats[0]
        for _ in range(steps):
            m = floats @ state
            low, high = (m**degree - (m - 2) ** degree), ((m + 2) ** degree - m**degree)
            state = np.where((low + high) @ following + state * ((low - high) @ products) >= 0, 1, -1).astype(
                np.float32
            )
        return state

    calls = {OURS: lambda: memory.replay(rows[0], steps=steps).states, "NumPy float32": in_numpy}
    np.testing.assert_array_equal(calls[OURS](), rows[steps])
    np.testing.assert_array_equal(in_numpy(), rows[steps])
    return calls


def frames(count, rng=0):
    """So many frames (count, 784) of clips of 20 of two digits that move, bounce and cover each other; no two equal."""
    from sklearn.datasets import load_digits

    digits = np.kron(load_digits().images > 7, np.ones((2, 2), dtype=bool))
    rng, steps = np.random.default_rng(rng), np.arange(20)[:, None]
    clips = np.zeros((count // 18 + 2, 20, 28, 28), dtype=bool)
    for clip in clips:
        for digit in digits[rng.integers(0, len(digits), 2)]:
            places = 12 - abs((rng.uniform(0, 24, 2) + rng.uniform(1, 3, 2) * steps) % 24 - 12)
            for frame, (y, x) in zip(clip, np.rint(places).astype(int), strict=True):
                frame[y : y + 16, x : x + 16] |= digit
    packed = np.packbits(clips.reshape(-1, 784), axis=1)
    first = np.sort(np.unique(packed, axis=0, return_index=True)[1])[:count]
    assert len(first) == count
    return hb.PackedPatterns(np.unpackbits(packed[first], axis=1).astype(bool))


def replay_of_frames(patterns, steps):
    """Seconds a step of a replay from the first frame; each step must be right in every unit."""
    rows = frames(patterns)
    memory = hb.SequenceMemory(rows, hb.LogSumExp(2.0))

    def seconds():
        start = time.perf_counter()
        found = memory.replay(rows[0], steps=steps)
        taken = time.perf_counter() - start
        np.testing.assert_array_equal(found.best, np.arange(steps + 1) % patterns)
        assert (found.overlap == 784).all()
        return taken / steps

    return {OURS: seconds}


def cases(case, shape, share, speed, milliseconds):
    """Lines of the table: `case` makes one, `shape` its sizes; the others judge two times, or one."""
    found = []
    for patterns, units, states in [(1000, 256, 256), (100_000, 256, 256), (1_000_000, 256, 64), (100_000, 1024, 256)]:
        for count in (1, 10):
            for rival, target in [("faiss IndexBinaryFlat", 1.3), ("our overlaps, then", 1.5), ("NumKong", 1)]:
                size, options = shape(patterns, units, states), (("count", count),)
                found.append(case("nearest", f"nearest {count}", nearest, size, target, speed, rival, options))
    for size in (shape(1_000_000, 256, 1), shape(10_000, 10_000, 64)):
        for rival, target in [("faiss IndexBinaryFlat", 1.3), ("NumKong", 1)]:
            found.append(case("nearest", "nearest 10", nearest, size, target, speed, rival, (("count", 10),)))
    for rival, target, judge in [("overlaps alone", 1.3, share), ("our overlaps", 8, speed), ("float32", 15, speed)]:
        size, options = shape(100_000, 1024, 256), (("flip", 0.2),)
        found.append(case("posterior", "posterior, p = 0.2", posterior, size, target, judge, rival, options))
    for degree in (2, 3):
        size, options = shape(4096, 4096), (("degree", degree),)
        found.append(case("weights", f"weighted sweep, n={degree}", weighted, size, 2, speed, "numba", options))
    size, options = shape(4096, 4096), (("degree", 3),)
    found.append(case("replay", "replay, n=3, 5 steps", replay, size, 20, speed, "NumPy", options))
    options = (("steps", 2000),)
    found.append(
        case("replay", "a step through frames", replay_of_frames, {"patterns": 200_000}, 1.2, milliseconds, "", options)
    )
    return found


if __name__ == "__main__":
    os.environ["HEBBFAST_NUM_THREADS"] = "1"
    busy = time.process_time()
    each = replay_of_frames(200_000, 199_999)[OURS]()
    busy = time.process_time() - busy
    print(f"200,000 frames of 784 units, all right: {200_000 * each:.0f} s; {busy:.0f} s of one core, frames included")
