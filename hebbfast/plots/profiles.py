"""What outputs of units owe to the pattern and to the other units."""

from typing import TYPE_CHECKING, BinaryIO

from matplotlib.figure import Figure

from hebbfast.atoms import ATOMS
from hebbfast.plots._common import DPI, plain, series_style

if TYPE_CHECKING:
    from hebbfast.experiments.profiles import PidProfile


def pid_profile(file: BinaryIO, found: "PidProfile", *, file_format: str = "png") -> None:
    """Draw the atoms against load: a row for each rule, a column for each binning; lines are theory.

    Parameters
    ----------
    file : binary file to write to
    found : what `experiments.pid_profile` returned
    file_format : one of `picture_formats`
    """
    rows, columns = len(found.rules), len(found.binnings)
    figure = Figure((5.2 * columns, 0.8 + 3.4 * rows), dpi=DPI, layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for r, rule in enumerate(found.rules):
        for b, binning in enumerate(found.binnings):
            axes = panels[r, b]
            for a, atom in enumerate(ATOMS):
                style = {**series_style(a), "markersize": 5, "linestyle": "none", "capsize": 2}
                values, errors = found.atoms[r, b, :, a], found.errors[r, b, :, a]
                axes.errorbar(found.loads, values, errors, label=atom.replace("_", " "), **style)
                if rule == "Hebb":
                    axes.plot(found.loads, found.theory[b, :, a], color=style["color"], linewidth=1.2)
            axes.axhline(0, color="grey", linewidth=0.6)
            field = "sign of the field" if binning == "sign" else f"{binning} bins of the field"
            axes.set(title=f"{plain(rule)}, {field}")
    for axes in panels[-1]:
        axes.set_xlabel("load K/D")
    for axes in panels[:, 0]:
        axes.set_ylabel("bits")
    panels[0, 0].legend(fontsize=8, loc="center left")
    lines = "; lines: exact" if "Hebb" in found.rules else ""
    figure.suptitle(f"D = {found.units}, {found.networks} networks a load, pooled{lines}")
    figure.savefig(file, format=file_format, dpi=DPI)
