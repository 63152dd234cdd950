"""What learned couplings hold: the patterns as fixed points, noisy cues, and how far the basins of attraction reach."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments
from hebbfast._records import Record
from hebbfast._work import threads as pool
from hebbfast._work.progress import progress_bar
from hebbfast.experiments._sizes import read_loads
from hebbfast.learning import RULES
from hebbfast.networks.hopfield import HopfieldNetwork
from hebbfast.patterns import corrupt, random_patterns

__all__ = ["LearnedCapacity", "learned_capacity"]

Rule = Callable[[NDArray[np.int8], int, np.random.Generator, int | None], Any]
"""From patterns, a limit of epochs, a generator and threads to couplings, or a record that has them."""


@dataclass(frozen=True, eq=False)
class LearnedCapacity(Record):
    """Overlaps and basins, for R rules, A loads and S networks each; every rule has learned the same patterns.

    Attributes
    ----------
    units : int
        D.
    loads : ndarray
        (A,) K/D.
    rules : tuple of str
        Their R names.
    flips : tuple of float
        F shares of flipped units of the cues; the first is 0, the pattern itself.
    overlaps : ndarray
        (F, R, A, S) mean overlap / D of final states with their patterns.
    basins : ndarray
        (R, A, S) largest share of flipped units from which the mean overlap / D is still at least the criterion; 0 also
        where the patterns themselves fail.
    criterion : float
        The overlap that counts as recall.
    epochs : int
        Limit of epochs of the rules that have one.
    """

    units: int
    loads: NDArray[np.float64]
    rules: tuple[str, ...]
    flips: tuple[float, ...]
    overlaps: NDArray[np.float64]
    basins: NDArray[np.float64]
    criterion: float
    epochs: int

    def capacity(self, rule: str, flip: float = 0.0) -> float:
        """Load at which the mean of the networks' overlaps crosses the criterion, by linear interpolation.

        NaN where it fails at the smallest load, infinity where it holds at the largest.
        """
        curve = self.overlaps[self.flips.index(flip), self.rules.index(rule)].mean(axis=1)
        return _crossing(self.loads, curve, self.criterion)

    def capacity_error(self, rule: str, flip: float = 0.0, *, resamples: int = 1000) -> float:
        """Standard error of `capacity`, by bootstrap over the networks (seed 0)."""
        curves = self.overlaps[self.flips.index(flip), self.rules.index(rule)]
        chosen = np.random.default_rng(0).integers(0, curves.shape[1], size=(resamples, curves.shape[1]))
        found = np.array([_crossing(self.loads, curves[:, pick].mean(axis=1), self.criterion) for pick in chosen])
        return float(np.std(found)) if np.isfinite(found).all() else float("nan")


def learned_capacity(
    units: int,
    loads: Sequence[float],
    *,
    rules: Mapping[str, Rule] | Sequence[str] | None = None,
    networks: int = 20,
    epochs: int = 5000,
    flips: Sequence[float] = (0.05, 0.10),
    cues: int = 100,
    basins: bool = True,
    criterion: float = 0.95,
    max_sweeps: int = 100,
    rng: Any = None,
    threads: int | None = None,
    progress: bool = False,
) -> LearnedCapacity:
    """Measure, for several rules on the same patterns, stability capacity, retrieval from cues and basins.

    Recall is synchronous without external input, until a fixed point or a cycle of two; sign(0) is what the rule states
    as its ``tie``, or -1: of those in `learning.RULES` Hebb's alone states "keep". *Stability capacity* starts at the
    stored pattern itself, as Blümel et al. (2025) define theirs: it asks whether patterns are fixed points, and says
    nothing about cues.

    Parameters
    ----------
    units : int
        D.
    loads : sequence of float
        K/D, increasing; K is rounded.
    rules : mapping or sequence of names, optional
        Names in `learning.RULES`, or functions of your own by the names that you want; by default those that
        `learning.RULES` has for comparison. A function takes patterns, a limit of epochs, a generator and threads, and
        may have an attribute ``tie``.
    networks : int, default 20
        Independent networks at each load; new patterns each.
    epochs : int, default 5000
        Limit of epochs.
    flips : sequence of float, default (0.05, 0.10)
        Shares of units flipped in the cues; 0 is always measured.
    cues : int, default 100
        Patterns used as cues in each network at most; without flips it is all.
    basins : bool, default True
        Measure how far the basins reach, too.
    criterion : float, default 0.95
        Mean overlap / D that counts as recall.
    max_sweeps : int, default 100
        Limit of a recall.
    rng : seed, SeedSequence or Generator, optional
        Of patterns, couplings and cues (`numpy.random.default_rng`).
    threads : int, optional
        Threads of learning and recall; the result does not depend on it.
    progress : bool, default False
        Show a progress bar (needs rich).

    Returns
    -------
    LearnedCapacity

    Examples
    --------
    >>> import hebbfast as hb
    >>> rules = ["Hebb", "perceptron"]
    >>> found = hb.experiments.learned_capacity(60, [0.1, 0.5, 0.9, 1.3], rules=rules, networks=3, rng=0)
    >>> 0.1 < found.capacity("Hebb") < 0.5, found.capacity("perceptron")
    (True, inf)
    """
    units, networks = _arguments.size("units", units), _arguments.size("networks", networks)
    sizes, shares = read_loads(loads, rising=True), (0.0, *_read_flips(flips))
    epochs, cues = _arguments.whole("epochs", epochs, 1), _arguments.whole("cues", cues, 1)
    basins, criterion = _arguments.flag("basins", basins), _arguments.real("criterion", criterion, -1, 1)
    max_sweeps, threads = _arguments.size("max_sweeps", max_sweeps), pool.thread_count(threads)
    progress, chosen = _arguments.flag("progress", progress), _choose(rules)
    ties = [_read_tie(rule) for rule in chosen.values()]
    overlaps = np.empty((len(shares), len(chosen), len(sizes), networks))
    reach = np.zeros((len(chosen), len(sizes), networks))
    streams = _arguments.generator(rng).spawn(networks)
    with progress_bar("networks", networks * len(sizes) * len(chosen), progress) as done:
        for s, stream in enumerate(streams):
            for a, own in enumerate(stream.spawn(len(sizes))):
                patterns = random_patterns(max(1, round(sizes[a] * units)), units, rng=own)
                for r, (rule, child) in enumerate(zip(chosen.values(), own.spawn(len(chosen)), strict=True)):
                    made: Any = rule(patterns, epochs, child, threads)
                    network = HopfieldNetwork(getattr(made, "couplings", made))
                    recall = _Recall(network, ties[r], max_sweeps, child, threads)
                    few = patterns[:cues]
                    overlaps[0, r, a, s] = recall.overlap(patterns, 0)
                    for f, share in enumerate(shares[1:], 1):
                        overlaps[f, r, a, s] = recall.overlap(few, round(share * units))
                    if basins and overlaps[0, r, a, s] >= criterion:
                        reach[r, a, s] = recall.basin(few, criterion) / units
                    done(1)
    return LearnedCapacity(units, sizes, tuple(chosen), shares, overlaps, reach, criterion, epochs)


class _Recall:
    """Synchronous recall in one network."""

    def __init__(
        self, network: HopfieldNetwork, tie: _arguments.Tie, max_sweeps: int, rng: np.random.Generator, threads: int
    ) -> None:
        self.network, self.tie, self.max_sweeps, self.rng, self.threads = network, tie, max_sweeps, rng, threads

    def overlap(self, patterns: NDArray[np.int8], flips: int) -> float:
        """Mean overlap / D of the final states with the patterns, from cues with so many units flipped."""
        result = self.network.recall(
            corrupt(patterns, flips=flips, rng=self.rng),
            update="sync", tie=self.tie, max_sweeps=self.max_sweeps, rng=self.rng, threads=self.threads,
        )  # fmt: skip
        return float(np.mean(result.states * patterns))

    def basin(self, patterns: NDArray[np.int8], criterion: float) -> int:
        """Largest number of flips that keeps the overlap at the criterion; overlaps are taken to fall with flips."""
        good, bad = 0, 1
        while bad <= patterns.shape[1] // 2 and self.overlap(patterns, bad) >= criterion:
            good, bad = bad, 2 * bad
        while bad - good > 1:
            middle = (good + bad) // 2
            if middle <= patterns.shape[1] // 2 and self.overlap(patterns, middle) >= criterion:
                good = middle
            else:
                bad = middle
        return good


def _read_flips(flips: Any) -> list[float]:
    found = _arguments.real_array("flips", flips).astype(np.float64)  # no shares at all are none of a wrong kind
    if found.ndim != 1 or not ((found > 0) & (found < 0.5)).all():
        raise ValueError(f"flips must lie between 0 and 0.5, got {_arguments.shown(flips)}")
    shares: list[float] = found.tolist()
    return shares


def _read_tie(rule: Rule) -> _arguments.Tie:
    return cast(_arguments.Tie, _arguments.choice("tie", getattr(rule, "tie", "minus"), _arguments.TIES))


def _choose(rules: Any) -> dict[str, Rule]:
    if rules is None:
        return {name: rule for name, rule in RULES.items() if rule.compared}
    if isinstance(rules, Mapping) and rules:
        return {str(name): _arguments.function(f"rules[{name!r}]", rule, "a function") for name, rule in rules.items()}
    return {name: RULES[name] for name in read_rules(rules, [name for name, rule in RULES.items() if not rule.needs])}


def read_rules(rules: Any, allowed: Collection[str]) -> tuple[str, ...]:
    """Names of rules, at least one, each once."""
    names = [] if isinstance(rules, str) else _arguments.several(rules)
    if not names or any(not isinstance(name, str) or name not in allowed for name in names):
        raise ValueError(f"rules must be some of {', '.join(map(repr, allowed))}, got {_arguments.shown(rules)}")
    if len(set(names)) < len(names):
        raise ValueError(f"rules must be different, got {_arguments.shown(rules)}")
    return tuple(names)


def _crossing(loads: NDArray[np.float64], curve: NDArray[np.float64], criterion: float) -> float:
    """First load at which a falling curve crosses the criterion."""
    below = np.flatnonzero(curve < criterion)
    if len(below) == 0:
        return float("inf")
    j = int(below[0])
    if j == 0:
        return float("nan")
    share = (curve[j - 1] - criterion) / (curve[j - 1] - curve[j])
    return float(loads[j - 1] + share * (loads[j] - loads[j - 1]))
