"""Long work in pieces: Ctrl-C is looked at between two of them, and what a piece takes is bounded."""

from collections.abc import Iterator

__all__ = ["BYTES", "VISITS", "pieces"]

VISITS = 1 << 27  # elementary steps between two looks at Ctrl-C: 0.02 s with AVX-512, 0.3 s scalar
BYTES = 1 << 26  # that a piece may take beside its results


def pieces(count: int, visits_each: float = 0, bytes_each: float = 0, *, visits: int = VISITS) -> Iterator[slice]:
    """Slices that cover 0..count, each of at most so many steps and bytes, and of at least one."""
    step = min(count, visits // max(1, int(visits_each)), BYTES // max(1, int(bytes_each)))
    for first in range(0, count, max(1, step)):
        yield slice(first, min(count, first + max(1, step)))
