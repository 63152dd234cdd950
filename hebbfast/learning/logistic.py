"""Logistic learning: the likelihood of each unit's values, given all the other units."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hebbfast import _arguments
from hebbfast.bits import PackedPatterns
from hebbfast.learning._ascent import Climb
from hebbfast.learning.record import Learned, held, read_patterns

__all__ = ["logistic"]


def logistic(
    patterns: ArrayLike | PackedPatterns,
    *,
    learning_rate: float = 0.05,
    epochs: int = 5000,
    rng: Any = None,
    flip: float = 0.0,
    copies: int = 1,
    norm: float | None = None,
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
    norm : float, optional
        Keep every row at this Euclidean norm, and let the learning rate fall linearly to 0; all epochs are run. Of all
        rules here, norms from 2 to 3 give the widest basins of attraction (``docs/learning.md``); larger norms come
        closer to maximal stability, smaller ones to Hebb's rule. Free by default.

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
    early_stop, progress = _arguments.flag("early_stop", early_stop), _arguments.flag("progress", progress)
    signs = read_patterns(patterns, least_units=2)
    climb = Climb(
        signs,
        learning_rate=learning_rate,
        epochs=epochs,
        rng=rng,
        flip=flip,
        copies=copies,
        norm=norm,
        threads=threads,
    )
    nothing = np.zeros(climb.units, dtype=bool)
    climb.run("likelihood", (0.0,) * 5, 1, 1.0, exempt=nothing, early_stop=early_stop, progress=progress)
    return held(climb.couplings.copy(), signs, climb.epoch)
