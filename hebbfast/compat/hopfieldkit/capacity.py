"""hopfieldkit's capacities, of theory and of simulation."""

from typing import Any

import numpy as np

from hebbfast.compat.hopfieldkit.hebbian import HopfieldNetwork

__all__ = ["ags_1985_bound", "empirical_capacity_scan", "hopfield_1982_estimate"]


def hopfield_1982_estimate(n_units: int) -> float:
    """N / (4 ln N), the patterns that N units hold with few errors (Hopfield 1982; McEliece et al. 1987)."""
    if n_units <= 1:
        raise ValueError(f"n_units must be greater than 1, got {n_units}")
    return float(n_units / (4 * np.log(n_units)))


def ags_1985_bound(n_units: int) -> float:
    """0.138 N, the patterns that N units hold with an overlap near one (Amit, Gutfreund and Sompolinsky 1985)."""
    return 0.138 * n_units


def empirical_capacity_scan(
    n_units: int, pattern_counts: Any, n_trials: int = 30, flip_fraction: float = 0.15, seed: Any = None
) -> dict[str, Any]:
    """How often the first of K random patterns is recalled exactly from a noisy cue.

    Parameters
    ----------
    n_units : int
        N.
    pattern_counts : iterable of int
        K, each with trials of its own.
    n_trials : int
        Networks for each K.
    flip_fraction : float
        Share of units that are flipped, at least one.
    seed : seed or Generator, optional
        For patterns and cues, the same as the peer's; orders of the recalls are not seeded there, and so not here.

    Returns
    -------
    dict
        ``pattern_counts`` and ``success_rates``, lists.

    Examples
    --------
    >>> empirical_capacity_scan(50, [1], n_trials=5, seed=0)
    {'pattern_counts': [1], 'success_rates': [1.0]}
    """
    rng, flips = np.random.default_rng(seed), max(1, int(flip_fraction * n_units))
    counts, rates = list(pattern_counts), []
    for count in counts:
        successes = 0
        for _ in range(n_trials):
            patterns = rng.choice([-1.0, 1.0], size=(count, n_units))
            cue = patterns[0].copy()
            cue[rng.choice(n_units, size=flips, replace=False)] *= -1
            successes += np.array_equal(HopfieldNetwork(n_units).fit(patterns).recall(cue), patterns[0])
        rates.append(successes / n_trials)
    return {"pattern_counts": counts, "success_rates": rates}
