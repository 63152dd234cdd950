"""The noise of any interaction: G at each overlap of the other units, summed over the binomial law of the overlap."""

import math

import numpy as np
from numpy.typing import NDArray

from hebbfast.interactions import Interaction, read_weights
from hebbfast.theory import _check
from hebbfast.theory._noise_law import log_half_binomial

__all__ = ["chances", "gains", "moment", "signal_and_spread"]


def gains(D: int, interaction: Interaction) -> tuple[list[int], float]:
    """Integers G and a unit: F(S+1) - F(S-1) is the unit times G, at S = 1-D, 3-D, ..., D-1."""
    weights = read_weights(interaction, _check.units_of_table(D), 1)
    if weights.gain is not None and not weights.relative:
        return weights.gain[1:-1].tolist(), 2 / weights.divisor
    differences = np.diff(np.asarray(interaction(np.arange(-D, D + 1, 2)), dtype=np.float64))
    exponent = math.frexp(float(np.abs(differences).max()) or 1.0)[1] - 53
    return np.rint(np.ldexp(differences, -exponent)).astype(np.int64).tolist(), math.ldexp(1.0, exponent)


def chances(D: int) -> NDArray[np.float64]:
    """Logarithms of the probabilities of these S."""
    return log_half_binomial(D - 1, np.arange(D))


def moment(D: int, interaction: Interaction, order: int) -> float:
    """E[g^order] for an even order."""
    whole, unit = gains(D, interaction)
    largest = max(map(abs, whole))
    if largest == 0:
        return 0.0
    parts = np.abs(np.array(whole, dtype=np.float64)) / largest
    found = (largest * unit) ** order * math.fsum(np.exp(chances(D)) * parts**order)
    return float(found)


def signal_and_spread(D: int, interaction: Interaction, flips: int) -> tuple[float, float]:
    """What the pattern of the cue gives to a field, and the deviation of what one foreign pattern gives."""
    whole, unit = gains(D, interaction)
    return whole[D - 1 - flips] * unit, math.sqrt(moment(D, interaction, 2))
