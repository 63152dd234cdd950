"""Records that compare by value: arrays entry by entry, and not known (NaN) equal to not known."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np

__all__ = ["Record", "Sent", "aligned", "same"]

T = TypeVar("T")


class Record:
    """Base of frozen dataclasses, declared with ``eq=False``: two of one class are equal when all their fields are.

    Pickled and copied ones are equal, and their arrays read-only where they were.
    """

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(same(mine, theirs) for mine, theirs in zip(_values(self), _values(other), strict=True))

    def __hash__(self) -> int:
        return hash((type(self), *map(_key, _values(self))))

    def __getstate__(self) -> tuple[dict[str, Any], list[str]]:
        values = vars(self)
        arrays = ((name, value) for name, value in values.items() if isinstance(value, np.ndarray))
        return dict(values), [name for name, value in arrays if not value.flags.writeable]

    def __setstate__(self, state: tuple[dict[str, Any], list[str]]) -> None:
        values, read_only = state
        vars(self).update({name: aligned(value) for name, value in values.items()})
        for name in read_only:  # pickled arrays come back writable
            vars(self)[name].flags.writeable = False


class Sent:
    """Base of what goes to the kernels of another process: its arrays come out of the message aligned."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update({name: aligned(value) for name, value in state.items()})


def aligned(value: T) -> T:
    """An array at an address of its size: parts of a message may lie at any. All else as it is."""
    if isinstance(value, np.ndarray) and not value.flags.aligned:
        return value.copy()
    return value


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal, NaN being equal to NaN, in arrays and collections, too."""
    if one is other:
        return True
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        if type(one) is not type(other) or one.dtype != other.dtype:
            return False
        return np.array_equal(one, other, equal_nan=one.dtype.kind in "fc")
    if isinstance(one, float) and isinstance(other, float):
        return one == other or (one != one and other != other)
    if isinstance(one, (tuple, list)) and type(one) is type(other):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return bool(one == other)


def _values(record: Any) -> list[Any]:
    return [getattr(record, field.name) for field in fields(record) if field.compare]


def _key(value: Any) -> Any:
    """The same for values that are the same, and can be hashed; large things give their size alone."""
    if isinstance(value, np.ndarray):
        return value.shape
    if isinstance(value, float) and value != value:
        return "not known"
    if isinstance(value, (tuple, list)):
        return tuple(map(_key, value))
    return len(value) if isinstance(value, Mapping) else value
