"""A claim about learning distributions: how likely a restricted Boltzmann machine makes digits it has not seen."""

import math

import numpy as np

from hebbfast.experiments import shipped
from hebbfast.experiments._networks import over_networks
from hebbfast.experiments.reproduce.row import Row, mean
from hebbfast.experiments.statistics import Interval
from hebbfast.networks.boltzmann import BoltzmannMachine

HIDDEN, MACHINES, TRAINED = 128, 4, 1500
UNKNOWN = Interval(math.nan, math.nan, math.nan)


def digits_likelihood(quick: bool, rng: np.random.Generator, threads: int | None = None) -> Row:
    """Mean ln p of 297 digits, machines that learned from 1500 others with the defaults of `BoltzmannMachine.fit`."""
    undecided = "takes a quarter of a minute: not in a quick run"
    measured = UNKNOWN
    if not quick:
        try:
            digits = shipped.shipped_digits()
        except ImportError as error:
            undecided = str(error)
        else:
            order = np.random.default_rng(0).permutation(len(digits))
            known, others = digits[order[:TRAINED]], digits[order[TRAINED:]]

            def trial(stream: np.random.Generator, _: object) -> float:
                machine = BoltzmannMachine(digits.shape[1], HIDDEN, rng=stream).fit(known, threads=1)
                machine.log_partition(threads=1)
                return float(machine.score_samples(others).mean())

            measured = mean(over_networks(trial, MACHINES, rng, threads))
    return Row(
        claim="ln p of a digit, nats",
        source="docs/boltzmann.md, section 5",
        claimed=-16.0,
        tolerance=0.1,
        limit=math.nan,
        expected=math.nan,
        measured=measured,
        setting=f"V = 64, H = {HIDDEN}, {TRAINED} digits, {MACHINES} machines",
        undecided=undecided,
    )
