"""What is measured on chains: observables by name or as functions, their means, errors and autocorrelation times."""

import math
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments, _kernels
from hebbfast.dynamics.chains import Chains

__all__ = ["Binning", "Observable", "energies", "read_observables", "read_record", "warn_if_short"]

_BINS = 64  # of a level that is believed: its error is then known to 9 %
_ENOUGH = 16  # bins this many autocorrelation times long: their error is 3 % too small
_SHORT = 50  # autocorrelation times that a run should have
_NAMES = ("energy", "magnetization", "overlaps", "states")

Floats = NDArray[np.float64]


Observable = Callable[[Chains], NDArray[Any]]
"""Values (Q, ...) of chains."""


class Observed(Protocol):
    """The network whose chains are observed."""

    units: int

    @property
    def _patterned(self) -> bool: ...

    def _values_of(self, words: NDArray[np.uint64]) -> NDArray[np.int8]: ...

    def _overlaps_of(self, words: NDArray[np.uint64], threads: int | None = None) -> NDArray[np.int32]: ...


def read_observables(observables: Any, network: Observed) -> dict[str, Observable]:
    """Observables by name, from a name, a function of states, several of both, or a mapping from names to both."""
    if isinstance(observables, str) or callable(observables):
        observables = (observables,)
    if not isinstance(observables, Iterable) or isinstance(observables, np.ndarray):
        raise ValueError(f"observables must be names or functions of states, got {_arguments.shown(observables)}")
    if isinstance(observables, Mapping):
        pairs = list(observables.items())
    else:
        pairs = [
            (what if isinstance(what, str) else getattr(what, "__name__", repr(what)), what) for what in observables
        ]
    found: dict[str, Observable] = {}
    for name, what in pairs:
        if not isinstance(name, str):
            raise ValueError(f"observables must have names that are text, got {_arguments.shown(name)}")
        if name in found:
            raise ValueError(f"observables must have different names, as a mapping can give them, got {name!r} twice")
        found[name] = _one(what, name, network)
    return found


def read_record(record: Any, observables: Mapping[str, Observable], network: Observed) -> Any:
    """The observables whose values are kept, by name: those of the network, ``flips``, and the caller's own."""
    if record is None:
        return {}
    if isinstance(record, str):
        record = (record,)
    if not isinstance(record, Iterable) or isinstance(record, np.ndarray):
        raise ValueError(f"record must be one or several names of observables, got {_arguments.shown(record)}")
    known = {**_named(network), "flips": _flips, **observables}
    return {_arguments.choice("record", name, sorted(known)): known[name] for name in record}


def energies(chains: Chains) -> Floats:
    """Those of chains, who know them without a look at their states."""
    return chains.energies


def _named(network: Observed) -> dict[str, Observable]:
    units = network.units
    found: dict[str, Observable] = {
        "energy": energies,
        "magnetization": lambda chains: 2.0 * np.bitwise_count(chains.words).sum(axis=1, dtype=np.int64) / units - 1.0,
        "states": lambda chains: network._values_of(chains.words),
    }
    if network._patterned:
        found["overlaps"] = lambda chains: network._overlaps_of(chains.words)
    return found


def _flips(chains: Chains) -> NDArray[np.int64]:
    """Units that have changed since the start."""
    return chains.progress[:, _kernels.FLIPS].copy()


def _one(what: Any, name: str, network: Observed) -> Observable:
    known = _named(network)
    if isinstance(what, str):
        return known[_arguments.choice("observables", what, sorted(known), "a function of states")]
    function = _arguments.function("observables", what, "names or functions of states")

    def measure(chains: Chains) -> NDArray[Any]:
        values = _arguments.real_array(f"observables: values of {name}", function(network._values_of(chains.words)))
        if values.ndim == 0 or len(values) != len(chains.words):
            raise ValueError(f"observables: {name} must give one value or row a state, got shape {values.shape}")
        return values

    return measure


