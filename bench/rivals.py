"""The strongest rivals that we could write or install, in the same process.

Asynchronous sweeps in numba: transposed int8 patterns, so that a visit reads one row; overlaps maintained at flips; the
self-term expanded, so that a visit is one dot product. Two variants: weights evaluated in the loop ("inline") or kept
in a float64 array that flips update ("kept"). Decisions of "kept" are exact while the sums stay below 2^53.
"""

import numpy as np
from numba import njit


@njit(fastmath=True, cache=False)
def sweep_inline_2(columns, state, overlaps, order):
    count, flips = columns.shape[1], 0
    for i in order:
        field = 0
        for k in range(count):
            field += np.int32(columns[i, k]) * overlaps[k]
        field -= count * state[i]
        new = 1 if field >= 0 else -1
        if new != state[i]:
            flips += 1
            state[i] = new
            for k in range(count):
                overlaps[k] += 2 * new * columns[i, k]
    return flips


@njit(fastmath=True, cache=False)
def sweep_inline_3(columns, state, overlaps, order):
    count, flips = columns.shape[1], 0
    for i in order:
        field, total = 0, 0
        for k in range(count):
            m = overlaps[k]
            field += np.int64(columns[i, k]) * (3 * m * m + 4)
            total += m
        field -= 6 * state[i] * total
        new = 1 if field >= 0 else -1
        if new != state[i]:
            flips += 1
            state[i] = new
            for k in range(count):
                overlaps[k] += 2 * new * columns[i, k]
    return flips


@njit(fastmath=True, cache=False)
def sweep_inline_4(columns, state, overlaps, order):
    count, flips = columns.shape[1], 0
    for i in order:
        field, squares = 0, 0
        for k in range(count):
            m = np.int64(overlaps[k])
            field += columns[i, k] * (m * m * m + 4 * m)
            squares += m * m
        field -= state[i] * (3 * squares + 2 * count)
        new = 1 if field >= 0 else -1
        if new != state[i]:
            flips += 1
            state[i] = new
            for k in range(count):
                overlaps[k] += 2 * new * columns[i, k]
    return flips


def _kept(power):
    @njit(fastmath=True, cache=False)
    def sweep(columns, state, overlaps, order):
        count, flips = columns.shape[1], 0
        weights = np.empty(count)
        fresh = True
        total = 0.0
        for i in order:
            if fresh:
                total = 0.0
                for k in range(count):
                    m = np.float64(overlaps[k])
                    if power == 2:
                        weights[k] = m
                    elif power == 3:
                        weights[k] = 3 * m * m + 4
                        total += 6 * m
                    else:
                        weights[k] = m * m * m + 4 * m
                        total += 3 * m * m + 2
                if power == 2:
                    total = float(count)
                fresh = False
            field = 0.0
            for k in range(count):
                field += columns[i, k] * weights[k]
            field -= state[i] * total
            new = 1 if field >= 0 else -1
            if new != state[i]:
                flips += 1
                state[i] = new
                for k in range(count):
                    overlaps[k] += 2 * new * columns[i, k]
                fresh = True
        return flips

    return sweep


@njit(fastmath=True, cache=False)
def sweep_tabled(columns, state, overlaps, order, both, apart, relative):
    """Any interaction: a visit adds both[a] of the agreements a where units agree, a flip looks the weights up anew."""
    count, units, flips = columns.shape[1], len(state), 0
    weights = np.empty(count)
    fresh = True
    total = 0.0
    for i in order:
        if fresh:
            top = units
            if relative:
                top = -units
                for k in range(count):
                    top = max(top, overlaps[k])
            total = 0.0
            for k in range(count):
                a = (overlaps[k] + 2 * units - top) >> 1
                weights[k] = 0.5 * both[a]
                total += apart[a] - 0.5 * both[a]
            fresh = False
        field = 0.0
        for k in range(count):
            field += columns[i, k] * weights[k]
        field -= state[i] * total
        new = 1 if field >= 0 else -1
        if new != state[i]:
            flips += 1
            state[i] = new
            for k in range(count):
                overlaps[k] += 2 * new * columns[i, k]
            fresh = True
    return flips


