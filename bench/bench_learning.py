"""Epochs of redundancy learning, and a sweep in coupling space, against rivals: ``python bench/bench_learning.py``.

Every line compares two calls in this process, taken turn by turn on one thread; results are compared first.
"""

import argparse
import functools

import learning_rivals as rivals
import numpy as np
import pytest
from cases import shape
from judging import OURS, Case, NotHereError
from table import line, machine
from threadpoolctl import threadpool_limits

import hebbfast as hb
from hebbfast import _kernels
from hebbfast.bits import aligned_bytes
from hebbfast.learning._ascent import codes_of_four
from hebbfast.learning.redundancy import atom_gains

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
        self.workspace = aligned_bytes(_kernels.ascent_bytes(self.ascent))

    def __call__(self, epochs=1):
        t = np.arange(self.epoch + 1, self.epoch + 1 + epochs)
        schedule = np.stack([np.full(epochs, 2.3), 0.05 / (1 - 0.9**t), 1 / (1 - 0.999**t)], axis=1)
        _kernels.ascend(self.ascent, 0, self.units, *self.state, schedule.astype(np.float32), self.workspace)
        self.epoch += epochs

    @property
    def couplings(self):
        return self.state[0, : self.units, : self.units]


def epochs(patterns, units, rival):
    """EPOCHS epochs; both sides agree after three from the same start."""
    signs = hb.random_patterns(patterns, units, rng=0)
    start = np.random.default_rng(1).normal(size=(units, units)) * (1 - np.eye(units)) * 0.3
    try:
        calls = {OURS: Ours(signs, start), rival: {"NumPy": rivals.NumPy, "PyTorch": rivals.Torch}[rival](signs, start)}
    except ModuleNotFoundError as error:
        raise NotHereError(f"{error.name} is not installed") from None
    for call in calls.values():
        call(3)
    # Adam divides by the gradient's size, and a field at the edge of a bin may fall to either side.
    close = np.isclose(calls[rival].couplings, calls[OURS].couplings, atol=2e-3)
    assert close.mean() > 0.98, (rival, close.mean())
    for call in calls.values():
        call(WARM)
    return {name: functools.partial(call, EPOCHS) for name, call in calls.items()}


def coupling_sweep(patterns, units, states, learned):
    """One asynchronous sweep of damaged patterns, in couplings of Hebb's rule (integers) or learned ones."""
    rows = hb.random_patterns(patterns, units, rng=0)
    couplings = hb.learning.activity_product(rows)
    if learned:
        couplings = hb.learning.logistic(rows, epochs=100, rng=1, threads=1).couplings
    network = hb.HopfieldNetwork(couplings)
    cues = hb.corrupt(rows[np.arange(states) % patterns], flip=0.1, rng=3)
    order = np.random.default_rng(4).permutation(units).astype(np.uint32)

    def ours():
        return network.recall(cues, order=order, max_sweeps=1, rng=0, threads=1).states

    calls = {OURS: ours}
    for kind in (np.float32,) if learned else (np.int32, np.float32):
        calls |= rivals.coupling_sweeps(np.ascontiguousarray(couplings.T, dtype=kind), cues, order)
    for name, call in calls.items():  # float32 sums may decide a few units otherwise
        wrong = np.mean(call() != ours())
        assert wrong <= (1e-3 if learned else 0), (name, wrong)
    return calls


def all_cases():
    """Epochs at the sizes of docs/learning.md, sweeps in small and large networks."""
    cases = []
    for patterns, units in [(160, 100), (640, 400)]:
        for rival, target in [("NumPy", 5), ("PyTorch", 20)]:
            what, options = f"{EPOCHS} epochs of redundancy learning", (("rival", rival),)
            cases.append(Case("epochs", what, epochs, shape(patterns, units), target, rival=rival, options=options))
    for learned in (False, True):
        what, options = f"sweep in {'learned' if learned else 'Hebbian'} couplings", (("learned", learned),)
        for units in (100, 400, 1000, 4000):
            for states in (1, 64):
                size = shape(units // 10, units, states)
                cases.append(Case("couplings", what, coupling_sweep, size, 3, options=options))
    return cases


CASES = {f"{case} {case.rival}": case for case in all_cases()}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def bench_learning(benchmark, case):
    benchmark.group = case.group
    with threadpool_limits(1):
        try:
            calls = case.calls(small=benchmark.disabled)
        except NotHereError as reason:
            pytest.skip(str(reason))
        benchmark(calls[OURS])


def main():
    """Print a table of ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=sorted({case.group for case in CASES.values()}))
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    print("| | against | hebbfast ms, min / median | rival ms | ratio | target | verdict |\n" + "|---" * 7 + "|")
    for case in CASES.values():
        if options.only in (None, case.group):
            print("| " + " | ".join(line(case, options.rounds)) + " |", flush=True)
    print(f"\n{machine(options.rounds)}")


if __name__ == "__main__":
    main()
