"""Tensors of torch as vectors of ±1, and back."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments
from hebbfast.compat._host import host
from hebbfast.compat._weights import signs
from hebbfast.networks.dense import DenseAssociativeMemory

__all__ = ["bits", "expect", "fields", "like", "torch", "weights"]


def torch() -> Any:
    """The package."""
    return host("torch", "torchhd")


def expect(name: str, vectors: Any, units: int | None = None) -> None:
    """Are they a tensor (..., d), or without a d items (n, d)?"""
    if not isinstance(vectors, torch().Tensor):
        raise TypeError(f"{name} must be a tensor, got {_arguments.shown(vectors)}")
    shape = tuple(vectors.shape)
    if len(shape) != 2 if units is None else shape[-1:] != (units,):
        wanted = "(n, d)" if units is None else f"(..., {units})"
        raise ValueError(f"{name} must have shape {wanted}, got shape {shape}")


def bits(vectors: Any) -> NDArray[np.int8] | None:
    """int8 of vectors of ±1 on the CPU that need no gradient, or None."""
    package = torch()
    if vectors.requires_grad or vectors.device.type != "cpu" or vectors.layout != package.strided:
        return None
    values = vectors.detach()
    return signs((values.float() if values.dtype == package.bfloat16 else values).numpy())


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
