"""What theory expects of a trial; NaN where it has no answer."""

import math
from collections.abc import Callable

from hebbfast import theory
from hebbfast.experiments.trials import Protocol

__all__ = ["expected_patterns", "expected_success", "patterns_of_one_update"]


def expected_success(protocol: Protocol, units: int, patterns: int) -> float:
    """The share of successes."""
    if not protocol.one_step:
        return math.nan
    error = _answer(protocol, lambda F: theory.unit_error(units, patterns, F, tie=protocol.tie))
    return 1 - error if protocol.criterion == "unit" else (1 - error) ** units


def expected_patterns(protocol: Protocol, units: int, error: float) -> float:
    """The K at which so many fail."""
    if protocol.one_step:
        return patterns_of_one_update(protocol, units, error)
    if protocol.degree != 2:
        return math.nan
    return _answer(protocol, lambda F: theory.asymptotic_capacity(units, F, "retrieval"))


def patterns_of_one_update(protocol: Protocol, units: int, error: float) -> float:
    """The K that one update of all units predicts, for half success or, of single units, for the error."""
    criterion, failures = ("unit", error) if protocol.criterion == "unit" else ("pattern", 0.5)
    return _answer(protocol, lambda F: theory.capacity(units, F, criterion, failures))


def _answer(protocol: Protocol, law: Callable[..., float]) -> float:
    try:
        return law(protocol.interaction)
    except (TypeError, ValueError):
        if protocol.known:
            raise
        return math.nan  # an interaction of the caller's own need not have a law
