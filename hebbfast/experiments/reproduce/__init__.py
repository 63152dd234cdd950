"""The claims of the literature, beside theory and simulation: one row a claim.

A row puts a published number beside the theory in the limit in which the number is meant, and a simulation beside the
theory at the size that is simulated. So each finite-size correction is computed, not excused. The simulations use
the models alone, the theory `hebbfast.theory` alone; intervals hold with 99.9 %.
"""

from collections.abc import Iterator

import numpy as np

from hebbfast import _arguments
from hebbfast._work import threads as pool
from hebbfast.experiments.reproduce.certainty import patterns_found, probabilities_met
from hebbfast.experiments.reproduce.cuts import largest_cut
from hebbfast.experiments.reproduce.glasses import (
    critical_ising_energy,
    energy_below_freezing,
    energy_from_overlaps,
    ground_state_energy,
    melting,
    overlaps_below_freezing,
)
from hebbfast.experiments.reproduce.inputs import mixed_inputs
from hebbfast.experiments.reproduce.likelihood import digits_likelihood
from hebbfast.experiments.reproduce.one_update import (
    exponent,
    exponential_growth,
    load_at_036_percent,
    load_at_05_percent,
    rectified_noise,
    stable_patterns,
)
from hebbfast.experiments.reproduce.retrieval import end_of_retrieval, overlap_at_a_tenth, overlap_at_the_end
from hebbfast.experiments.reproduce.row import Claim, Row
from hebbfast.experiments.reproduce.rules import (
    hebbian_fixed_points,
    hebbian_mean,
    hebbian_variance,
    redundant_fixed_points,
    redundant_information,
    sparse_gain,
)
from hebbfast.experiments.reproduce.sequences import end_of_sequences, sequence_overlap

__all__ = ["CLAIMS", "Claim", "Row", "reproduce"]

CLAIMS: tuple[Claim, ...] = (
    load_at_036_percent,
    load_at_05_percent,
    end_of_retrieval,
    overlap_at_the_end,
    overlap_at_a_tenth,
    *map(exponent, (2, 3, 4, 5)),
    stable_patterns,
    rectified_noise,
    exponential_growth,
    hebbian_mean,
    hebbian_variance,
    sparse_gain,
    hebbian_fixed_points,
    redundant_fixed_points,
    redundant_information,
    patterns_found,
    probabilities_met,
    sequence_overlap,
    ground_state_energy,
    energy_below_freezing,
    overlaps_below_freezing,
    energy_from_overlaps,
    critical_ising_energy,
    *map(melting, (3, 4)),
    *map(largest_cut, ("G1", "G22", "G32", "G43")),
    *map(end_of_sequences, (2, 3)),
    mixed_inputs,
    digits_likelihood,
)


def reproduce(quick: bool = False, seed: int = 0, *, threads: int | None = None) -> Iterator[Row]:
    """Check every claim, one after another.

    Parameters
    ----------
    quick : bool, default False
        Fewer and smaller networks: wider intervals, in a minute instead of ten.
    seed : int, default 0
        Seed of all chance.
    threads : int, optional
        Threads that take the networks; results do not depend on it.

    Returns
    -------
    iterator of Row
        In the order of `CLAIMS`.

    Examples
    --------
    >>> from hebbfast.experiments.reproduce import reproduce
    >>> row = next(reproduce(quick=True))
    >>> row.claim, row.claimed, round(row.limit, 4), row.verdict
    ('load with 0.36 % wrong units after one update', 0.138, 0.1385, 'agrees')
    """
    quick, seed = _arguments.flag("quick", quick), _arguments.whole("seed", seed, 0)
    return _rows(quick, np.random.SeedSequence(seed), pool.thread_count(threads))


def _rows(quick: bool, seeds: np.random.SeedSequence, threads: int) -> Iterator[Row]:
    for claim, stream in zip(CLAIMS, seeds.spawn(len(CLAIMS)), strict=True):
        yield claim(quick, np.random.default_rng(stream), threads)
