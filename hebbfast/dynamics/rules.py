"""The rules by which states move: update, visiting order, temperatures, ties, clamped units; validated once."""

import dataclasses
import functools
import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments, _kernels, bits

__all__ = ["Rules", "read_recall", "read_rules", "read_temperature", "visits"]


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """How the states of D units move; made by `read_rules`.

    Attributes
    ----------
    units : int
        D.
    update, order, tie : str
        The words of `recall`; ``order`` is "array" where units were given, and ``visits`` holds them then.
    visits : ndarray
        uint32 (R, S, V), or none: cue q visits ``visits[min(q, R - 1), min(s, S - 1)]`` in sweep s. R is 1 or Q.
    temperatures : ndarray
        float64 (S, R): cue q has ``temperatures[min(s, S - 1), min(q, R - 1)]`` in sweep s. R is 1 or Q.
    method : str
        At T > 0, "heat_bath" or "metropolis".
    clamp : ndarray
        uint64, packed flags of the units that never move, or none.
    uniforms : ndarray or None
        float64 (R, S, V): the u of each visit at T > 0, by cue and sweep like ``visits``; drawn if None.
    draws : str
        "own", or "shared" by many states, which no kernel of recall knows: `dynamics.abreast` does.
    kernel : object
        The same, as the compiled kernels take it.
    """

    units: int
    update: _arguments.Update
    order: str
    visits: NDArray[np.uint32]
    tie: _arguments.Tie
    method: str
    temperatures: NDArray[np.float64]
    clamp: NDArray[np.uint64]
    uniforms: NDArray[np.float64] | None
    draws: str
    kernel: Any

    @property
    def synchronous(self) -> bool:
        """All units at once?"""
        return self.update == "sync"

    @property
    def cold(self) -> bool:
        """Is the temperature zero throughout?"""
        return not self.temperatures.any()

    def visits_of(self, sweep: int, q: int) -> NDArray[np.uint32]:
        """The units that cue q visits in a sweep, where they were given."""
        tables, sweeps, _ = self.visits.shape
        row: NDArray[np.uint32] = self.visits[q if tables > 1 else 0, min(sweep, sweeps - 1)]
        return row

    def repeats(self, sweep: int) -> bool:
        """Do all later sweeps visit the same units, given as an array?"""
        return self.order == "array" and sweep >= self.visits.shape[1] - 1

    def uniforms_of(self, sweep: int, q: int) -> NDArray[np.float64] | None:
        """The u of each visit of cue q in a sweep, where they were given."""
        return None if self.uniforms is None else self.uniforms[q if len(self.uniforms) > 1 else 0, sweep]

    def part(self, sweep: int, q: int, units: NDArray[np.uint32], uniforms: NDArray[np.float64] | None) -> "Rules":
        """Rules that take cue q through some visits of a sweep, with the u of each where they are given or drawn."""
        visits = np.ascontiguousarray(units)[None, None]
        table = np.full((1, 1), self.temperature(sweep, q))
        given = None if uniforms is None else np.ascontiguousarray(uniforms)[None, None]
        kernel = _kernels.Dynamics(
            self.units, "async", "array", visits, self.tie, table, self.clamp, method=self.method, uniforms=given
        )
        return dataclasses.replace(
            self, order="array", visits=visits, temperatures=table, uniforms=given, kernel=kernel
        )

    def expect_cues(self, count: int) -> None:
        """Are tables with a row a cue for so many of them?"""
        for name, table in (("order", self.visits), ("uniforms", self.uniforms)):
            if table is not None and len(table) not in (1, count):
                raise ValueError(f"{name} must have one table, or {count}, one for each cue, got {len(table)}")

    def temperature(self, sweep: int, q: int) -> float:
        """T of cue q in a sweep."""
        return float(self._of(sweep, q)[0])

    def settles(self, sweep: int, q: int) -> bool:
        """May cue q come to rest in a sweep: is T zero from there on?"""
        return not self._of(sweep, q).any()

    def _of(self, sweep: int, q: int) -> NDArray[np.float64]:
        sweeps, cues = self.temperatures.shape
        return self.temperatures[min(sweep, sweeps - 1) :, q if cues > 1 else 0]


