"""The partition function Z(T) = Σ_σ exp(-E(σ) / T): all states counted, or annealed importance sampling."""

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments
from hebbfast._records import Record
from hebbfast._work.threads import over, thread_count
from hebbfast.dynamics.chains import block
from hebbfast.dynamics.replicas import Tempered, expect_energy
from hebbfast.dynamics.rules import read_rules, read_temperature
from hebbfast.dynamics.starts import starts

__all__ = ["LogPartition", "log_partition"]

_COUNTED, _MOST = 20, 28  # units: counted by default, and at most
_PIECE = 1 << 14  # states
_FEW = 10  # chains that must share the weight

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LogPartition(Record):
    """ln Z and how sure it is.

    Attributes
    ----------
    value : float
        ln Z.
    error : float
        One standard deviation; 0 where all states were counted.
    """

    value: float
    error: float

    def __repr__(self) -> str:
        return f"<LogPartition {self.value:.6g}{f' ± {self.error:.1g}' if self.error else ', exact'}>"


def log_partition(
    network: Tempered,
    temperature: float | None = None,
    *,
    beta: float | None = None,
    method: str | None = None,
    chains: int = 256,
    sweeps: int = 1000,
    rng: Any = None,
    threads: int | None = None,
) -> LogPartition:
    """ln Z of a network, Z = Σ_σ exp(-E(σ) / T).

    Parameters
    ----------
    network : HopfieldNetwork, DenseAssociativeMemory or another network with an energy
        Of D units.
    temperature : float, optional
        T > 0, 1 by default.
    beta : float, optional
        β = 1 / T in its place, at least 0.
    method : {"exact", "annealed"}, optional
        Count all 2^D states, up to 28 units; or annealed importance sampling (Neal 2001): ``chains`` states go from
        β = 0, where units are independent, to β = 1 / T in ``sweeps`` equal steps with a sweep each, and the mean of
        exp(-Σ Δβ E) estimates Z / 2^D. By default exact up to 20 units.
    chains, sweeps : int
        Of the annealed method.
    rng : seed, SeedSequence or Generator, optional
        Passed to `numpy.random.default_rng`.
    threads : int, optional
        As in ``recall``.

    Returns
    -------
    LogPartition
        ``value`` and ``error``.

    Raises
    ------
    ValueError
        If an argument is not as described, there are too many states to count, or E / T leaves float64.

    Warns
    -----
    UserWarning
        If fewer than 10 chains carry the estimate: then it is too low, and its error too small.

    Examples
    --------
    >>> import hebbfast as hb
    >>> network = hb.HopfieldNetwork([[0, 1], [1, 0]])
    >>> hb.log_partition(network, 2.0)  # ln(2 e^(1/2) + 2 e^(-1/2))
    <LogPartition 1.50641, exact>
    >>> hb.log_partition(network, 2.0, method="annealed", rng=0)
    <LogPartition 1.50688 ± 0.0009>
    """
    expect_energy(network)
    T = read_temperature(temperature, beta, 1.0)
    T = _arguments.real("temperature" if beta is None else "1 / beta", T, 0.0, ends="(]")
    count, steps = _arguments.size("chains", chains), _arguments.size("sweeps", sweeps)
    if method is None:
        method = "exact" if network.units <= _COUNTED else "annealed"
    _arguments.choice("method", method, ("exact", "annealed"))
    if method == "exact":
        if network.units > _MOST:
            raise ValueError(f"method must be 'annealed' for more than {_MOST} units, got 'exact' for {network.units}")
        found = _counted(network, T, threads)
    else:
        with np.errstate(over="ignore", invalid="ignore"):
            found = _annealed(network, T, count, steps, rng, threads)
    if not math.isfinite(found.value):
        name = "temperature" if beta is None else "1 / beta"
        raise ValueError(f"{name} must be so large that E / T stays below 1.8e308, got {T:g}")
    return found


def _counted(network: Tempered, temperature: float, threads: int | None) -> LogPartition:
    """Σ of exp over pieces of all states, each below its own largest term."""
    states = 1 << network.units

    def piece(first: int, stop: Any) -> tuple[float, float]:
        if stop.is_set():
            return -math.inf, 0.0
        words = np.arange(first, min(states, first + _PIECE), dtype=np.uint64)[:, None]
        with np.errstate(over="ignore", invalid="ignore"):
            exponents = network._energies_of(words, 1) / -temperature
            top = float(exponents.max())
            return top, float(np.exp(exponents - top).sum())

    found = over(piece, range(0, states, _PIECE), thread_count(threads))
    top = max(largest for largest, _ in found)
    return LogPartition(top + math.log(math.fsum(part * math.exp(largest - top) for largest, part in found)), 0.0)


def _annealed(
    network: Tempered, temperature: float, count: int, steps: int, rng: Any, threads: int | None
) -> LogPartition:
    step = 1.0 / (temperature * steps)  # of β
    table = np.minimum(temperature * (steps / np.arange(1.0, max(2, steps))), np.finfo(np.float64).max)
    words, seeds = starts(network, None, count, None, _arguments.generator(rng))
    rules = read_rules(network.units, order="sequential", temperature=table)
    moving = network._chains(rules, words, seeds, threads=threads)
    weights: Floats = -step * moving.energies
    stride = block(network.units, count)
    for first in range(0, steps - 1, stride):
        weights -= step * moving.follow(min(steps - 1, first + stride)).sum(axis=0)
    top = float(weights.max())
    shares = np.exp(weights - top)
    mean = float(shares.mean())
    if float(shares.sum() ** 2 / (shares**2).sum()) < _FEW:
        warnings.warn(
            f"ln Z rests on fewer than {_FEW} of {count} chains and is too low: take more sweeps than {steps}",
            UserWarning,
            stacklevel=3,
        )
    error = float(shares.std(ddof=1)) / (mean * math.sqrt(count)) if count > 1 else math.nan
    return LogPartition(network.units * math.log(2.0) + top + math.log(mean), error)
