"""Claims about optimisation: the largest cuts that were ever published, met again."""

import math

import numpy as np

from hebbfast import optimize
from hebbfast.experiments.reproduce.row import Claim, Row
from hebbfast.experiments.statistics import Interval

_SEARCHES = 5  # at most: one of G22 misses in one of three


def largest_cut(name: str) -> Claim:
    """The best known cut of an instance of the G-set, made by its generator, is found by the search and its defaults.

    A larger one would be as wrong as a smaller one: a wrong edge or sign shows like this.
    """

    def claim(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
        problem = optimize.gset(name)
        best = optimize.best_known(name)
        sweeps = 0
        for _ in range(_SEARCHES):
            found = problem.solve(target=best, rng=rng, threads=threads)
            sweeps += found.nit
            if found.success:
                break
        return Row(
            claim=f"largest cut of {name}",
            source="Benlic and Hao 2013",
            claimed=best,
            tolerance=0.0,
            limit=math.nan,
            expected=math.nan,
            measured=Interval(found.fun, found.fun - 0.5, found.fun + 0.5),
            setting=f"criterion: the same integer; {sweeps:,} sweeps of {len(found.values)} reads, defaults",
            remark="the search ended below it" if found.fun < best else "above the best known: a wrong graph",
        )

    return claim