@njit(fastmath=True, cache=False)
def sweep_matrix(couplings, state, fields, order):
    """The classical network with its D x D matrix: a visit is one comparison, a flip adds one row to the fields."""
    units, flips = len(state), 0
    for i in order:
        new = 1 if fields[i] >= 0 else -1
        if new != state[i]:
            flips += 1
            state[i] = new
            change = np.float32(2 * new)
            for j in range(units):
                fields[j] += change * couplings[i, j]
    return flips


SWEEPS = {
    2: {"inline": sweep_inline_2, "kept": _kept(2)},
    3: {"inline": sweep_inline_3, "kept": _kept(3)},
    4: {"inline": sweep_inline_4, "kept": _kept(4)},
}


class NumbaSweep:
    """One asynchronous sweep (tie +1) over patterns (K, D) int8, loaded from a cue."""

    def __init__(self, patterns, cue, order, degree, variant):
        self.columns = np.ascontiguousarray(patterns.T)
        self.cue, self.order = cue, order.astype(np.int64)
        self.start = (patterns.astype(np.float32) @ cue.astype(np.float32)).astype(np.int32)  # given to it, not timed
        self.sweep = SWEEPS[degree][variant]

    def __call__(self):
        state = self.cue.copy()
        self.sweep(self.columns, state, self.start.copy(), self.order)
        return state


class TabledSweep(NumbaSweep):
    """The same with weights looked up in tables, for any interaction."""

    def __init__(self, patterns, cue, order, interaction):
        super().__init__(patterns, cue, order, 2, "kept")
        units = patterns.shape[1]
        weights = interaction.weights(units, len(patterns))
        gain = weights.gain_float if weights.gain is None else weights.gain.astype(np.float64)
        self.tables = (gain[:-1] + gain[1:], gain[1:].copy(), weights.relative)

    def __call__(self):
        state = self.cue.copy()
        sweep_tabled(self.columns, state, self.start.copy(), self.order, *self.tables)
        return state


class MatrixSweep:
    """The classical network as people write it, with float32 couplings; training is not timed."""

    def __init__(self, patterns, cue, order):
        rows = patterns.astype(np.float32)
        self.couplings = rows.T @ rows
        np.fill_diagonal(self.couplings, 0)
        self.cue, self.order = cue, order.astype(np.int64)
        self.start = self.couplings @ cue.astype(np.float32)

    def __call__(self):
        state = self.cue.copy()
        sweep_matrix(self.couplings, state, self.start.copy(), self.order)
        return state


def overlap_rivals(patterns, states):
    """Callables by name, each with the function that turns its answer into overlaps; packing and that are not timed."""
    import faiss
    import numkong
    from threadpoolctl import threadpool_limits

    units = patterns.shape[1]

    def from_distances(answer):
        return units - 2 * np.asarray(answer).astype(np.int64)

    rows, queries = (np.packbits(x > 0, axis=1, bitorder="little") for x in (patterns, states))
    a, b = patterns.astype(np.float32), states.astype(np.float32)
    packed = numkong.hammings_pack(rows, dtype="uint1")
    distances = np.empty((len(states), len(patterns)), dtype=np.int32)

    def numkong_packed():
        return numkong.hammings_packed(queries, packed)

    def faiss_hammings():
        with threadpool_limits(1):
            n, m, size = len(queries), len(rows), rows.shape[1]
            faiss.hammings(faiss.swig_ptr(queries), faiss.swig_ptr(rows), n, m, size, faiss.swig_ptr(distances))
        return distances

    def gemm():
        with threadpool_limits(1):
            return b @ a.T

    return {
        "NumKong hammings_packed": (numkong_packed, from_distances),
        "faiss hammings": (faiss_hammings, from_distances),
        "NumPy float32 GEMM": (gemm, np.asarray),
    }
