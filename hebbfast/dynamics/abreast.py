"""Chains abreast: many of them in one pass over sparse couplings, all in the same order.

A unit is a bit of each chain. A visit of 64 of them adds up its neighbours' words, and looks up the chances of such
sums; every chain moves as it does alone, bit for bit. Where draws are shared, 512 of them go by multi-spin coding.
"""

import threading
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hebbfast import _kernels, bits
from hebbfast._work.once import Once
from hebbfast._work.threads import over, thread_count
from hebbfast.dynamics import workspaces
from hebbfast.dynamics.chains import Energies, Words
from hebbfast.dynamics.rules import Rules

__all__ = ["REFUSAL", "Abreast", "Neighbourhood", "expect_shared", "moves_abreast", "neighbourhood"]

_KINDS = 64  # of units in multi-spin coding: each has a program, and all are made for each temperature
_LEAST = 12  # chains: one visit of 64 costs about as much as so many of one
_MOST_UNITS = 1 << 25  # with shared draws
_LOOK = 1 << 27  # visits of a group between two looks at Ctrl-C: a tenth of a second, at the slowest level half of one
_NARROW = 1023  # field, and its bias once more: the kernel sums 32 of them in 16 bits
_LARGEST = 1 << 20  # number: the kernel sums 32 of them in 32 bits, with as large a bias
_TABLE = 1 << 12  # numbers: 64 tables of so many have 5 MB
REFUSAL = (
    "draws must be 'own' for this network, got 'shared': that needs sparse couplings +J and -J of one size, "
    f"at most {_kernels.MOST_AROUND} for a unit, and at most {_KINDS} kinds of units, by couplings and bias"
)
_NOTHING_BETTER = np.iinfo(np.int64).max  # as sum seen: states on the way are not
_TEMPERATURES = 1e-280, 1e280  # where fields over T stay floats


class Neighbourhood(NamedTuple):
    """Couplings as chains abreast take them; kinds of units, if draws can be shared; how many numbers fields are."""

    kernel: _kernels.Neighbours
    kinds: Once[_kernels.Kinds | None]
    numbers: int
    scale: float

    def serves(self, rules: Rules) -> bool:
        """One temperature for all chains, or few numbers: where each chain has its own, each has a table."""
        return rules.temperatures.shape[1] == 1 or self.numbers <= _TABLE


def neighbourhood(
    starts: NDArray[np.int64], targets: NDArray[np.uint32], values: NDArray[Any], bias: NDArray[Any], scale: float
) -> Neighbourhood | None:
    """Symmetric sparse integers as chains abreast take them; None where fields are not small.

    With u = 1 where σ = +1, else 0, and J and b in units of what divides them all, N = 2 Σ J u + b - Σ J. With J = g q,
    a = Σ q u is at most Σ |q|; where all |q| are one, the neighbours that ask for +1 are as good, and few.
    """
    units = len(bias)
    if bias.dtype != np.int32 or len(values) == 0:
        return None
    unit = int(np.gcd(np.gcd.reduce(values.astype(np.int64)), np.gcd.reduce(bias.astype(np.int64))))
    weights, field = values.astype(np.int64) // unit, bias.astype(np.int64) // unit
    common = int(np.gcd.reduce(weights))
    weights //= common
    positive = np.bincount(targets, np.maximum(weights, 0), units).astype(np.int64)
    negative = np.bincount(targets, np.maximum(-weights, 0), units).astype(np.int64)
    middle, reach = field - common * (positive - negative), 2 * common
    lowest, highest = middle - reach * negative, middle + reach * positive
    largest = int(max(-lowest.min(), highest.max()))
    narrow = int(abs(weights).max()) == 1 and largest + int(abs(field).max()) <= _NARROW
    if largest > _LARGEST or (not narrow and int(max(positive.max(), negative.max())) >= 2**15):
        return None
    shift = negative if narrow else np.zeros_like(negative)
    base = middle - reach * shift
    places, numbers = _table(base, lowest, highest, reach)
    if len(numbers) > max(1024, 4 * units):  # a sweep begins with a probability for each
        return None
    senders, negatives = np.repeat(np.arange(units), np.diff(starts)), weights < 0
    degrees, positives = np.diff(starts), np.bincount(senders[~negatives], minlength=units)
    gaps = -degrees % _kernels.NEIGHBOURS if narrow else np.zeros_like(degrees)
    begins = np.concatenate([[0], np.cumsum(degrees + gaps)])
    order = np.lexsort((negatives, senders))
    at = np.arange(len(order)) + (begins[:-1] - starts[:-1])[senders] + np.where(negatives[order], gaps[senders], 0)
    filled = np.full(begins[-1], units, dtype=np.uint32)
    filled[at] = targets[order]
    kernel = _kernels.Neighbours(
        begins,
        begins[:-1] + positives + gaps,
        filled,
        None if narrow else weights[order].astype(np.int16),
        unit,
        reach,
        base.astype(np.int32),
        field.astype(np.int32),
        places.astype(np.int32),
        numbers.astype(np.int32),
        scale,
    )
    kinds = Once(lambda: _kinds(kernel, places, degrees) if narrow else None)  # most networks are never asked
    return Neighbourhood(kernel, kinds, len(numbers), scale)


