"""Files of patterns and of results: whatever people have, read as `PackedPatterns`.

`read` looks at the content of a file, not at its name: NumPy's arrays and archives, lines of numbers, MATLAB's files,
packed files, pictures, and folders of pictures. Pillow is imported by the first picture.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from numpy.typing import NDArray

from hebbfast import _arguments
from hebbfast.bits import PackedPatterns
from hebbfast.files.arrays import MAGIC, read_archive, read_array, read_numbers, split_name
from hebbfast.files.blocks import BLOCK_BYTES
from hebbfast.files.matlab import is_matlab, read_matlab
from hebbfast.files.pictures import UnknownPictureError, picture_shape, pictures_in, read_grey, read_pictures
from hebbfast.files.results import refuse_over_input, write_arrays
from hebbfast.files.text import HEAD, is_text, read_text
from hebbfast.files.thresholds import THRESHOLDS, binarise, read_threshold

__all__ = [
    "BLOCK_BYTES",
    "THRESHOLDS",
    "binarise",
    "picture_shape",
    "read",
    "read_grey",
    "read_patterns",
    "read_pictures",
    "read_values",
    "refuse_over_input",
    "write_arrays",
]

Path = str | os.PathLike[str]

_KINDS = "neither .npy, .npz, .mat, lines of numbers, a picture nor a packed file"


def read(
    path: Path, size: tuple[int, int] | None = None, threshold: str | float | None = None
) -> tuple[PackedPatterns, list[str]]:
    """Read patterns from a picture, a folder of pictures, a NumPy file, lines of numbers, a .mat file or a packed file.

    Parameters
    ----------
    path : path
        A folder (its pictures in the order of their names; other files are passed over), one picture, ``.npy`` (one
        pattern, (K, D), or (K, H, W), which is flattened), ``.npz`` (with one array, or ``FILE.npz:NAME``), lines of
        numbers (``.csv``, ``.txt``: a pattern a line, values between commas, semicolons, tabs or blanks; passed over
        are empty lines, those that begin with ``#``, and a first line of names between commas, semicolons or tabs),
        ``.mat`` of MATLAB's versions 5 to 7 (a row a pattern; with one array of numbers, or ``FILE.mat:NAME``), or a
        file written by ``PackedPatterns.save``. The content tells which, not the suffix.
    size : (width, height), optional
        Size that pictures are resampled to; arrays stay as they are.
    threshold : see `binarise`, optional
        Pictures are ``"balanced"`` unless told otherwise. Arrays of ±1 or bools are taken as they are; others need it.

    Returns
    -------
    patterns : PackedPatterns (K, D)
    names : list of K str
        File names of pictures, else row numbers.

    Raises
    ------
    FileNotFoundError
        If there is no such file or folder.
    OSError
        If it cannot be opened.
    ValueError
        If it holds no patterns, is damaged or not a regular file; the message begins with the path, and names the line
        of a wrong value in a text.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(f"{folder}/a.npy", [[0.1, 0.9], [0.7, 0.2]])
    ...     patterns, names = read(f"{folder}/a.npy", threshold=0.5)
    >>> patterns.unpack().tolist(), names
    ([[-1, 1], [1, -1]], ['0', '1'])
    """
    threshold = None if threshold is None else read_threshold(threshold)
    file, array = split_name(_arguments.path("path", path))
    if stat.S_ISDIR(_mode(file)):
        pictures = pictures_in(file)
        if not pictures:
            raise ValueError(f"{file}: no pictures here, that is files named .png, .jpg, .pbm or as Pillow knows them")
        patterns = read_pictures(pictures, size, "balanced" if threshold is None else threshold)
        return patterns, [os.path.basename(picture) for picture in pictures]
    _expect_regular(file)
    with open(file, "rb") as opened:
        head = opened.read(HEAD)
    known = head.startswith((MAGIC, b"PK")) or is_matlab(head) or _packed(head) or is_text(head)
    if array is None and not known:
        return _picture(file, head, size, "balanced" if threshold is None else threshold)
    patterns = _arrays(file, head, array, threshold)
    return patterns, [str(row) for row in range(len(patterns))]


read_patterns = read  # the name before there were other things to read


def read_values(path: Path) -> NDArray[Any]:
    """The numbers of a ``.npy`` file as they are, of any shape; errors are those of `read`."""
    file = _arguments.path("path", path)
    _expect_regular(file)
    with _named(file):
        return read_numbers(file)


def _mode(file: str) -> int:
    try:
        return os.stat(file).st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(f"no such file or folder: {file}") from None
    except ValueError as error:
        raise ValueError(f"path must name a file, got {file!r}: {error}") from None


def _expect_regular(file: str) -> None:
    """No pipe, which might never end."""
    if not stat.S_ISREG(_mode(file)):
        raise ValueError(f"{file}: not a regular file")


@contextmanager
def _named(file: str, kinds: str = "") -> Iterator[None]:
    """Name the file in whatever goes wrong."""
    try:
        yield
    except MemoryError as error:
        raise MemoryError(f"{file}: not enough memory for its values: {error}") from None
    except Exception as error:  # NumPy, zipfile and zlib name a damaged file in six different ways
        raise ValueError(f"{file}: {kinds}{str(error) or type(error).__name__}") from error


def _packed(head: bytes) -> bool:
    """Whether a file begins as those of safetensors do: with the size of a header, and the header."""
    return head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 2**32


def _arrays(file: str, head: bytes, array: str | None, threshold: str | float | None) -> PackedPatterns:
    """Read a file of arrays or of lines."""
    with _named(file, f"{_KINDS}: " if _packed(head) else ""):
        if head.startswith(b"PK"):
            return read_archive(file, array, threshold)
        if is_matlab(head):
            return read_matlab(file, array, threshold)
        if array is not None:
            raise ValueError(f"not an archive, there is no array {array!r} in it")
        if head.startswith(MAGIC):
            return read_array(file, threshold)
        return read_text(file, threshold) if is_text(head) else PackedPatterns.load(file, mmap=False)


def _picture(
    file: str, head: bytes, size: tuple[int, int] | None, threshold: str | float
) -> tuple[PackedPatterns, list[str]]:
    """Read one picture; what is none has a beginning that says what it is."""
    try:
        return read_pictures([file], size, threshold), [os.path.basename(file)]
    except UnknownPictureError:
        what = "its beginning is none of theirs"
        if not head:
            what = "it is empty"
        elif head.startswith(b"\x80"):
            what = "it is a pickle, which is never read"
        elif head.startswith((b"\xff\xfe", b"\xfe\xff")):
            what = "it is text of UTF-16, UTF-8 is wanted"
        raise ValueError(f"{file}: {_KINDS}: {what}") from None
