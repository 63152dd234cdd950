"""Binary quadratic programs of Beasley's OR-Library (1998): several in a file, to be maximised."""

from hebbfast.optimize._inputs import Terms
from hebbfast.optimize.formats._text import Entries, Text

__all__ = ["read_programs"]


def read_programs(text: Text) -> list[Terms]:
    """Their number; of each ``n m`` and m rows ``i j q`` of a symmetric Q, counted from 1, each pair once."""
    head = text.take("the number of problems")
    head.expect(1, 1, "the first line")
    found = [_program(text, k + 1) for k in range(head.whole(0, "the number of problems", 1))]
    text.end("the last problem")
    return found


def _program(text: Text, number: int) -> Terms:
    head = text.take(f"problem {number}")
    head.expect(2, 2, f"the first line of problem {number}")
    entries = Entries(head.whole(0, "the number of variables", 1), 1, twice=True)
    count = head.whole(1, "the number of entries")
    for row in range(count):
        line = text.take(f"entry {row + 1} of {count} of problem {number}")
        line.expect(3, 3, "an entry")
        entries.add(line, line.weight(2), loops=True)
    return entries.terms()
