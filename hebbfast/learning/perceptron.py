"""Perceptron learning: each unit is corrected by the patterns that it does not hold with the margin asked for."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments, _kernels
from hebbfast._work.pieces import pieces
from hebbfast._work.threads import thread_count
from hebbfast.bits import PackedPatterns
from hebbfast.learning._units import Dual
from hebbfast.learning.record import Learned, read_patterns, room, stabilities

__all__ = ["perceptron"]


def perceptron(
    patterns: ArrayLike | PackedPatterns,
    *,
    kappa: float = 0.0,
    mode: str = "sequential",
    symmetric: bool = False,
    epochs: int = 10_000,
    threads: int | None = None,
) -> Learned:
    """Correct J_ij ← J_ij + ξ_i ξ_j wherever ξ_i h_i ≤ kappa |J_i|, until nothing needs correction.

    Parameters
    ----------
    patterns : array_like or PackedPatterns
        (K, D) of ±1, D ≥ 2.
    kappa : float, default 0.0
        The margin asked for: stability ξ_i h_i / |J_i|, |J_i| being the Euclidean norm of row i.
    mode : {"sequential", "batch"}
        Patterns one after another, or all corrections of an epoch at once.
    symmetric : bool, default False
        Each correction of J_ij is one of J_ji too, so that an energy exists.
    epochs : int, default 10000
        The limit; sets that cannot be separated reach it. In the sequential asymmetric case such units then have
        the couplings that violated the fewest patterns at the end of an epoch (the pocket of Gallant 1990).
    threads : int, optional
        Threads that take units, in the sequential asymmetric case; the result does not depend on it.

    Returns
    -------
    Learned
        float64 couplings, whole numbers. ``converged`` says that an epoch passed without a correction, so all margins
        exceed kappa; ``failed`` names the units without one.

    Notes
    -----
    Converges for every load up to `theory.gardner_capacity` (kappa), 2 at kappa = 0, of large random sets (Gardner
    1988, J. Phys. A 21, 257; the appendix has the proof); with symmetric couplings up to about 1.28. Sequential
    learning of one unit is done in the space of strengths a_μ, counts of its corrections: J_ij = Σ_μ a_μ ξ_i ξ_j, so a
    visit is one comparison and a correction adds one row of the patterns' overlaps.

    Examples
    --------
    >>> import hebbfast as hb
    >>> learned = hb.learning.perceptron(hb.random_patterns(100, 100, rng=0), kappa=0.2)
    >>> learned.converged, bool(learned.margins.min() > 0.2)
    (True, True)
    """
    kappa, epochs = _arguments.real("kappa", kappa, 0), _arguments.whole("epochs", epochs, 1)
    _arguments.choice("mode", mode, ("sequential", "batch"))
    symmetric = _arguments.flag("symmetric", symmetric)
    workers = thread_count(threads)
    signs = read_patterns(patterns, least_units=2)
    if mode == "sequential" and not symmetric:
        couplings, run = _dual(signs, kappa, epochs, workers)
        return Learned(couplings, int(run.max()), stabilities(couplings, signs), bool((run < epochs).all()))
    correct = _one_after_another if mode == "sequential" else _all_at_once
    x = signs.astype(np.float64)
    couplings = room(x.shape[1])
    for epoch in range(epochs):
        if not correct(couplings, x, kappa, symmetric):
            return Learned(couplings, epoch, stabilities(couplings, signs), True)
    return Learned(couplings, epochs, stabilities(couplings, signs), False)


def _dual(
    signs: NDArray[np.int8], kappa: float, epochs: int, workers: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    dual = Dual(signs)
    strengths, pocket = np.zeros((2, *dual.columns.shape))
    sums = np.tile([0.0, 0.0, np.inf], (len(dual.columns), 1))

    def step(unit: int, wanted: int, fields: NDArray[np.float64]) -> int:
        target = dual.columns[unit]
        return _kernels.perceptron(
            dual.gram, target, len(sums), kappa, wanted, strengths[unit], fields, sums[unit], pocket[unit]
        )

    run = dual.run(step, epochs, workers)
    return dual.couplings(pocket), run


def _all_at_once(couplings: NDArray[np.float64], x: NDArray[np.float64], kappa: float, symmetric: bool) -> bool:
    norms = np.sqrt(np.einsum("ij,ij->i", couplings, couplings))
    step, changed = np.empty_like(couplings), False
    for part in pieces(len(step), x.size // 4, 32 * len(x)):  # BLAS takes eight steps of two products at once
        own = x[:, part]
        wrong = (x @ couplings[part].T) * own <= kappa * norms[part]
        np.matmul((wrong * own).T, x, out=step[part])
        changed |= bool(wrong.any())
    couplings += step + step.T if symmetric else step
    np.fill_diagonal(couplings, 0.0)
    return changed


def _one_after_another(couplings: NDArray[np.float64], x: NDArray[np.float64], kappa: float, symmetric: bool) -> bool:
    changed = False
    norms = np.sqrt(np.einsum("ij,ij->i", couplings, couplings))
    for own in x:
        wrong = (couplings @ own) * own <= kappa * norms
        if wrong.any():
            step = np.outer(wrong * own, own)
            couplings += step + step.T
            np.fill_diagonal(couplings, 0.0)
            norms = np.sqrt(np.einsum("ij,ij->i", couplings, couplings))
            changed = True
    return changed
