"""What the outcomes of many trials say: shares, thresholds, exponents and crossings, each with its interval.

The unit of chance is the network: its cues share the patterns, so their outcomes are correlated, and every interval
here counts networks. Plain arrays go in, frozen records come out.
"""

from hebbfast.experiments.statistics.crossings import Crossing, crossing
from hebbfast.experiments.statistics.intervals import Interval, Share, share, trials_needed, wilson
from hebbfast.experiments.statistics.lines import Line, ScalingFit, fit_line, fit_scaling
from hebbfast.experiments.statistics.thresholds import ProbitFit, fit_error, fit_probit

__all__ = [
    "Crossing",
    "Interval",
    "Line",
    "ProbitFit",
    "ScalingFit",
    "Share",
    "crossing",
    "fit_error",
    "fit_line",
    "fit_probit",
    "fit_scaling",
    "share",
    "trials_needed",
    "wilson",
]
