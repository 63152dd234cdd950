"""Rates of kernels, ratios of engines."""

from collections.abc import Mapping, Sequence
from typing import BinaryIO

import numpy as np
from matplotlib.figure import Figure

from hebbfast.experiments.speed import Measurement, Peaks
from hebbfast.plots._common import DPI, SERIES, plain

FULL_COLOR = 4.0  # log2 of the ratio from which a map has its deepest colour


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
        axes.set_yticks(range(len(kernels)), map(plain, kernels))
        axes.grid(color="0.9")
        axes.set_axisbelow(True)
    figure.suptitle(plain(title))
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
        axes.set_title(plain(heading))
        axes.set_xticks(range(len(columns)), columns, rotation=60)
        axes.set_yticks(range(len(rows)), rows)
        axes.set_xlabel(plain(labels[0]))
    panels[0].set_ylabel(plain(labels[1]))
    figure.suptitle(plain(title))
    figure.savefig(file, format=file_format)