def read_rules(
    units: int,
    *,
    update: str = "async",
    order: str | ArrayLike = "random",
    temperature: float | NDArray[np.float64] = 0.0,
    tie: str = "plus",
    clamp: ArrayLike | None = None,
    method: str = "heat_bath",
    uniforms: ArrayLike | None = None,
    draws: str = "own",
) -> Rules:
    """The rules for D units, or a ValueError that names the argument; the words are those of `recall`.

    ``temperature`` is a number, a schedule (S,), or a table (S, R) with a column for each cue.
    """
    if (
        type(update) is type(tie) is type(method) is type(draws) is str
        and type(temperature) is float
        and clamp is None
        and uniforms is None
        and draws == "own"
    ):
        if type(order) is str:
            return _plain_rules(units, update, order, temperature, tie, method)
        if (
            type(order) is np.ndarray
            and order.nbytes <= _SMALL
            and order.dtype.char in _INTEGERS
            and order.ndim == 1
            and order.dtype.isnative
        ):
            return _rules_of_bytes(units, update, order.dtype.char, order.tobytes(), temperature, tie, method)
    return _rules(units, update, order, temperature, tie, clamp, method, uniforms, draws)


def read_recall(
    units: int, update: Any, order: Any, temperature: Any, beta: Any, tie: Any, clamp: Any, uniforms: Any,
    max_sweeps: Any, cycles: Any,
) -> tuple[Rules, int, bool]:  # fmt: skip
    """What `recall` is told: the rules, the most sweeps, and whether a run goes on through cycles."""
    if (
        update is _ASYNC
        and order is _RANDOM
        and tie is _PLUS
        and max_sweeps is _SWEEPS
        and cycles is _STOP
        and temperature is beta is clamp is uniforms is None
    ):  # nothing was told: 0.2 µs less than to look it up
        return _default_recall(units)
    if clamp is None and uniforms is None and type(order) is str:
        try:
            return _plain_recall(units, update, order, temperature, beta, tie, max_sweeps, cycles)
        except TypeError:  # what has no hash is no plain value
            pass
    return _read_recall(units, update, order, temperature, beta, tie, max_sweeps, cycles, clamp, uniforms)


def _read_recall(
    units: int, update: Any, order: Any, temperature: Any, beta: Any, tie: Any, max_sweeps: Any, cycles: Any,
    clamp: Any = None, uniforms: Any = None,
) -> tuple[Rules, int, bool]:  # fmt: skip
    temperature = _arguments.real("temperature", read_temperature(temperature, beta, 0.0), 0.0)
    rules = read_rules(
        units, update=update, order=order, temperature=temperature, tie=tie, clamp=clamp, uniforms=uniforms
    )
    through = _arguments.choice("cycles", cycles, _arguments.CYCLES) == "continue" and rules.synchronous
    most = _arguments.LARGEST if cycles == "stop" else _arguments.LARGEST // units  # all may flip, each time
    sweeps = _arguments.whole("max_sweeps", max_sweeps, 0, most)
    if rules.uniforms is not None and sweeps > rules.uniforms.shape[1]:
        rows = rules.uniforms.shape[1]
        raise ValueError(f"max_sweeps must be at most {rows}, the rows of uniforms, got {sweeps}")
    return rules, sweeps, through


# by value and type, for True is no 1; what is refused is not kept
_plain_recall = functools.lru_cache(64, typed=True)(_read_recall)

_ASYNC, _RANDOM, _PLUS, _SWEEPS, _STOP = "async", "random", "plus", 100, "stop"  # the defaults of `Network.recall`


@functools.lru_cache(64)
def _default_recall(units: int) -> tuple[Rules, int, bool]:
    return _read_recall(units, _ASYNC, _RANDOM, None, None, _PLUS, _SWEEPS, _STOP)


def visits(rules: Rules, sweep: int, q: int, row: NDArray[np.int64]) -> Iterable[int]:
    """The units that cue q visits in a sweep, drawn from its row of progress; with replacement one by one."""
    if rules.order == "random":
        order = np.empty(rules.units, dtype=np.uint32)
        _kernels.permutation(row, order)
        yield from order.tolist()
    elif rules.order == "replacement":
        drawn = np.empty(1, dtype=np.uint32)
        for _ in range(rules.units):
            _kernels.integers(row, rules.units, drawn)
            yield int(drawn[0])
    else:
        yield from rules.visits_of(sweep, q).tolist() if rules.order == "array" else range(rules.units)


