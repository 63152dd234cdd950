"""Patterns as text, .csv and .txt: one pattern a line, its values between commas, semicolons, tabs or blanks."""

import contextlib
import csv
import os
import re
from collections.abc import Generator

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments
from hebbfast.bits import PackedPatterns
from hebbfast.files import blocks
from hebbfast.files.thresholds import binarise

__all__ = ["HEAD", "is_text", "read_text"]

Path = str | os.PathLike[str]

HEAD = 1 << 20  # bytes that tell whether a file is text: the names of many columns may come first
_LOOKED_AT = 4096  # bytes of them that hold no control characters
_SEPARATORS = (",", ";", "\t")  # else any blanks
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
_EMPTY = rb"(?:[ \t\r\n]|#[^\n]*\n)*"
_NAME = rb'(?:"[^"\n]*"|[^\s"#\d.+-][^\s"]*)'
_NAMES = rb'(?:(?:"[^"\n]*"|[^\n#,;\t])*+[,;\t]|' + _NAME + rb"(?: +" + _NAME + rb")+ *(?=[#\r\n]))"  # at least two
_NUMBERS = re.compile(
    rb"(?:\xef\xbb\xbf)?" + _EMPTY + rb"(?:" + _NAMES + rb"[^\n]*\n" + _EMPTY + rb")?(?:[-+.\d]|nan|inf)", re.IGNORECASE
)
_QUOTED, _COMMENT = re.compile('"[^"]*"'), re.compile('("[^"]*")|#.*')
_LABELS = "labels of rows and columns must be left out, in pandas by to_csv(header=False, index=False)"


def is_text(head: bytes) -> bool:
    """Whether a file that begins so is lines of numbers, perhaps below a line of names."""
    return _NUMBERS.match(head) is not None and not _CONTROL.search(head[:_LOOKED_AT])


def read_text(path: Path, threshold: str | float | None) -> PackedPatterns:
    """Read the patterns of lines of numbers; values that are not ±1 are cut at the threshold."""
    with contextlib.closing(_rows(path)) as rows:  # a walk that ends early leaves no file open
        cut = threshold is not None and not all(_are_signs(row).all() for _, row in rows)
    with contextlib.closing(_rows(path)) as rows:
        if cut and threshold is not None:
            return blocks.pack_blocks(binarise(row, threshold)[None] for _, row in rows)
        return blocks.pack_blocks(_signs(line, row)[None] for line, row in rows)


def _rows(path: Path) -> Generator[tuple[int, NDArray[np.float64]], None, None]:
    """The values (D,) of each pattern and the number of its line; empty lines and what is behind # are passed over."""
    first = separator = None
    with open(path, encoding="utf-8-sig", errors="surrogateescape") as file:
        for number, line in enumerate(file, 1):
            if "#" in line:
                line = _COMMENT.sub(r"\1", line).rstrip()
            line = line.strip(" \r\n")
            if not line.strip():
                continue
            if first is None:
                separator = next((mark for mark in _SEPARATORS if mark in _QUOTED.sub("", line)), None)
            fields = _split(line, separator)
            if first is None:
                first = number, len(fields)
                if all(map(_is_name, fields)):
                    continue
                _refuse_labels(number, fields)
            values = _values(number, fields)
            if len(values) != first[1]:
                count = f"{len(values):,} value{'s' * (len(values) != 1)}"
                raise ValueError(f"line {number} has {count}, but line {first[0]} has {first[1]:,}")
            yield number, values


def _split(line: str, separator: str | None) -> list[str]:
    """What stands between separators that are not quoted; without one, between blanks."""
    if '"' not in line:
        return line.split(separator)
    return next(csv.reader([line], delimiter=separator or " ", skipinitialspace=True))


def _refuse_labels(line: int, fields: list[str]) -> None:
    """No column without a name, as above the names of rows, and not 0, 1, 2 and so on as names."""
    if len(fields) > 1 and not fields[0].strip():
        raise ValueError(f"line {line}, column 1: a number is wanted, got ''; {_LABELS}")
    if len(fields) > 2 and all(field.strip() == str(column) for column, field in enumerate(fields)):
        raise ValueError(f"line {line} counts columns, from 0 to {len(fields) - 1}; {_LABELS}")


def _is_name(field: str) -> bool:
    return bool(field.strip()) and _number(field) is None


def _values(line: int, fields: list[str]) -> NDArray[np.float64]:
    """Finite numbers; the first that is none is named by its place."""
    values = [_number(field) for field in fields]
    if None in values:
        column = values.index(None)
        raise ValueError(
            f"line {line}, column {column + 1}: a number is wanted, got {_arguments.shown(fields[column])}"
        )
    found = np.array(values, dtype=np.float64)
    if not (finite := np.isfinite(found)).all():
        raise ValueError(
            f"line {line}, column {finite.argmin() + 1}: a finite number is wanted, got {found[~finite][0]}"
        )
    return found


def _number(text: str) -> float | None:
    """What a field says, if it is a number as every program writes it."""
    try:
        return float(text) if text.isascii() and "_" not in text else None
    except ValueError:
        return None


def _are_signs(row: NDArray[np.float64]) -> NDArray[np.bool_]:
    signs: NDArray[np.bool_] = (row == 1) | (row == -1)
    return signs


def _signs(line: int, row: NDArray[np.float64]) -> NDArray[np.int8]:
    """The row as it is, of ±1."""
    if not (signs := _are_signs(row)).all():
        what = f"without a threshold only +1 and -1 are taken, got {row[~signs][0]:g}"
        raise ValueError(f"line {line}, column {signs.argmin() + 1}: {what}")
    return row.astype(np.int8)
