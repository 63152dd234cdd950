"""Long work in pieces: Ctrl-C is looked at between two of them, and what a piece takes is bounded."""

from collections.abc import Iterable

__all__ = ["BYTES", "VISITS", "pieces"]

VISITS = 1 << 27  # elementary steps between two looks at Ctrl-C: 0.02 s with AVX-512, 0.3 s scalar
BYTES = 1 << 26  # that a piece may take beside its results


def pieces(count: int, visits_each: float = 0, bytes_each: float = 0, *, visits: int = VISITS) -> Iterable[slice]:
    """Slices that cover 0..count, each of at most so many steps and bytes, and of at least one."""
    if count * visits_each <= visits and count * bytes_each <= BYTES:  # by far the most frequent: no generator
        return [slice(0, count)] if count else []
    step = max(1, min(visits // max(1, int(visits_each)), BYTES // max(1, int(bytes_each))))
    return (slice(first, min(count, first + step)) for first in range(0, count, step))