def read_temperature(temperature: Any, beta: Any, default: Any = None, *, sampled: bool = False) -> Any:
    """The temperature that one of two arguments says, β as T = 1 / β, or the default; T itself is not checked here.

    At β = 0 it is the largest float: P(+1) = ½ whatever the field, as at T = ∞. T = 0 is β = ∞, unless it is
    ``sampled``, where there may be several β.
    """
    if beta is None:
        if temperature is None and default is None:
            raise ValueError("temperature or beta must be given, got neither")
        return default if temperature is None else temperature
    if temperature is not None:
        given = f"{_arguments.shown(temperature)} and {_arguments.shown(beta)}"
        raise ValueError(f"one of temperature and beta must be given, got both, {given}")
    if sampled and _arguments.array("beta", beta, "real numbers").ndim:
        found = _arguments.real_array("beta", beta).astype(np.float64)
        if found.min(initial=0.0) < 0:
            raise ValueError(f"beta must not be negative, got {found.min():g} at [{int(np.argmin(found))}]")
        with np.errstate(divide="ignore", over="ignore"):
            return np.minimum(1.0 / found, _HOTTEST)
    if not sampled and isinstance(beta, (float, np.floating)) and beta == math.inf:
        return 0.0
    number = _arguments.real("beta", beta, 0.0)
    return min(1.0 / number, _HOTTEST) if number > 0 else _HOTTEST


def _rules(
    units: int,
    update: str,
    order: Any,
    temperature: Any,
    tie: str,
    clamp: ArrayLike | None,
    method: str,
    uniforms: ArrayLike | None = None,
    draws: str = "own",
) -> Rules:
    _arguments.choice("method", method, _arguments.METHODS)
    _arguments.choice("draws", draws, _arguments.DRAWS)
    _arguments.choice("update", update, _arguments.UPDATES)
    _arguments.choice("tie", tie, _arguments.TIES)
    visits = np.empty((1, 1, 0), dtype=np.uint32)
    units_given = None if isinstance(order, str) else _arguments.array("order", order, "integers")
    if units_given is None or units_given.ndim == 0:
        _arguments.choice("order", order, _arguments.ORDERS, "an array of units")
    else:
        order, visits = "array", _tables("order", units_given, units)
    if isinstance(temperature, np.ndarray):
        table = np.require(temperature.reshape(len(temperature), -1), np.float64, ["C", "A"])
    else:
        table = np.full((1, 1), _arguments.real("temperature", temperature, 0.0))
    mask = np.empty(0, dtype=np.uint64) if clamp is None else bits.read_mask(clamp, units, "clamp")
    count = visits.shape[2] if order == "array" and update == "async" else units
    given = None if uniforms is None else _read_uniforms(uniforms, count)
    kernel = _kernels.Dynamics(units, update, order, visits, tie, table, mask, method=method, uniforms=given)
    words = cast(_arguments.Update, update), cast(_arguments.Tie, tie)
    return Rules(units, words[0], order, visits, words[1], method, table, mask, given, draws, kernel)


def _tables(name: str, found: NDArray[Any], units: int) -> NDArray[np.uint32]:
    """Units (V,), (S, V) or (R, S, V) as (R, S, V)."""
    if found.ndim > 3 or found.size == 0 or not _arguments.are_integers(found):
        raise ValueError(
            f"{name} must be a 1-d array of integers, or a row for each sweep, (S, V) or (cues, S, V), "
            f"got {found.dtype} of shape {found.shape}"
        )
    flat = _arguments.indices(name, found.reshape(-1), units)
    return flat.reshape((1,) * (3 - found.ndim) + found.shape)


def _read_uniforms(uniforms: ArrayLike, count: int) -> NDArray[np.float64]:
    """(S, V) or (R, S, V) numbers from 0 to 1, as (R, S, V)."""
    found = _arguments.real_array("uniforms", uniforms)
    if found.ndim not in (2, 3) or found.size == 0 or found.shape[-1] != count:
        raise ValueError(
            f"uniforms must have shape (sweeps, {count}) or (cues, sweeps, {count}), one number a visit, "
            f"got shape {found.shape}"
        )
    if found.min() < 0 or found.max() > 1:
        wrong = found[(found < 0) | (found > 1)][0]
        raise ValueError(f"uniforms must lie in [0, 1], got {wrong}")
    return np.require(found.reshape((1,) * (3 - found.ndim) + found.shape), np.float64, ["C", "A"])


@functools.lru_cache(64)  # a float and words: equal ones mean the same, and what is refused is not kept
def _plain_rules(units: int, update: str, order: str, temperature: float, tie: str, method: str) -> Rules:
    return _rules(units, update, order, temperature, tie, None, method)


_HOTTEST = sys.float_info.max
_SMALL = 1 << 15  # bytes of an order that is kept: to compare them takes 1 µs, to check the units anew 5
_INTEGERS = "bhilqBHILQ"  # in the byte order of the machine, for what else would the same bytes mean?


@functools.lru_cache(64)  # by what an array holds, which cannot change as the array itself may
def _rules_of_bytes(
    units: int, update: str, kind: str, order: bytes, temperature: float, tie: str, method: str
) -> Rules:
    return _rules(units, update, np.frombuffer(order, kind), temperature, tie, None, method)
