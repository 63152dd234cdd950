"""What a case of the table is, how its calls are timed, and how two measurements become a figure with a target."""

import os
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass

import calls
import numpy as np

import hebbfast as hb

OURS = "hebbfast"
SMALL = {"units": 200, "patterns": 150, "states": 5}  # sizes of a case when it runs as a test
TINY_CALLS = 1000  # in one measurement
AT_LEAST = 3e-3  # seconds of a measurement


class NotHereError(Exception):
    """This machine cannot run the case."""


def stopwatch(call):
    """Mean seconds of calls, for 3 ms or one call after one untimed.

    So all find the caches, and the clock of the vector units, as their own calls left them, not as rivals did.
    """
    call()
    calls, start = 0, time.perf_counter()
    while not calls or time.perf_counter() - start < AT_LEAST:
        call()
        calls += 1
    return (time.perf_counter() - start) / calls


def stopwatch_many(call):
    """Seconds of a call too short to be timed alone."""
    start = time.perf_counter()
    for _ in range(TINY_CALLS):
        call()
    return (time.perf_counter() - start) / TINY_CALLS


def peak_bytes(call):
    """Bytes that NumPy and Python hold at most during a call."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@dataclass(frozen=True)
class Judge:
    """How two measurements become the figure that has a target."""

    figure: Callable[[float, float], float]
    text: str
    at_most: bool = False
    measure: Callable[[Callable], float] = stopwatch
    unit: float = 1e-3  # of the two measurements, as they are printed

    def verdict(self, figure, target):
        if target is None:
            return ""
        return "meets" if (figure <= target if self.at_most else figure >= target) else "misses"


SPEED = Judge(lambda ours, theirs: theirs / ours, "{:.2f}×")
PASSES = Judge(lambda ours, theirs: ours / theirs, "{:.2f} passes", at_most=True)
TIMES = Judge(lambda ours, theirs: ours / theirs, "{:.2f}×", at_most=True)
CALL = Judge(lambda ours, _: 1e6 * ours, "{:.1f} µs", at_most=True, measure=stopwatch_many)
AROUND = Judge(lambda ours, theirs: 1e6 * (ours - theirs / calls.COPIES), "{:.1f} µs", at_most=True)
START = Judge(lambda ours, _: 1e3 * ours, "{:.1f} ms", at_most=True, measure=lambda call: call())
SHARE = Judge(lambda ours, theirs: 100 * ours / theirs, "{:.2f} %", at_most=True, measure=peak_bytes, unit=1e6)
PEAK = Judge(lambda ours, theirs: ours / theirs, "{:.2f}×", at_most=True, measure=lambda call: call(), unit=1e6)


@dataclass(frozen=True)
class Case:
    """One line of the table.

    `make(**sizes, **options)` returns the calls, ours first. `rival` names whom we are measured against; without a name
    it is the fastest; a target of None asks for nothing.
    """

    group: str
    what: str
    make: Callable[..., dict[str, Callable]]
    sizes: dict[str, int]
    target: float | None
    judge: Judge = SPEED
    rival: str = ""
    options: tuple = ()
    readme: bool = False

    def calls(self, small=False):
        """The calls, whose results agree."""
        sizes = {name: min(size, SMALL[name]) if small else size for name, size in self.sizes.items()}
        return self.make(**sizes, **dict(self.options))

    def __str__(self):
        letters = {"patterns": "K", "units": "D", "states": "Q"}
        return " ".join([self.what, *(f"{letters[name]}={size}" for name, size in self.sizes.items())])


def agree(calls, expected):
    """The calls, if all of them give what ours gave."""
    for name, call in calls.items():
        np.testing.assert_array_equal(np.asarray(call()).reshape(expected.shape), expected, err_msg=name)
    return calls


def on_threads(count, call):
    """The call with so many threads."""
    if len(getattr(os, "sched_getaffinity", lambda _: range(os.cpu_count() or 1))(0)) < count:
        raise NotHereError(f"needs {count} CPUs")

    def run():
        os.environ["HEBBFAST_NUM_THREADS"] = str(count)
        try:
            return call()
        finally:
            os.environ["HEBBFAST_NUM_THREADS"] = "1"

    return run


def at_level(level, call):
    """The call at a level of instruction sets."""
    if level not in hb.available_simd_levels():
        raise NotHereError(f"has no {level}")

    def run():
        before = hb.simd_level()
        hb.use_simd_level(level)
        try:
            return call()
        finally:
            hb.use_simd_level(before)

    return run
