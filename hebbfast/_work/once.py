"""A value that is made when it is first asked for, once, whatever threads and forks do meanwhile."""

import os
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["Once"]

Value = TypeVar("Value")


class Once(Generic[Value]):
    """Calls ``make`` when `value` is first asked for; from then on that is a plain attribute, found without a call."""

    __slots__ = ("_is_made", "_lock", "_make", "_process", "value")
    value: Value

    def __init__(self, make: Callable[[], Value]) -> None:
        self._make, self._is_made = make, False
        self._lock, self._process = threading.Lock(), os.getpid()

    @classmethod
    def of(cls, value: Value) -> "Once[Value]":
        """One that has been made."""
        once = cls(lambda: value)
        once.value, once._is_made = value, True
        return once

    def __getattr__(self, name: str) -> Value:
        """`value`, while nobody has set it."""
        if name != "value":
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        if self._process != os.getpid():  # a fork copies a lock that another thread holds, but not the thread
            self._lock, self._process = threading.Lock(), os.getpid()
        with self._lock:
            if not self._is_made:
                self.value, self._is_made = self._make(), True
        return self.value

    def peek(self) -> Value | None:
        """The value, if it has been made."""
        return self.value if self._is_made else None
