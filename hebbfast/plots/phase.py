"""The phase diagram of retrieval."""

import math
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from matplotlib.figure import Figure

from hebbfast.plots._common import DPI, series_style

if TYPE_CHECKING:  # plots of other things do without SciPy
    from matplotlib.axes import Axes

    from hebbfast.experiments.phase import PhaseDiagram

LINES = (  # name in the record, dashes, label
    ("retrieval", "-", r"$T_M$: retrieval states exist below"),
    ("thermodynamic", "--", r"$T_c$: they are the global minima below"),
    ("spin_glass", ":", r"$T_g$: nothing freezes above"),
    ("almeida_thouless", "-.", r"$T_R$: replica symmetry breaks below"),
)


def phase_diagram(file: BinaryIO, found: "PhaseDiagram", *, file_format: str = "png") -> None:
    """Draw the lines of theory over the simulated overlaps, the simulated ends of retrieval, and the crossing.

    Parameters
    ----------
    file : binary file to write to
    found : what `experiments.phase_diagram` returned
    file_format : one of `picture_formats`
    """
    degree = found.interaction.degree
    load = r"load $\alpha$ = K/D" if degree == 2 else rf"load $\alpha$ = K/D$^{degree - 1}$"
    figure = Figure((12 if found.critical else 8, 5.2), dpi=DPI, layout="constrained")
    left, *rest = figure.subplots(1, 2, width_ratios=(3, 2)) if found.critical else [figure.subplots()]
    shades = left.pcolormesh(
        found.loads, found.temperatures, found.overlaps, cmap="Blues", vmin=0, vmax=1, shading="nearest", alpha=0.7
    )
    figure.colorbar(shades, ax=left, label=f"mean overlap / D, D = {found.units[0]:,}, {found.sweeps} sweeps")
    for name, dashes, label in LINES:
        line = getattr(found.lines, name)
        if line.size:
            left.plot(*line, color="black", linestyle=dashes, linewidth=1.2, label=label)
    for number, D in enumerate(found.units):
        style = {**series_style(number + 1), "linestyle": "none", "markersize": 4, "capsize": 2, "elinewidth": 1}
        points = [p for p in found.retrieval if p.units == D and not math.isnan(p.temperature.value)]
        held = [p.temperature for p in points]
        known = [math.isfinite(t.high) for t in held]  # not where all states hold below and none above
        bars = [
            [t.value - t.low if k else 0.0 for t, k in zip(held, known, strict=True)],
            [t.high - t.value if k else 0.0 for t, k in zip(held, known, strict=True)],
        ]
        loads = np.array([p.alpha for p in points])
        left.errorbar(loads, [t.value for t in held], bars, label=f"half of the states hold, D = {D:,}", **style)
    widest = 1.2 * found.lines.retrieval[0, 0]
    left.set(xlabel=load, ylabel="temperature T", xlim=(0, widest), ylim=(0, 1.9 * found.lines.retrieval[1, -1]))
    left.legend(fontsize=8, loc="upper right", ncols=2)
    if rest:
        _crossings(rest[0], found)
    kind = "Rectified dense memory" if found.interaction.rectified else "Dense memory"
    network = "Hopfield network" if degree == 2 else f"{kind}, n = {degree}"
    figure.suptitle(f"{network}; {found.networks} networks of D = {found.units[0]:,} at a temperature")
    figure.savefig(file, format=file_format, dpi=DPI)


def _crossings(right: "Axes", found: "PhaseDiagram") -> None:
    """Mean overlaps at temperature zero."""
    for critical in found.critical:
        for D, curve in zip(critical.units, critical.overlaps, strict=True):
            number = found.units.index(D)
            if critical is found.critical[0] or D == critical.units[1]:
                right.plot(critical.loads, curve, label=f"D = {D:,}", markersize=4, **series_style(number + 1))
        crossing = critical.alpha
        if math.isfinite(crossing.low) and math.isfinite(crossing.high):
            label = f"they cross: {crossing.value:.4f} ({found.level:.0%} interval)"
            right.axvspan(crossing.low, crossing.high, color="grey", alpha=0.2, linewidth=0, label=label)
    end = found.lines.retrieval[0, 0]
    right.axvline(end, color="black", linewidth=1, label=rf"mean field: $\alpha_c$ = {end:.4f}")
    right.set(
        xlabel=r"load $\alpha$ = K/D",
        ylabel="mean final overlap / D",
        title="T = 0: curves of two D cross near the end",
    )
    right.locator_params(axis="x", nbins=5)
    right.legend(fontsize=9, loc="lower left")
