"""A value that is made when it is first asked for, once, whatever threads and forks do meanwhile."""

import os
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["Once"]

Value = TypeVar("Value")


class Once(Generic[Value]):
    """Calls ``make`` at the first call, and gives the same value ever after."""

    __slots__ = ("_lock", "_make", "_process", "_value")

    def __init__(self, make: Callable[[], Value]) -> None:
        self._make = make
        self._value: tuple[Value] | None = None
        self._lock, self._process = threading.Lock(), os.getpid()

    @classmethod
    def of(cls, value: Value) -> "Once[Value]":
        """One that has been made."""
        once = cls(lambda: value)
        once._value = (value,)
        return once

    def __call__(self) -> Value:
        if self._value is None:
            if self._process != os.getpid():  # a fork copies a lock that another thread holds, but not the thread
                self._lock, self._process = threading.Lock(), os.getpid()
            with self._lock:
                if self._value is None:
                    self._value = (self._make(),)
        return self._value[0]

    def peek(self) -> Value | None:
        """The value, if it has been made."""
        return None if self._value is None else self._value[0]
