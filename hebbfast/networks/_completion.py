"""Unknown units of cues take their first value from the known ones."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _kernels, bits, search
from hebbfast._work.pieces import pieces
from hebbfast.interactions import Interaction
from hebbfast.networks._gains import Gains, read_gains
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
    times = np.ones(len(patterns), dtype=np.int64) if table.multitude is None else table.multitude
    gains = read_gains(table, units + 1, int(np.abs(times).sum()))
    out = np.array(words)
    for part in pieces(len(words), len(patterns) * patterns.shape[1], 16 * len(patterns)):
        overlaps = search.overlaps(asked, words[part])
        if gains.relative:  # to the best pattern that counts
            top = overlaps[:, times != 0].max(axis=1, keepdims=True)
            places = gains.places(np.minimum(overlaps, top), top - 1)
        else:
            places = gains.places(overlaps)
        signs = _signs(columns, gains, places // 2, times)
        values = np.where(signs == 0, -1 if tie == "minus" else 1, signs)
        cues = bits.unpack(words[part], patterns.shape[1])
        out[part] = bits.pack_signs(np.where(count, cues, values).astype(np.int8), "cues")
    return out


def _signs(columns: Words, gains: Gains, places: NDArray[np.int64], times: NDArray[np.int64]) -> NDArray[Any]:
    """Signs (Q, D) of the sums."""
    values = np.zeros((len(places), 64 * columns.shape[1]), dtype=np.int64)
    sums = []
    for digit in gains.digits:
        values[:, : len(times)] = digit[places] * times
        sums.append(np.empty((len(places), len(columns)), dtype=np.int64))
        _kernels.tally(columns, values, sums[-1])
    signs: NDArray[Any] = np.sign(gains.whole(sums))
    return signs
