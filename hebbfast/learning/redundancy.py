"""Redundancy learning: each unit makes its output the same story from the pattern and from the other units."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments
from hebbfast._work.pieces import pieces
from hebbfast.bits import PackedPatterns
from hebbfast.learning._ascent import Climb, positive
from hebbfast.learning.logistic import logistic
from hebbfast.learning.record import Learned, read_patterns, stabilities

__all__ = ["Redundancy", "redundancy"]

_STEEPEST = 1e15  # of a goal, for the squares of its slopes in float32
_NARROW = 1e-20  # of a range of 2^31 bins


@dataclass(frozen=True, eq=False)
class Redundancy(Learned):
    """`Learned`, and the units that could not learn by the goal.

    Attributes
    ----------
    fallback : ndarray
        Units, ascending, that learned by `logistic` instead: their value, or the bin of their first fields, is the
        same in all patterns, so a source tells nothing and the goal has no gradient.
    """

    fallback: NDArray[np.int64]


def redundancy(
    patterns: ArrayLike | PackedPatterns,
    *,
    goal: Sequence[float] = (0, 0, 1, 0, 0),
    external: float | Sequence[float] | NDArray[Any] = 2.3,
    bins: int = 60,
    bin_range: float = 20.0,
    learning_rate: float = 0.05,
    epochs: int = 5000,
    rng: Any = None,
    flip: float = 0.0,
    copies: int = 1,
    norm: float | None = None,
    early_stop: bool = True,
    threads: int | None = None,
    progress: bool = False,
) -> Redundancy:
    """Ascend a goal of information atoms in every unit, by default the redundancy of its two sources.

    In learning, unit i sees the pattern as an external input external · ξ_i and the field h_i of the other units, and
    has the output +1 with probability 1 / (1 + exp(-(external ξ_i + h_i))). The sources are E, the sign of the external
    input, and R, the bin of h_i. In recall there is no external input.

    Parameters
    ----------
    patterns : array_like or PackedPatterns
        (K, D) of ±1, D ≥ 2.
    goal : sequence of 5 floats
        Weights of the atoms unique to E, unique to R, redundant, synergistic, residual (shared exclusions, in bits).
        The cheapest useful one is (1, 0, 1, 0, 0), the information of the output about E: it needs no bins.
    external : float or (epochs,) sequence, default 2.3
        Weight of the external input; not learned. A sequence gives one for every epoch.
    bins : int, default 60
        Equal bins of R, at least 2; fields outside go to the end bins.
    bin_range : float, default 20.0
        The bins cover fields from -bin_range to bin_range.
    learning_rate : float, default 0.05
        Of Adam, with moments 0.9 and 0.999, on the full batch.
    epochs : int, default 5000
        The limit.
    rng : seed, SeedSequence or Generator, optional
        Of the first couplings, and of the noise (`numpy.random.default_rng`).
    flip : float, default 0.0
        Learn with noise: the other units show each pattern with each unit flipped with this probability, the target
        stays.
    copies : int, default 1
        How many noisy copies of each pattern; drawn once.
    norm : float, optional
        Keep every row of the couplings at this Euclidean norm, and let the learning rate fall linearly to 0; all epochs
        are run. Free by default. See `logistic` for what it is good for.
    early_stop : bool, default True
        Stop at one of 15 log-spaced epochs if every pattern is a fixed point.
    threads : int, optional
        Threads that take units; the result does not depend on it, nor on the level of instruction sets.
    progress : bool, default False
        Show a progress bar (needs rich).

    Returns
    -------
    Redundancy
        float32 couplings, not symmetric. ``converged`` says that every pattern is a fixed point; ``failed`` names the
        units for which this is not so, ``fallback`` those that learned by `logistic` instead.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Notes
    -----
    Blümel et al. (2025), arXiv 2511.02584, here with the gradient in closed form; shared exclusions: Makkeh, Gutknecht
    and Wibral (2021), Phys. Rev. E 103, 032149. The membership in bins is held constant in the gradient.

    Its capacity of 1.6 D means fixed points: near it, no cue but the pattern itself leads there (``docs/learning.md``).

    Examples
    --------
    >>> import hebbfast as hb
    >>> patterns = hb.random_patterns(80, 100, rng=0)
    >>> learned = hb.learning.redundancy(patterns, rng=1)
    >>> learned.converged, len(learned.fallback)
    (True, 0)
    """
    gain = atom_gains(goal)
    bins = _arguments.whole("bins", bins, 2)
    if bins >= 2**31:
        raise ValueError(f"bins must be below 2^31, got {bins}")
    bin_range = positive("bin_range", bin_range, _NARROW)
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
        external=external,
        threads=threads,
    )
    silent = (signs == signs[0]).all(axis=0)
    if any(gain[1:4]):
        for part in pieces(climb.units, climb.states.size // 8, 16 * len(climb.states)):
            fields = climb.states @ climb.couplings[part].T
            first_bins = np.floor((fields + bin_range) * (bins / (2 * bin_range)))
            silent[part] |= (first_bins == first_bins[0]).all(axis=0)
    climb.run("atoms", gain, bins, bin_range, exempt=silent, early_stop=early_stop, progress=progress)
    couplings = climb.couplings.copy()
    if silent.any():
        likely = logistic(
            signs,
            learning_rate=learning_rate,
            epochs=epochs,
            rng=rng,
            flip=flip,
            copies=copies,
            norm=norm,
            threads=threads,
        )
        couplings[silent] = likely.couplings[silent]
    margins = stabilities(couplings, signs)
    return Redundancy(couplings, climb.epoch, margins, bool((margins > 0).all()), np.flatnonzero(silent))


def atom_gains(goal: Sequence[float]) -> tuple[float, float, float, float, float]:
    """Weights of g_E, g_R, g_red, g_ER and g_H: atoms are sums of mutual information terms and the redundancy."""
    weights = _arguments.real_array("goal", goal).astype(np.float64)
    if weights.shape != (5,):
        raise ValueError(f"goal must hold five numbers, one for each atom, got shape {weights.shape}")
    if np.abs(weights).max() > _STEEPEST:
        raise ValueError(f"goal must stay within {_STEEPEST:g}, got {weights[np.abs(weights).argmax()]:g}")
    unique_e, unique_r, red, syn, res = weights.tolist()
    return unique_e - syn, unique_r - syn, red - unique_e - unique_r + syn, syn - res, res
