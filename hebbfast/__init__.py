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
from typing import TYPE_CHECKING, Any

from hebbfast._kernels._kernels import available_simd_levels, simd_level, use_simd_level
from hebbfast.bits import PackedPatterns
from hebbfast.dense import DenseAssociativeMemory
from hebbfast.dynamics import Recall
from hebbfast.hopfield import HopfieldNetwork
from hebbfast.interactions import Exponential, Polynomial, RectifiedPolynomial
from hebbfast.patterns import corrupt, random_patterns

if TYPE_CHECKING:
    from hebbfast import learning
    from hebbfast.pattern_space import PatternSpaceNetwork

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
_PARTS = ("experiments", "learning", "theory")


def __getattr__(name: str) -> Any:
    """Import parts when they are first asked for: half of the time of an import, and `theory` needs SciPy."""
    if name in _PARTS:
        return importlib.import_module(f"hebbfast.{name}")
    if name == "PatternSpaceNetwork":
        return importlib.import_module("hebbfast.pattern_space").PatternSpaceNetwork
    raise AttributeError(f"module 'hebbfast' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_PARTS, "PatternSpaceNetwork"])
