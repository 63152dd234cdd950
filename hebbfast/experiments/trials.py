"""Trials on many small networks: draw patterns, corrupt some to cues, recall, compare; no Python call for each."""

import hashlib
import math
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments, _kernels, bits, interactions
from hebbfast._records import Record
from hebbfast._work.pieces import VISITS
from hebbfast.interactions import Interaction, read_interaction, read_weights

__all__ = ["CRITERIA", "Protocol", "run_networks", "successes"]

CRITERIA = ("unit", "pattern", "retrieval")


@dataclass(frozen=True, eq=False)
class Protocol(Record):
    """What a trial is. One network is K random patterns; a few of them are cues, those of index 0, 1, ...

    Attributes
    ----------
    interaction : Interaction
        F of the energy: Polynomial, RectifiedPolynomial, Exponential, or what has ``weights(units, patterns)`` and
        ``__call__``.
    criterion : {"pattern", "unit", "retrieval"}
        What counts as a success. "pattern": no unit of a stored pattern flips in one update of all units. "unit": one
        unit of a stored pattern does not flip in it. "retrieval": recall from a noisy cue ends near the pattern.
    noise : float
        "retrieval": share of the units that are flipped in a cue, exactly round(noise · D) of them.
    threshold : float
        "retrieval": least overlap / D of a success.
    update, max_sweeps
        "retrieval": as in `DenseAssociativeMemory.recall`, in random order; ``max_sweeps=1`` is one step.
    tie : {"plus", "keep", "minus"}
        The value of a unit whose field is exactly zero.
    cues : int
        Cues of one network; at most K are used.
    seed : int
        Of all chance. A network's numbers follow from (seed, D, K, its number) alone.

    Raises
    ------
    ValueError, TypeError
        If a field is not as described.
    """

    interaction: Interaction
    criterion: str = "pattern"
    noise: float = 0.0
    threshold: float = 0.9
    update: str = "async"
    max_sweeps: int = 100
    tie: str = "plus"
    cues: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        read_interaction(self.interaction)
        checked = {
            "criterion": _arguments.choice("criterion", self.criterion, CRITERIA),
            "noise": _arguments.real("noise", self.noise, 0.0, 0.5),
            "threshold": _arguments.real("threshold", self.threshold, -1.0, 1.0),
            "update": _arguments.choice("update", self.update, _arguments.UPDATES),
            "max_sweeps": _arguments.size("max_sweeps", self.max_sweeps),
            "tie": _arguments.choice("tie", self.tie, _arguments.TIES),
            "cues": _arguments.size("cues", self.cues),
            "seed": _arguments.whole("seed", self.seed, 0),
        }
        if checked["noise"] and self.one_step:
            raise ValueError(f"noise must be 0 unless criterion is 'retrieval', got {self.noise!r}")
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    @property
    def known(self) -> bool:
        """Whether the interaction is one of this package, whose laws `theory` knows."""
        return type(self.interaction).__module__ == interactions.__name__

    @property
    def degree(self) -> int | None:
        """The n of a polynomial, in whose loads K / D^(n-1) results are told; None for other interactions."""
        found: int | None = getattr(self.interaction, "degree", None)
        return found

    @property
    def one_step(self) -> bool:
        """Whether a trial is one update of all units from the pattern itself."""
        return self.criterion != "retrieval"

    def answers(self, units: int, patterns: int) -> int:
        """Trials of one network: cues, times units where each is one."""
        return min(self.cues, patterns) * (units if self.criterion == "unit" else 1)

    def work(self, units: int, patterns: int) -> float:
        """A rough number of pattern-visits of one network."""
        return float(units) * patterns * (1 + min(self.cues, patterns) * (1 if self.one_step else 4))

    def settings(self) -> dict[str, Any]:
        """What determines the numbers, as values for JSON.

        Raises
        ------
        ValueError
            If the interaction has no ``repr`` of its own, which would tell its parameters.
        """
        return {**{f.name: getattr(self, f.name) for f in fields(self)}, "interaction": self._identity()}

    def _identity(self) -> str:
        """What tells the interaction from others: name and parameters; for a class of the caller's its values, too."""
        kind, text = type(self.interaction), repr(self.interaction)
        if self.known:
            return text
        if kind.__repr__ is object.__repr__:
            raise ValueError(f"interaction must have a __repr__ that tells its parameters for a store, got {text}")
        gain = np.asarray(read_weights(self.interaction, 64, 64).gain)  # names may be those of two classes
        return f"{kind.__module__}.{kind.__qualname__} {text} {hashlib.sha256(gain.tobytes()).hexdigest()[:16]}"


