"""Arrays in safetensors files: written whole or not at all, read or mapped, every field of the header checked."""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast._work.whole import written_whole

__all__ = ["read_tensor", "write_tensors"]

Path = str | os.PathLike[str]


def write_tensors(path: Path, tensors: Mapping[str, NDArray[Any]], metadata: Mapping[str, str]) -> None:
    """Write arrays and texts to a file; OSError if it cannot be written."""
    safetensors = _safetensors()
    with written_whole(path) as file:
        try:
            safetensors.numpy.save_file(dict(tensors), file.name, dict(metadata))
        except safetensors.SafetensorError as error:
            raise OSError(f"path must name a file that can be written, got {os.fspath(path)!r}: {error}") from None


def read_tensor(path: Path, name: str, mmap: bool) -> tuple[NDArray[np.uint64], dict[str, str]]:
    """An array of uint64 with two axes, and the texts beside it; both ways of loading take the same bytes.

    Raises
    ------
    ValueError
        If the file is damaged, or holds no such array; the message does not name the path.
    """
    safetensors = _safetensors()
    try:
        with safetensors.safe_open(os.fspath(path), framework="np") as file:  # checks the header and the length
            tensor, metadata = file.get_slice(name), dict(file.metadata() or {})
            if tensor.get_dtype() != "U64" or len(tensor.get_shape()) != 2:
                raise ValueError(f"{name} of type {tensor.get_dtype()} and shape {tuple(tensor.get_shape())}")
            shape = tuple(tensor.get_shape())
            offset = _offset(path, name) if mmap and 0 not in shape else 1
            if offset % 8:  # the processor could not read the words where they are
                return file.get_tensor(name), metadata
        return np.memmap(path, dtype="<u8", mode="r", offset=offset, shape=shape).view(np.ndarray), metadata
    except (safetensors.SafetensorError, KeyError, TypeError) as error:
        raise ValueError(str(error)) from None


def _offset(path: Path, name: str) -> int:
    """Where an array begins in a file that safetensors has accepted: others may stand before it."""
    import json

    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        begin: int = json.loads(file.read(length))[name]["data_offsets"][0]
        return 8 + length + begin


def _safetensors() -> Any:
    try:
        import safetensors
        import safetensors.numpy
    except ImportError:
        raise ImportError('files of packed patterns need safetensors: pip install "hebbfast[files]"') from None
    return safetensors
