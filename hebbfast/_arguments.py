"""The one wording of every refusal: the message names the argument, what it wants and what it got.

Integers are Python's and NumPy's, never bools or floats (`3.0` is a slip more often than a wish); real numbers are
finite and never text; arrays with masked entries have no value there and are refused.
"""

import math
import numbers
import operator
import os
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Update = Literal["async", "sync"]
Order = Literal["random", "sequential", "replacement"]
Tie = Literal["plus", "keep", "minus"]
Method = Literal["heat_bath", "metropolis"]
Draws = Literal["own", "shared"]
Keep = Literal["best", "last"]
Cycles = Literal["stop", "continue"]
METHODS = ("heat_bath", "metropolis")
DRAWS = ("own", "shared")
UPDATES, ORDERS, TIES = ("async", "sync"), ("random", "sequential", "replacement"), ("plus", "keep", "minus")
CYCLES = ("stop", "continue")

LARGEST = 2**63 - 1  # what the kernels count with


def whole(name: str, value: Any, least: int, most: int = LARGEST) -> int:
    """An integer from ``least`` to ``most``."""
    if type(value) is int and least <= value <= most:  # by far the most frequent
        return value
    try:
        number = None if isinstance(value, (bool, np.bool_)) else operator.index(value)
    except TypeError:
        number = None
    if number is None or number < least or number > most:
        wanted = (
            f"of at least {least}"
            if most == LARGEST and (number is None or number < least)
            else (f"from {least} to {most}")
        )
        raise ValueError(f"{name} must be an integer {wanted}, got {shown(value)}")
    return number


def size(name: str, value: Any) -> int:
    """A size of an array: an integer from 1 to 2^31 - 1."""
    return whole(name, value, 1, 2**31 - 1)


def real(name: str, value: Any, low: float = -math.inf, high: float = math.inf, ends: str = "[]") -> float:
    """A finite number between ``low`` and ``high``; ``ends`` are the brackets of the interval."""
    if type(value) is float and low < value < high:  # the usual one, in a tenth of a microsecond
        return value
    number = math.nan
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
    above = number >= low if ends[0] == "[" else number > low
    below = number <= high if ends[1] == "]" else number < high
    if not (math.isfinite(number) and above and below):
        raise ValueError(f"{name} must be a finite number{_interval(low, high, ends)}, got {shown(value)}")
    return number


def flip(value: Any) -> float:
    """The probability p in (0, ½) with which units flip on the way from a pattern to its cue."""
    if isinstance(value, numbers.Real) and value == 0.5:
        raise ValueError("flip must be below 0.5, got 0.5: a unit that flips as often as not says nothing")
    return real("flip", value, 0.0, 0.5, ends="()")


def _interval(low: float, high: float, ends: str) -> str:
    if math.isinf(high):
        return "" if math.isinf(low) else f" of at least {low:g}" if ends[0] == "[" else f" above {low:g}"
    if math.isinf(low):
        return f" of at most {high:g}" if ends[1] == "]" else f" below {high:g}"
    if ends == "[]":
        return f" from {low:g} to {high:g}"
    return f" in {ends[0]}{low:g}, {high:g}{ends[1]}"


def choice(name: str, value: Any, allowed: Sequence[str], other: str = "") -> str:
    """One of the ``allowed`` words; ``other`` says what else may be given."""
    if not isinstance(value, str) or value not in allowed:
        words = ", ".join(map(repr, allowed)) + (f" or {other}" if other else "")
        raise ValueError(f"{name} must be one of {words}, got {shown(value)}")
    return value


