"""States as pictures: side by side, or a row a cue with what became of it."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments
from hebbfast.bits import PackedPatterns, read_states, unpack
from hebbfast.plots._common import DPI, plain
from hebbfast.plots.recalled import RIGHT, WRONG, overlap_text

CELL = 1.3  # inches of the longer side of a picture
GAP = 0.14  # between pictures, in longer sides
NAME = 1.2  # inches for the names of rows
LETTERS = 20  # that fit there
LINE = 0.3  # and for the title, or headings, or names below

States = ArrayLike | PackedPatterns


def states(
    file: BinaryIO,
    pictures: States | Mapping[str, States],
    shape: tuple[int, int] | None = None,
    *,
    names: Sequence[str] = (),
    against: str = "",
    title: str = "",
    file_format: str = "png",
) -> None:
    """Draw states of ±1 as pictures, white where they are +1.

    Parameters
    ----------
    file : binary file to write to
    pictures : (R, D) or (R, H, W) of ±1, or PackedPatterns: R pictures side by side; or a mapping from C headings to
        such states: a row for each state, a column for each heading, as ``{"cue": cues, "recalled": found.states}``
    shape : (H, W), by default that of the states, or a square
    names : R names, of rows or of pictures
    against : a heading: pictures of the columns before it are framed, by whether they are equal to those of this
        column, and get their overlap with it
    title : line on top
    file_format : one of `picture_formats`

    Raises
    ------
    ValueError
        If shapes or numbers of states differ, or a heading or a value is not as described.
    """
    columns = dict(pictures) if isinstance(pictures, Mapping) else {"": pictures}
    headings = [plain(heading, "headings of pictures") for heading in columns]
    labels = [_short(plain(name, "names")) for name in _arguments.several(names)]
    found = _read(columns, shape)
    if against and against not in found:
        raise ValueError(f"against must be one of the headings {', '.join(map(repr, found))}, got {against!r}")
    rows, height, width = next(iter(found.values())).shape
    if labels and len(labels) != rows:
        raise ValueError(f"names must be {rows}, one a state, got {len(labels)}")
    wide = isinstance(pictures, Mapping)
    across = len(found) if wide else math.ceil(math.sqrt(rows))
    down = rows if wide else -(-rows // across)
    longer = max(height, width)
    gap = GAP * longer
    step = width + gap, height + gap
    left = NAME if wide and labels else GAP * CELL
    head, foot = LINE * (bool(title) + wide) + GAP * CELL / 2, LINE / 2 * (bool(labels) and not wide)
    size = left + across * step[0] / longer * CELL, head + down * step[1] / longer * CELL + foot
    figure = Figure(size, dpi=DPI)
    axes = figure.add_axes((left / size[0], foot / size[1], 1 - left / size[0], 1 - (head + foot) / size[1]))
    axes.set(xlim=(-gap / 2, across * step[0] - gap / 2), ylim=(down * step[1] - gap / 2, -gap / 2))
    axes.set_axis_off()
    for column, (heading, cells) in enumerate(zip(headings, found.values(), strict=True)):
        compared = wide and bool(against) and column < list(found).index(against)
        for row in range(rows):
            x, y = (column, row) if wide else (row % across, row // across)
            place = x * step[0], y * step[1]
            overlap = float((cells[row] * found[against][row]).mean(dtype=float)) if compared else None
            _picture(axes, cells[row], place, gap, overlap)
            if labels and not (wide and column):
                _name(axes, labels[row], place, step, gap, wide)
        axes.text(column * step[0] + width / 2, -gap / 2, heading, ha="center", va="bottom", fontsize=11)
    figure.text(0.5, 1 - 0.08 / size[1], plain(title), ha="center", va="top", fontsize=12)
    figure.savefig(file, format=file_format, dpi=DPI)


def _read(columns: Mapping[str, Any], shape: tuple[int, int] | None) -> dict[str, NDArray[np.int8]]:
    """(R, H, W) of each column, all alike."""
    found: dict[str, NDArray[np.int8]] = {}
    for heading, given in columns.items():
        name = f"pictures[{heading!r}]" if heading else "pictures"
        dimensions = given.shape if hasattr(given, "shape") else _arguments.array(name, given, "states of ±1").shape
        if len(dimensions) not in (2, 3) or 0 in dimensions:
            raise ValueError(f"{name} must have shape (R, D) or (R, H, W), got {dimensions}")
        units = math.prod(dimensions[1:])
        side = math.isqrt(units)
        wanted = (dimensions[1:] if len(dimensions) == 3 else (side, side)) if shape is None else shape
        if not _is_shape(wanted) or math.prod(wanted) != units:
            got = _arguments.shown(shape)
            raise ValueError(f"shape must be (H, W) with H * W = {units}, the units of {name}, got {got}")
        words = read_states(given, units, name).words
        found[heading] = unpack(words, units).reshape(-1, *wanted)
        first = next(iter(found.values()))
        if found[heading].shape != first.shape:
            raise ValueError(
                f"{name} must hold {len(first)} pictures of {first.shape[1:]}, as others, got {dimensions}"
            )
    if not found:
        raise ValueError("pictures must hold at least one column, got none")
    return found


def _is_shape(shape: Any) -> bool:
    """Two positive integers?"""
    pair = isinstance(shape, (tuple, list)) and len(shape) == 2
    return pair and all(isinstance(side, (int, np.integer)) and side > 0 for side in shape)


def _picture(
    axes: Any, picture: NDArray[np.int8], place: tuple[float, float], gap: float, overlap: float | None
) -> None:
    """One picture within its frame, and its overlap."""
    (x, y), (height, width) = place, picture.shape
    extent = (x, x + width, y + height, y)
    axes.imshow(picture, cmap="gray", vmin=-1, vmax=1, extent=extent, interpolation="nearest", aspect="auto")
    colour = "#AAAAAA" if overlap is None else np.array(RIGHT if overlap == 1 else WRONG) / 255
    line = 0.8 if overlap is None else 2.5
    axes.add_patch(Rectangle(place, width, height, fill=False, edgecolor=colour, linewidth=line))
    if overlap is not None and overlap != 1:
        box = {"boxstyle": "square,pad=0.15", "facecolor": colour, "edgecolor": "none"}
        label = overlap_text(overlap)
        axes.text(x + width, y, label, ha="right", va="top", fontsize=8, color="white", bbox=box)


def _short(name: str) -> str:
    """A name that fits: its beginning and its end."""
    return name if len(name) <= LETTERS else f"{name[: LETTERS // 2]}…{name[-LETTERS // 2 + 1 :]}"


def _name(axes: Any, name: str, place: tuple[float, float], step: tuple[float, float], gap: float, left: bool) -> None:
    """The name of a row on its left, or of one picture below it."""
    x, y = place
    width, height = step[0] - gap, step[1] - gap
    if left:
        axes.text(x - gap / 2, y + height / 2, name, ha="right", va="center", fontsize=9)
    else:
        axes.text(x + width / 2, y + height + gap / 2, name, ha="center", va="center", fontsize=7)
