"""Every argument of every public function of learning, pid and theory is refused by its name."""

import functools
import inspect
import math
import warnings

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import learning, pid, theory
from hebbfast.theory import mean_field

PATTERNS = hb.random_patterns(4, 6, rng=0)
CUBIC = hb.Polynomial(3)
RULE = theory.HebbianCoefficients()
NETWORK = hb.HopfieldNetwork.train(PATTERNS)
MACHINE = hb.BoltzmannMachine(6, 2, rng=0)

WRONG = [  # for any number, size, word, flag or seed; some are right for some arguments
    None, "x", "3", b"3", 3.0, 2.5, True, -1, 0, 2**64, -(2**70), 1e308, 1j, math.nan, math.inf, -math.inf, object(),
    [], [1], {}, (1, 2, 3, 4, 5), np.ones(3), np.array([[1, 2], [3, 4]]), np.array(2), np.float32(0.5), int,
]  # fmt: skip
CALLS = [
    *(functools.partial(getattr(learning, name), PATTERNS) for name in ("storkey", "projection", "sign_clipped")),
    *(functools.partial(getattr(learning, n), PATTERNS, epochs=3) for n in ("perceptron", "maximal_stability")),
    *(functools.partial(getattr(learning, n), PATTERNS, epochs=3, rng=0) for n in ("logistic", "redundancy")),
    functools.partial(learning.unlearning, PATTERNS, dreams=2, rng=0),
    functools.partial(learning.palimpsest, PATTERNS, bound=2),
    functools.partial(learning.activity_product, PATTERNS),
    functools.partial(learning.HebbianRule().couplings, PATTERNS),
    functools.partial(learning.decay(0.1).couplings, PATTERNS),
    functools.partial(learning.projection(PATTERNS).store, PATTERNS),
    functools.partial(learning.HebbianRule),
    functools.partial(learning.covariance, 0.5),
    functools.partial(learning.presynaptically_gated, 0.5),
    functools.partial(learning.postsynaptically_gated, 0.5),
    functools.partial(learning.decay, 0.5),
    functools.partial(learning.clipped, 2),
    functools.partial(learning.oja, 0.5),
    functools.partial(learning.bcm, 0.5),
    functools.partial(hb.log_partition, NETWORK, 2.0),
    functools.partial(hb.temperature_ladder, NETWORK, 1.0, 4.0, rng=0),
    functools.partial(pid.neuron_pmf, NETWORK, PATTERNS),
    functools.partial(pid.neuron_profile, NETWORK, PATTERNS),
    functools.partial(pid.decompose, np.full((2, 2, 2), 1 / 8)),
    functools.partial(theory.noise_moment, 5, CUBIC, 2),
    functools.partial(theory.noise_second_moment, 5, CUBIC),
    functools.partial(theory.snr, 5, 4, CUBIC),
    functools.partial(theory.unit_error, 5, 4, CUBIC),
    functools.partial(theory.capacity, 20, CUBIC),
    functools.partial(theory.asymptotic_capacity, 20, CUBIC),
    functools.partial(theory.gardner_capacity, 0.0),
    functools.partial(theory.hebbian_moments, RULE, 5, 4),
    functools.partial(theory.hebbian_capacity, RULE, 50),
    functools.partial(theory.best_hebbian_coefficients, 50),
    functools.partial(theory.pid_profile, 5, 4),
    functools.partial(theory.channel_capacity, 5, 0.1),
    functools.partial(theory.decoding_error, 5, 4, 0.1),
    functools.partial(hb.BoltzmannMachine, 3, 2, rng=0),
    functools.partial(hb.BoltzmannMachine.of, [[0, 1], [1, 0]], rng=0),
    functools.partial(MACHINE.fit, PATTERNS, epochs=2, chains=3, rng=0),
    functools.partial(MACHINE.partial_fit, PATTERNS, chains=3, rng=0),
    functools.partial(MACHINE.sample, PATTERNS, sweeps=2, rng=0),
    functools.partial(MACHINE.complete, PATTERNS, known=np.arange(6) < 3, sweeps=2, rng=0),
    functools.partial(MACHINE.log_partition, chains=3, sweeps=2, rng=0),
    functools.partial(MACHINE.score_samples, PATTERNS),
    functools.partial(mean_field.solve, 0.1, 0.1),
    functools.partial(mean_field.spin_glass, 0.1, 0.1),
    functools.partial(mean_field.critical_load, 0.1),
    functools.partial(mean_field.retrieval_temperature, 0.05),
    functools.partial(mean_field.thermodynamic_load, 0.1),
    functools.partial(mean_field.spin_glass_temperature, 0.1),
    functools.partial(mean_field.almeida_thouless_temperature, 0.1),
]


@pytest.mark.parametrize("call", CALLS, ids=[f"{n} {c.func.__name__}" for n, c in enumerate(CALLS)])
def test_a_wrong_argument_is_named(call):
    """It works, without a warning, or the message begins with the argument; no other error."""
    right = inspect.signature(call.func).bind(*call.args, **call.keywords).arguments
    for name in inspect.signature(call.func).parameters:
        for wrong in WRONG:
            message = refusal(call.func, {**right, name: wrong})
            assert name in message.split(" must ")[0], f"{name}={wrong!r}: {message}"


def refusal(function, arguments):
    """The message, or the names of all arguments where nothing is refused."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            function(**arguments)
        except (ValueError, TypeError) as error:
            return str(error)
    return " ".join(arguments)
