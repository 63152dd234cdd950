"""Make patterns and cues: random, biased, corrupted."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments, bits
from hebbfast._work.pieces import pieces

__all__ = ["corrupt", "random_patterns"]


def random_patterns(patterns: int, units: int, *, mean: float = 0.0, rng: Any = None) -> NDArray[np.int8]:
    """Draw independent ±1 patterns.

    Parameters
    ----------
    patterns, units : int
        K and D, at least 1.
    mean : float, default 0.0
        Expectation of every unit, from -1 to 1: P(+1) = (1 + mean) / 2.
    rng : seed, SeedSequence or Generator, optional
        Passed to `numpy.random.default_rng`.

    Returns
    -------
    ndarray
        int8 (K, D) of ±1.

    See Also
    --------
    PackedPatterns.random : the same for huge D, drawn as bits.

    Examples
    --------
    >>> import hebbfast as hb
    >>> hb.random_patterns(2, 5, rng=0).shape
    (2, 5)
    """
    patterns, units = _arguments.size("patterns", patterns), _arguments.size("units", units)
    mean, rng = _arguments.real("mean", mean, -1, 1), _arguments.generator(rng)
    if mean == 0:
        return bits.PackedPatterns.random(patterns, units, rng=rng).unpack()
    signs = np.empty((patterns, units), dtype=np.int8)
    for part in pieces(patterns, 8 * units, 16 * units):
        signs[part] = np.where(rng.random(signs[part].shape) < (1 + mean) / 2, 1, -1)
    return signs


def corrupt(
    patterns: "ArrayLike | bits.PackedPatterns", *, flip: float | None = None, flips: int | None = None, rng: Any = None
) -> Any:
    """Flip units of patterns, to make cues.

    Parameters
    ----------
    patterns : array_like or PackedPatterns
        (D,) or (Q, D) of ±1, or pictures (Q, H, W); not modified.
    flip : float, optional
        Probability with which each unit is flipped, from 0 to 1.
    flips : int, optional
        Exact number of flipped units a row, from 0 to D. Give ``flip`` or ``flips``.
    rng : seed, SeedSequence or Generator, optional
        Passed to `numpy.random.default_rng`.

    Returns
    -------
    ndarray or PackedPatterns
        Cues of the same kind as ``patterns``.

    Examples
    --------
    >>> import hebbfast as hb
    >>> pattern = hb.random_patterns(1, 100, rng=0)[0]
    >>> int(pattern @ hb.corrupt(pattern, flips=10, rng=1))
    80
    """
    if (flip is None) == (flips is None):
        raise ValueError(f"flip or flips must be given, not both, got flip={flip!r} and flips={flips!r}")
    shape = patterns.shape if isinstance(patterns, bits.PackedPatterns) else bits.as_array(patterns, "patterns").shape
    units = math.prod(shape[1:]) if len(shape) == 3 else shape[-1] if shape else 0
    if units == 0:
        raise ValueError(f"patterns must have at least one unit, got shape {shape}")
    states = bits.read_states(patterns, units, "patterns")
    flip = None if flip is None else _arguments.real("flip", flip, 0, 1)
    flips = None if flips is None else _arguments.whole("flips", flips, 0, units)
    rng = _arguments.generator(rng)
    words = bits.empty_words(len(states.words), units)
    for part in pieces(len(words), 32 * units, 16 * units):
        keys = rng.random((len(words[part]), units))
        if flips is None:
            chosen = keys < flip
        else:
            chosen = np.zeros(keys.shape, dtype=bool)
            np.put_along_axis(chosen, np.argpartition(keys, max(flips - 1, 0), axis=1)[:, :flips], True, axis=1)
        np.bitwise_xor(states.words[part], bits.pack_signs(chosen, "flips"), out=words[part])
    return states.restore(words)
