"""Rivals of learning and of recall in coupling space, as strong as we could write them.

NumPy: the same algorithm with BLAS for the two products, buffers kept, and tables for the cells that are occupied.
PyTorch: the goal as a sum over the pmf of each unit, its gradient by autograd, and torch's own Adam.
numba: asynchronous sweeps, a row added to the fields at each flip; first fields by rows or by BLAS.
"""

import numpy as np
from numba import njit


class NumPy:
    """The same epoch in float32 NumPy."""

    def __init__(self, signs, start, bins=60):
        self.x = signs.astype(np.float32)
        self.k, self.n = signs.shape
        self.w = start.astype(np.float32)
        self.m, self.s = np.zeros((2, self.n, self.n), np.float32)
        self.teacher = np.ascontiguousarray(np.float32(2.3) * self.x.T)
        self.first_cell = (bins * (signs.T > 0) + 2 * bins * np.arange(self.n)[:, None]).astype(np.int64)
        self.fields, self.plus, self.minus, self.work = np.empty((4, self.n, self.k), np.float32)
        self.cells = np.empty((self.n, self.k), np.int64)
        self.gradient, self.root = np.empty((2, self.n, self.n), np.float32)
        self.bins, self.epoch = bins, 0

    def __call__(self, epochs=1):
        for _ in range(epochs):
            self.one()

    def one(self):
        h, plus, minus, work, bins = self.fields, self.plus, self.minus, self.work, self.bins
        np.matmul(self.w, self.x.T, out=h)
        np.add(h, self.teacher, out=work)
        np.negative(work, out=work)
        np.clip(work, -80, 80, out=work)
        np.exp(work, out=work)
        np.add(work, 1, out=plus)
        np.reciprocal(plus, out=plus)
        np.multiply(work, plus, out=minus)
        h += 20
        h *= bins / 40
        np.clip(h, 0, bins - 1, out=h)
        np.copyto(self.cells, h, casting="unsafe")
        self.cells += self.first_cell
        shape = self.n, 2, bins
        cells = self.cells.ravel()
        a = np.bincount(cells, plus.ravel(), minlength=2 * bins * self.n).reshape(shape)
        b = np.bincount(cells, minus.ravel(), minlength=2 * bins * self.n).reshape(shape)
        plus *= minus
        plus *= 1 / self.k
        plus *= self.gains(a, b).ravel()[self.cells]
        np.matmul(plus, self.x, out=self.gradient)
        np.fill_diagonal(self.gradient, 0)
        self.adam()

    def gains(self, plus, minus):
        tiny = 1e-12 * self.k
        used = np.flatnonzero((plus + minus).ravel())
        of_e, of_b = [(p.sum(2, keepdims=True), p.sum(1, keepdims=True)) for p in (plus, minus)], None
        either, share = [], []
        for p, (by_e, _) in zip((plus, minus), of_e, strict=True):
            of_b = p.sum(1, keepdims=True)
            either.append(np.maximum(by_e + of_b - p, tiny).ravel()[used])
            share.append(p.ravel()[used] / either[-1])
        difference = share[0] - share[1]
        full = np.zeros(plus.shape)
        full.ravel()[used] = difference
        g = np.zeros(plus.shape, np.float32)
        prior = np.log2(plus.sum((1, 2)) / minus.sum((1, 2)))
        weight = (full.sum(2, keepdims=True) + full.sum(1, keepdims=True) - full).ravel()[used]
        row = used // (2 * self.bins)
        g.ravel()[used] = np.log2(either[0] / either[1]) - prior[row] + weight / np.log(2)
        return g

    def adam(self):
        self.epoch += 1
        g, m, s, root = self.gradient, self.m, self.s, self.root
        m *= 0.9
        np.multiply(g, 0.1, out=root)
        m += root
        s *= 0.999
        np.multiply(g, g, out=root)
        root *= 0.001
        s += root
        np.multiply(s, 1 / (1 - 0.999**self.epoch), out=root)
        np.sqrt(root, out=root)
        root += 1e-8
        np.divide(m, root, out=root)
        root *= 0.05 / (1 - 0.9**self.epoch)
        self.w += root

    @property
    def couplings(self):
        return self.w


class Torch:
    """The goal in PyTorch on the CPU, the gradient by autograd."""

    def __init__(self, signs, start, bins=60):
        import torch

        self.torch = torch
        torch.set_num_threads(1)
        self.x = torch.tensor(signs, dtype=torch.float32)
        self.w = torch.tensor(start, dtype=torch.float32, requires_grad=True)
        self.adam = torch.optim.Adam([self.w], lr=0.05)
        self.bins = bins
        self.e = (self.x.T > 0).long()
        self.free = 1 - torch.eye(signs.shape[1])

    def __call__(self, epochs=1):
        torch, bins = self.torch, self.bins
        units, patterns = self.e.shape
        for _ in range(epochs):
            self.adam.zero_grad()
            fields = (self.w * self.free) @ self.x.T
            plus = torch.sigmoid(fields + 2.3 * self.x.T)
            cell = ((fields.detach() + 20) * (bins / 40)).clamp(0, bins - 1).long() + bins * self.e
            parts = [
                torch.zeros(units, 2 * bins).scatter_add(1, cell, p).view(units, 2, bins) for p in (1 - plus, plus)
            ]
            p = torch.stack(parts, dim=3) / patterns  # unit, e, b, y
            p_e, p_b, p_y = p.sum(2, keepdim=True), p.sum(1, keepdim=True), p.sum((1, 2), keepdim=True)
            a = p_e + p_b - p
            either = p_e.sum(3, keepdim=True) + p_b.sum(3, keepdim=True) - p.sum(3, keepdim=True)
            inside = a.clamp(min=1e-12) / (either * p_y).clamp(min=1e-12)
            loss = -(p * torch.log2(inside)).sum()
            loss.backward()
            self.adam.step()

    @property
    def couplings(self):
        return (self.w * self.free).detach().numpy()


@njit(fastmath=True)
def sweep(outgoing, fields, states, order):
    """One sweep of each state; fields are kept at flips."""
    for q in range(len(states)):
        state, field = states[q], fields[q]
        for i in order:
            new = 1 if field[i] >= 0 else -1
            if new != state[i]:
                state[i] = new
                twice = outgoing.dtype.type(2 * new)
                for j in range(len(field)):
                    field[j] += twice * outgoing[i, j]


@njit(fastmath=True)
def first_fields(outgoing, states):
    """Fields of each state, a row at a time."""
    fields = np.zeros(states.shape, outgoing.dtype)
    for q in range(len(states)):
        field = fields[q]
        for i in range(len(field)):
            if states[q, i] > 0:
                for j in range(len(field)):
                    field[j] += outgoing[i, j]
            else:
                for j in range(len(field)):
                    field[j] -= outgoing[i, j]
    return fields


def coupling_sweeps(outgoing, cues, order):
    """Calls for one sweep of the cues."""

    def by_rows():
        states = cues.copy()
        sweep(outgoing, first_fields(outgoing, states), states, order)
        return states

    def by_blas():
        states = cues.copy()
        sweep(outgoing, states.astype(outgoing.dtype) @ outgoing, states, order)
        return states

    kind = str(outgoing.dtype)
    calls = {f"numba, {kind}": by_rows}
    return calls | ({f"numba, {kind}, first fields by BLAS": by_blas} if outgoing.dtype == np.float32 else {})
