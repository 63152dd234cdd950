"""Scratch space of the kernels. A thread keeps one for its next call, since new pages cost more than a small recall."""

import threading

import numpy as np
from numpy.typing import NDArray

from hebbfast import bits

__all__ = ["give_back", "take"]

_KEPT = 1 << 22  # bytes that a thread keeps
_kept = threading.local()


def take(size: int) -> NDArray[np.uint8]:
    """Room of at least so many bytes, fresh to the kernels; nobody else has it until it is given back.

    It is taken away from the thread while in use: a signal handler or a finaliser may recall inside a recall.
    """
    workspace: NDArray[np.uint8] | None = _kept.__dict__.pop("workspace", None)
    if workspace is None or len(workspace) < size:
        workspace = bits.aligned_bytes(size)
    workspace[:64] = 0
    return workspace


def give_back(workspace: NDArray[np.uint8]) -> None:
    """Let the thread use the room again."""
    if len(workspace) <= _KEPT:
        _kept.workspace = workspace
