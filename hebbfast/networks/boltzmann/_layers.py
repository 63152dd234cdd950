"""Restricted machines: two layers that take turns, each unit of a layer coupled to all of the other."""

import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _kernels, bits
from hebbfast._work.pieces import VISITS, pieces
from hebbfast._work.threads import over, thread_count
from hebbfast.dynamics import workspaces
from hebbfast.dynamics.starts import LARGEST
from hebbfast.networks.boltzmann._model import Chains, Moments, log_two_cosh, packed_rows, signs_of, states_of

__all__ = ["Layers"]

Floats = NDArray[np.float64]
Signs = NDArray[np.int8]

_COUNTED = 1 << 22  # states of the smaller layer
_LANES = 32  # of the kernels
_EXACT = 4096  # rows whose sums of means are exact in float32
_LONG = 1 << 21  # visits from which a pool pays: 5 ms
_PIECE = 1 << 12  # states that are counted together


class Layers:
    """Energy E(v, h) = -v W h - b · v - c · h, with ``weights`` W (V, H) and ``bias`` b, then c."""

    def __init__(self, weights: Floats, bias: Floats) -> None:
        self.visible, self.hidden = weights.shape
        self._weights, self._bias = weights, bias
        self._b, self._c = bias[: self.visible], bias[self.visible :]
        self._up = _layer(weights, self._c)
        self._down = _layer(weights.T, self._b)
        self.states = 1 << min(weights.shape)
        self.countable, self.scorable = self.states <= _COUNTED, True

    def start(self, values: Signs, rng: "np.random.Generator") -> Chains:
        """As `Model` says."""
        return Chains(packed_rows(values), rng.integers(0, LARGEST, (len(values), 2), np.uint64, endpoint=True))

    def move(
        self,
        chains: Chains,
        sweeps: int,
        clamp: NDArray[np.bool_] | None = None,
        sums: Floats | None = None,
        threads: int | None = None,
    ) -> None:
        """As `Model` says; a sweep draws the hidden units, then the visible ones."""
        count, units = len(chains.words), self.visible + self.hidden
        fixed = None if clamp is None else packed_rows(np.where(clamp, 1, -1).astype(np.int8)[None])[0]
        hidden = bits.empty_words(count, self.hidden)
        parts = thread_count(threads) if count * units * sweeps > _LONG else 1
        edges = np.linspace(0, count, min(parts, count) + 1).astype(int).tolist()
        seen = 2 * self.visible * self.hidden  # couplings, in a sweep of a row

        def run(part: tuple[int, int], stop: threading.Event) -> None:
            room = workspaces.take(_kernels.gibbs_bytes(self._up, self._down))
            for piece in pieces(part[1] - part[0], seen):
                rows = slice(part[0] + piece.start, part[0] + piece.stop)
                stride = max(1, VISITS // (seen * (piece.stop - piece.start)))
                for first in range(0, sweeps, stride):
                    if stop.is_set():
                        return
                    _kernels.gibbs(
                        self._up,
                        self._down,
                        chains.words[rows],
                        hidden[rows],
                        chains.streams[rows],
                        min(stride, sweeps - first),
                        fixed,
                        None if sums is None else sums[rows],
                        room,
                    )
            workspaces.give_back(room)

        over(run, pairwise(edges), parts)

    def values(self, chains: Chains) -> Signs:
        """As `Model` says."""
        return bits.unpack(chains.words, self.visible)

    def moments(self, chains: Chains) -> Moments:
        """As `Model` says, with the means of the hidden units beside the visible ones of each chain."""
        return self._moments(chains.words)

    def given(self, values: Signs, exact: bool, rng: "np.random.Generator", threads: int | None = None) -> Moments:
        """As `Model` says; exact in float64, else with means rounded to multiples of 2^-12."""
        if not exact:
            return self._moments(packed_rows(values))
        means = np.tanh(values @ self._weights + self._c)
        first = np.concatenate([values.mean(axis=0, dtype=np.float64), means.mean(axis=0)])
        return Moments(values.T.astype(np.float64) @ means / len(values), first)

    def _moments(self, words: NDArray[np.uint64]) -> Moments:
        parts = [self._sums(words[first : first + _EXACT]) for first in range(0, len(words), _EXACT)]
        second, first = (sum(part[1:], part[0]) / len(words) for part in zip(*parts, strict=True))
        return Moments(second, first)

    def _sums(self, words: NDArray[np.uint64]) -> tuple[Floats, Floats]:
        """Σ s_i tanh h_j, and of both alone, over few enough rows that float32 is exact."""
        means, seen = self._asked(_kernels.layer_means, words), signs_of(words, self.visible)
        first = np.concatenate([seen.sum(axis=0), means.sum(axis=0)])
        return (seen.T @ means).astype(np.float64), first.astype(np.float64)

    def _asked(self, what: Callable[..., Any], words: NDArray[np.uint64]) -> NDArray[np.float32]:
        out = np.empty((len(words), -(-self.hidden // _LANES) * _LANES), dtype=np.float32)
        for part in pieces(len(words), self.visible * self.hidden):
            what(self._up, words[part], out[part])
        return out[:, : self.hidden]

    def counted(self) -> tuple[float, Moments]:
        """As `Model` says: over the smaller layer, the other is summed by itself."""
        turned = self.hidden > self.visible
        weights = self._weights if turned else self._weights.T  # (n, units of the other layer)
        own, other = (self._b, self._c) if turned else (self._c, self._b)
        n, top, total = len(own), -np.inf, 0.0
        second, first, others = np.zeros(weights.shape), np.zeros(n), np.zeros(len(other))
        for begin in range(0, 1 << n, _PIECE):
            states = states_of(n, begin, min(1 << n, begin + _PIECE)).astype(np.float64)
            fields = states @ weights + other
            exponents = states @ own + log_two_cosh(fields)
            highest = max(top, float(exponents.max()))
            shares, kept = np.exp(exponents - highest), np.exp(top - highest)
            means = np.tanh(fields)
            top, total = highest, total * kept + float(shares.sum())
            second = second * kept + (shares[:, None] * states).T @ means
            first, others = first * kept + shares @ states, others * kept + shares @ means
        parts = (first, others) if turned else (others, first)
        return top + float(np.log(total)), Moments(
            (second if turned else second.T) / total, np.concatenate(parts) / total
        )

    def log_weights(self, values: Signs) -> Floats:
        """As `Model` says: b · v + Σ_j ln 2 cosh(c_j + Σ_i v_i W_ij)."""
        found = values @ self._b
        for part in pieces(len(values), bytes_each=32 * self.hidden):
            found[part] += log_two_cosh(values[part] @ self._weights + self._c)
        return found

    def exponents(self, chains: Chains) -> Floats:
        """As `Model` says, hidden units summed; in float32, where only differences count."""
        costs = self._asked(_kernels.layer_costs, chains.words).sum(axis=1, dtype=np.float64)
        found: Floats = (self.values(chains) * self._b).sum(axis=1) + costs
        return found

    def tempered(self, beta: float, fields: Floats) -> "Layers":
        """As `Model` says."""
        bias = beta * self._bias
        bias[: self.visible] += (1 - beta) * fields
        return Layers(beta * self._weights, bias)


def _layer(weights: Floats, bias: Floats) -> _kernels.Layer:
    seen, units = weights.shape
    lanes = -(-units // _LANES) * _LANES
    wide, offsets = np.zeros((seen, lanes), dtype=np.float32), np.zeros(lanes, dtype=np.float32)
    wide[:, :units], offsets[:units] = weights, bias
    return _kernels.Layer(units, wide, offsets, np.empty((-(-seen // 4), 16, lanes), dtype=np.float32))
