"""What a search gives, in the manner of `scipy.optimize.OptimizeResult`."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast._records import Record

__all__ = ["OptimizeResult"]


@dataclass(frozen=True, eq=False, repr=False)
class OptimizeResult(Record):
    """An answer, what it is worth, and how it was found. It is the best that was seen, not proved to be the best.

    Attributes
    ----------
    x : ndarray or dict
        The answer in the caller's own variables: int8 (n,), ±1 for an Ising problem, 0 or 1 for a cut or a QUBO; a
        dictionary of these for a graph with labels.
    fun : int or float
        The objective at x, as `Problem.value` finds it: exact for integers. It is the one that the caller named: a cut
        is large, x'Qx small.
    success : bool
        Whether the target was reached; True if there was none.
    message : str
        Why the search ended.
    nit : int
        Sweeps that each read has had, all anneals together.
    cut : int or float or None
        ``fun`` again, if the problem is a cut.
    seconds : float
        Time of the search.
    history : ndarray
        float64 (H, 2): at the end of an anneal that found something better, the seconds so far and the value.
    values : ndarray
        float64 (R,): what the reads had after the last whole anneal from random states. They are independent of each
        other, so the share that is good enough tells a probability.
    anneal_sweeps : int
        Sweeps of that anneal.
    anneal_seconds : float
        Its time, all reads together.
    """

    x: Any
    fun: int | float
    success: bool
    message: str
    nit: int
    cut: int | float | None
    seconds: float
    history: NDArray[np.float64]
    values: NDArray[np.float64]
    anneal_sweeps: int
    anneal_seconds: float

    def __repr__(self) -> str:
        what = "fun" if self.cut is None else "cut"
        return f"<OptimizeResult {what}={self.fun}, {len(self.x):,} variables, {self.nit:,} sweeps: {self.message}>"
