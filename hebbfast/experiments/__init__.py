"""Experiments: many trials, plain records.

capacity           how many random patterns a network holds, by simulation (needs SciPy)
phase_diagram      where retrieval ends, at any load and temperature, by theory and simulation (needs SciPy)
learned_capacity   how much learned couplings hold, from the patterns themselves and from noisy cues
ground_states      of spin glasses, many samples at several D (needs SciPy)
attractors         where a network comes to rest, each state once, with how many cues end there
basins             from how many flipped units recall returns to patterns
temper             tempering of many networks, on several ladders and from several seeds
pid_profile        what outputs of units owe to the pattern and to the other units, against load (needs SciPy)
"""

import importlib
from typing import TYPE_CHECKING, Any

from hebbfast.experiments.attractors import Attractors, Basins, attractors, basins
from hebbfast.experiments.learned import LearnedCapacity, learned_capacity

if TYPE_CHECKING:
    from hebbfast.experiments.capacities import Capacity, CapacityOfSize, CapacityPoint, capacity
    from hebbfast.experiments.glasses import GroundStates, GroundStatesOfSize, ground_states
    from hebbfast.experiments.phase import PhaseDiagram, phase_diagram
    from hebbfast.experiments.profiles import PidProfile, pid_profile
    from hebbfast.experiments.tempered import TemperedAverage, TemperedRun, temper

__all__ = [
    "Attractors",
    "Basins",
    "Capacity",
    "CapacityOfSize",
    "CapacityPoint",
    "GroundStates",
    "GroundStatesOfSize",
    "LearnedCapacity",
    "PhaseDiagram",
    "PidProfile",
    "TemperedAverage",
    "TemperedRun",
    "attractors",
    "basins",
    "capacity",
    "ground_states",
    "learned_capacity",
    "phase_diagram",
    "pid_profile",
    "temper",
]


_PART = {
    "GroundStates": "glasses",
    "GroundStatesOfSize": "glasses",
    "PhaseDiagram": "phase",
    "PidProfile": "profiles",
    "TemperedAverage": "tempered",
    "TemperedRun": "tempered",
    "ground_states": "glasses",
    "phase_diagram": "phase",
    "pid_profile": "profiles",
    "temper": "tempered",
}


def __getattr__(name: str) -> Any:
    """Import what needs SciPy when it is first asked for."""
    if name in __all__:
        try:
            return getattr(importlib.import_module(f"hebbfast.experiments.{_PART.get(name, 'capacities')}"), name)
        except ModuleNotFoundError as error:
            raise ImportError(f'{name} needs {error.name}: pip install "hebbfast[experiments]"') from None
    raise AttributeError(f"module 'hebbfast.experiments' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
