"""Files of problems, each format in a file; `read` finds out which one it is."""

import os
from dataclasses import replace
from typing import Any

from hebbfast import _arguments
from hebbfast.optimize._inputs import Terms
from hebbfast.optimize.formats._text import Text
from hebbfast.optimize.formats.beasley import read_programs
from hebbfast.optimize.formats.coo import read_coefficients
from hebbfast.optimize.formats.matrix_market import read_market
from hebbfast.optimize.formats.qbsolv import read_qubo
from hebbfast.optimize.formats.rudy import read_matrix, read_rows
from hebbfast.optimize.problem import VALUES, Problem
from hebbfast.optimize.solvers import problem_of

__all__ = ["read"]


def read(path: str | os.PathLike[str], kind: str | None = None, *, number: int | None = None) -> Problem:
    """Read a problem from a file.

    Parameters
    ----------
    path : path
        The first line says what it is: ``%%MatrixMarket``; ``# vartype=`` of dimod; ``p qubo`` or a comment of qbsolv;
        one number, of OR-Library's programs; two numbers, of rudy and the G-set. Of these, Biq Mac's ``.sparse`` and
        ``.mat``, with rows of Q or all of it, are known by their names.
    kind : {"maxcut", "qubo", "ising"}, optional
        How to take a matrix or a graph: "maxcut" by default, "qubo" for Biq Mac's two. The others know what they are.
    number : int, optional
        Which of several problems in a file, counted from 1; needed where there are several.

    Returns
    -------
    Problem
        A QUBO of OR-Library is to be maximised, all others minimised.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is damaged or cut short, has an index out of range, a pair twice, a loop in a graph, a number that is not
        finite or an integer beyond 64 bits; the message begins with the path and the line.

    Notes
    -----
    docs/optimization.md has the formats in a table. As couplings of an Ising problem, J_ij = w.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import hebbfast as hb
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "ring.txt")
    ...     _ = path.write_text("3 3\\n1 2 1\\n2 3 1\\n1 3 1\\n")
    ...     problem = hb.optimize.read(path)
    >>> problem, problem.value([0, 1, 0])
    (<Problem ring.txt: maxcut of 3 variables, 3 terms>, 2)
    """
    file = _arguments.path("path", path)
    wanted = None if kind is None else _arguments.choice("kind", kind, tuple(VALUES))
    which = None if number is None else _arguments.whole("number", number, 1)
    text = Text(file)
    found, own, bias = _read(text, wanted)
    if own is not None and wanted not in (None, own):
        raise ValueError(f"kind must be {own!r} for {file}, whose format says so, got {wanted!r}")
    if which is None and len(found) > 1:
        raise ValueError(f"number must say which of the {len(found)} problems in {file}, got None")
    if which is not None and which > len(found):
        raise ValueError(f"number must be at most {len(found)}, the problems in {file}, got {which}")
    name = os.path.basename(file) + (f" {which}" if len(found) > 1 else "")
    try:
        problem = problem_of(own or wanted or "maxcut", found[(which or 1) - 1], name, bias=bias)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from None
    return replace(problem, sense="max") if isinstance(found, Programs) else problem


class Programs(list[Terms]):
    """Those of OR-Library: they are to be maximised."""


def _read(text: Text, kind: str | None) -> tuple[list[Terms], str | None, Any]:
    """Entries of all problems, the kind that the format settles, and a bias."""
    first = text.lines[0].words
    if first[0].startswith("%%"):
        return [read_market(text, loops=kind == "qubo")], None, None
    if first[0] in ("c", "p"):
        return [read_qubo(text)], "qubo", None
    if "vartype" in "".join(first) or (first[0].startswith("#") and text.path.endswith(".coo")):
        own, terms, bias = read_coefficients(text)
        return [terms], own, bias
    quadratic = kind in (None, "qubo")
    if text.path.endswith(".mat"):
        return [read_matrix(text, loops=quadratic)], "qubo" if quadratic else None, None
    if text.path.endswith(".sparse"):
        return [read_rows(text, loops=quadratic, twice=quadratic)], "qubo" if quadratic else None, None
    if len(first) == 1 and quadratic and not first[0].startswith("#"):
        return Programs(read_programs(text)), "qubo", None
    return [read_rows(text, loops=kind == "qubo")], None, None
