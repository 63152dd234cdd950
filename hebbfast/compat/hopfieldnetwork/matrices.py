"""What hopfieldnetwork computes without a network."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast.compat._weights import hebbian

__all__ = ["TIE", "columns", "construct_hebb_matrix", "hamming_distance", "sign_0"]

TIE = -1e-15  # fields from here on count as zero, and so as positive


def sign_0(array: NDArray[Any]) -> NDArray[np.int64]:
    """The sign, +1 at zero, with a tolerance of 1e-15.

    Parameters
    ----------
    array : ndarray
        Numbers.

    Returns
    -------
    ndarray
        int64, -1 or 1.

    Examples
    --------
    >>> sign_0(np.array([0.5, 0.0, -0.5])).tolist()
    [1, 1, -1]
    """
    return np.where(array >= TIE, 1, -1)


def construct_hebb_matrix(xi: NDArray[Any]) -> NDArray[np.float64]:
    """Σ_μ ξ^μ ξ^μᵀ / N without its diagonal.

    Parameters
    ----------
    xi : ndarray
        (N,) or (N, p), columns are patterns.

    Returns
    -------
    ndarray
        (N, N) float64.

    Examples
    --------
    >>> construct_hebb_matrix(np.array([1, -1])).tolist()
    [[0.0, -0.5], [-0.5, 0.0]]
    """
    made: NDArray[np.float64] = hebbian(columns(xi).T).matrix
    return made


def hamming_distance(x: NDArray[Any], y: NDArray[Any]) -> int:
    """In how many entries two states differ."""
    return int(np.count_nonzero(np.asarray(x) != np.asarray(y)))


def columns(xi: NDArray[Any]) -> NDArray[Any]:
    """(N,) or (N, p) as (N, p)."""
    if len(xi.shape) not in (1, 2):
        raise ValueError(f"xi must have shape (N,) or (N, p), got shape {xi.shape}")
    return xi.reshape(xi.shape[0], -1) if xi.ndim == 1 else xi
