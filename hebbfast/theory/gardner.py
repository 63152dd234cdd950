"""The bound for any couplings: how many patterns some matrix could store, whatever the rule that finds it."""

import math

from scipy import special

from hebbfast import _arguments

__all__ = ["gardner_capacity"]


def gardner_capacity(kappa: float = 0.0) -> float:
    """Largest load K/D at which couplings exist that store random patterns with a margin.

    Parameters
    ----------
    kappa : float, default 0
        The margin: each unit of each pattern has ξ_i h_i ≥ kappa, for couplings of row norm 1. Below 0
        some errors are allowed, and the replica-symmetric value is an upper bound only.

    Returns
    -------
    float
        The load ``1 / ((1 + κ²) Φ(κ) + κ φ(κ))``, the inverse of the average of (z + κ)² over z > -κ.

    Raises
    ------
    ValueError
        If kappa is not a finite number.

    Notes
    -----
    Gardner (1988), "The space of interactions in neural network models", J. Phys. A 21, 257, for unbiased patterns.
    Hebbian capacities are other numbers: there the couplings are given, here they are the best.

    Examples
    --------
    >>> import hebbfast as hb
    >>> hb.theory.gardner_capacity(0.0)
    2.0
    """
    kappa = _arguments.real("kappa", kappa)
    density = math.exp(-kappa * kappa / 2) / math.sqrt(2 * math.pi)
    average = (1 + kappa * kappa) * float(special.ndtr(kappa)) + kappa * density
    return 1 / average if average > 0 else math.inf
