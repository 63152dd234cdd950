"""Couplings of maximal stability, with a proof of how close to the maximum they are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments, _kernels
from hebbfast._work.threads import thread_count
from hebbfast.bits import PackedPatterns
from hebbfast.learning._units import Dual
from hebbfast.learning.record import Learned, read_patterns, stabilities

__all__ = ["Stability", "maximal_stability"]


@dataclass(frozen=True, eq=False)
class Stability(Learned):
    """`Learned`, with a bound on what could be achieved.

    Attributes
    ----------
    bounds : ndarray
        (D,) float64: no couplings whatever give unit i a margin above ``bounds[i]``.
    """

    bounds: NDArray[np.float64]


def maximal_stability(
    patterns: ArrayLike | PackedPatterns,
    *,
    tolerance: float = 0.01,
    relaxation: float = 1.5,
    epochs: int = 10_000,
    threads: int | None = None,
) -> Stability:
    """AdaTron: the couplings that hold the patterns with the largest margin.

    Parameters
    ----------
    patterns : array_like or PackedPatterns
        (K, D) of ±1, D ≥ 2.
    tolerance : float, default 0.01
        A unit is done when its margin is proved to be at least (1 - tolerance) times the largest one.
    relaxation : float, default 1.5
        Step over the step that would satisfy one pattern alone, between 0 and 2.
    epochs : int, default 10000
        The limit; units that cannot be separated reach it.
    threads : int, optional
        Threads that take units; the result does not depend on it.

    Returns
    -------
    Stability
        float64 couplings with rows of norm 1, so that ``margins`` are the least ξ_i h_i. ``converged`` says that all
        units have reached the tolerance; ``failed`` names those not separated.

    Notes
    -----
    Anlauf and Biehl (1989), Europhys. Lett. 10, 687. Strengths a_μ ≥ 0 of the patterns, J_ij = Σ_μ a_μ ξ_i ξ_j, move
    one after another towards ξ_i h_i = 1. For any such strengths the largest margin is at most |J_i| / Σ_μ a_μ, the
    distance of the origin from the convex hull of ξ_i ξ^μ; that ends the search and gives ``bounds``. Random patterns
    of large D reach kappa with `theory.gardner_capacity` (kappa) = K/D.

    Examples
    --------
    >>> import hebbfast as hb
    >>> learned = hb.learning.maximal_stability(hb.random_patterns(50, 100, rng=0))
    >>> learned.converged, bool((learned.margins >= 0.99 * learned.bounds).all())
    (True, True)
    """
    tolerance = _arguments.real("tolerance", tolerance, 0, 1, ends="()")
    relaxation = _arguments.real("relaxation", relaxation, 0, 2, ends="()")
    epochs, workers = _arguments.whole("epochs", epochs, 1), thread_count(threads)
    signs = read_patterns(patterns, least_units=2)
    dual = Dual(signs)
    strengths, sums = np.zeros(dual.columns.shape), np.zeros((len(dual.columns), 3))

    def step(unit: int, wanted: int, fields: NDArray[np.float64]) -> int:
        target = dual.columns[unit]
        return _kernels.adatron(
            dual.gram, target, len(sums), relaxation, tolerance, wanted, strengths[unit], fields, sums[unit]
        )

    run = dual.run(step, epochs, workers)
    couplings = dual.couplings(strengths)
    norms = np.sqrt(np.einsum("ij,ij->i", couplings, couplings))
    couplings /= np.where(norms > 0, norms, 1.0)[:, None]
    margins, bounds = stabilities(couplings, signs), norms / strengths.sum(axis=1)
    done = margins >= (1 - 1.001 * tolerance) * bounds  # the kernel's sums are rounded
    return Stability(couplings, int(run.max()), margins, bool(done.all()), bounds)
