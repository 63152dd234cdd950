"""Graphs as rudy writes them, and so the G-set; quadratic problems of Biq Mac, whose files look the same."""

import numpy as np

from hebbfast.optimize._inputs import Terms
from hebbfast.optimize.formats._text import Entries, Line, Text

__all__ = ["read_matrix", "read_rows"]


def _head(text: Text) -> Line:
    """The first line that is no comment of Biq Mac's."""
    line = text.take("the number of vertices")
    while line.words[0].startswith("#"):
        line = text.take("the number of vertices")
    return line


def read_rows(text: Text, loops: bool, twice: bool = False) -> Terms:
    """``n m``, and m rows ``i j w``, counted from 1; without w it is 1. What stands behind n and m is passed over."""
    head = _head(text)
    if len(head.words) < 2:
        head.fail("the first line must have the numbers of vertices and of edges, got one number")
    entries = Entries(head.whole(0, "the number of vertices", 1), 1, twice)
    count = head.whole(1, "the number of edges")
    for row in range(count):
        line = text.take(f"edge {row + 1} of {count}")
        line.expect(2, 3, "an edge")
        entries.add(line, line.weight(2) if len(line.words) == 3 else 1, loops=loops)
    text.end(f"the {count} edges that line {head.number} promises")
    return entries.terms()


def read_matrix(text: Text, loops: bool) -> Terms:
    """``n``, perhaps with more behind it, and the n × n numbers of a matrix, row by row, however they fill lines."""
    head = _head(text)
    n = head.whole(0, "the number of rows", 1)
    numbers: list[int | float] = []
    while len(numbers) < n * n:
        line = text.take(f"number {len(numbers) + 1} of {n * n}")
        if len(numbers) + len(line.words) > n * n:
            line.fail(f"{n} rows must have {n * n} numbers, got more")
        for place in range(len(line.words)):
            i, j = divmod(len(numbers), n)
            numbers.append(line.weight(place, "an entry"))
            if i == j and numbers[-1] and not loops:
                line.fail(f"the diagonal of a graph must be zero, got {numbers[-1]} in row {i + 1}")
    text.end(f"the {n} rows of the matrix")
    matrix = np.array(numbers).reshape(n, n)
    first, second = np.nonzero(matrix)
    return Terms(n, first, second, matrix[first, second], None, True)
