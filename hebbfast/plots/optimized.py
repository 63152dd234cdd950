"""What a search found, and when."""

from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from matplotlib.figure import Figure

from hebbfast.plots._common import DPI, SERIES, plain

if TYPE_CHECKING:
    from hebbfast.optimize import OptimizeResult, Problem


def optimized(file: BinaryIO, problem: "Problem", found: "OptimizeResult", *, file_format: str = "png") -> None:
    """Draw the best value against time, and how the reads of the last whole anneal came out.

    Parameters
    ----------
    file : binary file to write to
    problem : what was solved
    found : what its `solve` returned
    file_format : one of `picture_formats`
    """
    figure = Figure((10, 4), dpi=DPI, layout="constrained")
    trace, reads = figure.subplots(1, 2, sharey=True, width_ratios=(2, 1))
    seconds, values = found.history.T
    end = max(found.seconds, seconds[-1])
    times = np.append(np.maximum(seconds, 1e-3), max(end, 1e-3))
    trace.step(times, np.append(values, values[-1]), where="post", color=SERIES[0], marker="o", markersize=4)
    trace.set(xscale="log", xlabel="seconds", ylabel="cut" if problem.kind == "maxcut" else "value")
    trace.set_title("best value so far")
    levels, counts = np.unique(found.values, return_counts=True)
    if len(levels) > 40:
        counts, edges = np.histogram(found.values, 20)
        levels = (edges[1:] + edges[:-1]) / 2
    height = 0.8 * float(np.min(np.diff(levels), initial=np.inf))
    reads.barh(levels, counts, height=height if np.isfinite(height) else 0.8, color=SERIES[1])
    reads.set(xlabel=f"reads, {len(found.values)} in all", title=f"one anneal of {found.anneal_sweeps:,} sweeps")
    shown = [*found.values, values[-1]]
    if problem.best_known is not None:
        shown.append(problem.best_known)
        for axes in (trace, reads):
            axes.axhline(problem.best_known, color="grey", linestyle=":", linewidth=1)
        trace.annotate("best known", (times[0], problem.best_known), va="bottom", fontsize=8, color="grey")
    margin = max(0.1 * (max(shown) - min(shown)), 1e-9 * max(map(abs, shown))) or 1.0
    trace.set_ylim(min(shown) - margin, max(shown) + margin)  # where it ends: the first sweeps are far away
    reads.xaxis.get_major_locator().set_params(integer=True)
    figure.suptitle(f"{plain(problem.name)}: {problem.kind} of {problem.variables:,} variables, {found.fun:,}")
    figure.savefig(file, format=file_format, dpi=DPI)
