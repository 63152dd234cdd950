"""The arguments of theory: each message names the argument, what it got and what it wants."""

import math
import operator
from collections.abc import Sequence
from typing import Any

from hebbfast.interactions import Exponential, Interaction, Polynomial


def whole(name: str, value: Any, least: int) -> int:
    """An integer of at least ``least``; floats count when they are whole."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    try:
        result = operator.index(value)
    except TypeError:
        raise ValueError(f"{name} must be an integer of at least {least}, got {value!r}") from None
    if result < least:
        raise ValueError(f"{name} must be an integer of at least {least}, got {value!r}")
    return result


def real(name: str, value: Any, low: float = -math.inf, high: float = math.inf, ends: str = "()") -> float:
    """A finite number between ``low`` and ``high``; ``ends`` are the brackets of the interval."""
    interval = f"{ends[0]}{low:g}, {high:g}{ends[1]}"
    try:
        result = float(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} must be a number in {interval}, got {value!r}") from None
    above = result >= low if ends[0] == "[" else result > low
    below = result <= high if ends[1] == "]" else result < high
    if not (math.isfinite(result) and above and below):
        raise ValueError(f"{name} must be a finite number in {interval}, got {value!r}")
    return result


def choice(name: str, value: Any, allowed: Sequence[str]) -> str:
    """One of the ``allowed`` words."""
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}, got {value!r}")
    return str(value)


def interaction(value: Any) -> Interaction:
    """An interaction of the package."""
    if not isinstance(value, (Polynomial, Exponential)):
        raise ValueError(f"interaction must be a Polynomial, RectifiedPolynomial or Exponential, got {value!r}")
    return value
