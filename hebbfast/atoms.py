"""Partial information decomposition of two sources: formulas on probabilities, NumPy alone."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments
from hebbfast._records import Record

__all__ = ["ATOMS", "Atoms", "decompose"]

Array = NDArray[np.float64]
TOLERANCE = 1e-9  # of the sum of a pmf


@dataclass(frozen=True, eq=False)
class Atoms(Record):
    """The information of an output, split by its sources; bits, all but ``residual`` may be negative.

    Two of them are equal when all five are.

    Attributes
    ----------
    redundant : float or ndarray
        What both sources tell.
    unique_external, unique_recurrent : float or ndarray
        What one source tells alone.
    synergistic : float or ndarray
        What only both together tell.
    residual : float or ndarray
        What neither tells, H(Y | E, R). The five add up to the entropy H(Y).
    """

    redundant: Any
    unique_external: Any
    unique_recurrent: Any
    synergistic: Any
    residual: Any


ATOMS = tuple(atom.name for atom in fields(Atoms))


def decompose(pmf: ArrayLike) -> Atoms:
    """Split the entropy of an output Y between the sources E and R, by shared exclusions.

    Parameters
    ----------
    pmf : array_like
        (..., E, R, Y) probabilities; each leading index is a decomposition of its own.

    Returns
    -------
    Atoms
        Arrays of shape (...), or floats for a single pmf.

    Raises
    ------
    ValueError
        If there are fewer than three axes, or a pmf has a negative or no finite entry, or does not sum to 1 to 1e-9.

    Notes
    -----
    The redundancy is the mean of log2 P(y | E = e or R = r) / P(y): Makkeh, Gutknecht and Wibral (2021),
    Phys. Rev. E 103, 032149. The other atoms follow from it, I(E; Y), I(R; Y) and I(E, R; Y).

    Examples
    --------
    >>> import hebbfast as hb
    >>> both = hb.pid.decompose([[[0.5, 0], [0, 0]], [[0, 0], [0, 0.5]]])  # E, R and Y are one fair bit
    >>> both.redundant, both.synergistic, both.residual
    (1.0, 0.0, 0.0)
    """
    p = _read_pmf(pmf)
    e, r, y = (p.sum(axis=axes, keepdims=True) for axes in ((-2, -1), (-3, -1), (-3, -2)))
    er, ey, ry = (p.sum(axis=axis, keepdims=True) for axis in (-1, -2, -3))
    redundant = _mean_log(p, ey + ry - p, e + r - er, y)
    about_e = _mean_log(ey, ey, e, y)
    about_r = _mean_log(ry, ry, r, y)
    about_both = _mean_log(p, p, er, y)
    residual = _mean_log(p, er, p)
    atoms = redundant, about_e - redundant, about_r - redundant, about_both - about_e - about_r + redundant, residual
    return Atoms(*(float(atom) if p.ndim == 3 else atom for atom in atoms))


def _mean_log(weights: Array, above: Array, *below: Array) -> Array:
    """Sums of weights · log2(above / below) over the last three axes; weight 0 counts 0, tiny ones do not underflow."""

    def log2(x: Array) -> Array:
        return np.log2(np.broadcast_to(x, weights.shape), out=np.zeros_like(weights), where=weights > 0)

    logs = log2(above) - sum(map(log2, below))
    return np.asarray((weights * logs).sum(axis=(-3, -2, -1)))


def _read_pmf(pmf: ArrayLike) -> Array:
    p = _arguments.real_array("pmf", pmf).astype(np.float64, copy=False)
    if p.ndim < 3 or 0 in p.shape[-3:]:
        raise ValueError(f"pmf must have the axes (..., external, recurrent, output), got shape {p.shape}")
    if (p < 0).any():
        raise ValueError(f"pmf must not be negative, got {p.min()}")
    total = p.sum(axis=(-3, -2, -1))
    off = np.abs(total - 1)
    if (off > TOLERANCE).any():
        raise ValueError(f"pmf must sum to 1, got a sum of {total.flat[int(off.argmax())]}")
    return p
