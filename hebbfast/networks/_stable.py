"""Which states are fixed points, and by what margin: the workings of `Network.stable`."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hebbfast import _arguments, bits
from hebbfast._records import Record
from hebbfast._work.pieces import pieces
from hebbfast.bits import PackedPatterns

__all__ = ["Stability", "stable"]


@dataclass(frozen=True, eq=False)
class Stability(Record):
    """Whether states would move at temperature zero; for one state without the leading Q.

    Attributes
    ----------
    stable : bool or ndarray
        (Q,): no unit would flip; the state is a fixed point of every update at T = 0.
    margin : float64 or ndarray
        (Q,): min over the units of σ_i h_i, in the units of the fields. Half of what the cheapest flip costs, where
        there is an energy, and no self-coupling; below zero where a unit would flip, zero where a field is zero.
    unstable : int64 or ndarray
        (Q,): units that would flip.

    Examples
    --------
    >>> import hebbfast as hb
    >>> patterns = hb.random_patterns(12, 100, rng=0)
    >>> found = hb.DenseAssociativeMemory(patterns).stable(patterns)
    >>> found.stable[:5].tolist(), found.margin[:5].tolist()
    ([True, True, True, False, True], [0.0, 12.0, 24.0, -4.0, 28.0])
    """

    stable: Any
    margin: Any
    unstable: Any


def stable(network: Any, states: ArrayLike | PackedPatterns, tie: str) -> Stability:
    """As `Network.stable` says."""
    _arguments.choice("tie", tie, _arguments.TIES)
    batch = network._read(states, "states")
    margin, unstable = np.empty(len(batch.words)), np.empty(len(batch.words), dtype=np.int64)
    for part in pieces(len(margin), bytes_each=18 * network.units):
        signs = bits.unpack(batch.words[part], network.units)
        along = network._fields_of(batch.words[part], network._all_units())
        along *= signs
        moved = along < 0
        if tie != "keep":
            moved |= (along == 0) & (signs != (1 if tie == "plus" else -1))
        margin[part], unstable[part] = along.min(axis=1), moved.sum(axis=1)
    rest = unstable == 0
    return Stability(rest[0], margin[0], unstable[0]) if batch.single else Stability(rest, margin, unstable)
