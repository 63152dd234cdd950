"""What a recorded recall went through: its energy, sweep by sweep."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from matplotlib.figure import Figure

from hebbfast import _arguments
from hebbfast.plots._common import DPI, SERIES, picture_formats, plain, recorded

if TYPE_CHECKING:
    from hebbfast.dynamics.record import Recall


def energy_descent(
    file: BinaryIO, found: "Recall | Mapping[str, Recall]", *, title: str = "", file_format: str = "png"
) -> None:
    """Draw the energy of a unit along each recall, from the cue to where it came to rest.

    Parameters
    ----------
    file : binary file to write to
    found : what ``recall(cues, record="energy")`` returned, of one cue or many; or a mapping from labels to such
    title : line on top
    file_format : one of `picture_formats`

    Raises
    ------
    TypeError
        If there is nothing to write to.
    ValueError
        If a recall was not recorded so or has no energy, there is none, or the format is unknown.
    """
    if not hasattr(file, "write"):
        raise TypeError(f"file must be a binary file to write to, got {_arguments.shown(file)}")
    _arguments.choice("file_format", file_format, picture_formats())
    runs: Mapping[str, Any] = found if isinstance(found, Mapping) else {"": found}
    if not any(np.isfinite(recorded(run, "energy")[0]).any() for run in runs.values()):
        raise ValueError("found must hold recalls with energies, got none")
    figure = Figure((7, 4.4), dpi=DPI, layout="constrained")
    axes = figure.subplots()
    for number, (label, run) in enumerate(runs.items()):
        energies, units = recorded(run, "energy")
        colour = SERIES[number % len(SERIES)]
        for cue, sweeps in enumerate(np.atleast_1d(run.sweeps).tolist()):
            values = energies[: sweeps + 1, cue] / units
            name = plain(label) if label and not cue else None
            axes.plot(values, color=colour, linewidth=1, alpha=0.6, label=name)
            axes.plot(sweeps, values[-1], color=colour, marker="o", markersize=3, alpha=0.6)
    axes.set(xlabel="sweep", ylabel="energy of a unit", title=plain(title))
    axes.locator_params(axis="x", integer=True)
    if any(runs):
        axes.legend(fontsize=9)
    figure.savefig(file, format=file_format, dpi=DPI)
