"""Where a network comes to rest, and from how far: unique attractors with their hits, and basins of patterns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments, bits
from hebbfast._records import Record
from hebbfast._work.pieces import pieces
from hebbfast._work.progress import progress_bar
from hebbfast.bits import PackedPatterns
from hebbfast.patterns import corrupt

__all__ = ["Attractors", "Basins", "attractors", "basins"]


@dataclass(frozen=True, eq=False)
class Attractors(Record):
    """The states in which cues come to rest, each once: the most frequent first, of equal ones that found first.

    Attributes
    ----------
    states : PackedPatterns
        (A, D).
    hits : ndarray
        int64 (A,): how many cues ended there.
    energy : ndarray
        float64 (A,); NaN where couplings are asymmetric and no energy exists.
    index : ndarray
        int64 (Q,): where each cue ended, in 0..A-1; -1 where it had not come to rest.
    """

    states: PackedPatterns
    hits: NDArray[np.int64]
    energy: NDArray[np.float64]
    index: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Basins(Record):
    """How often recall returns to patterns, for F numbers of flipped units.

    Attributes
    ----------
    units, cues : int
        D, and cues for each pattern and number of flips.
    flips : ndarray
        int64 (F,): flipped units of the cues.
    returned : ndarray
        float64 (K, F): share of the cues that ended in their pattern, that is with at least the criterion.
    overlaps : ndarray
        float64 (K, F): mean overlap / D of the final states with their pattern.
    criterion : float
        Overlap / D that counts as a return.
    """

    units: int
    cues: int
    flips: NDArray[np.int64]
    returned: NDArray[np.float64]
    overlaps: NDArray[np.float64]
    criterion: float

    def sizes(self, level: float = 0.5) -> NDArray[np.float64]:
        """Share of flipped units (K,) at which returns first fall below a level, by linear interpolation.

        NaN where they do so at the fewest flips, infinity where they never do.
        """
        level = _arguments.real("level", level, 0.0, 1.0)
        below = self.returned < level
        after = below.argmax(axis=1)
        before, rows = np.maximum(after - 1, 0), np.arange(len(below))
        high, low = self.returned[rows, before], self.returned[rows, after]
        share = (high - level) / np.where(high > low, high - low, 1.0)
        sizes = (self.flips[before] + share * (self.flips[after] - self.flips[before])) / self.units
        return np.where(~below.any(axis=1), np.inf, np.where(below[:, 0], np.nan, sizes))


def attractors(
    network: Any,
    cues: int | ArrayLike | PackedPatterns = 1000,
    *,
    update: _arguments.Update = "async",
    order: _arguments.Order | ArrayLike = "random",
    tie: _arguments.Tie = "plus",
    max_sweeps: int = 1000,
    rng: Any = None,
    threads: int | None = None,
    progress: bool = False,
) -> Attractors:
    """Find the states in which a network comes to rest, and count how many cues end in each.

    Parameters
    ----------
    network : network
        Any kind: what has ``recall``.
    cues : int or array_like or PackedPatterns, default 1000
        How many random states to start from, or (Q, D) of ±1.
    update, order, tie, max_sweeps
        As in `Network.recall`, at temperature zero.
    rng : seed, SeedSequence or Generator, optional
        Of cues and orders (`numpy.random.default_rng`).
    threads : int, optional
        As in `Network.recall`; the result does not depend on it.
    progress : bool, default False
        Show a progress bar (needs rich).

    Returns
    -------
    Attractors
        Their kinds are what `classify_states` says of ``.states``.

    Raises
    ------
    ValueError
        If an argument is not as described.

    Examples
    --------
    >>> import hebbfast as hb
    >>> patterns = hb.random_patterns(3, 200, rng=0)
    >>> found = hb.experiments.attractors(hb.HopfieldNetwork.train(patterns), 1000, rng=1)
    >>> kinds = hb.classify_states(found.states, patterns)
    >>> [(str(kind), int(found.hits[kinds.kind == kind].sum())) for kind in ("pattern", "inverse", "mixture")]
    [('pattern', 414), ('inverse', 374), ('mixture', 212)]
    >>> kinds.counts()  # all the attractors that theory knows for three patterns
    {'pattern': 3, 'inverse': 3, 'mixture': 8, 'other': 0}
    """
    progress = _arguments.flag("progress", progress)
    _expect_network(network)
    drawn, moves = _arguments.generator(rng).spawn(2)
    if isinstance(cues, (int, np.integer)) and not isinstance(cues, bool):
        starts = PackedPatterns.random(_arguments.size("cues", cues), network.units, rng=drawn)
    else:
        batch = network._read(cues, "cues")
        if batch.single or not len(batch.words):
            raise ValueError(
                f"cues must be how many, or of shape (Q, {network.units}) with Q >= 1, got shape {np.shape(cues)}"
            )
        starts = bits.packed(batch.words.view(), network.units)
    words, rested = np.empty_like(starts.words), np.empty(len(starts), dtype=bool)
    with progress_bar("cues", len(starts), progress) as advance:
        for part in _parts(len(starts), network.units):
            found = network.recall(
                starts[part], update=update, order=order, tie=tie, max_sweeps=max_sweeps, rng=moves, threads=threads
            )
            words[part], rested[part] = found.states.words, found.converged
            advance(len(found.sweeps))
    states, first, which, hits = np.unique(
        words[rested], axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    order_of = np.lexsort((first, -hits))
    place = np.empty_like(order_of)
    place[order_of] = np.arange(len(order_of))
    index = np.full(len(starts), -1)
    index[rested] = place[which.reshape(-1)]
    ends = bits.packed(np.ascontiguousarray(states[order_of]), network.units)
    return Attractors(ends, hits[order_of], network._energies_of(ends.words, threads), index)


def basins(
    network: Any,
    patterns: ArrayLike | PackedPatterns,
    flips: Sequence[float] = tuple((np.arange(11) / 20).tolist()),
    *,
    cues: int = 20,
    criterion: float = 1.0,
    update: _arguments.Update = "async",
    order: _arguments.Order | ArrayLike = "random",
    tie: _arguments.Tie = "plus",
    max_sweeps: int = 1000,
    rng: Any = None,
    threads: int | None = None,
    progress: bool = False,
) -> Basins:
    """Measure the basins of attraction of patterns: how often recall returns when so many units are flipped.

    Parameters
    ----------
    network : network
        Any kind: what has ``recall``.
    patterns : array_like or PackedPatterns
        (K, D) of ±1, stored or not.
    flips : sequence of float, default 0, 0.05, ..., 0.5
        Shares of flipped units, from 0 to 1, increasing; each is rounded to a number of units.
    cues : int, default 20
        Cues for each pattern and number of flips.
    criterion : float, default 1.0
        Overlap / D with the pattern that counts as a return; 1 is the pattern itself.
    update, order, tie, max_sweeps
        As in `Network.recall`, at temperature zero.
    rng : seed, SeedSequence or Generator, optional
        Of flips and orders (`numpy.random.default_rng`).
    threads : int, optional
        As in `Network.recall`; the result does not depend on it.
    progress : bool, default False
        Show a progress bar (needs rich).

    Returns
    -------
    Basins

    Raises
    ------
    ValueError
        If an argument is not as described.

    Examples
    --------
    >>> import hebbfast as hb
    >>> patterns = hb.random_patterns(5, 200, rng=0)
    >>> found = hb.experiments.basins(hb.DenseAssociativeMemory(patterns), patterns, rng=1)
    >>> bool((found.returned[:, 0] == 1).all()), bool((found.sizes() > 0.3).all())
    (True, True)
    """
    progress, criterion = _arguments.flag("progress", progress), _arguments.real("criterion", criterion, -1.0, 1.0)
    each, shares = _arguments.size("cues", cues), _read_flips(flips)
    _expect_network(network)
    batch = network._read(patterns, "patterns")
    count, units = len(batch.words), network.units
    stored = bits.packed(batch.words.view(), units)
    number = np.rint(shares * units).astype(np.int64)
    ends = np.empty((len(number), count * each), dtype=np.int64)  # overlaps
    source = np.repeat(np.arange(count), each)
    with progress_bar("cues", ends.size, progress) as advance:
        for row, flipped, own in zip(ends, number, _arguments.generator(rng).spawn(len(number)), strict=True):
            noise, moves = own.spawn(2)
            for part in _parts(len(source), units):
                start = stored[source[part]]
                found = network.recall(
                    corrupt(start, flips=int(flipped), rng=noise),
                    update=update, order=order, tie=tie, max_sweeps=max_sweeps, rng=moves, threads=threads,
                )  # fmt: skip
                apart = np.bitwise_count(found.states.words ^ start.words).sum(axis=1, dtype=np.int64)
                row[part] = units - 2 * apart
                advance(len(apart))
    table = ends.reshape(len(number), count, each).transpose(1, 0, 2) / units
    return Basins(units, each, number, (table >= criterion).mean(axis=2), table.mean(axis=2), criterion)


def _parts(count: int, units: int) -> Iterator[slice]:
    """Cues in pieces: a bar moves, and the noise of a piece fits the memory."""
    yield from pieces(count, bytes_each=64 * units)


def _expect_network(network: Any) -> None:
    if not hasattr(network, "recall"):
        raise TypeError(f"network must be a network of this package, got {_arguments.shown(network)}")


def _read_flips(flips: Any) -> NDArray[np.float64]:
    shares = _arguments.real_array("flips", flips).astype(np.float64)
    good = shares.ndim == 1 and len(shares) > 0 and shares[0] >= 0 and shares[-1] <= 1
    if not good or not (np.diff(shares) > 0).all():
        raise ValueError(f"flips must be increasing shares of units from 0 to 1, got {_arguments.shown(flips)}")
    return shares
