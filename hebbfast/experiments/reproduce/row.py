"""A claim in one row, and what its numbers are made of: means and ratios over networks, with intervals of 99.9 %."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from hebbfast._records import Record
from hebbfast.experiments.statistics import Interval

__all__ = ["LEVEL", "Claim", "Row", "Z", "around", "mean", "ratio", "scaled"]

LEVEL = 0.999  # 1.6 % of the runs of all rows show a miss by chance
Z = NormalDist().inv_cdf((1 + LEVEL) / 2)


@dataclass(frozen=True, eq=False)
class Row(Record):
    """A claim, what theory says, what simulation says.

    Attributes
    ----------
    claim, source : str
        What is claimed, and where.
    claimed, tolerance : float
        The published number and half of the unit of its last digit; NaN where theory itself is the claim.
    limit : float
        Theory in the limit in which the claim is meant, mostly that of many units; NaN where there is none.
    expected : float
        Theory at the size that is simulated; NaN where there is none and the simulation meets the claim itself.
    measured : Interval
        The simulation; NaN or without bounds where it shows no number.
    setting : str
        Sizes and numbers of networks.
    remark : str
        Why a row misses.
    undecided : str
        Why the simulation may show no number.
    """

    claim: str
    source: str
    claimed: float
    tolerance: float
    limit: float
    expected: float
    measured: Interval
    setting: str
    remark: str = ""
    undecided: str = "the simulation shows no number with bounds"

    @property
    def decided(self) -> bool:
        """Whether the simulation shows a number with bounds."""
        return all(map(math.isfinite, (self.measured.value, self.measured.low, self.measured.high)))

    @property
    def claim_holds(self) -> bool:
        """Whether theory, or without one the simulation, gives the published number, as far as that is decided."""
        if math.isnan(self.claimed):
            return True
        if math.isnan(self.limit):
            low, high = self.measured.low - self.tolerance, self.measured.high + self.tolerance
            return not self.decided or low <= self.claimed <= high
        return abs(self.claimed - self.limit) <= self.tolerance

    @property
    def simulation_agrees(self) -> bool:
        """Whether theory lies within the interval of the simulation, as far as there are both."""
        known = self.decided and not math.isnan(self.expected)
        return not known or self.measured.low <= self.expected <= self.measured.high

    @property
    def verdict(self) -> str:
        """All of it in words."""
        words = [] if self.claim_holds else ["the claim is off"]
        words += [] if self.simulation_agrees else ["theory is off"]
        words += [] if self.decided else ["not decided"]
        return ", ".join(words) or "agrees"

    @property
    def note(self) -> str:
        """Why the verdict is not that all agree; empty where it is."""
        reasons = [] if self.claim_holds and self.simulation_agrees else [self.remark]
        reasons += [] if self.decided else [self.undecided]
        return "; ".join(filter(None, reasons))


Claim = Callable[[bool, np.random.Generator, int | None], Row]
"""From whether to be quick, the source of chance and threads to a row."""


def mean(per_network: NDArray[np.float64]) -> Interval:
    """Mean over networks."""
    return around(float(per_network.mean()), float(per_network.std(ddof=1)) / math.sqrt(len(per_network)))


def ratio(numerators: NDArray[np.float64], denominators: NDArray[np.float64]) -> Interval:
    """Ratio of sums over networks, its error by linearization."""
    ratio = float(numerators.sum() / denominators.sum())
    residuals = (numerators - ratio * denominators) / denominators.mean()
    return around(ratio, float(residuals.std(ddof=1)) / math.sqrt(len(residuals)))


def around(value: float, deviation: float) -> Interval:
    """Interval of a normal number."""
    return Interval(value, value - Z * deviation, value + Z * deviation)


def scaled(interval: Interval, factor: float) -> Interval:
    """Interval in another unit; ``factor`` > 0."""
    return Interval(interval.value * factor, interval.low * factor, interval.high * factor)
