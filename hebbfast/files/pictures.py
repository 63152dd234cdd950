"""Read people's patterns: pictures, NumPy files, packed files.

Whatever the file, the answer is ``PackedPatterns`` and one name a pattern. Files are read and packed in blocks, so that
a folder of pictures never stands in memory as bytes.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from hebbfast.bits import PackedPatterns

BLOCK_BYTES = 2**26
"""Unpacked patterns held at one time while a file is read."""

THRESHOLDS = ("balanced", "median", "mean")
PICTURES = {".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}


def binarise(grey: np.ndarray, threshold: str | float = "balanced") -> np.ndarray:
    """Turn grey values into ±1: a value at or above the threshold becomes +1.

    Parameters
    ----------
    grey : (..., H, W) or (D,) array of numbers
        One picture, or any array that shall be cut at one threshold.
    threshold : "balanced", "median", "mean" or a number
        ``"balanced"`` (``"median"`` is the same) makes the brighter half +1. Values equal to the median are divided at
        random, the same way each time the same picture is read: exactly ``size // 2`` values become +1, because a
        memory of ±1 works best when both are equally frequent.

    Returns
    -------
    int8 array of ±1 in the shape of `grey`

    Examples
    --------
    >>> binarise(np.array([10, 200, 30, 40]))
    array([-1,  1, -1,  1], dtype=int8)
    >>> binarise(np.array([10, 200, 30, 40]), 30)
    array([-1,  1,  1,  1], dtype=int8)
    """
    grey = np.asarray(grey)
    if threshold in ("balanced", "median"):
        return _balanced(grey.ravel()).reshape(grey.shape)
    if threshold not in THRESHOLDS and isinstance(threshold, str):
        raise ValueError(f"threshold must be a number or one of {', '.join(THRESHOLDS)}; got {threshold!r}")
    cut = float(grey.mean()) if isinstance(threshold, str) else threshold
    return np.where(grey >= cut, 1, -1).astype(np.int8)


def _balanced(values: np.ndarray) -> np.ndarray:
    """Make the larger half of (D,) values +1; a permutation that depends on the values alone decides among equals."""
    shuffled = np.random.default_rng(zlib.crc32(values.tobytes())).permutation(values.size)
    ascending = shuffled[np.argsort(values[shuffled], kind="stable")]
    signs = np.full(values.size, -1, np.int8)
    signs[ascending[values.size - values.size // 2 :]] = 1
    return signs


def read_grey(path: str | Path, size: tuple[int, int] | None = None) -> np.ndarray:
    """Read one picture as grey values from 0 (black) to 255 (white).

    Parameters
    ----------
    path : path of a picture that Pillow can read
        The first frame counts; transparent parts become white; the camera's orientation tag is obeyed.
    size : (width, height), optional
        Size in pixels to resample to (Lanczos); the aspect ratio is not kept.

    Returns
    -------
    (height, width) float32
    """
    try:
        from PIL import Image, ImageOps, UnidentifiedImageError
    except ModuleNotFoundError as error:
        raise ValueError('reading pictures needs Pillow: pip install "hebbfast[cli]"') from error
    try:
        with Image.open(path) as file:
            image: Image.Image = ImageOps.exif_transpose(file)
            if image.has_transparency_data:
                image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
            if image.mode.startswith("I;16"):
                image = Image.fromarray(np.asarray(image, np.float32) / 257)
            elif image.mode not in ("I", "F"):
                image = image.convert("L")
            image = image.convert("F")
    except UnidentifiedImageError as error:
        raise ValueError(f"{path}: not a picture") from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path}: damaged picture: {error}") from error
    return np.asarray(image.resize(size, Image.Resampling.LANCZOS) if size else image)


def read_pictures(
    paths: Sequence[str | Path], size: tuple[int, int] | None = None, threshold: str | float = "balanced"
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
    PackedPatterns (K, D)
    """
    return _packed(_picture_rows(paths, size, threshold))


def read_patterns(
    path: str | Path, size: tuple[int, int] | None = None, threshold: str | float | None = None
) -> tuple[PackedPatterns, list[str]]:
    """Read patterns from a picture, a folder of pictures, a NumPy file or a packed file.

    Parameters
    ----------
    path : path
        A folder (its pictures in the order of their names; other files are passed over), one picture, ``.npy`` (one
        pattern, (K, D), or (K, H, W), which is flattened), ``.npz`` (with one array, or ``FILE.npz:NAME``), or a file
        written by ``PackedPatterns.save``.
    size : (width, height), optional
        Size that pictures are resampled to; arrays stay as they are.
    threshold : see `binarise`, optional
        Pictures are ``"balanced"`` unless told otherwise. Arrays of ±1 or bools are taken as they are; others need it.

    Returns
    -------
    patterns : PackedPatterns (K, D)
    names : list of K str
        File names of pictures, else row numbers.
    """
    file, array_name = _split_name(path)
    if not file.exists():
        raise FileNotFoundError(f"no such file or folder: {path}")
    if file.is_dir() or file.suffix.lower() in PICTURES:
        paths = _pictures_of(file) if file.is_dir() else [file]
        return read_pictures(paths, size, "balanced" if threshold is None else threshold), [p.name for p in paths]
    patterns = _read_array_file(file, array_name, threshold)
    return patterns, [str(row) for row in range(len(patterns))]


