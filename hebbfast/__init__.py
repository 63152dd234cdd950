"""hebbfast: ±1 associative memories as bits, exact to the last sign.

Patterns and cues
    random_patterns, corrupt, PackedPatterns
Interactions F of the energy E = -Σ_μ F(m_μ)
    Polynomial, RectifiedPolynomial, Exponential
Models
    DenseAssociativeMemory (pattern space), HopfieldNetwork (coupling space), PatternSpaceNetwork (a Hebbian rule in
    pattern space), Recall (what a recall did)
Learning rules, patterns → couplings
    learning
Experiments: what learned couplings hold
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
from types import ModuleType

from hebbfast import learning
from hebbfast._kernels._kernels import available_simd_levels, simd_level, use_simd_level
from hebbfast.bits import PackedPatterns
from hebbfast.dense import DenseAssociativeMemory
from hebbfast.dynamics import Recall
from hebbfast.hopfield import HopfieldNetwork
from hebbfast.interactions import Exponential, Polynomial, RectifiedPolynomial
from hebbfast.pattern_space import PatternSpaceNetwork
from hebbfast.patterns import corrupt, random_patterns

__all__ = [
    "DenseAssociativeMemory",
    "Exponential",
    "HopfieldNetwork",
    "PackedPatterns",
    "PatternSpaceNetwork",
    "Polynomial",
    "Recall",
    "RectifiedPolynomial",
    "available_simd_levels",
    "corrupt",
    "learning",
    "random_patterns",
    "simd_level",
    "use_simd_level",
]


def __getattr__(name: str) -> ModuleType:
    """Import `theory`, which needs SciPy, and `experiments` when they are first asked for."""
    if name in ("experiments", "theory"):
        return importlib.import_module(f"hebbfast.{name}")
    raise AttributeError(f"module 'hebbfast' has no attribute {name!r}")
