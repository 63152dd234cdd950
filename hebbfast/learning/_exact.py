"""Couplings without float noise: fractions on one common step, and products that every machine rounds alike.

Fields are sums of couplings, and a field of exactly zero is a tie. Couplings that are rounded one by one lose it:
0.1 + 0.2 - 0.3 is not 0. Whole numbers times one step keep it, in whatever order they are added.
"""

import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast._work.pieces import pieces

__all__ = ["WHOLE", "dots", "faded", "fraction", "on_one_step", "product", "weighted_sum"]

WHOLE = 2**62  # integers are below this wherever they are added
_SIMPLE = 10**6  # denominators of coefficients that people mean
_LEAST_BITS = 16  # of a step: couplings are off by less than 1e-5, all by the same factor
_FIELD_BITS = 60  # three times a row of couplings: what a network adds up
_PIECES = 3
_IN_CACHE = 256  # a piece of that share of what pieces may take


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


def product(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.float64]:
    """(n, k) @ (k, m) with the same bits on every machine, and zero where the exact sum is.

    Rows of ``a`` and columns of ``b`` are cut into whole numbers so short that no sum of k products leaves 53 bits:
    BLAS adds these exactly, in whatever order it likes. What is cut off lies 60 bits below the largest of the row.
    """
    if _whole(a, b):
        return a.astype(np.float64) @ b.astype(np.float64)
    bits = (52 - a.shape[1].bit_length()) // 2
    right, right_shift = _cut(b.T, bits)
    out = np.empty((a.shape[0], b.shape[1]))
    for part in pieces(len(out), a.shape[1] * b.shape[1] // 8, 32 * (a.shape[1] + b.shape[1])):
        left, left_shift = _cut(a[part], bits)
        total = np.zeros((part.stop - part.start, b.shape[1]))
        for order in reversed(range(_PIECES)):  # the smallest first
            for i in range(order + 1):
                if i < len(left) and order - i < len(right):
                    total += np.ldexp(left[i] @ right[order - i].T, -order * bits)
        out[part] = np.ldexp(total, left_shift[:, None] + right_shift)
    return out


def _whole(a: NDArray[Any], b: NDArray[Any]) -> bool:
    """Are all products and their sums integers below 2^53, exact in any order?"""
    largest = [float(np.abs(x).max(initial=0)) if x.dtype.kind == "f" else 2.0 ** (8 * x.itemsize - 1) for x in (a, b)]
    if not largest[0] * largest[1] * a.shape[1] < 2.0**53:
        return False
    return all(x.dtype.kind in "iu" or bool((x == np.rint(x)).all()) for x in (a, b))


def dots(rows: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """``rows @ x``, added in a fixed order."""
    found = np.empty(len(rows))
    for part in pieces(len(rows), bytes_each=8 * _IN_CACHE * len(x)):
        found[part] = (rows[part] * x).sum(axis=1)
    return found


def weighted_sum(weights: NDArray[np.float64], rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """``weights @ rows``, added in a fixed order."""
    total = np.zeros(rows.shape[1])
    for part in pieces(len(rows), bytes_each=8 * _IN_CACHE * rows.shape[1]):
        total += (weights[part, None] * rows[part]).sum(axis=0)
    return total


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
