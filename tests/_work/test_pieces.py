"""Pieces cover everything once, and keep their two bounds."""

import pytest

from hebbfast._work.pieces import BYTES, VISITS, pieces


@pytest.mark.parametrize(
    ("count", "visits_each", "bytes_each", "largest"),
    [
        (10, 0, 0, 10),
        (1000, VISITS // 7, 0, 7),
        (1000, 1, BYTES // 3, 3),
        (5, 10 * VISITS, 0, 1),
        (0, 1, 1, 0),
    ],
)
def test_pieces(count, visits_each, bytes_each, largest):
    parts = list(pieces(count, visits_each, bytes_each))
    assert [j for part in parts for j in range(part.start, part.stop)] == list(range(count))
    assert max([part.stop - part.start for part in parts], default=0) == largest
