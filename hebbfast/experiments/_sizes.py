"""Sizes and loads of experiments, read once."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments

__all__ = ["read_loads", "read_sizes"]


def read_sizes(units: Any, least: int) -> list[int]:
    """Numbers of units, one or several, in the order given."""
    given = _arguments.several(units)
    if not given:
        raise ValueError(f"units must hold at least one number, got {_arguments.shown(units)}")
    return [_arguments.whole("units", D, least, 2**31 - 1) for D in given]


def read_loads(loads: Any, rising: bool = False) -> NDArray[np.float64]:
    """Loads above 0, at least one, in rising order where that is asked for."""
    found = _arguments.real_array("loads", loads)
    good = found.ndim == 1 and len(found) > 0 and bool((found > 0).all())
    if not good or (rising and not (np.diff(found) > 0).all()):
        raise ValueError(f"loads must be {'increasing ' * rising}numbers above 0, got {_arguments.shown(loads)}")
    return found.astype(np.float64)
