"""Schedules of β = 1 / T as dwave-samplers' keywords describe them."""

import numbers
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments

__all__ = ["SCHEDULES", "read_betas"]

SCHEDULES = ("linear", "geometric", "custom")
_SWEEPS = 1000


def read_betas(
    default_range: Callable[[], Any],
    beta_range: Any,
    num_sweeps: Any,
    num_sweeps_per_beta: Any,
    beta_schedule_type: str,
    beta_schedule: Any,
) -> tuple[NDArray[np.float64], Any]:
    """(S,) β of each sweep, and the range that they span, None for a custom schedule without one."""
    _arguments.choice("beta_schedule_type", beta_schedule_type, SCHEDULES)
    each = _arguments.whole("num_sweeps_per_beta", num_sweeps_per_beta, 1)
    custom = beta_schedule_type == "custom"
    if custom != (beta_schedule is not None):
        raise ValueError(
            f"beta_schedule must be given with beta_schedule_type='custom', and only with it, got "
            f"{_arguments.shown(beta_schedule)} with {beta_schedule_type!r}"
        )
    if custom:
        betas = _arguments.real_array("beta_schedule", beta_schedule).astype(np.float64)
        if betas.ndim != 1:
            raise ValueError(f"beta_schedule must have shape (betas,), got shape {betas.shape}")
        if len(betas) and betas.min() < 0:
            raise ValueError(f"beta_schedule must not be negative, got {betas.min():g}")
        if num_sweeps is not None and num_sweeps != each * len(betas):
            raise ValueError(
                f"num_sweeps must be None or {each * len(betas)}, as beta_schedule and num_sweeps_per_beta say, "
                f"got {_arguments.shown(num_sweeps)}"
            )
    else:
        sweeps = _SWEEPS if num_sweeps is None else _arguments.whole("num_sweeps", num_sweeps, 0)
        if sweeps % each:
            raise ValueError(f"num_sweeps must be a multiple of num_sweeps_per_beta, {each}, got {sweeps}")
        beta_range = default_range() if beta_range is None else beta_range
        hot, cold = _ends(beta_range, beta_schedule_type)
        steps = sweeps // each
        if steps == 1:
            betas = np.array([cold])
        else:
            betas = (np.linspace if beta_schedule_type == "linear" else np.geomspace)(hot, cold, steps)
    return np.repeat(betas, each), beta_range


def _ends(beta_range: Any, kind: str) -> tuple[float, float]:
    good = isinstance(beta_range, (list, tuple)) and len(beta_range) == 2
    if not good or not all(isinstance(beta, numbers.Real) and 0 <= float(beta) < np.inf for beta in beta_range):
        raise ValueError(
            f"beta_range must be two finite numbers of at least 0, the last one the target, got "
            f"{_arguments.shown(beta_range)}"
        )
    if kind == "geometric" and 0 in beta_range:
        raise ValueError(f"beta_range must not hold 0 for a geometric schedule, got {_arguments.shown(beta_range)}")
    return float(beta_range[0]), float(beta_range[1])
