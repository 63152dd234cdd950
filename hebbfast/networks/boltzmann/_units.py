"""Machines whose units are all coupled, some of them perhaps hidden: a Hopfield network at T = 1."""

import numpy as np
from numpy.typing import NDArray

from hebbfast import bits
from hebbfast._work.pieces import pieces
from hebbfast.dynamics.chains import block
from hebbfast.dynamics.rules import read_rules
from hebbfast.dynamics.run import Course
from hebbfast.dynamics.starts import LARGEST
from hebbfast.networks.boltzmann._model import Chains, Moments, packed_rows, signs_of, states_of
from hebbfast.networks.hopfield import HopfieldNetwork

__all__ = ["Units"]

Floats = NDArray[np.float64]
Signs = NDArray[np.int8]

_COUNTED, _SUMMED = 1 << 24, 16  # states, and hidden units that are summed for one pattern
_SETTLED = 10  # sweeps of hidden units beside a pattern, from fair values
_PIECE = 1 << 14  # states that are counted together


class Units:
    """Energy E(s) = -½ s J s - b · s with ``couplings`` J (D, D); the first ``visible`` units are seen."""

    def __init__(self, couplings: Floats, bias: Floats, visible: int) -> None:
        self.visible, self.hidden = visible, len(bias) - visible
        self._couplings, self._bias = couplings, bias
        self._network = HopfieldNetwork(couplings, bias)
        self.states = 1 << len(bias)
        self.countable, self.scorable = self.states <= _COUNTED, self.hidden <= _SUMMED

    def start(self, values: Signs, rng: "np.random.Generator") -> Chains:
        """As `Model` says; hidden units begin with fair values."""
        words = rng.integers(0, LARGEST, (len(values), 2), np.uint64, endpoint=True)
        hidden = rng.integers(0, 2, (len(values), self.hidden), np.int8) * np.int8(2) - np.int8(1)
        return Chains(packed_rows(np.concatenate([values, hidden], axis=1)), words)

    def move(
        self,
        chains: Chains,
        sweeps: int,
        clamp: NDArray[np.bool_] | None = None,
        sums: Floats | None = None,
        threads: int | None = None,
    ) -> None:
        """As `Model` says; a sweep visits the units in their order."""
        units, count = len(self._bias), len(chains.words)
        fixed = None if clamp is None else np.concatenate([clamp, np.zeros(self.hidden, dtype=bool)])
        rules = read_rules(units, order="sequential", clamp=fixed, temperature=1.0)
        course = Course(self._network._kernel, rules, chains.words, rng=0, threads=threads)
        course.progress[:, :2] = chains.streams
        stride = block(units, count) if sums is None else 1
        seen = np.arange(self.visible, dtype=np.uint32)
        for first in range(0, sweeps, stride):
            last = min(sweeps, first + stride)
            course.advance(last, (last - first) * units * count)
            if sums is not None:
                sums += np.tanh(self._network._fields_of(course.words, seen))
        chains.words, chains.streams = course.words, course.progress[:, :2].copy()

    def values(self, chains: Chains) -> Signs:
        """As `Model` says."""
        return np.ascontiguousarray(bits.unpack(chains.words, len(self._bias))[:, : self.visible])

    def moments(self, chains: Chains) -> Moments:
        """As `Model` says."""
        signs = signs_of(chains.words, len(self._bias))
        return Moments(_off_diagonal((signs.T @ signs).astype(np.float64) / len(signs)), signs.mean(0, np.float64))

    def given(self, values: Signs, exact: bool, rng: "np.random.Generator", threads: int | None = None) -> Moments:
        """As `Model` says; hidden units are sampled beside the patterns, or counted."""
        if exact and self.hidden:
            return self._given(values)
        chains = self.start(values, rng)
        if self.hidden:
            self.move(chains, _SETTLED, np.ones(self.visible, dtype=bool), threads=threads)
        return self.moments(chains)

    def _given(self, values: Signs) -> Moments:
        units = len(self._bias)
        hidden, second, first = states_of(self.hidden, 0, 1 << self.hidden), np.zeros((units, units)), np.zeros(units)
        for row in values:
            states = np.empty((len(hidden), units))
            states[:, : self.visible], states[:, self.visible :] = row, hidden
            exponents = self._exponents(states)
            shares = np.exp(exponents - exponents.max())
            shares /= shares.sum()
            second += (shares[:, None] * states).T @ states
            first += shares @ states
        return Moments(_off_diagonal((second + second.T) / (2 * len(values))), first / len(values))

    def _exponents(self, states: Floats) -> Floats:
        found: Floats = (states * (0.5 * (states @ self._couplings) + self._bias)).sum(axis=1)
        return found

    def counted(self) -> tuple[float, Moments]:
        """As `Model` says."""
        units, top, total = len(self._bias), -np.inf, 0.0
        second, first = np.zeros((units, units)), np.zeros(units)
        for begin in range(0, 1 << units, _PIECE):
            states = states_of(units, begin, min(1 << units, begin + _PIECE)).astype(np.float64)
            exponents = self._exponents(states)
            highest = max(top, float(exponents.max()))
            shares, kept = np.exp(exponents - highest), np.exp(top - highest)
            top, total = highest, total * kept + float(shares.sum())
            second, first = second * kept + (shares[:, None] * states).T @ states, first * kept + shares @ states
        second = _off_diagonal((second + second.T) / (2 * total))  # symmetric to the last bit
        return top + float(np.log(total)), Moments(second, first / total)

    def log_weights(self, values: Signs) -> Floats:
        """As `Model` says."""
        V = self.visible
        hidden = states_of(self.hidden, 0, 1 << self.hidden).astype(np.float64)
        own = (hidden * (0.5 * (hidden @ self._couplings[V:, V:]) + self._bias[V:])).sum(axis=1)
        found = np.empty(len(values))
        for part in pieces(len(values), bytes_each=16 * len(hidden) + 8 * V):
            rows = values[part].astype(np.float64)
            seen = (rows * (0.5 * (rows @ self._couplings[:V, :V]) + self._bias[:V])).sum(axis=1)
            exponents = own + (rows @ self._couplings[:V, V:]) @ hidden.T
            highest = exponents.max(axis=1)
            found[part] = seen + highest + np.log(np.exp(exponents - highest[:, None]).sum(axis=1))
        return found

    def exponents(self, chains: Chains) -> Floats:
        """As `Model` says."""
        return -self._network._energies_of(chains.words)

    def tempered(self, beta: float, fields: Floats) -> "Units":
        """As `Model` says."""
        bias = beta * self._bias
        bias[: self.visible] += (1 - beta) * fields
        return Units(beta * self._couplings, bias, self.visible)


def _off_diagonal(second: Floats) -> Floats:
    np.fill_diagonal(second, 0.0)
    return second
