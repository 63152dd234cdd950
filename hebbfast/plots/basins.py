"""Basins of attraction: from how far recall returns."""

from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from matplotlib.figure import Figure

from hebbfast.plots._common import DPI, SERIES

if TYPE_CHECKING:
    from hebbfast.experiments.attractors import Basins


def basins(file: BinaryIO, found: "Basins", *, file_format: str = "png") -> None:
    """Draw the share of cues that return to their pattern against their distance: a map of all patterns, and the mean.

    Parameters
    ----------
    file : binary file to write to
    found : what `experiments.basins` returned
    file_format : one of `picture_formats`
    """
    figure = Figure((11, 4.4), dpi=DPI, layout="constrained")
    mean, every = figure.subplots(1, 2, sharex=True)
    share = found.flips / found.units
    low, middle, high = np.quantile(found.returned, (0.1, 0.5, 0.9), axis=0)
    mean.fill_between(share, low, high, color=SERIES[0], alpha=0.2, linewidth=0, label="80 % of the patterns")
    mean.plot(share, middle, color=SERIES[0], linewidth=1, linestyle="--", label="median pattern")
    mean.plot(share, found.returned.mean(axis=0), color=SERIES[0], marker="o", markersize=4, label="mean: return")
    label = "mean: overlap / D at the end"
    mean.plot(share, found.overlaps.mean(axis=0), color=SERIES[1], marker="s", markersize=4, label=label)
    mean.set(
        xlabel="flipped units / D",
        ylabel=f"share of {found.cues} cues a pattern",
        ylim=(min(0.0, found.overlaps.mean(axis=0).min()), 1.05),
    )
    mean.legend(fontsize=9)
    order = np.argsort(-found.returned.sum(axis=1), kind="stable")
    rows = np.arange(len(order))
    shades = every.pcolormesh(
        share, rows, found.returned[order], cmap="Blues", vmin=0, vmax=1, shading="nearest", rasterized=True
    )
    every.set(xlabel="flipped units / D", ylabel="patterns, the widest basin first", ylim=(len(order) - 0.5, -0.5))
    every.locator_params(axis="y", integer=True)
    figure.colorbar(shades, ax=every, label="share that returns")
    what = "to the pattern itself" if found.criterion == 1 else f"to an overlap of {found.criterion:g} D"
    figure.suptitle(f"{len(order):,} patterns, D = {found.units:,}; return: {what}")
    figure.savefig(file, format=file_format, dpi=DPI)
