"""The heat bath in numba, as strong as we could write it: float32 fields and exp, a product in place of the division.

Draws are those of our stream, so that all but a few decisions in millions agree: float32 rounds the probability and u.
"""

import numpy as np
from numba import njit


@njit(fastmath=True, inline="always")
def _uniform(stream):
    """u of the next draw of (z, increment)."""
    z = stream[0] + stream[1]
    stream[0] = z
    y = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    y = (y ^ (y >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.float32(np.int64((y ^ (y >> np.uint64(31))) >> np.uint64(40))) * np.float32(2.0**-24)


@njit(fastmath=True, inline="always")
def _drawn(field, factor, stream):
    """±1 by u < 1 / (1 + e^(-2 h / T)), factor = -2 / T in units of the field."""
    return np.int8(1) if _uniform(stream) * (np.float32(1) + np.exp(factor * field)) < np.float32(1) else np.int8(-1)


@njit(fastmath=True)
def sweeps_of_matrix(couplings, state, fields, order, factor, stream, sweeps):
    """Fields are kept: a flip adds one row."""
    for _ in range(sweeps):
        for i in order:
            new = _drawn(fields[i], factor, stream)
            if new != state[i]:
                state[i] = new
                change = np.float32(2 * new)
                for j in range(len(state)):
                    fields[j] += change * couplings[i, j]
    return state


@njit(fastmath=True)
def sweeps_of_two(columns, state, overlaps, order, factor, stream, sweeps):
    """n = 2: overlaps are kept, a visit is one dot product of integers."""
    count = columns.shape[1]
    for _ in range(sweeps):
        for i in order:
            field = 0
            for k in range(count):
                field += np.int32(columns[i, k]) * overlaps[k]
            new = _drawn(np.float32(field - count * state[i]), factor, stream)
            if new != state[i]:
                state[i] = new
                for k in range(count):
                    overlaps[k] += 2 * new * columns[i, k]
    return state


@njit(fastmath=True)
def sweeps_of_three(columns, state, overlaps, order, factor, stream, sweeps):
    """n = 3: weights are kept in float32 and renewed after flips."""
    count = columns.shape[1]
    weights, total, fresh = np.empty(count, np.float32), np.float32(0), True
    for _ in range(sweeps):
        for i in order:
            if fresh:
                total = np.float32(0)
                for k in range(count):
                    m = np.float32(overlaps[k])
                    weights[k] = 3 * m * m + 4
                    total += 6 * m
                fresh = False
            field = np.float32(0)
            for k in range(count):
                field += columns[i, k] * weights[k]
            new = _drawn(field - total * state[i], factor, stream)
            if new != state[i]:
                state[i] = new
                for k in range(count):
                    overlaps[k] += 2 * new * columns[i, k]
                fresh = True
    return state
