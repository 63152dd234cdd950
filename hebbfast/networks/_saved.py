"""What memories of patterns have in their files: interactions by name, and both layouts of the patterns."""

import dataclasses
import json
from collections.abc import Collection, Mapping
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from hebbfast import _kernels, bits, interactions
from hebbfast._work.pieces import pieces
from hebbfast._work.tensors import Contents, Path, read_tensors, write_tensors
from hebbfast.bits import PackedPatterns
from hebbfast.interactions import Interaction

__all__ = ["expect_columns", "interaction_of", "own_columns", "read", "save"]

_MOVED = 1 << 30  # bits transposed between two looks at Ctrl-C


class Memory(Protocol):
    """What is saved: patterns and an interaction."""

    patterns: PackedPatterns
    interaction: Interaction
    units: int


def save(memory: Memory, path: Path, arrays: Mapping[str, NDArray[Any]], **parameters: Any) -> None:
    """Write patterns and interaction of a memory, and what else belongs to it."""
    everything = {"units": memory.units, "interaction": parameters_of(memory.interaction), **parameters}
    write_tensors(path, type(memory).__name__, everything, {"words": memory.patterns.words, **arrays})


def read(
    kind: str, path: Path, arrays: Mapping[str, tuple[str, int]], parameters: Collection[str], mmap: bool,
    verify: bool | None,
) -> Contents:  # fmt: skip
    """What `save` wrote, for ``bits.of_file`` and `interaction_of` to go on with."""
    everything = ["units", "interaction", *parameters]
    return read_tensors(path, kind, {"words": ("U64", 2), **arrays}, everything, mmap=mmap, verify=verify)


def parameters_of(interaction: Interaction) -> dict[str, Any]:
    """The name of an interaction and, where it is a dataclass of plain values, its parameters."""
    kind = type(interaction)
    values: dict[str, Any] = {}
    if dataclasses.is_dataclass(interaction):
        values = {field.name: getattr(interaction, field.name) for field in dataclasses.fields(interaction)}
    try:
        json.dumps(values)
    except (TypeError, ValueError):
        values = {}
    known = kind.__module__ == interactions.__name__
    return {"class": kind.__name__ if known else f"{kind.__module__}.{kind.__qualname__}", "parameters": values}


def interaction_of(found: Contents, given: Interaction | None) -> Interaction:
    """The interaction of a file, or the one that the caller gives instead: no file makes Python import anything."""
    if given is not None:
        return interactions.read_interaction(given)
    with found.blamed():
        name, values = found.parameters["interaction"]["class"], dict(found.parameters["interaction"]["parameters"])
        kind: Any = getattr(interactions, name) if name in interactions.__all__ else None
        if isinstance(kind, type) and dataclasses.is_dataclass(kind) and hasattr(kind, "weights"):
            return cast(Interaction, kind(**values))
    shown = ", ".join(f"{key}={value!r}" for key, value in values.items())
    raise found.refusal(f"interaction must be given to load it, for it was saved with one's own {name}({shown})")


def own_columns(columns: NDArray[np.uint64], patterns: int) -> NDArray[np.uint64]:
    """The transposed copy for a file: zeros behind the last pattern, where memories that grew from it have theirs."""
    mask = bits.tail_mask(patterns)
    if not np.any(columns[:, -1] & ~mask):
        return columns
    columns = columns.copy()
    columns[:, -1] &= mask
    return columns


def expect_columns(found: Contents, patterns: PackedPatterns) -> NDArray[np.uint64]:
    """The transposed copy of a file, if that is one: else kernels would be led out of their tables."""
    columns, units = found.arrays["columns"], patterns.shape[1]
    if columns.shape != (units, bits.words_of(len(patterns))):
        raise found.refusal(f"columns of shape {columns.shape} do not fit patterns of shape {patterns.shape}")
    if not found.trusted:
        step = max(1, _MOVED // (64 * units))  # words of columns
        for part in pieces(columns.shape[1], 1, visits=step):
            rows = patterns.words[64 * part.start : 64 * part.stop]
            made = bits.empty_words(units, len(rows))
            _kernels.transpose(rows, units, made, 0, len(rows))
            if not np.array_equal(made, columns[:, part]):
                raise found.refusal("columns are not the patterns, transposed")
    return columns
