"""Pictures of patterns, cues and what was recalled."""

from collections.abc import Mapping, Sequence
from typing import BinaryIO

import numpy as np
from matplotlib.figure import Figure

from hebbfast.plots._common import DPI, plain

THUMB = 128  # pixels of a thumbnail's side
FRAME = 4
LABEL = 140  # pixels for the name of a row
RIGHT, WRONG, PLAIN = (0, 158, 115), (213, 94, 0), (255, 255, 255)  # told apart by the colour-blind too


def gallery(
    file: BinaryIO,
    names: Sequence[str],
    columns: Sequence[tuple[str, np.ndarray]],
    overlaps: Mapping[int, np.ndarray],
    *,
    title: str,
    blocks: int = 2,
    file_format: str = "png",
) -> None:
    """Draw one row of thumbnails a pattern, in `blocks` side by side.

    Parameters
    ----------
    file : binary file to write to
    names : R names of rows
    columns : C pairs of a title and the pictures under it, (R, side, side) of numbers from -1 to 1
    overlaps : from the index of a column of recalled pictures to their overlaps with the original, (R,) in [-1, 1]
        These cells get a coloured frame (1 is right, all else wrong), and the overlap where it is wrong.
    title : line on top
    blocks : how many blocks of rows stand side by side
    file_format : one of `picture_formats`
    """
    per_block = -(-len(names) // blocks)
    cell = THUMB + 2 * FRAME
    block_width = LABEL + cell * len(columns)
    canvas = np.full((per_block * cell, block_width * blocks, 3), 255, np.uint8)
    head = 74
    height, width = canvas.shape[0] + head, canvas.shape[1] + 10
    figure = Figure((width / DPI, height / DPI), dpi=DPI)
    axes = figure.add_axes((0, 0, canvas.shape[1] / width, canvas.shape[0] / height))
    for row, name in enumerate(names):
        top, left = row % per_block * cell, row // per_block * block_width
        axes.text(
            left + LABEL - 6,
            top + cell / 2,
            "\n".join(map(plain, name.split("_"))),
            ha="right",
            va="center",
            fontsize=11,
        )
        for column, (_, pictures) in enumerate(columns):
            overlap = float(overlaps[column][row]) if column in overlaps else None
            x = left + LABEL + column * cell
            canvas[top : top + cell, x : x + cell] = _framed(pictures[row], overlap)
            if overlap is not None and overlap != 1:
                box = {"boxstyle": "square,pad=0.2", "facecolor": np.array(WRONG) / 255, "edgecolor": "none"}
                label = overlap_text(overlap)
                axes.text(x + cell - 10, top + 10, label, ha="right", va="top", fontsize=11, color="white", bbox=box)
    for block in range(blocks):
        for column, (heading, _) in enumerate(columns):
            middle = block * block_width + LABEL + (column + 0.5) * cell
            axes.text(middle, -5, plain(heading), ha="center", va="bottom", fontsize=12, fontweight="bold")
    axes.imshow(canvas, interpolation="none", aspect="auto")
    axes.set_axis_off()
    figure.text(0.5, 1 - 16 / height, plain(title), ha="center", va="top", fontsize=14)
    figure.savefig(file, format=file_format, dpi=DPI)


def _framed(picture: np.ndarray, overlap: float | None) -> np.ndarray:
    """Bring a (side, side) picture of numbers from -1 to 1 to a grey RGB thumbnail within a coloured frame."""
    enlarge = -(-THUMB // picture.shape[0])
    picture = picture.repeat(enlarge, axis=0).repeat(enlarge, axis=1)
    side = picture.shape[0]
    edges = np.linspace(0, side, THUMB + 1).astype(int)[:-1]
    sums = np.add.reduceat(np.add.reduceat(picture.astype(np.float64), edges, axis=0), edges, axis=1)
    heights = np.diff(np.append(edges, side))
    grey = 127.5 + 127.5 * sums / np.outer(heights, heights)
    cell = np.empty((THUMB + 2 * FRAME, THUMB + 2 * FRAME, 3), np.uint8)
    cell[:] = PLAIN if overlap is None else RIGHT if overlap == 1 else WRONG
    cell[FRAME:-FRAME, FRAME:-FRAME] = grey[..., None]
    if overlap is not None:
        cell[[0, -1]] = 255
        cell[:, [0, -1]] = 255
    return cell


def overlap_text(overlap: float) -> str:
    """Write an overlap so that nothing below 1 looks like 1."""
    if overlap == 1:
        return "exact"
    return f"{overlap:z.3f}" if overlap < 0.999 else f"{min(overlap, 0.9999):.4f}"
