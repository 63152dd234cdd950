"""How many patterns a network holds: success against load, and the capacity against D."""

import math
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, NullLocator, StrMethodFormatter

from hebbfast.plots._common import DPI, plain, series_style

if TYPE_CHECKING:  # plots of other things do without SciPy
    from hebbfast.experiments.capacities import Capacity, CapacityOfSize
    from hebbfast.experiments.statistics import Line

DRAWN_AS = {"capsize": 2, "elinewidth": 1, "linestyle": "none", "markersize": 4}


def capacity(file: BinaryIO, found: "Capacity", *, file_format: str = "png") -> None:
    """Draw success against load with intervals and theory, and the number of patterns held against D with its slope.

    Parameters
    ----------
    file : binary file to write to
    found : what `experiments.capacity` returned
    file_format : one of `picture_formats`
    """
    figure = Figure((12, 4.8), dpi=DPI, layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    for number, size in enumerate(found.sizes):
        _success(left, size, series_style(number))
    left.axhline(1 - found.error, color="grey", linewidth=0.8, linestyle=":")
    what = {"unit": "units right", "pattern": "patterns stable", "retrieval": "patterns retrieved"}
    left.set(xscale="log", xlabel="patterns K", ylabel=f"share of {what[found.protocol.criterion]}")
    broken = "; broken: theory of one update" if found.protocol.one_step else ""
    left.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    left.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    left.xaxis.set_minor_formatter(NullFormatter())
    left.set_title(f"{found.level:.0%} intervals{broken}", fontsize=10)
    left.legend(fontsize=9)
    _held(right, found)
    networks = max(len(point.successes) for size in found.sizes for point in size.points)
    figure.suptitle(f"{plain(str(found.protocol.interaction))}: {networks} networks a point")
    figure.savefig(file, format=file_format, dpi=DPI)


def _success(axes: Any, size: "CapacityOfSize", style: dict[str, Any]) -> None:
    """One curve of success, and the theory at its points where there is one."""
    K = [point.patterns for point in size.points]
    shares = [point.success for point in size.points]
    bars = [[s.value - s.low for s in shares], [s.high - s.value for s in shares]]
    axes.errorbar(K, [s.value for s in shares], bars, label=f"D = {size.units:,}", **DRAWN_AS, **style)
    axes.plot(K, [point.theory for point in size.points], "--", color=style["color"], linewidth=1)


def _held(axes: Any, found: "Capacity") -> None:
    """Capacity against D, both on logarithmic axes."""
    sizes = [size for size in found.sizes if not math.isnan(size.capacity.value)]
    D = np.array([size.units for size in sizes])
    held = [size.capacity for size in sizes]
    # a side without a bound is drawn without a bar
    bars = [
        [c.value - c.low if c.low > 0 else 0.0 for c in held],
        [c.high - c.value if math.isfinite(c.high) else 0.0 for c in held],
    ]
    axes.errorbar(D, [c.value for c in held], bars, label="simulated", **DRAWN_AS, **series_style(0))
    axes.plot(D, [size.theory for size in sizes], "--", color="grey", linewidth=1, label="theory")
    if found.scaling is not None and len(sizes) > 1:
        line = found.scaling.raw
        axes.plot(D, 1 + np.exp(line.intercept.value) * D**line.slope.value, linewidth=1, label=f"slope {_slope(line)}")
        if found.protocol.criterion == "pattern":
            axes.set_title(f"slope corrected for finite D: {_slope(found.scaling.corrected)}", fontsize=10)
    words = f"at {found.error:g} wrong units" if found.protocol.criterion == "unit" else "of half success"
    axes.set(xscale="log", xlabel="units D", ylabel=f"patterns K {words}")
    if held:
        axes.set_yscale("log")
    axes.set_xticks(D, [f"{size:,}" for size in D])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.legend(fontsize=9)


def _slope(line: "Line") -> str:
    return f"{line.slope.value:.3f} ± {(line.slope.high - line.slope.low) / 2:.3f}"
