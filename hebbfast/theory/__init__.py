"""How many patterns can a network hold? Closed forms and fixed points, to compare simulations with.

One update of one unit, at finite D
    noise_moment, noise_second_moment, snr, unit_error, capacity, asymptotic_capacity
Generalised Hebbian rules
    hebbian_moments, hebbian_capacity, best_hebbian_coefficients, HebbianCoefficients, HebbianMoments
Retrieval phases for D → ∞
    mean_field (solve, critical_load, retrieval_temperature, thermodynamic_load, spin_glass_temperature, ...)
Sequences for D → ∞
    sequence_overlap, sequence_end
What a Hebbian unit's output owes to the pattern and to the other units
    pid_profile
The bound for any couplings
    gardner_capacity
The bound for any decoder of damaged patterns
    channel_capacity, decoding_error
Spin glasses for D → ∞, and the Ising model on a torus
    parisi, ising_torus

Patterns are random and, but for the Hebbian rules, unbiased. ``docs/capacity.md`` has the argument that joins them.
Nothing here imports the kernels or the networks, so each can check the other. Needs SciPy.
"""

try:
    import scipy as _scipy  # noqa: F401
except ImportError as error:
    raise ImportError('hebbfast.theory needs SciPy: pip install "hebbfast[experiments]"') from error

from hebbfast.theory import mean_field
from hebbfast.theory.capacities import asymptotic_capacity, capacity
from hebbfast.theory.channel import channel_capacity, decoding_error
from hebbfast.theory.error_law import unit_error
from hebbfast.theory.gardner import gardner_capacity
from hebbfast.theory.glass import ParisiSolution, parisi
from hebbfast.theory.hebbian import (
    HebbianCoefficients,
    HebbianMoments,
    best_hebbian_coefficients,
    hebbian_capacity,
    hebbian_moments,
)
from hebbfast.theory.ising import IsingTorus, ising_torus
from hebbfast.theory.profiles import pid_profile
from hebbfast.theory.sequences import SequenceEnd, sequence_end, sequence_overlap
from hebbfast.theory.signal_to_noise import noise_moment, noise_second_moment, snr

__all__ = [
    "HebbianCoefficients",
    "HebbianMoments",
    "IsingTorus",
    "ParisiSolution",
    "SequenceEnd",
    "asymptotic_capacity",
    "best_hebbian_coefficients",
    "capacity",
    "channel_capacity",
    "decoding_error",
    "gardner_capacity",
    "hebbian_capacity",
    "hebbian_moments",
    "ising_torus",
    "mean_field",
    "noise_moment",
    "noise_second_moment",
    "parisi",
    "pid_profile",
    "sequence_end",
    "sequence_overlap",
    "snr",
    "unit_error",
]


def __dir__() -> list[str]:
    return sorted(__all__)
