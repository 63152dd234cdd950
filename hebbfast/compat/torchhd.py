"""The Hopfield memories of ``torchhd.memory`` 5.8: ``import hebbfast.compat.torchhd as memory``.

Vectors of ±1 on the CPU are packed, and no (d, d) matrix is made; all others, and ``kappa``, go the way of torchhd, in
torch. ``torch`` must be installed, ``torchhd`` need not be.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast.compat._tensors import bits, expect, fields, like, weights
from hebbfast.networks.dense import DenseAssociativeMemory

__all__ = ["Hopfield", "hopfield", "modern_hopfield"]  # noqa: F822, the first by __getattr__

_LEAST = -45.0  # ln of a weight that is below the last bit beside 1, e^4 times over


def __getattr__(name: str) -> Any:
    """`Hopfield`, a module of torch, made when it is first asked for."""
    if name != "Hopfield":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from hebbfast.compat._torchhd_module import make

    return globals().setdefault(name, make())


def hopfield(query: Any, memory: Any, kappa: int | None = None) -> Any:
    """Fields of query vectors in a Hopfield network, Σ_μ (ξ^μ · q) ξ^μ - n q; their signs are the read.

    Parameters
    ----------
    query : torch.Tensor
        (..., d).
    memory : torch.Tensor
        (n, d), items in rows.
    kappa : int, optional
        Clamp each weight to ± kappa.

    Returns
    -------
    torch.Tensor
        (..., d), of the dtype and class of the query; int32 for int8, in which the sums of torchhd wrap. For ±1 each is
        an exact sum, rounded once if the dtype has too few digits.

    Raises
    ------
    TypeError, ValueError
        If an argument is no tensor, or shapes do not match.

    Examples
    --------
    >>> import torch
    >>> items = torch.tensor([[1.0, 1.0, -1.0], [1.0, -1.0, 1.0]])
    >>> hopfield(items, items).sign().tolist()
    [[0.0, 1.0, -1.0], [0.0, -1.0, 1.0]]
    """
    _expect(query, memory)
    cues, stored = bits(query), bits(memory)
    if kappa is not None or cues is None or stored is None or len(stored) == 0:
        return query @ weights(memory, kappa)
    return like(query, fields(DenseAssociativeMemory(stored), cues), memory)


def modern_hopfield(query: Any, memory: Any) -> Any:
    """Fields of query vectors for the energy -ln Σ_μ exp(ξ^μ · q) (Demircigil et al. 2017; Ramsauer et al. 2021).

    Parameters
    ----------
    query : torch.Tensor
        (..., d).
    memory : torch.Tensor
        (n, d), items in rows.

    Returns
    -------
    torch.Tensor
        (..., d): ln Σ_μ exp(ξ^μ · q) with q_i = +1, minus the same with q_i = -1; of the dtype and class of the query,
        float32 for integers. For ±1 computed in float64, and no d is too large.

    Raises
    ------
    TypeError, ValueError
        If an argument is no tensor, or shapes do not match.

    Examples
    --------
    >>> import torch
    >>> modern_hopfield(torch.ones(3), torch.tensor([[1.0, 1.0, -1.0]])).tolist()
    [2.0, 2.0, -2.0]
    """
    _expect(query, memory)
    cues, stored = bits(query), bits(memory)
    if cues is None or stored is None or len(stored) == 0:
        others = (query @ memory.mT).unsqueeze(-2) - query.unsqueeze(-1) * memory.mT  # (..., d, n): without unit i
        return (others + memory.mT).logsumexp(-1) - (others - memory.mT).logsumexp(-1)
    found = _log_sum_fields(stored, cues)
    return like(query, found, memory, floating=True)


def _expect(query: Any, memory: Any) -> None:
    """Are they tensors (..., d) and (n, d)?"""
    expect("memory", memory)
    expect("query", query, memory.shape[1])


def _log_sum_fields(stored: NDArray[np.int8], cues: NDArray[np.int8]) -> NDArray[np.float64]:
    """(..., d), from the sums S, S' of e^(m_μ) over the items that agree with q_i, and over the others.

    q_i h_i = ln(S + S') - ln(S e^-2 + S' e^2): to turn q_i over takes 2 from the overlaps of the first, and gives it to
    the others.
    """
    rows = cues.reshape(-1, cues.shape[-1])
    found = np.empty(rows.shape)
    for overlaps, cue, out in zip(DenseAssociativeMemory(stored).overlaps(rows), rows, found, strict=True):
        logs = overlaps - float(overlaps.max())
        heavy = np.flatnonzero(logs > _LEAST)
        near = np.exp(logs[heavy])
        agreeing = near @ (stored[heavy] == cue)
        differing = near @ (stored[heavy] != cue)
        out[:] = cue * (np.log(agreeing + differing) - np.log(agreeing * np.exp(-2.0) + differing * np.exp(2.0)))
    return found.reshape(cues.shape)
