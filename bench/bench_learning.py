"""Epochs of redundancy learning, and a sweep in coupling space, against rivals: ``python bench/bench_learning.py``.

Every row is a ratio between two calls in one process on one thread, taken turn by turn; results are compared first.

NumPy: the same algorithm with BLAS for the two products, buffers kept, and tables for the cells that are occupied.
PyTorch: the goal as a sum over the pmf of each unit, its gradient by autograd, and torch's own Adam.
numba: asynchronous sweeps in float32 couplings, a row added to the fields at each flip.
"""

import argparse
import functools

import numpy as np
import pytest
import table
from threadpoolctl import threadpool_limits

import hebbfast as hb
from hebbfast._kernels import _kernels
from hebbfast.learning._ascent import codes_of_four
from hebbfast.learning.redundancy import atom_gains

SIZES = [(100, 160), (400, 640)]
WARM = 60  # epochs run before, so that fields spread as they do in learning
EPOCHS = 10  # in one call, as learning runs them


def up(count, step):
    return -(-count // step) * step


class Ours:
    """Epochs by the kernel, on one thread."""

    def __init__(self, signs, start):
        patterns, units = signs.shape
        targets = np.zeros((units, up(patterns, 16)), np.uint8)
        targets[:, :patterns] = signs.T > 0
        self.ascent = _kernels.Ascent(
            codes_of_four(signs.T > 0), codes_of_four(signs > 0), targets, patterns, "atoms",
            atom_gains((0, 0, 1, 0, 0)),
            60, 20.0, 0.0,
        )  # fmt: skip
        self.state = np.zeros((3, up(units, 4), up(units, 16)), np.float32)
        self.state[0, :units, :units] = start
        self.units, self.epoch = units, 0

    def __call__(self, epochs=1):
        t = np.arange(self.epoch + 1, self.epoch + 1 + epochs)
        schedule = np.stack([np.full(epochs, 2.3), 0.05 / (1 - 0.9**t), 1 / (1 - 0.999**t)], axis=1)
        _kernels.ascend(self.ascent, 0, self.units, *self.state, schedule.astype(np.float32))
        self.epoch += epochs

    @property
    def couplings(self):
        return self.state[0, : self.units, : self.units]


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


def epoch_case(units, patterns, rivals=("NumPy", "PyTorch autograd")):
    """Calls of EPOCHS epochs; all of them agree after three epochs from the same start."""
    signs = hb.random_patterns(patterns, units, rng=0)
    start = np.random.default_rng(1).normal(size=(units, units)) * (1 - np.eye(units)) * 0.3
    makers = {"hebbfast": Ours, "NumPy": NumPy, "PyTorch autograd": Torch}
    calls = {name: makers[name](signs, start) for name in ("hebbfast", *rivals)}
    for call in calls.values():
        call(3)
    for name in rivals:
        # Adam divides by the gradient's size, and a field at the edge of a bin may fall to either side.
        close = np.isclose(calls[name].couplings, calls["hebbfast"].couplings, atol=2e-3)
        assert close.mean() > 0.98, (name, close.mean())
    for call in calls.values():
        call(WARM)
    return {name: functools.partial(call, EPOCHS) for name, call in calls.items()}


def sweep_case(units, patterns):
    """One asynchronous sweep of 64 cues in learned couplings: hebbfast, and numba with float32 fields."""
    from numba import njit

    signs = hb.random_patterns(patterns, units, rng=0)
    couplings = hb.learning.logistic(signs, epochs=100, rng=1, threads=1).couplings
    network = hb.HopfieldNetwork(couplings)
    cues = hb.corrupt(hb.random_patterns(64, units, rng=2), flip=0.1, rng=3)
    order = np.random.default_rng(4).permutation(units)
    outgoing = np.ascontiguousarray(network.couplings.T.astype(np.float32))

    @njit(fastmath=True)
    def sweeps(outgoing, states, order):
        units = len(outgoing)
        fields = np.empty(units, np.float32)
        for state in states:
            fields[:] = 0
            for j in range(units):
                if state[j] > 0:
                    for i in range(units):
                        fields[i] += outgoing[j, i]
                else:
                    for i in range(units):
                        fields[i] -= outgoing[j, i]
            for i in order:
                new = 1 if fields[i] >= 0 else -1
                if new != state[i]:
                    state[i] = new
                    for k in range(units):
                        fields[k] += 2 * new * outgoing[i, k]

    def numba():
        states = cues.copy()
        sweeps(outgoing, states, order)
        return states

    def ours():
        return network.recall(cues, order=order.astype(np.uint32), max_sweeps=1, rng=0, threads=1).states

    agree = np.mean(ours() == numba())  # float32 sums decide a few units otherwise
    assert agree > 0.999, agree
    return {"hebbfast": ours, "numba, float32 fields": numba}


@pytest.mark.parametrize("rival", ["hebbfast", "NumPy", "PyTorch autograd"])
@pytest.mark.parametrize(("units", "patterns"), SIZES)
def bench_epoch(benchmark, units, patterns, rival):
    if rival.startswith("PyTorch"):
        pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch (the CPU build is enough)")
    benchmark.group = f"{EPOCHS} epochs of redundancy learning, D = {units}, K = {patterns}"
    with threadpool_limits(1):
        benchmark(epoch_case(units, patterns, () if rival == "hebbfast" else (rival,))[rival])


@pytest.mark.parametrize("rival", ["hebbfast", "numba, float32 fields"])
@pytest.mark.parametrize("units", [100, 400, 1000])
def bench_coupling_sweep(benchmark, units, rival):
    benchmark.group = f"asynchronous sweep of 64 cues in coupling space, D = {units}"
    benchmark(sweep_case(units, units // 2)[rival])


def main():
    """Print a table of ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    rivals = ["NumPy"]
    try:
        import torch  # noqa: F401

        rivals.append("PyTorch autograd")
    except ModuleNotFoundError:
        print("PyTorch is not installed: its rows are left out.")
    print("| one thread | rival | hebbfast ms, min / median | rival ms | ratio, min / median |")
    print("|---|---|---|---|---|")
    with threadpool_limits(1):
        for units, patterns in SIZES:
            seconds = table.interleave(epoch_case(units, patterns, rivals), rounds)
            for rival in rivals:
                print(
                    table.row(f"{EPOCHS} epochs of redundancy learning D={units} K={patterns}", seconds, rival),
                    flush=True,
                )
        for units in (100, 400, 1000):
            seconds = table.interleave(sweep_case(units, units // 2), rounds)
            print(table.row(f"asynchronous sweep, 64 cues, couplings D={units}", seconds, "numba, float32 fields"))


if __name__ == "__main__":
    main()