def run_networks(protocol: Protocol, units: int, patterns: int, first: int, count: int) -> NDArray[np.int64]:
    """Overlaps of final states with their patterns, for the networks ``first .. first + count - 1``.

    Parameters
    ----------
    protocol : Protocol
    units, patterns : int
        D and K.
    first, count : int
        Which networks.

    Returns
    -------
    ndarray
        int64 (count, Q), Q = min(cues, K).

    Notes
    -----
    Network t has streams for its patterns, for the flips and for the visits of each cue, from two words of 64 bits
    each: those that `numpy.random.Philox` draws after t ⌈(1 + 2 Q) / 2⌉ steps of its counter, seeded by the
    `numpy.random.SeedSequence` whose ``spawn_key`` is (D, K).

    Examples
    --------
    >>> import hebbfast as hb
    >>> from hebbfast.experiments.trials import Protocol, run_networks
    >>> run_networks(Protocol(hb.Polynomial(3)), 64, 10, 0, 2).tolist()
    [[64, 64, 64, 64], [64, 64, 64, 64]]
    """
    p, cues, row_words = protocol, min(protocol.cues, patterns), bits.words_of(units)
    streams = _streams(p.seed, units, patterns, first, count, 1 + 2 * cues)
    rows = np.empty((count, patterns, row_words), dtype=np.uint64)
    _kernels.draw(np.ascontiguousarray(streams[:, 0]), units, rows)
    wanted = np.ascontiguousarray(rows[:, :cues])
    states = wanted.copy()
    flips = round(p.noise * units)
    if flips:
        flat = (count * cues, row_words)
        of_flips = np.ascontiguousarray(streams[:, 1 : 1 + cues]).reshape(-1, 2)
        _kernels.corrupt(wanted.reshape(flat), units, flips, of_flips, states.reshape(flat))
    _recall(p, units, rows, states, streams[:, 1 + cues :])
    differing: NDArray[Any] = np.bitwise_count(states ^ wanted).sum(axis=2, dtype=np.int64)
    overlaps: NDArray[np.int64] = units - 2 * differing
    return overlaps


def _recall(
    protocol: Protocol, units: int, rows: NDArray[np.uint64], states: NDArray[np.uint64], streams: NDArray[np.int64]
) -> None:
    """Move the (networks, Q) states of the memories in ``rows`` to where they end."""
    (count, patterns, row_words), cues = rows.shape, states.shape[1]
    update, sweeps = ("sync", 1) if protocol.one_step else (protocol.update, protocol.max_sweeps)
    no_order, no_clamp = np.empty(0, dtype=np.uint32), np.empty(0, dtype=np.uint64)
    rules = _kernels.Dynamics(units, update, "random", no_order, protocol.tie, np.zeros((1, 1)), no_clamp)
    columns = np.empty((units, bits.words_of(patterns)), dtype=np.uint64)
    like = _kernels.Memory(rows[0], columns, units, read_weights(protocol.interaction, units, patterns))
    previous = np.zeros((count, cues if update == "sync" else 0, row_words), dtype=np.uint64)
    progress = np.zeros((count, cues, _kernels.PROGRESS), dtype=np.int64)
    progress[:, :, [_kernels.STREAM, _kernels.INCREMENT]] = streams
    workspace = bits.aligned_bytes(_kernels.workspace_bytes(like, rules))
    workspace[:64] = 0
    done, level = 0, _kernels.active_level()
    while done < count * cues:
        done = _kernels.recall_each(
            like, rules, level, rows, columns, states, previous, progress, sweeps, done, VISITS, workspace
        )


def successes(protocol: Protocol, units: int, overlaps: NDArray[np.int64]) -> NDArray[np.int64]:
    """Successes of each network, int64 (networks,), out of ``protocol.answers``."""
    if protocol.criterion == "unit":
        right: NDArray[np.int64] = ((units + overlaps) // 2).sum(axis=1)
        return right
    least = units if protocol.criterion == "pattern" else math.ceil(protocol.threshold * units - 1e-9)
    held: NDArray[np.int64] = (overlaps >= least).sum(axis=1, dtype=np.int64)
    return held


def _streams(seed: int, units: int, patterns: int, first: int, count: int, each: int) -> NDArray[np.int64]:
    """(count, each, 2) streams. A counter makes their words, so that no network waits for those before it."""
    steps = -(-each // 2)  # of four words
    source = np.random.Philox(np.random.SeedSequence(seed, spawn_key=(units, patterns)))
    words = source.advance(first * steps).random_raw(count * steps * 4).reshape(count, 2 * steps, 2)[:, :each]
    streams = np.empty((count * each, 2), dtype=np.int64)
    _kernels.seed(words.reshape(-1, 2), streams)
    return streams.reshape(count, each, 2)