def _split_name(path: str | Path) -> tuple[Path, str | None]:
    """Split ``FILE.npz:NAME``."""
    before, colon, name = str(path).rpartition(":")
    if colon and before.lower().endswith(".npz") and not Path(path).exists():
        return Path(before), name
    return Path(path), None


def _pictures_of(folder: Path) -> list[Path]:
    """List the pictures of a folder by name."""
    paths = sorted(p for p in folder.iterdir() if p.suffix.lower() in PICTURES and not p.name.startswith("."))
    if not paths:
        raise ValueError(f"{folder}: no pictures here ({' '.join(sorted(PICTURES))})")
    return paths


def _picture_rows(
    paths: Iterable[str | Path], size: tuple[int, int] | None, threshold: str | float
) -> Iterator[np.ndarray]:
    """Give one (1, D) int8 row a picture."""
    first: tuple[str | Path, tuple[int, ...]] | None = None
    for path in paths:
        grey = read_grey(path, size)
        first = first or (path, grey.shape)
        if grey.shape != first[1]:
            ours, theirs = (f"{shape[1]}x{shape[0]}" for shape in (grey.shape, first[1]))
            raise ValueError(f"{path}: {ours} pixels, but {first[0]} has {theirs}: resize all with --size {theirs}")
        yield binarise(grey, threshold).reshape(1, -1)


def _read_array_file(file: Path, name: str | None, threshold: str | float | None) -> PackedPatterns:
    """Read ``.npy`` and ``.npz``; anything else must be a packed file."""
    known = file.suffix.lower() in (".npy", ".npz")
    try:
        if not known:
            return PackedPatterns.load(file)
        array = _load(file, name)
        if array.ndim == 0 or array.dtype.kind not in "biuf":
            raise ValueError(f"an array of numbers is wanted, got {array.dtype} of shape {array.shape}")
        rows = array.reshape(1 if array.ndim == 1 else len(array), -1)
        return _packed(_array_rows(rows, threshold))
    except Exception as error:  # NumPy, zipfile and zlib name a damaged file in six different ways
        kinds = "" if known else "neither .npy, .npz, a picture nor a packed file: "
        raise ValueError(f"{file}: {kinds}{error}") from error


def _load(file: Path, name: str | None) -> np.ndarray:
    """Load the array of a ``.npy`` file, or the one called `name`, or the only one, of a ``.npz`` file."""
    array: np.ndarray
    if file.suffix.lower() == ".npy":
        array = np.load(file, mmap_mode="r", allow_pickle=False)
        return array
    with file.open("rb") as opened, np.load(opened, allow_pickle=False) as archive:
        names = list(archive.keys())
        if name is None and len(names) == 1:
            name = names[0]
        if name not in names:
            raise ValueError(f"say which array as FILE.npz:NAME; it holds {', '.join(names) or 'none'}")
        array = archive[name]
        return array


def _array_rows(rows: np.ndarray, threshold: str | float | None) -> Iterator[np.ndarray]:
    """Give blocks of rows of ±1."""
    step = max(1, BLOCK_BYTES // max(1, rows.shape[1]))
    blocks = [rows[start : start + step] for start in range(0, len(rows), step)]
    if threshold is None or rows.dtype == bool or all(np.isin(block, (-1, 1)).all() for block in blocks):
        yield from blocks
    else:
        yield from (np.array([binarise(row, threshold) for row in block]) for block in blocks)


def _packed(blocks: Iterable[np.ndarray]) -> PackedPatterns:
    """Pack blocks of rows as they come, at most `BLOCK_BYTES` of them unpacked."""
    packed: list[PackedPatterns] = []
    waiting: list[np.ndarray] = []
    held = 0
    for block in blocks:
        waiting.append(block)
        held += block.nbytes
        if held >= BLOCK_BYTES:
            packed.append(PackedPatterns(np.concatenate(waiting)))
            waiting, held = [], 0
    if waiting:
        packed.append(PackedPatterns(np.concatenate(waiting)))
    if not packed:
        raise ValueError("no patterns in it")
    return packed[0] if len(packed) == 1 else PackedPatterns.concatenate(packed)
