"""The numbers of patterns in which success falls: found with few networks, by steps from where theory expects them."""

import math
from collections.abc import Generator, Iterable

import numpy as np

from hebbfast.experiments._blocks import Blocks
from hebbfast.experiments._laws import patterns_of_one_update
from hebbfast.experiments.statistics import Share
from hebbfast.experiments.trials import Protocol

__all__ = ["LARGEST", "search_all"]

LARGEST = 2**32  # bits of a network's patterns
_POINTS = 12  # loads of a search
_PROBE = 48  # networks that look for the range of loads
_FAR = 64  # times the K of theory, where a search gives up

Search = Generator[list[int], dict[int, Share], list[int]]


def search_all(blocks: Blocks, sizes: Iterable[int], trials: int, error: float) -> dict[int, list[int]]:
    """For each D the numbers of patterns to measure; all D search side by side."""
    probe, grids = min(trials, _PROBE), {}
    searches = {D: _search(blocks.protocol, D, error) for D in sizes}
    asked = {D: next(search) for D, search in searches.items()}
    while asked:
        blocks.finish({(D, K): probe for D, wanted in asked.items() for K in wanted})
        for D, wanted in list(asked.items()):
            try:
                asked[D] = searches[D].send({K: blocks.share(D, K, probe) for K in wanted})
            except StopIteration as end:
                grids[D] = end.value
                del asked[D]
    return {D: grids[D] for D in sizes}


def _search(protocol: Protocol, units: int, error: float) -> Search:
    """Walk from what theory expects until success is high below and low above; then look at steps in between."""
    high, low = (1 - error / 2, 1 - 2 * error) if protocol.criterion == "unit" else (0.9, 0.1)
    predicted = patterns_of_one_update(protocol, units, error)
    start = max(2.0, units / 8 if math.isnan(predicted) else predicted)
    if start * units > LARGEST:
        raise ValueError(f"units must have a capacity within reach, got D={units}: theory expects K={start:.3g}")
    largest = LARGEST // units if math.isnan(predicted) else int(min(LARGEST // units, _FAR * start))
    K = int(start)
    seen: dict[int, float] = {}

    def ask(wanted: Iterable[int]) -> Generator[list[int], dict[int, Share], None]:
        new = sorted(set(wanted) - seen.keys())
        if new:
            seen.update({K: share.value for K, share in (yield new).items()})

    yield from ask([K])
    bottom = top = K
    while seen[bottom] < high and bottom > 1:
        bottom = max(1, bottom * 2 // 3)
        yield from ask([bottom])
    while seen[top] > low:
        if top == largest:
            raise ValueError(
                f"units must have a capacity within reach, got D={units}: success is still {seen[top]:.2f} at K={top:,}"
            )
        top = min(largest, top * 3 // 2 + 1)
        yield from ask([top])
    yield from ask(_steps(bottom, top, 7))
    bottom = max((K for K in seen if seen[K] >= high), default=bottom)
    top = min((K for K in seen if seen[K] <= low and K > bottom), default=top)
    return _steps(bottom, top, _POINTS)


def _steps(bottom: int, top: int, count: int) -> list[int]:
    """Whole numbers in about equal ratios, the ends among them."""
    return sorted({round(K) for K in np.geomspace(bottom, top, count).tolist()})
