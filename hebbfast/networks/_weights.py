"""Weights of patterns, E = -Σ_μ w_μ F(m_μ), as integers: how often each pattern counts."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments
from hebbfast.interactions import Interaction, Weights, read_weights

__all__ = ["WIDE", "each", "read", "weigh"]

Made = TypeVar("Made")

WIDE = 29  # bits of a weight beside exact sums of pieces: c/shared/limbs.h
_LEAST = 20  # bits that the largest weight of an exponential keeps


def read(weights: Any, patterns: int) -> NDArray[Any]:
    """(K,) of int64, or of float64 where one is no integer; a copy, read-only."""
    values = _arguments.real_array("weights", weights)
    if values.shape != (patterns,):
        raise ValueError(f"weights must have shape ({patterns},), one number a pattern, got shape {values.shape}")
    with np.errstate(over="ignore"):  # long doubles
        sizes = np.abs(values.astype(np.float64))
    size, largest = float(sizes.sum()), float(sizes.max())
    if size == 0:
        raise ValueError("weights must leave at least one pattern, got zeros alone")
    whole = values.dtype.kind != "f" or bool((values == np.rint(values)).all())
    if whole and size >= 2.0**62:
        raise ValueError(f"weights must be integers of a sum below 2**62 in size, got one of {size:.6g}")
    if not whole and not 1e-200 < largest < 1e200:
        raise ValueError(f"weights must lie between 1e-200 and 1e200 in size, got up to {largest:g}")
    found = values.astype(np.int64 if whole else np.float64)
    found.flags.writeable = False
    return found


def each(rows: NDArray[Any], cues: int, patterns: int, make: Callable[[NDArray[Any]], Made]) -> list[Made]:
    """What is made of each row of weights (Q, K); an error names the row."""
    if len(rows) != cues:
        raise ValueError(f"weights must have a row for each of {cues} cues, got {len(rows)} rows")
    if rows.shape[1] != patterns:
        raise ValueError(f"weights must have shape ({cues}, {patterns}), one number a pattern, got shape {rows.shape}")
    made = []
    for q, row in enumerate(rows):
        try:
            made.append(make(row))
        except ValueError as error:
            raise ValueError(f"{error}, in row {q}") from None
    return made


def weigh(interaction: Interaction, units: int, weights: NDArray[Any] | None, patterns: int) -> Weights:
    """The tables of an interaction for D units and K patterns that count so often; None stands for once.

    Real numbers become multiples of one power of two: 29 bits of the largest for powers, whose sums are exact for any
    size, and half of 62 - log2 K for others, so that as many are left for G.
    """
    plain = read_weights(interaction, units, patterns)
    if weights is None or bool((weights == 1).all()):
        return plain
    who, shift = type(interaction).__name__, 0
    if weights.dtype.kind == "f":
        bits = WIDE if plain.power else (62 - patterns.bit_length()) // 2
        shift = bits - math.frexp(float(np.abs(weights).max()))[1]
        multitude = np.rint(np.ldexp(weights, shift)).astype(np.int64)
    else:
        multitude = weights
    if plain.logarithmic and multitude.min() < 0:
        wrong = int(weights.argmin())
        raise ValueError(f"weights must not be negative in the logarithm of {who}, got {weights[wrong]:g} at {wrong}")
    total = int(np.abs(multitude).sum())
    if plain.relative and total >= 2 ** (62 - _LEAST):
        raise ValueError(f"weights must sum to less than 2**{62 - _LEAST} for {who}, got {total}")
    found = read_weights(interaction, units, total)
    if found.limbs and int(np.abs(multitude).max()) > 2**WIDE:
        largest = weights[np.abs(weights).argmax()]
        raise ValueError(f"weights must be at most 2**{WIDE} in size where sums leave int64, got {largest}")
    scale = math.ldexp(1.0, shift)
    return replace(
        found,
        multitude=multitude,
        divisor=found.divisor * scale,
        energy_divisor=found.energy_divisor * scale,
        unit=found.unit if found.logarithmic else found.unit / scale,
        limbs=found.limbs + 1 if found.limbs else 0,
        filter_error=plain.filter_error + 2.0**-49,
    )
