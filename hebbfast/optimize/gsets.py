"""The G-set of Helmberg and Rendl (2000), graphs for Max-Cut, made anew from the generator that made them."""

from collections.abc import Callable
from functools import partial

import numpy as np

from hebbfast import _arguments
from hebbfast.optimize import _rudy as rudy
from hebbfast.optimize._inputs import read_terms
from hebbfast.optimize.problem import Problem
from hebbfast.optimize.solvers import problem_of

__all__ = ["best_known", "gset"]

# Cuts of G1 to G67: Benlic and Hao, Breakout local search for the max-cut problem, Engineering Applications of
# Artificial Intelligence 26 (2013) 1162, and later ones: G55, G60, G70, G72 and others as collected for AOCoptimizer.jl
# (2024), G63 of arXiv 2510.21105 (2025). G48 to G50 are proved: two bipartite graphs, and 120 odd cycles.
_CUTS = """
    11624 11620 11622 11646 11631 2178 2006 2005 2054 2000 564 556 582 3064 3050 3052 3047 992 906 941
    931 13359 13344 13337 13340 13328 3341 3298 3405 3413 3310 1410 1382 1384 7687 7680 7691 7688 2408 2400
    2405 2481 6660 6650 6654 6649 6657 6000 6000 5880 3848 3851 3850 3852 10299 4017 3494 19293 6086 14188
    5796 4870 27047 8751 5562 6364 6950
"""
BEST: dict[str, int] = {f"G{k}": int(cut) for k, cut in enumerate(_CUTS.split(), 1)} | {"G70": 9591, "G72": 7006}

Recipe = tuple[Callable[[], rudy.Graph], int | None]  # a graph, and the seed of its signs


def _double(vertices: int, percent: float, seed: int) -> rudy.Graph:
    """Two planar graphs on the same vertices."""
    return rudy.union(rudy.planar(vertices, percent, seed), rudy.planar(vertices, percent, seed + 1))


def _recipes() -> dict[str, Recipe]:
    """How the graphs that are known for certain were made; seeds continue the number of vertices by a count."""
    found: dict[int, Recipe] = {}
    for k in range(5):
        for first, vertices, percent in ((1, 800, 6), (22, 2000, 1)):
            graph = partial(rudy.random, vertices, percent, 10 * vertices + k + 1)
            found[first + k], found[first + 5 + k] = (graph, None), (graph, 10 * vertices + k + 1)
        found[43 + k] = partial(rudy.random, 1000, 2, 10001 + k), None
    for k in range(4):
        for first, vertices in ((14, 800), (35, 2000)):
            graph = partial(_double, vertices, 99, 10 * vertices + 2 * k + 1)
            found[first + k], found[first + 4 + k] = (graph, None), (graph, 10 * vertices + k + 1)
        found[51 + k] = partial(_double, 1000, 100, 10001 + 2 * k), None
    for k, (height, width) in enumerate([(100, 8), (50, 16), (25, 32)]):
        found[11 + k] = partial(rudy.torus, height, width), 8001 + k
    for k, (height, width) in enumerate([(100, 20), (80, 25), (50, 40)]):
        found[32 + k] = partial(rudy.torus, height, width), 20003 - k
    for k, (height, width) in enumerate([(50, 60), (30, 100), (25, 120)]):
        found[48 + k] = partial(rudy.torus, height, width), None
    for first, vertices, share in ((55, 5000, 0.1), (60, 7000, 0.07)):
        seed = 10 * vertices + 1
        graph = partial(rudy.random, vertices, share, seed)
        found[first], found[first + 1] = (graph, None), (graph, seed)
        graph = partial(_double, vertices, 99, seed)
        found[first + 3], found[first + 4] = (graph, None), (graph, seed)
    return {f"G{k}": found[k] for k in sorted(found)}


RECIPES = _recipes()


def gset(name: str) -> Problem:
    """An instance of the G-set, the Max-Cut problem of a graph, edge by edge as it was published.

    Parameters
    ----------
    name : str
        "G1" to "G56", "G58" to "G61", "G63" or "G64".

    Returns
    -------
    Problem
        With `best_known`.

    Raises
    ------
    ValueError
        If there is no such instance, or it is not known for certain how it was made.

    Notes
    -----
    Helmberg and Rendl (2000, SIAM J. Optim. 10, 673) drew these graphs with Rinaldi's program rudy on the random
    numbers of Knuth's Stanford GraphBase: they need no download. docs/optimization.md has the rules.

    Examples
    --------
    >>> import hebbfast as hb
    >>> hb.optimize.gset("G22")
    <Problem G22: maxcut of 2,000 variables, 19,990 terms, best known 13359>
    """
    if not isinstance(name, str) or name not in RECIPES:
        known = isinstance(name, str) and (name in BEST or name in ("G68", "G69", "G71", "G77", "G81"))
        why = ": it is not known for certain which seeds it was made from" if known else ""
        raise ValueError(f"name must be one of G1 to G56, G58 to G61, G63 and G64, got {_arguments.shown(name)}{why}")
    make, seed = RECIPES[name]
    first, second, weights = np.array(rudy.signed(make(), seed)).T
    return problem_of("maxcut", read_terms("graph", (first, second, weights)), name, BEST[name])


def best_known(name: str) -> int:
    """The largest cut of an instance of the G-set that has been published.

    Parameters
    ----------
    name : str
        "G1" to "G67", "G70" or "G72".

    Returns
    -------
    int
        From Benlic and Hao (2013) and later collections; those of G48, G49 and G50 are proved.

    Raises
    ------
    ValueError
        If none is known here.

    Examples
    --------
    >>> import hebbfast as hb
    >>> hb.optimize.best_known("G22")
    13359
    """
    if not isinstance(name, str) or name not in BEST:
        raise ValueError(f"name must be one of G1 to G67, G70 and G72, got {_arguments.shown(name)}")
    return BEST[name]
