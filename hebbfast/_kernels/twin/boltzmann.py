"""The NumPy twin of two layers that take turns: the names and arguments of `hebbfast._kernels`, from the formulas.

Every float operation is written in the order in which the kernels do it, so states are equal bit for bit.

Source
------
Smolensky (1986), in Parallel Distributed Processing 1, 194: two layers, P(s_j = +1) = 1 / (1 + exp(-2 h_j)).
"""

import numpy as np
from numpy.typing import NDArray

from hebbfast._kernels.twin.streams import Stream
from hebbfast._kernels.twin.training import _exp, _log2

__all__ = ["Layer", "gibbs", "gibbs_bytes", "layer_costs", "layer_fields", "layer_means"]

_Words = NDArray[np.uint64]
_Floats = NDArray[np.float32]


def _signs(words: _Words, units: int) -> _Floats:
    bits = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little")[:, :units]
    return 2 * bits.astype(np.float32) - 1


class Layer:
    """A layer of `units` as it is drawn when the other one is known."""

    def __init__(self, units: int, weights: _Floats, bias: _Floats, tables: _Floats) -> None:
        self.units, self.bias = units, bias
        self.weights = np.zeros((len(weights) + -len(weights) % 4, weights.shape[1]), dtype=np.float32)
        self.weights[: len(weights)] = weights
        self.seen = len(weights)

    def fields(self, states: _Words) -> _Floats:
        """b_j + Σ_i s_i J_ij, as (±a ± b) + (±c ± d) of four i at a time, one four after another."""
        signs = np.full((len(states), len(self.weights)), -1, dtype=np.float32)
        signs[:, : self.seen] = _signs(states, self.seen)
        sums = np.tile(self.bias, (len(states), 1))
        for i in range(0, len(self.weights), 4):
            a, b, c, d = (signs[:, i + j, None] * self.weights[i + j] for j in range(4))
            sums += (a + b) + (c + d)
        return sums

    def draw(self, fields: _Floats, stream: NDArray[np.int64]) -> NDArray[np.bool_]:
        """+1 iff u < 1 / (1 + exp(-2 h)), u of 24 bits: two units share a draw, its low half is the first one's."""
        s = Stream(*stream[:2].tolist())
        words = [s.next() for _ in range((self.units + 1) // 2)]
        stream[0] = s.z
        halves = np.array([half for word in words for half in (word % 2**32, word >> 32)][: self.units])
        chances = np.float32(2**24) / (1 + _exp(np.float32(-2) * fields[: self.units]))
        drawn: NDArray[np.bool_] = (halves >> 8).astype(np.float32) < chances
        return drawn


def _means(fields: _Floats) -> _Floats:
    e = _exp(np.float32(-2) * fields)
    made: _Floats = (1 - e) / (1 + e)
    return made


def layer_fields(layer: Layer, states: _Words, out: _Floats) -> None:
    """Fields of a layer in states of the other one."""
    out[...] = layer.fields(states)


def layer_means(layer: Layer, states: _Words, out: _Floats) -> None:
    """tanh h, rounded to multiples of 2^-12."""
    out[...] = np.rint(_means(layer.fields(states)) * 4096) / 4096


def layer_costs(layer: Layer, states: _Words, out: _Floats) -> None:
    """ln 2 cosh h = |h| + ln(1 + exp(-2 |h|))."""
    size = np.abs(layer.fields(states))
    out[...] = size + np.float32(0.693147182) * _log2(1 + _exp(np.float32(-2) * size))


def gibbs_bytes(up: Layer, down: Layer) -> int:
    """The twin needs no workspace."""
    return 0


def gibbs(
    up: Layer,
    down: Layer,
    visible: _Words,
    hidden: _Words,
    streams: NDArray[np.int64],
    sweeps: int,
    clamp: _Words | None,
    sums: NDArray[np.float64] | None,
    workspace: NDArray[np.uint8],
) -> None:
    """Sweeps of the hidden layer and the visible one."""
    kept = np.zeros(down.units, dtype=bool) if clamp is None else _signs(clamp[None], down.units)[0] > 0
    for q, stream in enumerate(streams):
        for _ in range(sweeps):
            bits = up.draw(up.fields(visible[q : q + 1])[0], stream)
            hidden[q] = _packed(bits, hidden.shape[1])
            fields = down.fields(hidden[q : q + 1])[0]
            bits = np.where(kept, _signs(visible[q : q + 1], down.units)[0] > 0, down.draw(fields, stream))
            visible[q] = _packed(bits, visible.shape[1])
            if sums is not None:
                sums[q] += _means(fields[: down.units]).astype(np.float64)


def _packed(bits: NDArray[np.bool_], words: int) -> _Words:
    padded = np.zeros(64 * words, dtype=bool)
    padded[: len(bits)] = bits
    made: _Words = np.packbits(padded, bitorder="little").view(np.uint64)
    return made
