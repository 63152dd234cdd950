"""Pictures as grey values and as patterns; Pillow reads them."""

import os
import stat
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments
from hebbfast._work.pieces import pieces
from hebbfast.bits import PackedPatterns
from hebbfast.files.blocks import pack_blocks
from hebbfast.files.thresholds import binarise, read_threshold

__all__ = ["UnknownPictureError", "picture_shape", "pictures_in", "read_grey", "read_pictures"]

Path = str | os.PathLike[str]
Size = tuple[int, int]

LARGEST = 89_478_485  # pixels, where Pillow begins to warn: a picture of some kilobytes can hold more
ORIENTATION, PHOTOMETRIC = 0x0112, 0x0106  # tags: the camera's way up; 0 where black is the largest value

_NOT_READ = {"BUFR", "EPS", "GRIB", "HDF5", "MPEG", "WMF"}  # known to Pillow by name; reading them needs other programs


class UnknownPictureError(ValueError):
    """The file is no picture that Pillow knows."""


def read_grey(path: Path, size: Size | None = None) -> NDArray[np.float32]:
    """Read one picture as grey values from 0 (black) to 255 (white).

    Parameters
    ----------
    path : path of a picture that Pillow can read, of at most 89 million pixels
        The first frame counts; transparent parts become white; the camera's orientation tag is obeyed. Grey values of
        16 bits keep them all; pictures of 32-bit integers or floats have no white, and keep their own scale.
    size : (width, height), optional
        Size in pixels to resample to (Lanczos); the aspect ratio is not kept.

    Returns
    -------
    ndarray
        (height, width) float32.

    Raises
    ------
    OSError
        If there is no such file, or it cannot be opened.
    ValueError
        If the file is no picture, damaged, too large, or holds values that are not finite; the message names it.

    Examples
    --------
    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "bits.pbm")
    ...     with open(path, "w") as file:
    ...         _ = file.write("P1 2 1 1 0")
    ...     read_grey(path)
    array([[  0., 255.]], dtype=float32)
    """
    pillow, size, path = _pillow(), _pixels(size), _arguments.path("path", path)
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise ValueError(f"{path}: not a regular file")
    with open(path, "rb") as file, _blamed(pillow, path):
        grey = _decoded(pillow, file)
        if not np.isfinite(grey).all():
            row, column = np.argwhere(~np.isfinite(grey))[0]
            raise _RefusedError(f"grey values must be finite, got {grey[row, column]} at [{row}, {column}]")
        if size is not None:
            grey = np.asarray(pillow.fromarray(grey).resize(size, pillow.Resampling.LANCZOS))
        return grey


def read_pictures(
    paths: Iterable[Path], size: Size | None = None, threshold: str | float = "balanced"
) -> PackedPatterns:
    """Read pictures as ±1 patterns, D = width · height.

    Parameters
    ----------
    paths : paths of pictures
    size : (width, height), optional
        Size to resample to; without it all pictures must have one size.
    threshold : see `binarise`

    Returns
    -------
    PackedPatterns
        (K, D).

    Raises
    ------
    OSError, ValueError
        As `read_grey`, or if the pictures have several sizes.
    """
    if isinstance(paths, (str, bytes, os.PathLike)):
        raise TypeError(f"paths must be several paths, got one: {_arguments.shown(paths)}")
    paths = list(paths)
    if not paths:
        raise ValueError("paths must name at least one picture, got none")
    return pack_blocks(_rows(paths, size, read_threshold(threshold)))


def picture_shape(path: Path) -> tuple[int, int] | None:
    """Height and width of a picture, or of the first one in a folder; None where a path names anything else.

    Parameters
    ----------
    path : path
        A file or a folder, or ``FILE.npz:NAME``.

    Examples
    --------
    >>> picture_shape("patterns.npz:first") is None
    True
    """
    path = _arguments.path("path", path)
    found = pictures_in(path) if os.path.isdir(path) else [path]
    try:
        height, width = read_grey(found[0]).shape
    except (IndexError, OSError, ValueError):
        return None
    return height, width


def pictures_in(folder: Path) -> list[str]:
    """The pictures of a folder by name, those whose suffix Pillow reads; hidden files are passed over."""
    names = (name for name in os.listdir(folder) if not name.startswith("."))
    return sorted(os.path.join(folder, name) for name in names if os.path.splitext(name)[1].lower() in _suffixes())


def _kinds(pillow: Any) -> list[str]:
    """The formats that Pillow reads by itself."""
    pillow.init()
    return [kind for kind in pillow.OPEN if kind not in _NOT_READ]


@cache
def _suffixes() -> frozenset[str]:
    pillow = _pillow()
    kinds = {*_kinds(pillow), "MPO"}  # read as JPEG
    return frozenset(suffix for suffix, kind in pillow.registered_extensions().items() if kind in kinds)


def _rows(paths: Iterable[Path], size: Size | None, threshold: str | float) -> Iterator[NDArray[np.int8]]:
    """Give one (1, D) int8 row a picture."""
    first: tuple[Path, tuple[int, ...]] | None = None
    for path in paths:
        grey = read_grey(path, size)
        first = first or (path, grey.shape)
        if grey.shape != first[1]:
            ours, theirs = (f"{shape[1]}x{shape[0]}" for shape in (grey.shape, first[1]))
            raise ValueError(f"{path}: {ours} pixels, but {first[0]} has {theirs}: resize all with --size {theirs}")
        yield binarise(grey, threshold).reshape(1, -1)


