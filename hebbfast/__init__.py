"""hebbfast: ±1 associative memories as bits, exact to the last sign.

Patterns and cues
    random_patterns, corrupt, PackedPatterns, SignProjection (codes of other data), classify_states (what states are)
Interactions F of the energy E = -Σ_μ F(m_μ)
    Polynomial, RectifiedPolynomial, Exponential
Models
    DenseAssociativeMemory (pattern space), HopfieldNetwork (coupling space), PatternSpaceNetwork (a Hebbian rule in
    pattern space), SequenceMemory (each pattern calls up its successor), Recall (what a recall did)
At temperatures above zero: Network.sample, Network.anneal, and many temperatures at once
    parallel_tempering, temperature_ladder, log_partition
Learning rules, patterns → couplings
    learning
What the output of a unit owes to the pattern and to the other units
    pid
Experiments: how many patterns networks hold, what learned couplings hold
    experiments
What theory predicts: signal to noise, capacities, mean field (needs SciPy)
    theory
Levels of instruction sets
    simd_level, available_simd_levels, use_simd_level

>>> import hebbfast as hb
>>> patterns = hb.random_patterns(1000, 512, rng=0)
>>> memory = hb.DenseAssociativeMemory(patterns, hb.Polynomial(3))
>>> result = memory.recall(hb.corrupt(patterns, flip=0.1, rng=1), rng=2)
>>> float((result.states == patterns).all(axis=1).mean()) > 0.99
True
"""

import importlib
from typing import TYPE_CHECKING, Any

from hebbfast._kernels import available_simd_levels, simd_level
from hebbfast._kernels.levels import use_simd_level
from hebbfast.bits import PackedPatterns
from hebbfast.dynamics.record import Recall
from hebbfast.interactions import Exponential, Polynomial, RectifiedPolynomial
from hebbfast.networks.dense import DenseAssociativeMemory
from hebbfast.networks.hopfield import HopfieldNetwork
from hebbfast.patterns import corrupt, random_patterns

if TYPE_CHECKING:
    from hebbfast import experiments as experiments
    from hebbfast import learning, pid
    from hebbfast import theory as theory
    from hebbfast.classify import classify_states
    from hebbfast.dynamics.ladders import temperature_ladder
    from hebbfast.dynamics.partition import log_partition
    from hebbfast.dynamics.tempering import parallel_tempering
    from hebbfast.networks.hebbian import PatternSpaceNetwork
    from hebbfast.networks.sequence import SequenceMemory
    from hebbfast.projection import SignProjection

    __version__: str

__all__ = [
    "DenseAssociativeMemory",
    "Exponential",
    "HopfieldNetwork",
    "PackedPatterns",
    "PatternSpaceNetwork",
    "Polynomial",
    "Recall",
    "RectifiedPolynomial",
    "SequenceMemory",
    "SignProjection",
    "available_simd_levels",
    "classify_states",
    "corrupt",
    "learning",
    "log_partition",
    "parallel_tempering",
    "pid",
    "random_patterns",
    "simd_level",
    "temperature_ladder",
    "use_simd_level",
]
_LATER = {  # imported when first asked for: half of the time of an import, and `theory` needs SciPy
    "PatternSpaceNetwork": "hebbfast.networks.hebbian",
    "SequenceMemory": "hebbfast.networks.sequence",
    "SignProjection": "hebbfast.projection",
    "classify_states": "hebbfast.classify",
    "experiments": "hebbfast.experiments",
    "images": "hebbfast.files",  # its name before it read other files, too
    "learning": "hebbfast.learning",
    "log_partition": "hebbfast.dynamics.partition",
    "parallel_tempering": "hebbfast.dynamics.tempering",
    "pid": "hebbfast.pid",
    "temperature_ladder": "hebbfast.dynamics.ladders",
    "theory": "hebbfast.theory",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("hebbfast")
        except PackageNotFoundError:  # a source tree on the path
            return "unknown"
    if name not in _LATER:
        raise AttributeError(f"module 'hebbfast' has no attribute {name!r}")
    module = importlib.import_module(_LATER[name])
    return getattr(module, name, module)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__", "experiments", "theory"])
