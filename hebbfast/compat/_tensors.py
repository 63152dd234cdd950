"""Tensors of torch as vectors of ±1, and back."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast.compat._host import host
from hebbfast.compat._weights import signs
from hebbfast.networks.dense import DenseAssociativeMemory

__all__ = ["bits", "fields", "like", "torch", "weights"]


def torch() -> Any:
    """The package."""
    return host("torch", "torchhd")


def bits(vectors: Any) -> NDArray[np.int8] | None:
    """int8 of vectors of ±1 on the CPU that need no gradient, or None."""
    if vectors.requires_grad or vectors.device.type != "cpu":
        return None
    return signs(vectors.detach().numpy())


def fields(memory: DenseAssociativeMemory, cues: NDArray[np.int8]) -> NDArray[np.float64]:
    """(..., d): Σ_μ (ξ^μ · q) ξ^μ - n q."""
    found = memory.fields(cues.reshape(-1, cues.shape[-1]))
    return found.reshape(cues.shape)


def weights(items: Any, kappa: int | None) -> Any:
    """(d, d): Σ_μ ξ^μ ξ^μᵀ without its diagonal, clamped."""
    made = items.mT @ items
    made.fill_diagonal_(0)
    return made if kappa is None else made.clamp(-kappa, kappa)


def like(query: Any, found: NDArray[np.float64], memory: Any, floating: bool = False) -> Any:
    """A tensor of the dtype and class of a query, or of the memory where the query is a plain one."""
    package = torch()
    dtype = package.int32 if query.dtype == package.int8 else query.dtype
    dtype = package.float32 if floating and not query.dtype.is_floating_point else dtype
    kind = type(memory) if type(query) is package.Tensor else type(query)
    return package.from_numpy(found).to(dtype).as_subclass(kind)
