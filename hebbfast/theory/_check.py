"""What the laws of theory accept beyond `hebbfast._arguments`."""

from typing import Any

from hebbfast import _arguments
from hebbfast.interactions import Interaction, Polynomial

TABLE = 10**7  # numbers of overlaps or of fields that a law is summed over


def count(name: str, value: Any, least: int) -> int:
    """An integer of at least ``least``: laws know no 64 bits, but float64 must hold it."""
    if type(value) is int and 2**63 <= value < 2**1000:
        return value
    return _arguments.whole(name, value, least)


def interaction(value: Any) -> Interaction:
    """Anything with ``weights(units, patterns)`` and ``__call__(overlap)``."""
    if isinstance(value, type) or not (callable(value) and hasattr(value, "weights")):
        raise TypeError(
            "interaction must be a Polynomial, RectifiedPolynomial, Exponential or an object with "
            f"weights(units, patterns) and __call__(overlap), got {_arguments.shown(value)}"
        )
    found: Interaction = value
    return found


def polynomial(value: Any, of_what: str) -> Polynomial:
    """A polynomial, for which a closed form exists."""
    if not isinstance(interaction(value), Polynomial):
        raise ValueError(f"interaction must be a polynomial: no closed form for {of_what} of {_arguments.shown(value)}")
    found: Polynomial = value
    return found


def units_of_table(D: int) -> int:
    """D, where a law is summed over the overlaps of D units."""
    if D > TABLE:
        raise ValueError(f"D must be at most {TABLE:,} for a law that is summed over all overlaps, got {D:,}")
    return D
