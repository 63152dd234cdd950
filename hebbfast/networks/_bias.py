"""A field of its own for each unit of a pattern memory, as an integer beside the sums over patterns."""

import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments
from hebbfast.interactions import Interaction, Weights
from hebbfast.networks._weights import WIDE

__all__ = ["biased", "read"]

_LARGEST = 2.0**61  # of a bias in units of the sums
_FINEST = 52  # binary places that a double can use


def read(bias: Any, units: int) -> NDArray[np.float64]:
    """(D,) of float64, finite; a copy, read-only."""
    values = _arguments.real_array("bias", bias)
    if values.shape != (units,):
        raise ValueError(f"bias must have shape ({units},), got shape {values.shape}")
    found: NDArray[np.float64] = values.astype(np.float64)
    found.flags.writeable = False
    return found


def biased(tables: Weights, bias: NDArray[np.float64], interaction: Interaction, patterns: int) -> Weights:
    """Tables with a bias: N_i + b_i divisor, in integers.

    Where b_i divisor is none, patterns count 2^s times, with the smallest s that makes all of them integers, or the
    largest for which sums fit int64; what is left is rounded.
    """
    who = type(interaction).__name__
    if tables.relative:
        raise ValueError(f"bias must be None for {who}, whose sums are relative to the largest overlap")
    with np.errstate(over="ignore"):
        amounts = bias * tables.divisor
    largest = float(np.abs(amounts).max())
    times = np.ones(patterns, dtype=np.int64) if tables.multitude is None else tables.multitude
    total = float(np.abs(times).sum())
    reached = largest if tables.gain is None else largest + total * float(np.abs(tables.gain).max())
    if largest >= _LARGEST or reached >= 2.0 * _LARGEST:
        most = _LARGEST / tables.divisor
        raise ValueError(
            f"bias must stay below {most:.3g} in size for {who}, so that sums fit int64, got {np.abs(bias).max():g}"
        )
    numbers, places = _exactly(bias, tables.divisor)
    shift = min(max(places), _room(tables, times, reached))
    scale = 2.0**shift
    return replace(
        tables,
        bias=np.array([_over(x, place - shift) for x, place in zip(numbers, places, strict=True)], dtype=np.int64),
        multitude=tables.multitude if shift == 0 else times << shift,
        limbs=tables.limbs + (tables.limbs > 0 and shift > 0),
        divisor=tables.divisor * scale,
        energy_divisor=tables.energy_divisor * scale,
    )


def _room(tables: Weights, times: NDArray[np.int64], reached: float) -> int:
    """The largest s for which sums of fields and of energies fit what they are added in."""
    if tables.gain is None:
        return 0
    if tables.power_table is not None:
        reached = max(reached, float(np.abs(times).sum()) * float(np.abs(tables.power_table).max()))
    room = math.floor(math.log2(2.0 * _LARGEST / max(reached, 1.0))) - 1
    if tables.limbs:
        room = min(room, WIDE - int(np.abs(times).max()).bit_length())
    return max(0, min(room, _FINEST))


def _exactly(bias: NDArray[np.float64], factor: float) -> tuple[list[int], list[int]]:
    """x and p of each b · factor = x / 2^p, with the smallest p of at least zero."""
    by, below = factor.as_integer_ratio()  # of a float the denominator is a power of two
    numbers, places = [], []
    for above, under in (b.as_integer_ratio() for b in bias.tolist()):
        x, place = above * by, (under * below).bit_length() - 1
        less = min(place, (x & -x).bit_length() - 1) if x else place
        numbers.append(x >> less)
        places.append(place - less)
    return numbers, places


def _over(x: int, place: int) -> int:
    """The integer nearest to x / 2^place, the even one of two."""
    return x << -place if place <= 0 else round(Fraction(x, 1 << place))