class Binning:
    """Mean, error and integrated autocorrelation time of series, in one pass, from bins of 1, 2, 4, ... values.

    Flyvbjerg and Petersen (1989): the mean of n values has the variance s_b / (n / b), with s_b the variance of means
    over bins of b values, once bins are much longer than the memory of the series. Then τ = b s_b / s_1 is 1 + 2 Σ ρ,
    the factor by which memory inflates the variance. A level is believed from 64 bins on; of these the first is taken
    whose bins are 16 τ long, where the error is 3 % too small, or else the last.
    """

    def __init__(self) -> None:
        self.count = 0
        self._levels: list[_Level] = []
        self._first: Any = None

    def add(self, values: NDArray[Any]) -> None:
        """The next value of each series, of any shape, always the same."""
        self.extend(np.asarray(values)[None])

    def extend(self, values: NDArray[Any]) -> None:
        """The next values (n, ...) of each series."""
        if len(values) == 0:
            return
        if self._first is None:
            self._first = values[0].astype(np.float64)
        if values.shape[1:] != self._first.shape:
            raise ValueError(
                f"observables must keep the shape of their values, got {values.shape[1:]} after {self._first.shape}"
            )
        carried = values - self._first  # squares of what varies alone: energies are large, their differences are not
        self.count += len(values)
        level = 0
        while len(carried):
            if level == len(self._levels):
                self._levels.append(_Level(self._first.shape))
            carried = self._levels[level].extend(carried)
            level += 1

    @property
    def mean(self) -> Floats:
        """The mean of each series; NaN of none."""
        if not self.count:
            return np.full(() if self._first is None else self._first.shape, np.nan)
        found: Floats = self._first + self._levels[0].sums / self.count
        return found

    def _variances(self) -> list[Floats]:
        """Of the mean, as each believed level has it."""
        return [level.variance() for level in self._levels if level.count >= _BINS] or [self._levels[0].variance()]

    def _believed(self) -> tuple[Floats, Floats]:
        """Variance of the mean, and τ."""
        nothing = np.full(() if self._first is None else self._first.shape, np.nan)
        if self.count < 2:
            return nothing, nothing.copy()
        variances = self._variances()
        plain = np.maximum(variances[0], np.finfo(np.float64).tiny)
        variance, tau = variances[-1], np.where(variances[0] > 0, variances[-1] / plain, 1.0)
        for level in reversed(range(len(variances) - 1)):
            found = np.where(variances[0] > 0, variances[level] / plain, 1.0)
            enough = 2**level >= _ENOUGH * found
            variance, tau = np.where(enough, variances[level], variance), np.where(enough, found, tau)
        return variance, tau

    @property
    def error(self) -> Floats:
        """One standard deviation of the mean; NaN of fewer than two values."""
        found: Floats = np.sqrt(self._believed()[0])
        return found

    @property
    def tau(self) -> Floats:
        """τ in steps of the series: 1 where values are independent, or never change; NaN of fewer than two values."""
        return self._believed()[1]

    def state(self) -> dict[str, NDArray[Any]]:
        """All that the future depends on."""
        if self._first is None:
            return {"count": np.array(0)}
        tables = [np.stack([level.sums, level.squares, level.waiting]) for level in self._levels]
        counts = [[level.count, level.waits] for level in self._levels]
        return {
            "count": np.array(self.count),
            "first": self._first.copy(),
            "levels": np.stack(tables),
            "counts": np.array(counts),
        }

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from there."""
        self.__init__()  # type: ignore[misc]
        self.count = int(state["count"])
        if not self.count:
            return
        self._first = state["first"].copy()
        for table, (count, waits) in zip(state["levels"], state["counts"].tolist(), strict=True):
            level = _Level(self._first.shape)
            level.sums, level.squares, level.waiting = table.copy()
            level.count, level.waits = count, waits
            self._levels.append(level)


class _Level:
    """Bins of one length: their sums and squares, and one that waits for its neighbour."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.count, self.waits = 0, 0
        self.sums, self.squares, self.waiting = np.zeros((3, *shape))

    def extend(self, values: Floats) -> Floats:
        """Takes means of bins; gives those of bins twice as long."""
        self.count += len(values)
        self.sums += values.sum(axis=0)
        self.squares += np.einsum("n...,n...->...", values, values)
        if self.waits:
            values = np.concatenate([self.waiting[None], values])
        self.waits = len(values) % 2
        if self.waits:
            self.waiting, values = values[-1].copy(), values[:-1]
        return 0.5 * (values[0::2] + values[1::2])

    def variance(self) -> Floats:
        """Of the mean of all bins, if they were independent."""
        spread = self.squares - self.sums**2 / self.count
        found: Floats = np.maximum(spread, 0.0) / (self.count * (self.count - 1.0))
        return found


def warn_if_short(what: str, count: int, tau: Mapping[str, Any], thin: int) -> None:
    """A UserWarning that names the observables whose errors a run of ``count`` measurements cannot give."""
    short = {}
    for name, times in tau.items():
        longest = float(np.max(times, initial=0.0)) / thin
        if not count >= _SHORT * longest:
            short[name] = longest * thin
    if short:
        times = ", ".join(
            f"{name} (tau {'not known' if math.isnan(t) else f'{t:.3g} sweeps'})" for name, t in short.items()
        )
        warnings.warn(
            f"{what} is shorter than {_SHORT} autocorrelation times of {times}: errors are not to be trusted; "
            "take more sweeps, or observables=() where states alone are wanted",
            UserWarning,
            stacklevel=4,
        )
