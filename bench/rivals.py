"""The strongest rivals that we could write or install, in the same process.

Asynchronous sweeps in numba: transposed int8 patterns, so that a visit reads one row; overlaps maintained at flips; the
self-term expanded, so that a visit is one dot product. Weights are evaluated in the loop ("inline"), or kept in a
float64 array that flips renew from the formula ("kept") or multiply ("multiplied", an exponential). Decisions of the
latter two are exact while the sums stay below 2^53. Like us they start from the cue, so they find its overlaps first,
unless these are given; all share one copy of the patterns.
"""

import functools

import numpy as np
from numba import njit

import hebbfast as hb


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


@njit(fastmath=True, inline="always")
def _power(x, power):
    product = x
    for _ in range(power - 1):
        product *= x
    return product


def _kept(power):
    """With P(x) = x^n a field is half of sum xi (P(m+2) - P(m-2)) - sigma (P(m+2) - 2 P(m) + P(m-2))."""

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
                    elif power == 4:
                        weights[k] = m * m * m + 4 * m
                        total += 3 * m * m + 2
                    else:
                        up, here, down = _power(m + 2, power), _power(m, power), _power(m - 2, power)
                        weights[k] = up - down
                        total += up - 2 * here + down
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


def _multiplied(beta):
    """An exponential: a flip multiplies each weight exp(beta m) by exp(+-2 beta)."""
    rise, fall = np.exp(2 * beta), np.exp(-2 * beta)
    together, apart = np.cosh(beta), np.sinh(beta)

    @njit(fastmath=True, cache=False)
    def sweep(columns, state, overlaps, order):
        count, flips = columns.shape[1], 0
        weights = np.exp(beta * (overlaps - overlaps.max()))
        total = weights.sum()
        for i in order:
            field = 0.0
            for k in range(count):
                field += columns[i, k] * weights[k]
            field = together * field - apart * state[i] * total
            new = 1 if field >= 0 else -1
            if new != state[i]:
                flips += 1
                state[i] = new
                total = 0.0
                for k in range(count):
                    weights[k] *= rise if columns[i, k] == new else fall
                    total += weights[k]
        return flips

    return sweep


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


@njit(fastmath=True, cache=False)
def overlaps_of(columns, state):
    """One pass over all patterns, 16 or more at a time."""
    overlaps = np.zeros(columns.shape[1], dtype=np.int32)
    for i in range(len(state)):
        for k in range(columns.shape[1]):
            overlaps[k] += columns[i, k] * state[i]
    return overlaps


def _for_batches(sweep):
    @njit(cache=False)
    def batch(columns, states, overlaps, order, sweeps):
        for q in range(len(states)):
            here = overlaps[q] if len(overlaps) else overlaps_of(columns, states[q])
            for _ in range(sweeps):
                if sweep(columns, states[q], here, order) == 0:
                    break

    return batch


@functools.cache
def _variants(interaction):
    if isinstance(interaction, hb.Exponential):
        return {"multiplied": _for_batches(_multiplied(interaction.beta))}
    inline = {2: sweep_inline_2, 3: sweep_inline_3, 4: sweep_inline_4}
    sweeps = {"inline": inline[interaction.degree]} if interaction.degree in inline else {}
    return {name: _for_batches(sweep) for name, sweep in (sweeps | {"kept": _kept(interaction.degree)}).items()}


def sweeps(columns, cues, order, interaction, limit=1, overlaps=None):
    """The best numba for an interaction, by name: `limit` sweeps of (Q, D) cues, or fewer if one flips nothing.

    `columns` (D, K) int8 are the transposed patterns, `overlaps` (Q, K) int32 those of the cues, if they are given.
    """
    order = order.astype(np.int64)
    overlaps = np.empty((0, columns.shape[1]), dtype=np.int32) if overlaps is None else overlaps

    def call(batch):
        states = cues.copy()
        batch(columns, states, overlaps.copy(), order, limit)
        return states

    return {f"numba, {name} weights": lambda batch=batch: call(batch) for name, batch in _variants(interaction).items()}


class MatrixSweep:
    """One sweep of the classical network as people write it, with float32 couplings; training is not timed."""

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


class GemmUpdate:
    """One synchronous update, n = 2 or 3, by two float32 matrix products."""

    def __init__(self, patterns, cues, degree):
        self.patterns, self.cues, self.degree = patterns.astype(np.float32), cues.astype(np.float32), degree

    def fields(self):
        overlaps = self.cues @ self.patterns.T
        if self.degree == 2:
            return overlaps @ self.patterns - np.float32(len(self.patterns)) * self.cues
        total = overlaps.sum(axis=1, keepdims=True)
        return (3 * overlaps * overlaps + 4) @ self.patterns - 6 * total * self.cues

    def __call__(self):
        return self.fields() >= 0


def overlaps(patterns, states):
    """Callables by name, each with the function that turns its answer into overlaps; packing and that are not timed."""
    import faiss
    import numkong

    units = patterns.shape[1]

    def from_distances(answer):
        return units - 2 * np.asarray(answer).astype(np.int64)

    rows, queries = (np.packbits(x > 0, axis=1, bitorder="little") for x in (patterns, states))
    a, b = patterns.astype(np.float32), states.astype(np.float32)
    packed = numkong.hammings_pack(rows, dtype="uint1")
    distances = np.empty((len(states), len(patterns)), dtype=np.int32)

    def faiss_hammings():
        n, m, size = len(queries), len(rows), rows.shape[1]
        faiss.hammings(faiss.swig_ptr(queries), faiss.swig_ptr(rows), n, m, size, faiss.swig_ptr(distances))
        return distances

    return {
        "NumKong hammings_packed": (lambda: numkong.hammings_packed(queries, packed), from_distances),
        "faiss hammings": (faiss_hammings, from_distances),
        "NumPy float32 GEMM": (lambda: b @ a.T, np.asarray),
    }
