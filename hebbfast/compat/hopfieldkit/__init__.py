"""The names of ``hopfieldkit`` 0.1: ``import hebbfast.compat.hopfieldkit as hopfieldkit``.

Its random numbers are drawn as it draws them, so results are equal bit for bit wherever its own are not decided by
rounding: fields are exact here, there they are sums of float64, and near zero their last bit decides. That can happen
only in runs that meet a field of exactly zero (never, if (N - 1) K is odd) while N is no power of two.
"""

from hebbfast.compat.hopfieldkit.capacity import ags_1985_bound, empirical_capacity_scan, hopfield_1982_estimate
from hebbfast.compat.hopfieldkit.diagnostics import classify_recall_outcome, detect_order_dependence
from hebbfast.compat.hopfieldkit.hebbian import HopfieldNetwork
from hebbfast.compat.hopfieldkit.perceptron import PerceptronHopfieldNetwork

__all__ = [
    "HopfieldNetwork",
    "PerceptronHopfieldNetwork",
    "ags_1985_bound",
    "classify_recall_outcome",
    "detect_order_dependence",
    "empirical_capacity_scan",
    "hopfield_1982_estimate",
]
