"""Points of a long experiment that are finished, in a file that is written whole: a run that was stopped goes on."""

import json
import os
import time
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments
from hebbfast._work.whole import written_whole

__all__ = ["Finished"]

_SECONDS = 10.0  # between two writings
_FORMAT = "hebbfast points 1"

Floats = NDArray[np.float64]


class Finished:
    """The file, or none: an ``.npz`` with the settings, and the points by their numbers.

    Parameters
    ----------
    path : path-like or None
        Made when there is none.
    settings : mapping
        What determines the numbers, as values for JSON. A file made with others is refused.

    Raises
    ------
    ValueError
        If the file is no such store, is damaged, or was made with other settings.
    OSError
        If it cannot be read, or written.
    """

    def __init__(self, path: Any, settings: Mapping[str, Any]) -> None:
        self._path = None if path is None else _arguments.path("store", path)
        self._settings = json.dumps({"format": _FORMAT, **settings})
        self._points: dict[int, Floats] = {}
        self._kept = 0
        self._written = time.monotonic()
        if self._path is not None and os.path.exists(self._path):
            self._read(self._path)
        elif self._path is not None:
            self.write()  # refuses before any work

    def _read(self, path: str) -> None:
        try:
            with open(path, "rb") as raw, np.load(raw, allow_pickle=False) as file:
                found = str(file["settings"])
                points = {int(name): file[name] for name in file.files if name != "settings"}
        except OSError as error:
            raise OSError(f"store must be a file that can be read, got {path!r}: {error}") from None
        except (ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
            raise ValueError(f"store must be a store of points or a new file, got {path!r}: {error}") from None
        if found != self._settings:
            raise ValueError(
                f"store must have been made with the same settings, {self._settings}, got {path!r} with {found}"
            )
        self._points, self._kept = points, len(points)

    def __contains__(self, number: int) -> bool:
        return number in self._points

    def __getitem__(self, number: int) -> Floats:
        return self._points[number]

    def add(self, number: int, point: Floats) -> None:
        """Keep a point that has been measured."""
        self._points[number] = point
        if time.monotonic() - self._written > _SECONDS:
            self.write()

    def write(self) -> None:
        """Put all points into the file."""
        if self._path is None:
            return
        arrays: dict[str, Any] = {str(number): point for number, point in self._points.items()}
        with written_whole(self._path, name="store") as file:
            np.savez(file, settings=np.array(self._settings), **arrays)
        self._written, self._kept = time.monotonic(), len(self._points)

    def __enter__(self) -> "Finished":
        return self

    def __exit__(self, *exception: object) -> None:
        if self._kept < len(self._points):  # also after Ctrl-C
            self.write()
