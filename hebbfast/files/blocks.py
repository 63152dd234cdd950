"""Rows on their way into bits: never more of them unpacked than a block."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast._work.pieces import BYTES
from hebbfast.bits import PackedPatterns

__all__ = ["BLOCK_BYTES", "pack_blocks"]

BLOCK_BYTES = BYTES
"""Unpacked patterns held at one time while a file is read."""


def pack_blocks(blocks: Iterable[NDArray[Any]]) -> PackedPatterns:
    """Pack blocks of rows as they come, at most `BLOCK_BYTES` of them unpacked."""
    packed: list[PackedPatterns] = []
    waiting: list[NDArray[Any]] = []
    held = 0

    def pack() -> None:
        packed.append(PackedPatterns(waiting[0] if len(waiting) == 1 else np.concatenate(waiting)))
        waiting.clear()

    for block in blocks:
        waiting.append(block)
        held += block.nbytes
        if held >= BLOCK_BYTES:
            pack()
            held = 0
    if waiting:
        pack()
    return packed[0] if len(packed) == 1 else PackedPatterns.concatenate(packed)
