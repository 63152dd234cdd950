"""Where hopfieldkit's recalls end, and whether the order matters."""

import itertools
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["classify_recall_outcome", "detect_order_dependence"]


def classify_recall_outcome(recalled: ArrayLike, stored_patterns: ArrayLike) -> dict[str, Any]:
    """What a recalled state is: a pattern, the negative of one, a mixture of three, or unknown, the first that holds.

    Parameters
    ----------
    recalled : array_like
        (N,).
    stored_patterns : array_like
        (K, N).

    Returns
    -------
    dict
        ``outcome``, and ``pattern_index`` (the first one, or None) or ``pattern_indices`` of a mixture, which is
        the sign of the sum, +1 at zero.

    Examples
    --------
    >>> classify_recall_outcome([-1, -1, 1], [[1, 1, 1], [1, 1, -1]])
    {'outcome': 'negative_of_pattern', 'pattern_index': 1}
    """
    state, stored = np.asarray(recalled, dtype=np.float64), np.asarray(stored_patterns, dtype=np.float64)
    for outcome, sign in (("exact_match", 1.0), ("negative_of_pattern", -1.0)):
        for index, pattern in enumerate(stored):
            if np.array_equal(state, sign * pattern):
                return {"outcome": outcome, "pattern_index": index}
    for chosen in itertools.combinations(range(len(stored)), 3):
        if np.array_equal(state, np.where(stored[list(chosen)].sum(axis=0) >= 0, 1.0, -1.0)):
            return {"outcome": "mixture_state", "pattern_indices": list(chosen)}
    return {"outcome": "unknown", "pattern_index": None}


def detect_order_dependence(
    network: Any, state: ArrayLike, max_steps: int = 200, n_random_trials: int = 10, seed: Any = None
) -> dict[str, Any]:
    """Recall from one state in sequential order and in several random ones.

    Parameters
    ----------
    network : object with ``recall(state, order, max_steps, seed)``
        One of this module, or any other.
    state : array_like
        (N,).
    max_steps : int
        As in ``recall``.
    n_random_trials : int
        Random orders.
    seed : seed or Generator, optional
        Gives the seed of each trial.

    Returns
    -------
    dict
        ``order_dependent``, ``sequential_outcome``, ``random_outcomes`` and ``n_disagreements`` of these with it.
    """
    rng = np.random.default_rng(seed)
    sequential = network.recall(state, order="sequential", max_steps=max_steps)
    outcomes = [
        network.recall(state, order="random", max_steps=max_steps, seed=int(rng.integers(0, 2**31 - 1)))
        for _ in range(n_random_trials)
    ]
    others = sum(not np.array_equal(sequential, outcome) for outcome in outcomes)
    return {
        "order_dependent": others > 0,
        "sequential_outcome": sequential,
        "random_outcomes": outcomes,
        "n_disagreements": others,
    }
