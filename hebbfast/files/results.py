"""Results as files: arrays in an archive, never over what was read."""

import os
import zipfile
from collections.abc import Iterable, Mapping
from typing import IO

import numpy as np
from numpy.typing import ArrayLike

from hebbfast import _arguments
from hebbfast._work.whole import same_file
from hebbfast.files.arrays import split_name
from hebbfast.files.pictures import pictures_in

__all__ = ["refuse_over_input", "write_arrays"]

Path = str | os.PathLike[str]


def write_arrays(file: IO[bytes], arrays: Mapping[str, ArrayLike]) -> None:
    """Write arrays of numbers as an uncompressed ``.npz`` archive.

    Parameters
    ----------
    file : open binary file
        As `hebbfast._work.whole.written_whole` gives it.
    arrays : mapping
        From names to arrays.

    Raises
    ------
    TypeError
        If an array holds Python objects.

    Examples
    --------
    >>> import io
    >>> write_arrays(file := io.BytesIO(), {"sweeps": [1, 2]})
    >>> np.load(io.BytesIO(file.getvalue()))["sweeps"].tolist()
    [1, 2]
    """
    found = {name: np.asarray(values) for name, values in arrays.items()}
    for name, values in found.items():
        if values.dtype.hasobject:
            raise TypeError(f"arrays must hold numbers, got dtype {values.dtype} in {name!r}")
    with zipfile.ZipFile(file, "w") as archive:  # that of np.savez of NumPy 2.0 is not closed when the disk is full
        for name, values in found.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, values, allow_pickle=False)


def refuse_over_input(output: Path, inputs: Iterable[Path], *, name: str = "path") -> None:
    """Refuse an output that is one of the files to be read, under whatever name.

    Parameters
    ----------
    output : path-like
        The file that will be written.
    inputs : iterable of path-like
        What is read: files, folders of pictures, ``FILE.npz:NAME``.
    name : str
        What the caller calls `output`, for messages.

    Raises
    ------
    ValueError
        If they are the same.

    Examples
    --------
    >>> refuse_over_input("result.npz", ["patterns.npy", "cues.npz:states"])
    """
    output = _arguments.path(name, output)
    for given in inputs:
        file, _ = split_name(_arguments.path("inputs", given))
        for read in pictures_in(file) if os.path.isdir(file) else [file]:
            if same_file(output, read):
                raise ValueError(f"{name} must not name a file that is read, got {output!r}: it is {read!r}")
