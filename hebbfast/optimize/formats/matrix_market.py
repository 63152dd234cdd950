"""Matrices of MatrixMarket (Boisvert, Pozo and Remington 1996), read here: damaged ones have ended SciPy's reader.

So whatever is wrong is named by its line, as in all other formats.
"""

from collections.abc import Iterator

import numpy as np

from hebbfast import _arguments
from hebbfast.optimize._inputs import Terms
from hebbfast.optimize._terms import read_weights
from hebbfast.optimize.formats._text import Line, Text

__all__ = ["read_market"]

_WORDS = {
    "format": ("coordinate", "array"),
    "field": ("integer", "real", "pattern"),
    "symmetry": ("general", "symmetric"),
}


def read_market(text: Text, loops: bool) -> Terms:
    """A square matrix: its entries, those of one place added; of a symmetric one the file has a triangle."""
    head = text.take("the first line")
    words = [word.lower() for word in head.words]
    if words[:2] != ["%%matrixmarket", "matrix"] or len(words) != 5:
        head.fail("the first line must be: %%MatrixMarket matrix FORMAT FIELD SYMMETRY")
    for word, (what, known) in zip(words[2:], _WORDS.items(), strict=True):
        if word not in known:
            head.fail(f"the {what} must be one of {', '.join(known)}, got {_arguments.shown(word)}")
    dense, pattern, symmetric = words[2] == "array", words[3] == "pattern", words[4] == "symmetric"
    if dense and pattern:
        head.fail("an array must have numbers, got pattern")
    size = _next(text, "the size of the matrix")
    size.expect(2 if dense else 3, 2 if dense else 3, "the size of the matrix")
    n, columns = size.whole(0, "the number of rows", 1), size.whole(1, "the number of columns", 1)
    if columns != n:
        size.fail(f"the matrix must be square, got {n} rows and {columns} columns")
    count = 0 if dense else size.whole(2, "the number of entries")
    found: dict[tuple[int, int], int | float] = {}
    for line, i, j, weight in _array(text, n, symmetric) if dense else _coordinates(text, n, count, pattern):
        if i == j and weight and not loops:
            line.fail(f"an edge must have two ends, got {i + 1} twice")
        found[i, j] = line.fitting(found.get((i, j), 0) + weight, f"the sum of entries at {i + 1} {j + 1}")
        if symmetric and i != j:
            found[j, i] = found[i, j]
    while text.more():
        line = text.take("")
        if not line.words[0].startswith("%"):
            line.fail(f"nothing may follow the entries that line {size.number} promises")
    places = np.array(list(found), dtype=np.int64).reshape(-1, 2)
    weights = read_weights("weights", list(found.values()))
    present = weights != 0
    return Terms(n, places[present, 0], places[present, 1], weights[present], None, True)


def _coordinates(text: Text, n: int, count: int, pattern: bool) -> Iterator[tuple[Line, int, int, int | float]]:
    for entry in range(count):
        line = _next(text, f"entry {entry + 1} of {count}")
        line.expect(2 if pattern else 3, 2 if pattern else 3, "an entry")
        i, j = (line.whole(k, "an index", 1, n) - 1 for k in (0, 1))
        yield line, i, j, 1 if pattern else line.weight(2)


def _array(text: Text, n: int, symmetric: bool) -> Iterator[tuple[Line, int, int, int | float]]:
    """Column by column, a number a line."""
    for j in range(n):
        for i in range(j if symmetric else 0, n):
            line = _next(text, f"row {i + 1} of column {j + 1}")
            line.expect(1, 1, "a line of an array")
            yield line, i, j, line.weight(0, "an entry")


def _next(text: Text, what: str) -> Line:
    line = text.take(what)
    while line.words[0].startswith("%"):
        line = text.take(what)
    return line
