"""Experiments: many trials, plain records.

capacity           how many random patterns a network holds, by simulation (needs SciPy)
learned_capacity   how much learned couplings hold, from the patterns themselves and from noisy cues
pid_profile        what outputs of units owe to the pattern and to the other units, against load (needs SciPy)
"""

import importlib
from typing import TYPE_CHECKING, Any

from hebbfast.experiments.learned import LearnedCapacity, learned_capacity

if TYPE_CHECKING:
    from hebbfast.experiments.capacities import Capacity, CapacityOfSize, CapacityPoint, capacity
    from hebbfast.experiments.profiles import PidProfile, pid_profile

__all__ = [
    "Capacity",
    "CapacityOfSize",
    "CapacityPoint",
    "LearnedCapacity",
    "PidProfile",
    "capacity",
    "learned_capacity",
    "pid_profile",
]


def __getattr__(name: str) -> Any:
    """Import what needs SciPy when it is first asked for."""
    if name in __all__:
        part = "profiles" if name in ("PidProfile", "pid_profile") else "capacities"
        try:
            return getattr(importlib.import_module(f"hebbfast.experiments.{part}"), name)
        except ModuleNotFoundError as error:
            raise ImportError(f'{name} needs {error.name}: pip install "hebbfast[experiments]"') from None
    raise AttributeError(f"module 'hebbfast.experiments' has no attribute {name!r}")
