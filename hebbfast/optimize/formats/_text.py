"""Lines of numbers, read so that whatever is wrong is named by file and line."""

import os
import re
import stat
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments
from hebbfast.optimize._inputs import Terms
from hebbfast.optimize._terms import read_weights

__all__ = ["Entries", "Line", "Text"]

_MOST = 10**8  # variables: a slip in a first line shall not take all memory
_WHOLE = re.compile(r"[+-]?[0-9]+")
_LONG = 1000  # digits, which are too many


def _integer(word: str) -> int:
    return int(word) if len(word) < _LONG else 10**_LONG


class Line:
    """The words of a line, and where it stands."""

    def __init__(self, text: "Text", number: int, words: list[str]) -> None:
        self._text, self.number, self.words = text, number, words

    def fail(self, message: str) -> NoReturn:
        """Raise, with file and line."""
        raise ValueError(f"{self._text.path}, line {self.number}: {message}")

    def whole(self, place: int, what: str, least: int = 0, most: int = _MOST) -> int:
        """The integer at a place."""
        word = self.words[place]
        if not _WHOLE.fullmatch(word) or not least <= _integer(word) <= most:
            self.fail(f"{what} must be an integer from {least} to {most}, got {_arguments.shown(word)}")
        return _integer(word)

    def weight(self, place: int, what: str = "the weight") -> int | float:
        """The number at a place: an integer of 64 bits if it is written as one, else a finite float."""
        word = self.words[place]
        if _WHOLE.fullmatch(word):
            return self.fitting(_integer(word), what, word)
        try:
            number = float(word.replace("_", "?"))  # 1_0 is a number in Python alone
        except ValueError:
            number = np.nan
        if not np.isfinite(number):
            self.fail(f"{what} must be a finite number, got {_arguments.shown(word)}")
        return number

    def fitting(self, number: int | float, what: str, got: Any = None) -> int | float:
        """A number made of such weights, if it is an integer of 64 bits or a finite float, too."""
        if isinstance(number, int) and not -(2**63) <= number < 2**63:
            self.fail(f"{what} must be an integer of 64 bits or a float, got {_arguments.shown(got or number)}")
        if not np.isfinite(number):
            self.fail(f"{what} must be a finite number, got {number}")
        return number

    def expect(self, least: int, most: int, what: str) -> None:
        """So many words."""
        if not least <= len(self.words) <= most:
            count = str(least) if least == most else f"{least} to {most}"
            self.fail(f"{what} must have {count} numbers, got {len(self.words)}")


class Text:
    """The lines of a file that hold words, one after another."""

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            mode = os.stat(path).st_mode
        except (FileNotFoundError, NotADirectoryError):
            raise FileNotFoundError(f"no such file: {path}") from None
        except ValueError as error:
            raise ValueError(f"path must name a file, got {path!r}: {error}") from None
        if not stat.S_ISREG(mode):
            raise ValueError(f"{path}: not a regular file")
        with open(path, "rb") as file:
            data = file.read()
        try:
            lines = data.decode().split("\n")
        except UnicodeDecodeError as error:
            raise ValueError(f"{path}, line {data.count(10, 0, error.start) + 1}: not text") from None
        words = ((number, line.split()) for number, line in enumerate(lines, 1))
        self.lines = [Line(self, number, found) for number, found in words if found]
        self._next, self._last = 0, len(lines)
        if not self.lines:
            raise ValueError(f"{path}: it is empty")

    def more(self) -> bool:
        """Whether there are lines left."""
        return self._next < len(self.lines)

    def take(self, what: str) -> Line:
        """The next line; it fails where there is none."""
        if not self.more():
            raise ValueError(f"{self.path}, line {self._last}: the file ends before {what}")
        self._next += 1
        return self.lines[self._next - 1]

    def end(self, what: str) -> None:
        """Nothing may follow."""
        if self.more():
            line = self.lines[self._next]
            line.fail(f"nothing may follow {what}, got {_arguments.shown(line.words[0])}")


class Entries:
    """Entries (i, j, w) of n variables, counted from ``base``, each pair once; with ``twice`` it has twice its weight.

    So it is in x'Qx of a symmetric Q.
    """

    def __init__(self, variables: int, base: int, twice: bool = False) -> None:
        self.variables, self.base, self._twice = variables, base, twice
        self._places: dict[tuple[int, int], int] = {}
        self._weights: list[int | float] = []

    def add(self, line: Line, weight: int | float, *, loops: bool) -> tuple[int, int]:
        """The pair that a line begins with, i ≤ j, counted from 0."""
        i, j = (line.whole(k, "an index", self.base, self.base + self.variables - 1) - self.base for k in (0, 1))
        pair = min(i, j), max(i, j)
        if i == j and not loops:
            line.fail(f"an edge must have two ends, got {i + self.base} twice")
        before = self._places.setdefault(pair, line.number)
        if before != line.number:
            line.fail(f"{i + self.base} {j + self.base} was given before, in line {before}")
        if self._twice and i != j:
            weight = line.fitting(2 * weight, "twice the weight, for a pair counts twice,")
        self._weights.append(weight)
        return pair

    def terms(self) -> Terms:
        """All of them."""
        pairs = np.array(list(self._places), dtype=np.int64).reshape(-1, 2)
        weights: NDArray[Any] = read_weights("weights", self._weights)
        return Terms(self.variables, pairs[:, 0].copy(), pairs[:, 1].copy(), weights, None, False)