def flag(name: str, value: Any) -> bool:
    """True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name} must be True or False, got {shown(value)}")
    return bool(value)


def array(name: str, values: Any, wanted: str) -> NDArray[Any]:
    """An array of what has a value everywhere; ``wanted`` says what it should hold."""
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        where = [int(j) for j in np.argwhere(np.ma.getmaskarray(values))[0]]
        raise ValueError(f"{name} must hold {wanted}, got a masked entry at {where}")
    try:
        return np.asarray(values)
    except (ValueError, TypeError, OverflowError) as error:
        if "inhomogeneous" in str(error) or "setting an array element" in str(error):
            raise ValueError(f"{name} must hold {wanted}, got rows of different lengths") from None
        raise ValueError(f"{name} must hold {wanted}, got {type(values).__name__}: {error}") from None


def are_integers(values: NDArray[Any]) -> bool:
    """Integers? Those beyond 64 bits, which are Python's own in an array of objects, can be compared as well."""
    return values.dtype.kind in "iu" or (values.dtype == object and all(type(value) is int for value in values.flat))


def real_array(name: str, values: Any) -> NDArray[Any]:
    """An array of finite real numbers, as it came."""
    found = array(name, values, "real numbers")
    if found.dtype == object and found.size and are_integers(found):
        largest = max(found.flat, key=abs)
        got = "an array of objects" if -(2**63) <= largest < 2**63 else shown(largest)
        raise ValueError(f"{name} must be integers of 64 bits or floats, got {got}")
    if found.dtype.kind not in "iuf":
        raise TypeError(f"{name} must hold real numbers, got dtype {found.dtype}")
    if found.dtype.kind == "f" and not np.isfinite(found).all():
        where = [int(j) for j in np.argwhere(~np.isfinite(found))[0]]
        raise ValueError(f"{name} must be finite, got {found[tuple(where)]} at {where}")
    return found


def mask(name: str, values: ArrayLike, units: int) -> NDArray[np.bool_]:
    """A boolean mask of shape (D,), or of a picture (H, W) with H W = D."""
    found = array(name, values, f"a boolean mask of shape ({units},)")
    if found.ndim == 2 and found.size == units:
        found = found.ravel()
    if found.dtype != bool or found.shape != (units,):
        raise ValueError(f"{name} must be a boolean mask of shape ({units},), got {found.dtype} of shape {found.shape}")
    return found


def indices(name: str, values: ArrayLike, units: int) -> NDArray[np.uint32]:
    """Indices of units, within 0..D-1, at least one."""
    found = array(name, values, "integers")
    if found.ndim != 1 or not are_integers(found) or len(found) == 0:
        raise ValueError(f"{name} must be a 1-d array of integers, got {found.dtype} of shape {found.shape}")
    if found.max() >= units or (found.dtype.kind != "u" and found.min() < 0):
        wrong = found[(found < 0) | (found >= units)][0]
        raise ValueError(f"{name} must lie in 0..{units - 1}, got {wrong}")
    return np.require(found, np.uint32, ["C", "A"])


def generator(rng: Any, name: str = "rng") -> "np.random.Generator":  # as text: NumPy loads its generators late
    """What `numpy.random.default_rng` makes of a seed, a SeedSequence, a bit generator or a Generator."""
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} must be None, a seed (an integer of at least 0 or several), a SeedSequence or a Generator, "
            f"got {shown(rng)}: {error}"
        ) from None


def function(name: str, value: Any, wanted: str) -> Callable[..., Any]:
    """Something that can be called."""
    if not callable(value):
        raise TypeError(f"{name} must be {wanted}, got {shown(value)}")
    found: Callable[..., Any] = value
    return found


def several(value: Any) -> list[Any]:
    """One value, or several, as a list."""
    try:
        return [value] if isinstance(value, str) else list(value)
    except TypeError:
        return [value]


def path(name: str, value: Any) -> str:
    """A path, as text."""
    try:
        return os.fsdecode(value)
    except TypeError:
        raise TypeError(f"{name} must be a path, got {shown(value)}") from None


def shown(value: Any) -> str:
    """A value as a message shows it: short, on one line."""
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} and shape {value.shape}"
    text = " ".join(repr(value).split()) if not isinstance(value, int) or abs(value) < 10**40 else "a huge integer"
    return text if len(text) <= 80 else text[:77] + "..."
