"""Unknown units of cues take their first value from the known ones."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _kernels, bits, search
from hebbfast._work.pieces import pieces
from hebbfast.interactions import Interaction, Weights
from hebbfast.networks._weights import weigh

__all__ = ["completed"]

Words = NDArray[np.uint64]


def completed(
    patterns: bits.PackedPatterns,
    columns: Words,
    interaction: Interaction,
    weights: NDArray[Any] | None,
    words: Words,
    known: Words,
    *,
    tie: str,
) -> Words:
    """Packed cues (Q, W) with each unknown unit i at the sign of Σ_μ w_μ ξ_i^μ [F(m_μ + 1) - F(m_μ - 1)].

    m_μ is the overlap over the known units: the field that the unit has in a memory of these and itself. So the
    unknown ones do not see each other, and the order in which they are visited means nothing. The sums are exact.
    """
    count = bits.unpack(known[None], patterns.shape[1])[0] > 0
    units = int(count.sum())
    asked = search.Asked(patterns.words, patterns.shape[1], known, units)
    table = weigh(interaction, units + 1, weights, len(patterns))
    digits, base = _digits(table, units, len(patterns))
    out = np.array(words)
    for part in pieces(len(words), len(patterns) * patterns.shape[1], 16 * len(patterns) * len(digits)):
        agree = (search.overlaps(asked, words[part]) + units) // 2
        signs = _signs(columns, agree, digits, base, table, units)
        values = np.where(signs == 0, -1 if tie == "minus" else 1, signs)
        cues = bits.unpack(words[part], patterns.shape[1])
        out[part] = bits.pack_signs(np.where(count, cues, values).astype(np.int8), "cues")
    return out


def _digits(table: Weights, units: int, patterns: int) -> tuple[NDArray[np.int64], int]:
    """G by agreeing units, 0..units, as signed digits (L, units + 1), lowest first, and the bits of one.

    One digit where sums fit int64; of larger powers several, of which any K sums with weights fit.
    """
    if table.gain is not None:
        return table.gain[None, 1:], 0
    shift = 62 - (patterns << 29).bit_length()
    digits = []
    for a in range(units + 1):
        s = 2 * a - units
        high, low = (max(s + 1, 0), max(s - 1, 0)) if table.rectified else (s + 1, s - 1)
        gain = high**table.power - low**table.power
        sign, size = (-1, -gain) if gain < 0 else (1, gain)
        digits.append([sign * (size >> shift * j & (1 << shift) - 1) for j in range(32 * table.limbs // shift + 1)])
    return np.array(digits, dtype=np.int64).T, shift


def _signs(
    columns: Words, agree: NDArray[Any], digits: NDArray[np.int64], base: int, table: Weights, units: int
) -> NDArray[np.int64]:
    """Signs (Q, D) of the sums."""
    times = np.ones(agree.shape[1], dtype=np.int64) if table.multitude is None else table.multitude
    if table.relative:  # beside the best pattern that counts
        best = agree[:, times != 0].max(axis=1, keepdims=True)
        agree = np.minimum(agree - best, 0) + units + 1
    values = np.zeros((len(agree), 64 * columns.shape[1]), dtype=np.int64)
    sums = np.empty((len(digits), len(agree), len(columns)), dtype=np.int64)
    for digit, out in zip(digits, sums, strict=True):
        values[:, : agree.shape[1]] = digit[agree] * times
        _kernels.tally(columns, values, out)
    if len(sums) == 1:
        return np.sign(sums[0])
    whole = sum(part.astype(object) << base * j for j, part in enumerate(sums))
    signs: NDArray[np.int64] = np.sign(whole).astype(np.int64)
    return signs
