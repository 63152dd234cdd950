"""Unlearning: the network dreams, and what it dreams of is weakened."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hebbfast import _arguments, _kernels
from hebbfast.bits import PackedPatterns
from hebbfast.dynamics.rules import read_rules
from hebbfast.dynamics.run import Compiled, seed
from hebbfast.learning.hebbian import activity_product
from hebbfast.learning.record import Learned, held, read_patterns

__all__ = ["unlearning"]

_STEP_BITS = 20  # the strength of a dream is a multiple of 2^-20


def unlearning(
    patterns: ArrayLike | PackedPatterns, *, dreams: int, strength: float = 0.01, max_sweeps: int = 100, rng: Any = None
) -> Learned:
    """Hebbian couplings from which spurious states are unlearned.

    Starts from J = Σ_μ ξ ξᵀ. Each dream starts from a random state, runs asynchronously until it rests in σ, and takes
    off J ← J - strength σ σᵀ.

    Parameters
    ----------
    patterns : array_like or PackedPatterns
        (K, D) of ±1.
    dreams : int
        How many times the network dreams; too many destroy the memories. About 0.8 K / strength do best for random
        patterns; 1.4 K / strength are too many (seen at K/D = 0.25 and 0.5, D = 100 and 200).
    strength : float, default 0.01
        What a dream takes off, relative to one pattern; at least 2⁻²⁰ and rounded to a multiple of it.
    max_sweeps : int, default 100
        Longest dream, in sweeps.
    rng : seed, SeedSequence or Generator, optional
        Of the dreams (`numpy.random.default_rng`).

    Returns
    -------
    Learned
        Symmetric float64 couplings; ``epochs`` counts the dreams. ``converged`` says that every pattern is a fixed
        point.

    Notes
    -----
    Hopfield, Feinstein and Palmer (1983), Nature 304, 158.

    Examples
    --------
    >>> import hebbfast as hb
    >>> patterns = hb.random_patterns(25, 100, rng=0)
    >>> before = hb.learning.unlearning(patterns, dreams=0)
    >>> after = hb.learning.unlearning(patterns, dreams=2000, rng=1)
    >>> before.converged, after.converged
    (False, True)
    """
    dreams, max_sweeps = _arguments.whole("dreams", dreams, 0), _arguments.whole("max_sweeps", max_sweeps, 1)
    strength = _arguments.real("strength", strength, 0, ends="(]")
    if not 2.0**-_STEP_BITS <= strength <= 2.0**40:
        raise ValueError(f"strength must lie between 2^-{_STEP_BITS} and 2^40, got {strength:g}")
    step = round(strength * 2**_STEP_BITS)
    signs = read_patterns(patterns)
    units = signs.shape[1]
    if 3 * units * (dreams * step + (len(signs) << _STEP_BITS)) >= 2**62:
        raise ValueError(f"strength and dreams must keep fields below 2^40, got {strength!r} and {dreams!r}")
    rng = _arguments.generator(rng)
    couplings = activity_product(signs).astype(np.int64) << _STEP_BITS
    # The kernel reads the array as it is by then, so that a dream costs no copy.
    bias = np.zeros(units, dtype=np.int64)
    kernel = Compiled(_kernels.Couplings(couplings, bias, 2.0**-_STEP_BITS, True, prepare=False))
    rules, dream = read_rules(units), np.empty(units, dtype=np.int8)
    for _ in range(dreams):
        start = rng.integers(0, 2, size=units, dtype=np.int8) * np.int8(2) - np.int8(1)
        kernel.alone(rules, start, dream, max_sweeps, seed(rng))
        couplings -= (step * dream.astype(np.int64))[:, None] * dream
        np.fill_diagonal(couplings, 0)
    return held(couplings * 2.0**-_STEP_BITS, signs, dreams)
