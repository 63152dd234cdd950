"""Experiments: many trials, plain records.

capacity           how many random patterns a network holds, by simulation (needs SciPy)
learned_capacity   how much learned couplings hold, from the patterns themselves and from noisy cues
"""

import importlib
from typing import TYPE_CHECKING, Any

from hebbfast.experiments.learned import LearnedCapacity, learned_capacity

if TYPE_CHECKING:
    from hebbfast.experiments.capacities import Capacity, CapacityOfSize, CapacityPoint, capacity

__all__ = ["Capacity", "CapacityOfSize", "CapacityPoint", "LearnedCapacity", "capacity", "learned_capacity"]


def __getattr__(name: str) -> Any:
    """Import what needs SciPy when it is first asked for."""
    if name in __all__:
        try:
            return getattr(importlib.import_module("hebbfast.experiments.capacities"), name)
        except ModuleNotFoundError as error:
            raise ImportError(f'{name} needs {error.name}: pip install "hebbfast[experiments]"') from None
    raise AttributeError(f"module 'hebbfast.experiments' has no attribute {name!r}")
