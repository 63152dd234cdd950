"""Files of dimod's coo module: one coefficient a line, its variable type in the first."""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments
from hebbfast.optimize._inputs import Terms
from hebbfast.optimize.formats._text import Entries, Text

__all__ = ["read_coefficients"]

_KINDS = {"SPIN": "ising", "BINARY": "qubo"}


def read_coefficients(text: Text) -> tuple[str, Terms, NDArray[Any] | None]:
    """``# vartype=SPIN`` or ``BINARY``, then rows ``i j w``, counted from 0; i = i is linear; ``#`` begins a comment.

    The kind, the entries and, of spins, the bias: dimod's energy of these is Σ w_ij s_i s_j + Σ w_ii s_i, so that our
    couplings and bias are -w.
    """
    head = text.take("the variable type")
    found = re.fullmatch(r"#\s*vartype\s*=\s*(\w+)", " ".join(head.words))
    kind = _KINDS.get(found[1]) if found else None
    if kind is None:
        got = _arguments.shown(" ".join(head.words))
        head.fail(f"the variable type must be named by # vartype=SPIN or # vartype=BINARY, got {got}")
    rows = []
    while text.more():
        line = text.take("")
        if line.words[0].startswith("#"):
            continue
        line.expect(3, 3, "a row")
        rows.append((line, max(line.whole(0, "an index"), line.whole(1, "an index"))))
    entries, sign = Entries(max((last for _, last in rows), default=-1) + 1, 0), -1 if kind == "ising" else 1
    for line, _ in rows:
        entries.add(line, line.fitting(sign * line.weight(2), "the weight with our sign"), loops=True)
    terms = entries.terms()
    if kind == "qubo":
        return kind, terms, None
    pairs = terms.first != terms.second
    bias = np.zeros(terms.variables, dtype=terms.weights.dtype)
    bias[terms.first[~pairs]] = terms.weights[~pairs]
    first, second, weights = terms.first[pairs], terms.second[pairs], terms.weights[pairs]
    return kind, terms._replace(first=first, second=second, weights=weights), bias
