"""Logistic learning: the likelihood of each unit's values, given all the other units."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hebbfast import dynamics
from hebbfast.bits import PackedPatterns
from hebbfast.learning._ascent import Climb
from hebbfast.learning.record import Learned, positive, read_patterns, stabilities, whole
from hebbfast.learning.redundancy import run
from hebbfast.patterns import corrupt

__all__ = ["logistic"]


def logistic(
    patterns: ArrayLike | PackedPatterns,
    *,
    learning_rate: float = 0.05,
    epochs: int = 5000,
    rng: Any = None,
    flip: float = 0.0,
    copies: int = 1,
    early_stop: bool = True,
    threads: int | None = None,
    progress: bool = False,
) -> Learned:
    """Ascend Σ_μ ln s(ξ_i h_i) in every unit, s(u) = 1 / (1 + exp(-u)): the pseudo-likelihood of the patterns.

    Parameters
    ----------
    patterns : array_like or PackedPatterns
        (K, D) of ±1, D ≥ 2.
    learning_rate, epochs, rng, flip, copies, early_stop, threads, progress
        As `redundancy` has them.

    Returns
    -------
    Learned
        float32 couplings, not symmetric. ``converged`` says that every pattern is a fixed point.

    Notes
    -----
    Besag (1975), The Statistician 24, 179, at temperature 2 in the convention of the package. Run on and on with
    separable patterns, the rows turn towards those of maximal stability (Soudry et al. 2018, J. Mach. Learn. Res. 19).

    Examples
    --------
    >>> import hebbfast as hb
    >>> hb.learning.logistic(hb.random_patterns(60, 100, rng=0), rng=1).converged
    True
    """
    learning_rate, epochs = positive("learning_rate", learning_rate), whole("epochs", epochs, 1)
    copies, flip = whole("copies", copies, 1), positive("flip", flip, zero=True)
    if flip >= 0.5:
        raise ValueError(f"flip must be below 0.5, got {flip!r}")
    workers = dynamics.thread_count(threads)
    signs = read_patterns(patterns, least_units=2)
    rng = np.random.default_rng(rng)
    units = signs.shape[1]
    start = rng.uniform(-1, 1, size=(units, units)) * (0.001 / np.sqrt(units))
    targets = np.tile(signs, (copies, 1))
    states = corrupt(targets, flip=flip, rng=rng) if flip else targets
    climb = Climb(states, targets, "likelihood", learning_rate=learning_rate, start=start)
    run(climb, signs, np.zeros(epochs), early_stop, np.zeros(units, dtype=bool), workers, progress)
    couplings = climb.couplings.copy()
    margins = stabilities(couplings, signs)
    return Learned(couplings, climb.epoch, margins, bool((margins > 0).all()))
