"""Couplings without float noise: fractions on one common step, and products that every machine rounds alike.

Fields are sums of couplings, and a field of exactly zero is a tie. Couplings that are rounded one by one lose it:
0.1 + 0.2 - 0.3 is not 0. Whole numbers times one step keep it, in whatever order they are added.
"""

import math
from fractions import Fraction
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from hebbfast import _kernels
from hebbfast._work.pieces import pieces

__all__ = ["WHOLE", "faded", "fraction", "on_one_step", "ordered_product", "signed_sums", "whole_rows"]

WHOLE = 2**62  # integers are below this wherever they are added
_SIMPLE = 10**6  # denominators of coefficients that people mean
_LEAST_BITS = 16  # of a step: couplings are off by less than 1e-5, all by the same factor
_FIELD_BITS = 60  # three times a row of couplings: what a network adds up
_PIECES = 3  # of a row of doubles


def fraction(value: float) -> Fraction:
    """The fraction that is meant by a double: 1/3 and 3/10 have no other name."""
    if isinstance(value, int):
        return Fraction(value)
    simple = Fraction(value).limit_denominator(_SIMPLE)
    return simple if float(simple) == value else Fraction(repr(float(value)))


def on_one_step(whole: NDArray[np.int64], denominator: int) -> NDArray[np.float64] | None:
    """``whole / denominator`` as doubles that are whole multiples of one step, or None where that takes too many bits.

    A denominator that is a power of two is exact. Any other one is replaced by a near one, m / 2^e with as many bits as
    there is room for: that multiplies all of them by one factor within 2^-16 of 1, nearly always much closer, and
    changes no sign of any sum.
    """
    shared = denominator
    for row in whole:
        if shared == 1:
            break
        shared = math.gcd(shared, int(np.gcd.reduce(row)))
    whole, denominator = whole // shared, denominator // shared
    sizes = np.abs(whole)
    row_sums = sizes.astype(np.float64).sum(axis=1)
    bits = min(53 - int(sizes.max()).bit_length(), _FIELD_BITS - math.frexp(3 * float(row_sums.max()))[1])
    shift = denominator.bit_length() - 1
    if denominator == 2**shift:
        return np.ldexp(whole.astype(np.float64), -shift) if bits >= 0 else None
    if bits < _LEAST_BITS:
        return None
    exponent = shift + bits
    step = round(Fraction(2**exponent, denominator))  # at most 2^bits
    return np.ldexp((whole * step).astype(np.float64), -exponent)


def ordered_product(a: NDArray[Any], b: NDArray[np.float64], exact: bool = False) -> NDArray[np.float64]:
    """(n, k) or (k,) @ (k, m) with the same bits on every machine: sums in order, while a BLAS has its own.

    ``exact`` says that no product of two entries needs rounding: one of the two matrices holds signs.
    """
    if a.ndim == 1:
        row = np.empty((1, b.shape[1]))
        _kernels.ordered_product(a[None], b, row, exact)
        return cast("NDArray[np.float64]", row[0])
    rows, out = np.ascontiguousarray(a, dtype=np.float64), np.empty((len(a), b.shape[1]))
    for part in pieces(len(rows), b.size):
        _kernels.ordered_product(rows[part], b, out[part], exact)
    return out


def signed_sums(rows: NDArray[np.float64], signs: NDArray[Any]) -> NDArray[np.float64]:
    """Σ_j row_j sign_j of each row with its own signs, rounded once: zero exactly where the sum is.

    Rows are cut into whole numbers so short that their sums leave room in 53 bits; what is lost lies 100 bits below
    the largest of the row.
    """
    bits = 52 - rows.shape[1].bit_length()
    cut, power = _cut(rows, bits)
    total = np.zeros(len(rows))
    for order, whole in reversed(list(enumerate(cut))):  # the smallest first
        total += np.ldexp((whole * signs).sum(axis=1), -order * bits)
    return np.ldexp(total, power)


def whole_rows(rows: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which rows are whole numbers of one step, of which any sum with signs is exact?"""
    power = np.frexp(np.abs(rows).max(axis=1, initial=0.0))[1]
    scaled = np.ldexp(rows, (52 - rows.shape[1].bit_length() - power)[:, None])
    whole: NDArray[np.bool_] = (scaled == np.rint(scaled)).all(axis=1)
    return whole


def faded(
    signs: NDArray[np.int8], keep: Fraction, scale: Fraction = Fraction(1), epochs: int = 1
) -> NDArray[np.float64]:
    """Σ scale · keep^age ξ ξᵀ over all presentations, on one step: exactly, or with the weight of each ξ rounded."""
    count, units = signs.shape
    shown = count * epochs
    top, bottom = keep.as_integer_ratio()
    if (shown - 1) * math.log2(bottom) + math.log2(shown * max(scale.numerator, 1)) < 36:
        powers = np.array([top ** (shown - 1 - k) * bottom**k for k in range(shown)], dtype=np.float64)
        whole = _weighted(signs, scale.numerator * powers.reshape(epochs, count).sum(axis=0)).astype(np.int64)
        made = on_one_step(whole, bottom ** (shown - 1) * scale.denominator)
        if made is not None:
            return made
    ages = np.arange(shown - 1, -1, -1).reshape(epochs, count)
    weights = np.array([math.fsum(float(keep) ** age for age in of_one) for of_one in ages.T.tolist()]) * float(scale)
    shift = min(52, _FIELD_BITS - (3 * units).bit_length()) - math.frexp(math.fsum(abs(weights)))[1]
    rounded: NDArray[np.float64] = np.ldexp(_weighted(signs, np.rint(np.ldexp(weights, shift))), -shift)
    return rounded


def _weighted(signs: NDArray[np.int8], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums of whole numbers below 2^53."""
    x = signs.astype(np.float64)
    made = np.empty((x.shape[1], x.shape[1]))
    for part in pieces(len(made), x.size // 8, 16 * len(x)):  # BLAS takes eight steps at once
        made[part] = (weights[:, None] * x[:, part]).T @ x
    np.fill_diagonal(made, 0.0)
    return made


def _cut(rows: NDArray[Any], bits: int) -> tuple[list[NDArray[np.float64]], NDArray[np.int64]]:
    """Whole numbers of so many bits, and a power of two for each row: row = (n0 + n1 2^-bits + ...) 2^power."""
    rest = np.array(rows, dtype=np.float64, order="C")
    power = np.frexp(np.abs(rest).max(axis=1, initial=0.0))[1].astype(np.int64) - bits
    rest = np.ldexp(rest, -power[:, None])
    found = []
    for _ in range(_PIECES):
        whole = np.rint(rest)
        found.append(whole)
        rest = np.ldexp(rest - whole, bits)
        if not rest.any():
            break
    return found, power
