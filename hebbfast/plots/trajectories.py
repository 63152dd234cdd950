"""What a recorded recall went through: its overlaps with stored patterns, sweep by sweep."""

from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from hebbfast import _arguments
from hebbfast.plots._common import DPI, SERIES, plain, recorded
from hebbfast.plots.recalled import RIGHT, WRONG

if TYPE_CHECKING:
    from hebbfast.dynamics.record import Recall

NAMED = 5  # patterns of one cue


def overlap_trajectories(
    file: BinaryIO,
    found: "Recall",
    patterns: ArrayLike | None = None,
    *,
    title: str = "",
    file_format: str = "png",
) -> None:
    """Draw overlap / D along each recall: of one cue with all patterns, of many with the pattern that each shall find.

    Parameters
    ----------
    file : binary file to write to
    found : what ``recall(cues, record="overlaps")`` returned
    patterns : (Q,) integers, of many cues: which pattern each shall find; by default cue 0 pattern 0, and so on
    title : line on top
    file_format : one of `picture_formats`

    Raises
    ------
    ValueError
        If the recall was not recorded so, or there is not one pattern for each cue.
    """
    overlaps, units = recorded(found, "overlaps")
    share = overlaps / units
    figure = Figure((7, 4.4), dpi=DPI, layout="constrained")
    axes = figure.subplots()
    sweeps = np.atleast_1d(found.sweeps)
    cues, stored = share.shape[1:]
    if patterns is None and np.ndim(found.sweeps) == 0:
        largest = np.argsort(-np.abs(share[:, 0]).max(axis=0), kind="stable")[:NAMED].tolist()
        axes.plot(share[:, 0], color="#BBBBBB", linewidth=0.8)
        for number, pattern in enumerate(largest):
            axes.plot(share[:, 0, pattern], color=SERIES[number], marker="o", markersize=3, label=f"pattern {pattern}")
        axes.legend(fontsize=9)
    else:
        if patterns is None and cues > stored:
            raise ValueError(f"patterns must say which of {stored} patterns each of {cues} cues shall find, got None")
        wanted = (
            np.arange(cues) if patterns is None else np.atleast_1d(_arguments.indices("patterns", patterns, stored))
        )
        if len(wanted) != cues:
            raise ValueError(f"patterns must have one entry for each of {cues} cues, got {len(wanted)}")
        for cue, pattern in enumerate(wanted.tolist()):
            values = share[: sweeps[cue] + 1, cue, pattern]
            colour = np.array(RIGHT if values[-1] == 1 else WRONG) / 255
            axes.plot(values, color=colour, linewidth=1, alpha=0.6)
            axes.plot(len(values) - 1, values[-1], color=colour, marker="o", markersize=3, alpha=0.6)
        right = int((share[sweeps, np.arange(cues), wanted] == 1).sum())
        for ends, label in ((RIGHT, f"{right} end in their pattern"), (WRONG, f"{cues - right} elsewhere")):
            axes.plot([], color=np.array(ends) / 255, label=label)
        axes.legend(fontsize=9)
    axes.axhline(0, color="grey", linewidth=0.6)
    axes.set(xlabel="sweep", ylabel="overlap / D", title=plain(title))
    axes.locator_params(axis="x", integer=True)
    figure.savefig(file, format=file_format, dpi=DPI)
