"""Weighted sweeps in numba, as strong as we could write them: products w G(m) kept, and made anew after a flip only.

For n = 2 in int32, which is 16 lanes of AVX-512; else in float64.
"""

import functools

import numpy as np
from numba import njit
from rivals import overlaps_of


@njit(fastmath=True, cache=False)
def sweep_2(columns, state, overlaps, weights, order):
    count, total = columns.shape[1], np.int32(0)
    products = np.empty(count, dtype=np.int32)
    for k in range(count):
        products[k] = weights[k] * overlaps[k]
        total += weights[k]
    for i in order:
        field = np.int32(0)
        for k in range(count):
            field += columns[i, k] * products[k]
        field -= total * state[i]
        new = 1 if field >= 0 else -1
        if new != state[i]:
            state[i] = new
            for k in range(count):
                products[k] += 2 * new * columns[i, k] * weights[k]


def _kept(power):
    @njit(fastmath=True, cache=False)
    def sweep(columns, state, overlaps, weights, order):
        count = columns.shape[1]
        products, fresh, total = np.empty(count), True, 0.0
        for i in order:
            if fresh:
                total = 0.0
                for k in range(count):
                    m, w = np.float64(overlaps[k]), np.float64(weights[k])
                    if power == 3:
                        products[k] = w * (3 * m * m + 4)
                        total += w * 6 * m
                    else:
                        products[k] = w * (m * m * m + 4 * m)
                        total += w * (3 * m * m + 2)
                fresh = False
            field = 0.0
            for k in range(count):
                field += columns[i, k] * products[k]
            field -= state[i] * total
            new = 1 if field >= 0 else -1
            if new != state[i]:
                state[i] = new
                for k in range(count):
                    overlaps[k] += 2 * new * columns[i, k]
                fresh = True

    return sweep


@functools.cache
def _sweep(power):
    return sweep_2 if power == 2 else _kept(power)


def weighted_sweep(columns, cue, order, weights, power):
    """A call that gives the state (D,) after one sweep; it finds the overlaps of the cue first, like ours."""
    order, weights, sweep = order.astype(np.int64), weights.astype(np.int32), _sweep(power)

    def call():
        state = cue.copy()
        sweep(columns, state, overlaps_of(columns, state), weights, order)
        return state

    return call
