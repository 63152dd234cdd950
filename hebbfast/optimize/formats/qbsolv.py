"""QUBO files of qbsolv."""

from hebbfast import _arguments
from hebbfast.optimize._inputs import Terms
from hebbfast.optimize.formats._text import Entries, Line, Text

__all__ = ["read_qubo"]


def read_qubo(text: Text) -> Terms:
    """``p qubo 0 maxNodes nNodes nCouplers``; so many rows ``i i w``, then ``i j w``, i < j; ``c`` begins a comment.

    Nodes are counted from 0 and need not all be there; each coefficient counts once.
    """
    head = _next(text, "the line that begins with p")
    if head.words[:2] != ["p", "qubo"] or len(head.words) != 6:
        head.fail("the first line must be: p qubo 0 maxNodes nNodes nCouplers")
    if head.words[2] not in ("0", "unconstrained"):
        head.fail(f"the topology must be 0 or unconstrained, got {_arguments.shown(head.words[2])}")
    most, nodes, couplers = (head.whole(3 + k, what) for k, what in enumerate(("maxNodes", "nNodes", "nCouplers")))
    entries = Entries(most, 0)
    for row in range(nodes + couplers):
        alone = row < nodes
        what = f"node {row + 1} of {nodes}" if alone else f"coupler {row - nodes + 1} of {couplers}"
        line = _next(text, what)
        line.expect(3, 3, "a row")
        i, j = (line.whole(k, "an index") for k in (0, 1))
        if (i == j) != alone or i > j:
            line.fail(f"{what} must be {'i i w' if alone else 'i j w with i < j'}, got {i} {j}")
        entries.add(line, line.weight(2), loops=alone)
    while text.more():
        line = text.take("")
        if line.words[0] != "c":
            line.fail(f"nothing may follow the {nodes} nodes and {couplers} couplers that line {head.number} promises")
    return entries.terms()


def _next(text: Text, what: str) -> Line:
    line = text.take(what)
    while line.words[0] == "c":
        line = text.take(what)
    return line
