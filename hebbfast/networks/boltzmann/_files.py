"""Machines as safetensors files: couplings and bias with a checksum, written whole or not at all."""

import os
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments
from hebbfast._work.whole import written_whole

__all__ = ["LARGEST", "read_machine", "write_machine"]

_FORMAT, _VERSION = "hebbfast Boltzmann machine", "1"
_NAMES = ("bias", "fields", "weights")
_ABOUT = {"format", "version", "visible", "restricted", "checksum"}
LARGEST = 1e30  # of energies: kernels have them in float32


def write_machine(path: Any, arrays: Mapping[str, NDArray[np.float64]], visible: int, restricted: bool) -> None:
    """Write the arrays of a machine, and what it is, to a path or an open file."""
    numpy = _safetensors().numpy
    tensors = {name: np.ascontiguousarray(arrays[name]) for name in _NAMES}
    about = {"format": _FORMAT, "version": _VERSION, "visible": str(visible), "restricted": str(int(restricted))}
    content = numpy.save(tensors, {**about, "checksum": _checksum(tensors)})
    if hasattr(path, "write"):
        path.write(content)
        return
    with written_whole(_arguments.path("path", path)) as file:
        file.write(content)


def read_machine(path: Any) -> tuple[dict[str, NDArray[np.float64]], int, bool]:
    """What `write_machine` has written: arrays, visible units, and whether the machine is restricted."""
    name = _arguments.path("path", path)
    if not os.path.isfile(name):
        raise FileNotFoundError(f"path must name a file written by BoltzmannMachine.save, got {name!r}: no such file")
    safetensors = _safetensors()
    try:
        with safetensors.safe_open(name, framework="np") as file:
            about = dict(file.metadata() or {})
            if (about.get("format"), about.get("version")) != (_FORMAT, _VERSION):
                raise ValueError(f"format {about.get('format')!r} of version {about.get('version')!r}")
            unknown = (about.keys() - _ABOUT) | (set(file.keys()) - set(_NAMES))
            if unknown:
                raise ValueError(f"it holds {min(unknown)!r}, which this version of hebbfast does not know")
            tensors = {key: file.get_tensor(key) for key in _NAMES}
        visible, restricted = int(about["visible"]), bool(("0", "1").index(about["restricted"]))
        if about["checksum"] != _checksum(tensors):
            raise ValueError("its checksum is another")
        _expect_machine(tensors, visible, restricted)
    except (safetensors.SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"path must name a file written by BoltzmannMachine.save, got {name!r}: {error}") from None
    return tensors, visible, restricted


def _safetensors() -> Any:
    try:
        import safetensors
        import safetensors.numpy
    except ModuleNotFoundError:
        raise ImportError('files of machines need safetensors: pip install "hebbfast[files]"') from None
    return safetensors


def _checksum(tensors: Mapping[str, NDArray[Any]]) -> str:
    sum_ = 0
    for name in _NAMES:
        sum_ = zlib.crc32(tensors[name].tobytes(), sum_)
    return f"{sum_:08x}"


def _expect_machine(tensors: Mapping[str, NDArray[Any]], visible: int, restricted: bool) -> None:
    units, weights = len(tensors["bias"]), tensors["weights"]
    layered = restricted and units > visible
    wanted = (visible, units - visible) if layered else (units, units)
    shapes = {"bias": (units,), "fields": (visible,), "weights": wanted}
    for name, shape in shapes.items():
        found = tensors[name]
        if visible < 1 or found.shape != shape or found.dtype != np.float64 or not np.isfinite(found).all():
            raise ValueError(f"{name} of type {found.dtype} and shape {found.shape}")
    if not layered and ((weights != weights.T).any() or weights.diagonal().any()):
        raise ValueError("weights are not symmetric with a diagonal of zeros")
    with np.errstate(over="ignore"):
        size = sum(float(np.abs(tensors[name]).sum()) for name in _NAMES)
    if size > LARGEST:
        raise ValueError(f"energies of up to {size:.3g}")
