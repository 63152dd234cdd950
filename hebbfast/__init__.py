"""hebbfast: ±1 associative memories as bits, exact to the last sign.

Patterns and cues
    random_patterns, corrupt, PackedPatterns, SignProjection (codes of other data), classify_states (what states are)
Interactions F of the energy E = -Σ_μ F(m_μ)
    Polynomial, RectifiedPolynomial, Exponential, LogSumExp
Models
    DenseAssociativeMemory (pattern space), HopfieldNetwork (coupling space), PatternSpaceNetwork (a Hebbian rule in
    pattern space), SequenceMemory (each pattern calls up its successor), BoltzmannMachine (couplings that ascend the
    likelihood, with hidden units), ShardedMemory (patterns on a cluster), Recall (what a recall did)
At temperatures above zero: Network.sample, Network.anneal, and many temperatures at once
    parallel_tempering, temperature_ladder, log_partition
Random couplings on all pairs of units or on a lattice
    spin_glass
Learning rules, patterns → couplings
    learning
Ising problems, Max-Cut and QUBO
    optimize
What the output of a unit owes to the pattern and to the other units
    pid
Experiments: how many patterns networks hold, what learned couplings hold
    experiments
What theory predicts: signal to noise, capacities, mean field (needs SciPy)
    theory
Pictures of results (needs matplotlib), and patterns from files
    plots, files
Names and results of other packages, by another import line
    compat.dimod, compat.hopfieldkit, compat.hopfieldnetwork, compat.neurodynex3, compat.sklearn, compat.torchhd
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

if TYPE_CHECKING:
    from hebbfast import compat as compat
    from hebbfast import experiments as experiments
    from hebbfast import files as files
    from hebbfast import learning, optimize, pid, spin_glass
    from hebbfast import plots as plots
    from hebbfast import theory as theory
    from hebbfast._kernels import available_simd_levels, simd_level
    from hebbfast._kernels.levels import use_simd_level
    from hebbfast.bits import PackedPatterns
    from hebbfast.classify import classify_states
    from hebbfast.dynamics.ladders import temperature_ladder
    from hebbfast.dynamics.partition import log_partition
    from hebbfast.dynamics.record import Recall
    from hebbfast.dynamics.tempering import parallel_tempering
    from hebbfast.interactions import Exponential, LogSumExp, Polynomial, RectifiedPolynomial
    from hebbfast.networks.boltzmann import BoltzmannMachine
    from hebbfast.networks.dense import DenseAssociativeMemory
    from hebbfast.networks.hebbian import PatternSpaceNetwork
    from hebbfast.networks.hopfield import HopfieldNetwork
    from hebbfast.networks.sequence import SequenceMemory
    from hebbfast.networks.sharded import ShardedMemory
    from hebbfast.patterns import corrupt, random_patterns
    from hebbfast.projection import SignProjection

    __version__: str

__all__ = [
    "BoltzmannMachine",
    "DenseAssociativeMemory",
    "Exponential",
    "HopfieldNetwork",
    "LogSumExp",
    "PackedPatterns",
    "PatternSpaceNetwork",
    "Polynomial",
    "Recall",
    "RectifiedPolynomial",
    "SequenceMemory",
    "ShardedMemory",
    "SignProjection",
    "available_simd_levels",
    "classify_states",
    "corrupt",
    "learning",
    "log_partition",
    "optimize",
    "parallel_tempering",
    "pid",
    "random_patterns",
    "simd_level",
    "spin_glass",
    "temperature_ladder",
    "use_simd_level",
]
_HOME = {  # a name is imported when it is first asked for: a program waits for what it uses, and `theory` needs SciPy
    "BoltzmannMachine": "hebbfast.networks.boltzmann",
    "DenseAssociativeMemory": "hebbfast.networks.dense",
    "Exponential": "hebbfast.interactions",
    "HopfieldNetwork": "hebbfast.networks.hopfield",
    "LogSumExp": "hebbfast.interactions",
    "PackedPatterns": "hebbfast.bits",
    "PatternSpaceNetwork": "hebbfast.networks.hebbian",
    "Polynomial": "hebbfast.interactions",
    "Recall": "hebbfast.dynamics.record",
    "RectifiedPolynomial": "hebbfast.interactions",
    "SequenceMemory": "hebbfast.networks.sequence",
    "ShardedMemory": "hebbfast.networks.sharded",
    "SignProjection": "hebbfast.projection",
    "available_simd_levels": "hebbfast._kernels",
    "classify_states": "hebbfast.classify",
    "compat": "hebbfast.compat",
    "corrupt": "hebbfast.patterns",
    "experiments": "hebbfast.experiments",
    "files": "hebbfast.files",
    "images": "hebbfast.files",  # its name before it read other files, too
    "learning": "hebbfast.learning",
    "log_partition": "hebbfast.dynamics.partition",
    "optimize": "hebbfast.optimize",
    "parallel_tempering": "hebbfast.dynamics.tempering",
    "pid": "hebbfast.pid",
    "plots": "hebbfast.plots",
    "random_patterns": "hebbfast.patterns",
    "simd_level": "hebbfast._kernels",
    "spin_glass": "hebbfast.spin_glass",
    "temperature_ladder": "hebbfast.dynamics.ladders",
    "theory": "hebbfast.theory",
    "use_simd_level": "hebbfast._kernels.levels",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("hebbfast")
        except PackageNotFoundError:  # a source tree on the path
            return "unknown"
    if name not in _HOME:
        raise AttributeError(f"module 'hebbfast' has no attribute {name!r}")
    module = importlib.import_module(_HOME[name])
    value = globals()[name] = getattr(module, name, module)
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__", "experiments", "theory"])
