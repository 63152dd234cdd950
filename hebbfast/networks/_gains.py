"""G of an interaction for sums of our own, as integers of any size: digits, of which each is summed in int64."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast._exp import exp
from hebbfast.interactions import Weights

__all__ = ["Gains", "leading", "read_gains"]


@dataclass(frozen=True)
class Gains:
    """G(X / past) by (X + past (D + 1)) / 2, for X = -past (D + 1) up to past (D + 1), all times one constant.

    ``digits`` (L, past (D + 1) + 1) int64 are signed and have ``bits`` bits, the lowest first; there is one where all
    sums fit int64. Those of an exponential are relative: X counts from the largest sum.
    """

    digits: NDArray[np.int64]
    bits: int
    units: int
    past: int
    relative: bool

    def places(self, sums: NDArray[Any], top: Any = None) -> NDArray[np.int64]:
        """Twice the places of sums of ``past`` overlaps; G of X = sums ± t is found t / 2 away."""
        places: NDArray[np.int64] = sums.astype(np.int64) + self.past * (self.units + 1)
        if self.relative:
            places += self.past * self.units - top
        return places

    def whole(self, parts: list[NDArray[np.int64]]) -> NDArray[Any]:
        """Sums of all digits: int64, or Python integers where there are several."""
        if len(parts) == 1:
            return parts[0]
        found: NDArray[Any] = parts[0].astype(object)
        for j, part in enumerate(parts[1:], 1):
            found = found + (part.astype(object) << self.bits * j)
        return found


def read_gains(weights: Weights, units: int, total: int, past: int = 1) -> Gains:
    """The digits of tables made for D units and sums in which patterns count ``total`` times, of means over states.

    Raises
    ------
    ValueError
        If ``past`` is above 1 and the shape of G is not known.
    """
    if past == 1 and weights.gain is not None:
        return Gains(weights.gain[None], 0, units, past, weights.relative)
    if weights.relative:
        below = exp(-weights.beta * np.arange(2.0 * past * (units + 1), -1.0, -2.0) / past)
        gain = np.rint(below * 2.0**weights.shift).astype(np.int64)
        return Gains(gain[None], 0, units, past, True)
    if not weights.power:
        raise ValueError(f"past must be 1 for an interaction that is neither a power nor an exponential, got {past}")
    values = [
        _power(x + past, weights) - _power(x - past, weights)
        for x in range(-past * (units + 1), past * (units + 1) + 1, 2)
    ]
    largest = max(max(values), -min(values))
    bits = largest.bit_length() if 2 * total * largest < 2**62 else 61 - total.bit_length()
    count = max(1, -(-largest.bit_length() // bits))
    digits = [[(abs(g) >> bits * j & (1 << bits) - 1) * (-1 if g < 0 else 1) for g in values] for j in range(count)]
    return Gains(np.array(digits, dtype=np.int64), bits, units, past, False)


def leading(
    values: NDArray[np.int64], rest: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Rows of ``count`` values without their last digits, how many these are, and what a signed sum may lose by that.

    The loss, with that of a ``rest`` which is left out, is about half of the largest value at most.
    """
    room = np.maximum(np.abs(values).max(axis=1) // 2 - rest, 0)
    shift = np.frexp(room // count)[1].astype(np.int64)
    by = shift[:, None]
    rough = values + (1 << by >> 1) >> by
    return rough, shift, np.abs(values - (rough << by)).sum(axis=1) + rest


def _power(x: int, weights: Weights) -> int:
    return int((max(x, 0) if weights.rectified else x) ** weights.power)
