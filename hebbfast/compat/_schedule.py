"""Schedules of β = 1 / T as dwave-samplers' keywords describe them."""

import numbers
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments
from hebbfast.compat._sampler import read_whole

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
    each = read_whole("num_sweeps_per_beta", num_sweeps_per_beta, 1)
    custom = beta_schedule_type == "custom"
    if custom != (beta_schedule is not None):
        raise ValueError(
            f"beta_schedule must be given with beta_schedule_type='custom', and only with it, got "
            f"{_arguments.shown(beta_schedule)} with {beta_schedule_type!r}"
        )
    if custom:
        try:
            betas = _arguments.real_array("beta_schedule", beta_schedule).astype(np.float64)
        except TypeError as error:  # no numbers: a ValueError there
            raise ValueError(str(error)) from None
        if betas.ndim != 1 or len(betas) == 0:
            raise ValueError(f"beta_schedule must have shape (betas,), at least one, got shape {betas.shape}")
        if betas.min() < 0:
            raise ValueError(f"beta_schedule must not be negative, got {betas.min():g}")
        if num_sweeps is not None and num_sweeps != each * len(betas):
            raise ValueError(
                f"num_sweeps must be None or {each * len(betas)}, as beta_schedule and num_sweeps_per_beta say, "
                f"got {_arguments.shown(num_sweeps)}"
            )
    else:
        sweeps = _SWEEPS if num_sweeps is None else read_whole("num_sweeps", num_sweeps, 0)
        if sweeps % each:
            raise ValueError(f"num_sweeps must be a multiple of num_sweeps_per_beta, {each}, got {sweeps}")
        beta_range = default_range() if beta_range is None else beta_range
        steps = sweeps // each
        hot, cold = _ends(beta_range, beta_schedule_type == "geometric" and steps != 1)
        if steps == 1:
            betas = np.array([cold])
        else:
            betas = (np.linspace if beta_schedule_type == "linear" else np.geomspace)(hot, cold, steps)
    return np.repeat(betas, each), beta_range


def _ends(beta_range: Any, positive: bool) -> tuple[float, float]:
    given = beta_range.tolist() if isinstance(beta_range, np.ndarray) else beta_range
    wanted = f"two finite numbers of at least 0, the last one the target, got {_arguments.shown(given)}"
    if not isinstance(given, (list, tuple)) or not all(isinstance(beta, numbers.Real) for beta in given):
        raise TypeError(f"beta_range must be {wanted}")
    if len(given) != 2 or not all(0 <= float(beta) < np.inf for beta in given):
        raise ValueError(f"beta_range must be {wanted}")
    if positive and 0 in given:
        raise ValueError(f"beta_range must not hold 0 for a geometric schedule, got {_arguments.shown(given)}")
    return float(given[0]), float(given[1])