def _kinds(kernel: _kernels.Neighbours, places: NDArray[np.int64], degrees: NDArray[np.int64]) -> _kernels.Kinds | None:
    """Units of one place and degree are of a kind, if these are few."""
    if degrees.max() > _kernels.MOST_AROUND or len(degrees) > _MOST_UNITS:
        return None
    seen: dict[tuple[int, int], int] = {}
    pairs = zip(places.tolist(), degrees.tolist(), strict=True)
    kinds = np.array([seen.setdefault(pair, len(seen)) for pair in pairs], dtype=np.int32)
    return _kernels.Kinds(kernel, kinds) if len(seen) <= _KINDS else None


def _table(
    base: NDArray[np.int64], lowest: NDArray[np.int64], highest: NDArray[np.int64], step: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All values between, by their remainder to `step`, and where those of a = 0 are, or would be."""
    remainders, kinds = np.unique(base % step, return_inverse=True)
    first, last = np.full(len(remainders), np.iinfo(np.int64).max), np.full(len(remainders), np.iinfo(np.int64).min)
    np.minimum.at(first, kinds, lowest // step)
    np.maximum.at(last, kinds, highest // step)
    ends = np.cumsum(last - first + 1)
    begins = ends - (last - first + 1)
    numbers = [step * np.arange(a, b + 1) + r for a, b, r in zip(first, last, remainders, strict=True)]
    return begins[kinds] + base // step - first[kinds], np.concatenate(numbers)


def moves_abreast(rules: Rules, count: int) -> bool:
    """Can so many chains go abreast, and does it pay? Asked first, for a neighbourhood takes a while to make."""
    low, high = _TEMPERATURES
    return (
        count >= _LEAST
        and not rules.synchronous
        and rules.order == "sequential"
        and rules.uniforms is None
        and bool(((rules.temperatures > low) & (rules.temperatures < high)).all())
    )


def expect_shared(around: Neighbourhood | None, rules: Rules) -> Neighbourhood:
    """What draws can be shared in, by rules with which they can be."""
    if rules.order != "sequential":
        raise ValueError(f"order must be 'sequential' with draws='shared', got {rules.order!r}")
    if rules.temperatures.shape[1] > 1:
        shape = rules.temperatures.shape[1:]
        raise ValueError(f"temperature must be one number for all states with draws='shared', got shape {shape}")
    if not moves_abreast(rules, _LEAST):
        low, high = _TEMPERATURES
        wrong = rules.temperatures[(rules.temperatures <= low) | (rules.temperatures >= high)][0]
        raise ValueError(f"temperatures must lie in ({low:g}, {high:g}) with draws='shared', got {wrong:g}")
    if around is None or around.kinds.value is None:
        raise ValueError(REFUSAL)
    return around


def _side_by_side(words: Words, units: int, width: int) -> NDArray[np.uint64]:
    """(groups, (units + 1) width / 64): a bit a chain; the last words are of gaps between neighbours."""
    columns = np.empty((units, bits.words_of(len(words))), dtype=np.uint64)
    _kernels.transpose(np.ascontiguousarray(words), units, columns, 0, len(words))
    groups = np.zeros((-(-len(words) // width), units + 1, width // 64), dtype=np.uint64)
    for g, group in enumerate(groups):
        part = columns[:, g * width // 64 : (g + 1) * width // 64]
        group[:-1, : part.shape[1]] = part
    return groups.reshape(len(groups), -1)


def _apart(groups: NDArray[np.uint64], count: int, width: int) -> Words:
    """The packed states of so many chains."""
    units = groups.shape[1] // (width // 64) - 1
    columns = groups.reshape(len(groups), units + 1, -1)[:, :-1].transpose(1, 0, 2).reshape(units, -1)
    columns = np.ascontiguousarray(columns[:, : bits.words_of(count)])
    columns[:, -1] &= bits.tail_mask(count)  # other bits are of no chain
    words = bits.empty_words(count, len(columns))
    _kernels.transpose(columns, count, words, 0, len(columns))
    return words


class Abreast:
    """`Chains` of sparse couplings, 64 abreast, or 512 that share draws."""

    def __init__(
        self,
        around: Neighbourhood,
        rules: Rules,
        words: Words,
        seeds: NDArray[np.uint64],
        *,
        threads: int | None,
    ) -> None:
        """``seeds`` are two random words a chain."""
        self._around, self._rules = around, rules
        self._kinds = around.kinds.value if rules.draws == "shared" else None
        self._width = _kernels.ABREAST if self._kinds is None else _kernels.MULTISPIN
        self._threads = thread_count(threads)
        self._level = _kernels.active_level()  # kept, although another thread may choose another one
        moves = np.flatnonzero(bits.unpack(rules.clamp[None], rules.units)[0] < 0) if len(rules.clamp) else None
        self._visits = None if moves is None else moves.astype(np.uint32)
        self._swept = 0
        self.progress = np.zeros((len(words), _kernels.PROGRESS), dtype=np.int64)
        _kernels.seed(seeds, self.progress)
        self._load(words)
        self._keep(words, self.energies)

    def _load(self, words: Words) -> None:
        self._up = _side_by_side(words, self._rules.units, self._width)
        self._sums = np.zeros((len(self._up), 2, self._width), dtype=np.int64)
        for up, sums in zip(self._up, self._sums, strict=True):
            _kernels.sum_abreast(self._around.kernel, self._kinds, self._level, up, sums[0])

    def _keep(self, words: Words, energies: Energies) -> None:
        """States of these energies as the best ones."""
        self._best = _side_by_side(words, self._rules.units, self._width)
        sums = np.zeros(self._width * len(self._best), dtype=np.int64)
        sums[: len(words)] = np.rint(-2.0 * energies / self._around.scale)
        self._sums[:, 1] = sums.reshape(-1, self._width)

    def _get(self, which: int) -> Energies:
        sums = self._sums[:, which].reshape(-1)[: len(self.progress)]
        return np.asarray(-0.5 * (sums * self._around.scale), dtype=np.float64)

    @property
    def words(self) -> Words:
        """As `Chains` says."""
        return _apart(self._up, len(self.progress), self._width)

    @property
    def best_words(self) -> Words:
        """As `Chains` says."""
        return _apart(self._best, len(self.progress), self._width)

    @property
    def energies(self) -> Energies:
        """As `Chains` says."""
        return self._get(0)

    @property
    def best_energies(self) -> Energies:
        """As `Chains` says."""
        return self._get(1)

    def advance(self, sweeps: int) -> None:
        """As `Chains` says."""
        self._run(sweeps, None)

    def follow(self, sweeps: int) -> Energies:
        """As `Chains` says."""
        energies = np.empty((sweeps - self._swept, len(self.progress)))
        self._run(sweeps, energies)
        return energies

    def _run(self, sweeps: int, energies: Energies | None) -> None:
        table = self._rules.temperatures
        temperatures = table[np.minimum(np.arange(self._swept, sweeps), len(table) - 1)]
        each = table.shape[1] > 1

        stride = max(1, _LOOK // (self._width * self._rules.units))

        def move(g: int, stop: threading.Event) -> None:
            place = slice(g * self._width, (g + 1) * self._width)
            workspace = workspaces.take(_kernels.abreast_bytes(self._around.kernel, self._kinds, each))
            seen = self._sums[g, 1].copy()
            for first in range(0, len(temperatures), stride):
                if stop.is_set():
                    break
                part = slice(first, first + stride)
                if energies is None:
                    self._sums[g, 1] = seen if part.stop >= len(temperatures) else _NOTHING_BETTER
                _kernels.run_abreast(
                    self._around.kernel,
                    self._kinds,
                    self._level,
                    self._up[g],
                    self._best[g],
                    self._sums[g],
                    self.progress[place],
                    self._visits,
                    np.ascontiguousarray(temperatures[part, place]) if each else temperatures[part],
                    self._rules.method == "metropolis",
                    None if energies is None else energies[part, place],
                    workspace,
                )
            workspaces.give_back(workspace)

        if len(temperatures):
            over(move, range(len(self._up)), self._threads)
        self._swept = sweeps

    def place(self, rows: NDArray[np.int64], words: Words) -> None:
        """As `Chains` says."""
        now, best_words, best_energies = self.words, self.best_words, self.best_energies
        now[rows] = words
        self._load(now)
        better = self.energies < best_energies
        best_words[better] = now[better]
        self._keep(best_words, np.minimum(best_energies, self.energies))

    def state(self) -> dict[str, NDArray[Any]]:
        """As `Chains` says."""
        return {
            "words": self.words,
            "progress": self.progress.copy(),
            "energies": self.energies,
            "best_words": self.best_words,
            "best_energies": self.best_energies,
            "swept": np.array(self._swept),
        }

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """As `Chains` says."""
        self.progress[...] = state["progress"]
        self._load(state["words"])
        self._keep(state["best_words"], state["best_energies"])
        self._swept = int(state["swept"])
