"""How much memory there is to have."""

from pathlib import Path

__all__ = ["fits", "free_bytes"]

LARGE = 1 << 28  # bytes that nobody asks about


def free_bytes() -> int | None:
    """Memory that this process could still have, by the system and by its own limit; None where nobody says."""
    found = []
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        found.append(next(1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable")))
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit != resource.RLIM_INFINITY:
            size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
            found.append(max(0, limit - size))
    except (ImportError, OSError, StopIteration):
        pass
    return min(found, default=None)


def fits(size: int) -> bool:
    """May so many bytes be taken from the memory that is free?"""
    free = None if size < LARGE else free_bytes()
    return free is None or size <= free
