"""Floats that are integers times one number, but for rounding: ±1/√D, sums of outer products over D.

No power of two divides them, yet as integers they are exact, narrow and fast, and fields that should be zero are.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast._work.pieces import pieces

__all__ = ["common_scale", "real"]

_LARGEST = 2**24  # of the integers; beyond, anything is a multiple of something, up to rounding
_DENOMINATOR = 2**15
_SLACK = 2.0**-40  # of an integer: sums of thousands of rounded terms stay within it
_ROUNDING = 2.0**-50  # of the number itself
_PROBES, _ROUNDS = 256, 24

Floats = NDArray[np.float64]


def common_scale(*arrays: Floats) -> float | None:
    """The largest s > 0 for which all entries are integers times s, each to 2^-40 s or 2^-50 of itself.

    None where there is none, or an integer would pass 2^24. Some entries suggest an s, all are compared with it, and
    those that do not fit make it smaller by a whole factor.
    """
    sizes = [_spread(np.ravel(array)) for array in arrays]
    misfits = np.concatenate(sizes)
    scale = float(misfits.max(initial=0.0))
    for _ in range(_ROUNDS):
        if not scale > 0.0:
            return None
        finer = _refined(scale, misfits)
        if finer is None:
            return None
        scale = finer
        misfits = np.concatenate([_misfits(np.ravel(array), scale) for array in arrays])
        if not len(misfits):
            return _nearest(scale, arrays)
    return None


def _spread(values: Floats) -> Floats:
    """Sizes of some entries that are not zero, from all over the array, the largest of all among them."""
    if not len(values):
        return values
    some = np.abs(values[:: max(1, len(values) // _PROBES)])
    largest = max(abs(float(values.max())), abs(float(values.min())))
    return np.append(some[some > 0], largest) if largest else some[:0]


def _refined(scale: float, sizes: Floats) -> float | None:
    """The largest whole fraction of a scale of which all sizes are multiples."""
    from fractions import Fraction  # brings decimal along: not at `import hebbfast`

    for size in np.unique(sizes).tolist():
        ratio = size / scale
        if not ratio < _LARGEST:
            return None
        if _fits(ratio, round(ratio)):
            continue
        part = Fraction(ratio).limit_denominator(_DENOMINATOR)
        if not part or not _fits(ratio * part.denominator, part.numerator):
            return None
        scale /= part.denominator
    return scale


def _fits(ratio: float, integer: int) -> bool:
    return integer > 0 and abs(ratio - integer) <= max(_SLACK, _ROUNDING * ratio)


def _misfits(values: Floats, scale: float) -> Floats:
    """Sizes of the first entries that are no multiples of a scale; too large ones are none."""
    for part in pieces(len(values), bytes_each=32):
        sizes = np.abs(values[part])
        ratios = sizes / scale
        wrong = ~(np.abs(ratios - np.rint(ratios)) <= np.maximum(_SLACK, _ROUNDING * ratios)) | (ratios >= _LARGEST)
        wrong |= (ratios < 0.5) & (sizes > 0)
        if wrong.any():
            return sizes[wrong][:_PROBES]
    return values[:0]


def _nearest(scale: float, arrays: tuple[Floats, ...]) -> float:
    """The scale as the largest entry has it, or a fraction of integers near it that entries fit as well."""
    from fractions import Fraction

    sizes = np.concatenate([_spread(np.ravel(array)) for array in arrays])
    found = float(sizes.max()) / round(float(sizes.max()) / scale)
    integers = np.rint(sizes / found)
    bar = 2 * _distance(sizes, integers, found) + _ROUNDING / 2
    for most in (_DENOMINATOR, _LARGEST):
        fraction = float(Fraction(found).limit_denominator(most))
        if _distance(sizes, integers, fraction) <= bar:
            return fraction
    return found


def _distance(sizes: Floats, integers: Floats, scale: float) -> float:
    """The largest relative error of integers times a scale."""
    return float(np.abs(integers * scale / sizes - 1).max())


def real(integers: NDArray[Any], scale: float) -> Floats:
    """Integers times a scale, rounded once where that is a fraction of integers, too: 2 / D times 7 is 14 / D."""
    if math.frexp(scale)[0] == 0.5:
        return np.asarray(integers * scale)
    from fractions import Fraction

    fraction = Fraction(scale).limit_denominator(_LARGEST)
    if fraction.numerator <= _LARGEST and float(fraction) == scale:
        return np.asarray(integers * float(fraction.numerator) / float(fraction.denominator))
    return np.asarray(integers * scale)
