"""A long run in a file: written whole or not at all, and gone on from bit for bit."""

import io
import json
import os
import time
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments
from hebbfast._work.whole import written_whole

__all__ = ["Checkpoint", "below"]

_SECONDS = 10.0  # between two writings
_FORMAT, _VERSION = "hebbfast tempering", 1
_LARGEST = 2**64 - 1


class Kept(Protocol):
    """A part of a run."""

    def state(self) -> dict[str, NDArray[Any]]:
        """Copies of all that its future depends on."""
        ...

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from there."""
        ...


class Checkpoint:
    """The file of a run, or none: an ``.npz`` with the settings, the seeds, and the state after some steps.

    NumPy's archives carry a checksum of each array, which is compared when it is read.
    """

    def __init__(self, path: Any) -> None:
        self._path = None if path is None else _arguments.path("store", path)
        self._found: dict[str, NDArray[Any]] = {}
        self._settings: dict[str, Any] = {}
        self._seeds: NDArray[np.uint64] = np.empty((2, 4), dtype=np.uint64)
        self._written = time.monotonic()
        if self._path is not None and os.path.exists(self._path):
            self._read(self._path)

    def _read(self, path: str) -> None:
        try:
            with open(path, "rb") as raw:
                content = raw.read()
        except OSError as error:
            raise OSError(f"store must be a file that can be read, got {path!r}: {error}") from None
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as file:
                self._found = {name: file[name] for name in file.files}
            about = json.loads(str(self._found["about"]))
            if about["format"] != _FORMAT or about["version"] != _VERSION:
                raise ValueError(f"format {about['format']!r} of version {about['version']!r}")
            self._settings, seeds = about["settings"], self._found["seeds"]
            if seeds.dtype != np.uint64 or seeds.shape != self._seeds.shape:
                raise ValueError("its seeds are not those of a run")
            self._seeds = seeds
        except MemoryError:
            raise
        except Exception as error:  # NumPy, zipfile and zlib name a damaged file in many ways, OSError among them
            raise _refusal(path, str(error) or type(error).__name__) from None

    @property
    def ladder(self) -> NDArray[np.float64] | None:
        """The temperatures of the run that was kept."""
        return np.array(self._settings["temperatures"], dtype=np.float64) if self._settings else None

    def seeds(self, rng: Any) -> list[list[int]]:
        """Two seeds drawn from ``rng``, or those of the file, which must be the same unless ``rng`` is None."""
        if rng is not None or not self._found:
            drawn = _arguments.generator(rng).integers(0, _LARGEST, self._seeds.shape, np.uint64, endpoint=True)
            if self._found and not np.array_equal(drawn, self._seeds):
                raise ValueError(f"store must have been made with the same rng, {self._path!r} has another")
            self._seeds = drawn
        seeds: list[list[int]] = self._seeds.tolist()
        return seeds

    def begin(self, settings: Mapping[str, Any], *parts: Kept) -> int:
        """Compare the settings, restore the parts; the steps that they have had."""
        wanted = json.loads(json.dumps(settings))
        if not self._found:
            self._settings = wanted
            if self._path is not None:
                self._write(0, parts)  # a file that cannot be written is refused before anything is simulated
            return 0
        different = [
            f"{name} = {_arguments.shown(self._settings.get(name))} there and {_arguments.shown(value)} asked for"
            for name, value in wanted.items()
            if self._settings.get(name) != value
        ]
        if different:
            raise ValueError(
                f"store must have been made with the same arguments, {self._path!r} has {'; '.join(different)}"
            )
        try:
            for number, part in enumerate(parts):
                part.restore(below(f"{number} ", self._found))
            return int(self._found["steps"])
        except (KeyError, ValueError, TypeError, IndexError) as error:
            raise _refusal(self._path, f"its arrays do not fit together: {error}") from None

    def write(self, steps: int, *parts: Kept, last: bool) -> None:
        """Keep the parts after so many steps, if the run is at its end or some seconds have passed."""
        if self._path is not None and (last or time.monotonic() - self._written > _SECONDS):
            self._write(steps, parts)

    def _write(self, steps: int, parts: tuple[Kept, ...]) -> None:
        about = json.dumps({"format": _FORMAT, "version": _VERSION, "settings": self._settings})
        arrays: dict[str, Any] = {"about": np.array(about), "seeds": self._seeds, "steps": np.array(steps)}
        for number, part in enumerate(parts):
            arrays |= {f"{number} {name}": value for name, value in part.state().items()}
        assert self._path is not None
        with written_whole(self._path, name="store") as file:
            np.savez(file, **arrays)
        self._written = time.monotonic()


def below(prefix: str, state: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The entries whose names begin with a prefix, without it."""
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}


def _refusal(path: Any, reason: str) -> ValueError:
    return ValueError(f"store must be a store of tempering or a new file, got {path!r}: {reason}")