def _pillow() -> Any:
    try:
        from PIL import Image
    except ModuleNotFoundError:
        raise ValueError('reading pictures needs Pillow: pip install "hebbfast[cli]"') from None
    module: ModuleType = Image
    return module


def _pixels(size: Any) -> Size | None:
    if size is None:
        return None
    try:
        wide, high = size
    except (TypeError, ValueError):
        raise ValueError(f"size must be (width, height), got {_arguments.shown(size)}") from None
    wide, high = _arguments.whole("size", wide, 1, LARGEST), _arguments.whole("size", high, 1, LARGEST)
    if wide * high > LARGEST:
        raise ValueError(f"size must mean at most {LARGEST:,} pixels, got {wide}x{high}")
    return wide, high


class _RefusedError(ValueError):
    """What we refuse ourselves; the message lacks the path."""


@contextmanager
def _blamed(pillow: Any, path: str) -> Iterator[None]:
    """Name the file in all that Pillow and the readers below it raise; their warnings say nothing to a user."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except _RefusedError as error:
        raise ValueError(f"{path}: {error}") from None
    except pillow.UnidentifiedImageError as error:
        raise UnknownPictureError(f"{path}: not a picture") from error
    except pillow.DecompressionBombError as error:
        raise ValueError(f"{path}: too many pixels: {error}") from None
    except MemoryError as error:
        raise MemoryError(f"{path}: {str(error) or 'not enough memory'}") from None
    except Exception as error:  # readers name a damaged file in a dozen ways: struct.error, SyntaxError, zlib.error ...
        raise ValueError(f"{path}: damaged picture: {str(error) or type(error).__name__}") from error


def _decoded(pillow: Any, file: IO[bytes]) -> NDArray[np.float32]:
    """Grey values of the first frame, the right way up."""
    with pillow.open(file, formats=_kinds(pillow)) as image:
        wide, high = image.size
        if not 0 < wide * high <= LARGEST:
            raise _RefusedError(f"1 to {LARGEST:,} pixels are wanted, got {wide}x{high}")
        try:
            rawmode = _rawmode(image)
            image.load()
            return _turned(_values(pillow, image, rawmode), _way_up(image))
        except MemoryError:
            raise MemoryError(f"not enough memory for {wide}x{high} pixels") from None


def _rawmode(image: Any) -> str:
    """How the file holds its pixels, known until they are loaded."""
    arguments = image.tile[0][3] if image.tile else ""
    return arguments if isinstance(arguments, str) else str(arguments[0]) if arguments else ""


def _way_up(image: Any) -> int:
    """How the camera was held, 1 to 8; a damaged tag says nothing."""
    try:
        way = image.getexif().get(ORIENTATION, 1)
        return way if way in range(1, 9) else 1
    except Exception:  # as in `_blamed`: the pixels are good
        return 1


def _turned(grey: NDArray[np.float32], way: int) -> NDArray[np.float32]:
    """The picture as the camera saw it."""
    if way >= 5:
        grey = grey.T
    down, across = way in (3, 4, 7, 8), way in (2, 3, 6, 7)
    return np.ascontiguousarray(grey[:: -1 if down else 1, :: -1 if across else 1])


def _values(pillow: Any, image: Any, rawmode: str) -> NDArray[np.float32]:
    """Grey values of a loaded picture, in strips: what a strip needs beside its values is freed after it."""
    deep = image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PPM")
    white = 4095 if rawmode == "I;12" else 65535 if deep else 255
    if "transparency" in image.info:
        image.info["transparency"] = _clear(image.info["transparency"], rawmode)
    grey = np.empty((image.height, image.width), np.float32)
    for rows in pieces(image.height, 0, 16 * image.width):
        strip = image.crop((0, rows.start, image.width, rows.stop))
        grey[rows] = _deep(strip, white, rawmode) if strip.mode.startswith(("I", "F")) else _shallow(pillow, strip)
    if deep:
        if getattr(image, "tag_v2", {}).get(PHOTOMETRIC) == 0:
            np.subtract(white, grey, out=grey)
        grey /= white / 255
    return grey


def _clear(key: Any, rawmode: str) -> Any:
    """The transparent value of a PNG in the scale of the pixels; Pillow leaves it in the scale of the file."""
    if rawmode in ("L;2", "L;4"):
        return key * (85 if rawmode == "L;2" else 17)
    return tuple(value >> 8 for value in key) if rawmode == "RGB;16B" else key


def _deep(strip: Any, white: int, rawmode: str) -> NDArray[Any]:
    """More than 8 bits, as they are: Pillow's conversions would cut them off at 255."""
    values = np.asarray(strip)
    if rawmode == "I;32N":  # unsigned, kept by Pillow in signed integers
        values = values.view(np.uint32)
    clear = strip.info.get("transparency")
    return values if clear is None else np.where(values == clear, white, values)


def _shallow(pillow: Any, strip: Any) -> NDArray[np.uint8]:
    """At most 8 bits a colour, on white where they are transparent."""
    if strip.has_transparency_data:
        strip = pillow.alpha_composite(pillow.new("RGBA", strip.size, "white"), strip.convert("RGBA"))
    elif strip.mode == "LAB":
        strip = strip.getchannel("L")
    return np.asarray(strip.convert("L"))
