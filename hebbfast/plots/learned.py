"""What learned couplings hold."""

from typing import BinaryIO

from matplotlib.figure import Figure

from hebbfast.experiments.learned import LearnedCapacity
from hebbfast.plots._common import DPI, plain, series_style


def learned_capacity(file: BinaryIO, found: LearnedCapacity, *, file_format: str = "png") -> None:
    """Draw what learned couplings hold against the load: from the pattern, from the noisiest cues, and the basins.

    Parameters
    ----------
    file : binary file to write to
    found : what `experiments.learned_capacity` returned
    file_format : one of `picture_formats`
    """
    figure = Figure((14, 4.4), dpi=DPI, layout="constrained")
    panels = figure.subplots(1, 3)
    shares = [("from the pattern itself: fixed points", 0)]
    if len(found.flips) > 1:
        shares.append((f"from cues with {found.flips[-1]:.0%} of the units flipped", len(found.flips) - 1))
    for r, name in enumerate(found.rules):
        style = {**series_style(r), "markersize": 5, "linewidth": 1.5}
        for axes, (_, f) in zip(panels, shares, strict=False):
            axes.plot(found.loads, found.overlaps[f, r].mean(axis=1), label=plain(name), **style)
        panels[2].plot(found.loads, found.basins[r].mean(axis=1), label=plain(name), **style)
    for axes, (heading, _) in zip(panels, shares, strict=False):
        axes.axhline(found.criterion, color="grey", linewidth=0.8, linestyle=":")
        axes.set(title=heading, xlabel="load K/D", ylabel="mean final overlap / D", ylim=(-0.05, 1.05))
    panels[2].set(
        title=f"basin: share of flips with overlap ≥ {found.criterion:g}", xlabel="load K/D", ylabel="flipped units / D"
    )
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right center", fontsize=9)
    networks = found.overlaps.shape[-1]
    figure.suptitle(
        f"D = {found.units}, {networks} networks a load, synchronous recall, at most {found.epochs:,} epochs"
    )
    figure.savefig(file, format=file_format, dpi=DPI)
