"""Draw pictures of results; the only importer of matplotlib."""

from collections.abc import Mapping, Sequence
from typing import BinaryIO

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from hebbfast.benchmark import Measurement, Peaks

DPI = 100
THUMB = 128  # pixels of a thumbnail's side
FRAME = 4
LABEL = 140  # pixels for the name of a row
SERIES = ("#0072B2", "#E69F00", "#CC79A7")  # told apart by the colour-blind too
FULL_COLOR = 4.0  # log2 of the ratio from which a map has its deepest colour
RIGHT, WRONG, PLAIN = (0, 158, 115), (213, 94, 0), (255, 255, 255)  # told apart by the colour-blind too


def picture_formats() -> list[str]:
    """List the file formats that can be written, "png" among them."""
    return sorted(FigureCanvasAgg.get_supported_filetypes())


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
    columns : C pairs of a title and the pictures under it, (R, side, side) int8 of ±1
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
        axes.text(left + LABEL - 6, top + cell / 2, name.replace("_", "\n"), ha="right", va="center", fontsize=11)
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
            axes.text(middle, -5, heading, ha="center", va="bottom", fontsize=12, fontweight="bold")
    axes.imshow(canvas, interpolation="none", aspect="auto")
    axes.set_axis_off()
    figure.text(0.5, 1 - 16 / height, title, ha="center", va="top", fontsize=14)
    figure.savefig(file, format=file_format, dpi=DPI)


def _framed(picture: np.ndarray, overlap: float | None) -> np.ndarray:
    """Bring a (side, side) picture of ±1 to a grey RGB thumbnail within a coloured frame."""
    enlarge = -(-THUMB // picture.shape[0])
    picture = picture.repeat(enlarge, axis=0).repeat(enlarge, axis=1)
    side = picture.shape[0]
    edges = np.linspace(0, side, THUMB + 1).astype(int)[:-1]
    sums = np.add.reduceat(np.add.reduceat(picture.astype(np.int32), edges, axis=0), edges, axis=1)
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


def kernel_rates(
    file: BinaryIO,
    title: str,
    machines: Mapping[str, Peaks],
    rows: Sequence[Measurement],
    *,
    file_format: str = "png",
) -> None:
    """Draw pattern-visits a second by kernel and size, a panel a level, beside the popcount loop and the reading speed.

    Parameters
    ----------
    file : binary file to write to
    title : line on top
    machines : measures of the machine by level, one panel each
    rows : measurements at these levels
    file_format : one of `picture_formats`
    """
    kernels = list(dict.fromkeys(row.kernel for row in rows))[::-1]
    sizes = list(dict.fromkeys((row.units, row.patterns) for row in rows))
    legend_rows = -(-(len(sizes) + 2) // len(machines))
    height = 1.5 + 0.3 * len(kernels) + 0.25 * legend_rows
    figure = Figure((3.2 + 3.6 * len(machines), height), dpi=DPI, layout="constrained")
    panels = figure.subplots(1, len(machines), sharex=True, sharey=True, squeeze=False)[0]
    for axes, (level, machine) in zip(panels, machines.items(), strict=True):
        for (units, patterns), color, marker in zip(sizes, SERIES, "osD", strict=False):
            here = [row for row in rows if (row.level, row.units, row.patterns) == (level, units, patterns)]
            places = [kernels.index(row.kernel) for row in here]
            label = f"D = {units:,}, K = {patterns:,}"
            axes.plot([row.visits for row in here], places, marker, color=color, label=label, markersize=6)
        axes.axvline(machine.popcount, color="black", linestyle="--", label="popcount loop in the first cache")
        axes.axvline(8 * machine.read, color="black", linestyle=":", label="bits of patterns read from memory")
        axes.set_xscale("log")
        axes.set_title(level)
        axes.set_xlabel("visits a second, one thread")
        axes.set_yticks(range(len(kernels)), kernels)
        axes.grid(color="0.9")
        axes.set_axisbelow(True)
    figure.suptitle(title)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(machines), frameon=False)
    figure.savefig(file, format=file_format)


def ratio_maps(
    file: BinaryIO,
    maps: Mapping[str, np.ndarray],
    columns: Sequence[int],
    rows: Sequence[int],
    *,
    title: str,
    labels: tuple[str, str],
    file_format: str = "png",
) -> None:
    """Draw ratios of times as colours and numbers, a map beside the other; 1 is white.

    Parameters
    ----------
    file : binary file to write to
    maps : (R, C) positive numbers by the title of their map
    columns, rows : C and R sizes that the cells belong to
    title : line on top
    labels : names of the columns and of the rows
    file_format : one of `picture_formats`
    """
    figure = Figure((1 + 0.5 * len(columns) * len(maps), 1.6 + 0.42 * len(rows)), dpi=DPI, layout="constrained")
    panels = figure.subplots(1, len(maps), sharey=True, squeeze=False)[0]
    for axes, (heading, ratios) in zip(panels, maps.items(), strict=True):
        axes.imshow(np.log2(ratios), cmap="RdBu", vmin=-FULL_COLOR, vmax=FULL_COLOR, origin="lower", aspect="auto")
        for (row, column), ratio in np.ndenumerate(ratios):
            color = "white" if abs(np.log2(ratio)) > 0.7 * FULL_COLOR else "black"
            text = f"{ratio:.1f}" if ratio < 9.95 else f"{ratio:.0f}"
            axes.text(column, row, text, ha="center", va="center", fontsize=8, color=color)
        axes.set_title(heading)
        axes.set_xticks(range(len(columns)), columns, rotation=60)
        axes.set_yticks(range(len(rows)), rows)
        axes.set_xlabel(labels[0])
    panels[0].set_ylabel(labels[1])
    figure.suptitle(title)
    figure.savefig(file, format=file_format)
