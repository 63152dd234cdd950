"""What the two kinds of Boltzmann machines answer; sampling, likelihoods and learning know no more of them."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hebbfast import _kernels, bits

__all__ = ["Chains", "Model", "Moments", "log_two_cosh", "packed_rows", "signs_of", "states_of"]

Floats = NDArray[np.float64]
Signs = NDArray[np.int8]


@dataclass(frozen=True)
class Moments:
    """Means ⟨s_i s_j⟩ where couplings are, and ⟨s_i⟩ of all units, the visible ones first."""

    second: Floats
    first: Floats


class Chains:
    """Packed states side by side, each with a stream of its own that ``seeds``, two random words, begin."""

    def __init__(self, words: NDArray[np.uint64], seeds: NDArray[np.uint64]) -> None:
        self.words = words
        self.streams = np.zeros((len(words), 2), dtype=np.int64)
        _kernels.seed(seeds, self.streams)


class Model(Protocol):
    """A machine with couplings that stay."""

    visible: int
    hidden: int
    states: int
    """Terms of Z by enumeration."""
    countable: bool
    """Do these take seconds at most?"""
    scorable: bool
    """And sums over the hidden units of one pattern?"""

    def start(self, values: Signs, rng: "np.random.Generator") -> Chains:
        """Chains with these values (Q, V) of the visible units."""
        ...

    def move(
        self,
        chains: Chains,
        sweeps: int,
        clamp: NDArray[np.bool_] | None = None,
        sums: Floats | None = None,
        threads: int | None = None,
    ) -> None:
        """Gibbs sweeps; visible units in ``clamp`` (V,) stay, ``sums`` (Q, V) gets the mean of each visit added."""
        ...

    def values(self, chains: Chains) -> Signs:
        """(Q, V) of the visible units."""
        ...

    def moments(self, chains: Chains) -> Moments:
        """Means over chains."""
        ...

    def given(self, values: Signs, exact: bool, rng: "np.random.Generator", threads: int | None = None) -> Moments:
        """Means over patterns (Q, V), with the hidden units as they are beside them."""
        ...

    def counted(self) -> tuple[float, Moments]:
        """ln Z and moments, by enumeration."""
        ...

    def log_weights(self, values: Signs) -> Floats:
        """(Q,): ln Σ_h exp(-E(v, h)), of patterns."""
        ...

    def exponents(self, chains: Chains) -> Floats:
        """(Q,): the logarithm of the weight of each chain, so far as its state is kept."""
        ...

    def tempered(self, beta: float, fields: Floats) -> "Model":
        """The machine with the energy β E(s) - (1 - β) Σ_i fields_i v_i."""
        ...


def states_of(units: int, first: int, last: int) -> Signs:
    """States number first..last-1 of so many units: bit i of the number is unit i."""
    numbers = np.arange(first, last, dtype=np.int64)[:, None]
    found: Signs = ((numbers >> np.arange(units)) & 1).astype(np.int8) * np.int8(2) - np.int8(1)
    return found


def log_two_cosh(fields: Floats) -> Floats:
    """Σ over the last axis of ln 2 cosh h."""
    size = np.abs(fields)
    found: Floats = (size + np.log1p(np.exp(-2.0 * size))).sum(axis=-1)
    return found


def packed_rows(values: Signs) -> NDArray[np.uint64]:
    """(Q, W) of ±1 (Q, D)."""
    words = bits.empty_words(*values.shape)
    _kernels.pack(np.ascontiguousarray(values), words)
    return words


def signs_of(words: NDArray[np.uint64], units: int) -> NDArray[np.float32]:
    """(Q, D) float32 of ±1: products of them are exact in any order."""
    return bits.unpack(words, units).astype(np.float32)
