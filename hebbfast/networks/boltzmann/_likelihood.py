"""ln Z of a machine: counted, or by annealed importance sampling from independent units."""

import math
import warnings

import numpy as np
from numpy.typing import NDArray

from hebbfast.dynamics.partition import LogPartition
from hebbfast.networks.boltzmann._model import Model, Signs, log_two_cosh

__all__ = ["annealed", "independent", "independent_fields"]

_FEW = 10  # chains that must share the weight


def independent_fields(values: Signs) -> NDArray[np.float64]:
    """Fields b of independent units with the means of patterns (K, V), tanh b = mean, kept a pattern away from ±1."""
    nearest = 1.0 - 2.0 / (len(values) + 1)
    found: NDArray[np.float64] = np.arctanh(np.clip(values.mean(axis=0, dtype=np.float64), -nearest, nearest))
    return found


def independent(fields: NDArray[np.float64], count: int, rng: "np.random.Generator") -> Signs:
    """(count, V) of units that are +1 with probability 1 / (1 + exp(-2 b)), each by itself."""
    chances = 1.0 / (1.0 + np.exp(-2.0 * fields))
    return np.where(rng.random((count, len(fields))) < chances, 1, -1).astype(np.int8)


def annealed(
    model: Model,
    fields: NDArray[np.float64],
    *,
    chains: int,
    sweeps: int,
    rng: "np.random.Generator",
    threads: int | None,
    warn: bool = True,
) -> LogPartition:
    """ln Z by Neal (2001): from units that see ``fields`` alone, β = 0, to the machine, β = 1, a sweep each step."""
    before = model.tempered(0.0, fields)
    moving = before.start(independent(fields, chains, rng), rng)
    weights = np.zeros(chains)
    for step in range(1, sweeps + 1):
        after = model.tempered(step / sweeps, fields)
        weights += after.exponents(moving) - before.exponents(moving)
        if step < sweeps:
            after.move(moving, 1, threads=threads)
        before = after
    top = float(weights.max())
    shares = np.exp(weights - top)
    mean = float(shares.mean())
    if warn and float(shares.sum() ** 2 / (shares**2).sum()) < _FEW:
        warnings.warn(
            f"ln Z rests on fewer than {_FEW} of {chains} chains and is too low: take more sweeps than {sweeps}",
            UserWarning,
            stacklevel=4,
        )
    error = float(shares.std(ddof=1)) / (mean * math.sqrt(chains)) if chains > 1 else math.nan
    free = float(log_two_cosh(fields)) + model.hidden * math.log(2.0)
    return LogPartition(free + top + math.log(mean), error)
