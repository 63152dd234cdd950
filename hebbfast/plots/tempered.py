"""Energies and overlaps against temperature, and P(q)."""

from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from hebbfast.plots._common import DPI, plain, series_style

if TYPE_CHECKING:  # plots of other things do without SciPy
    from hebbfast.experiments.tempered import TemperedAverage

SHOWN = 5  # temperatures of P(q)
BINS = 51  # of it, at most


def tempered(
    file: BinaryIO,
    found: "TemperedAverage",
    title: str,
    theory: "tuple[ArrayLike, ArrayLike, ArrayLike] | None" = None,
    *,
    file_format: str = "png",
) -> None:
    """Draw energy and ⟨q²⟩ against temperature, beside theory where there is one, and P(q) at some temperatures.

    Parameters
    ----------
    file : binary file to write to
    found : what `experiments.tempered.average` returned
    title : what was tempered
    theory : temperatures, energies and ⟨q²⟩ for D → ∞, if they are known
    file_format : one of `picture_formats`
    """
    figure = Figure((12, 4.2), dpi=DPI, layout="constrained")
    energy, squared, law = figure.subplots(1, 3)
    style = {**series_style(0), "linestyle": "none", "markersize": 4, "capsize": 2, "elinewidth": 1}
    T = found.temperatures
    for axes, values, errors, row in (
        (energy, found.energy, found.energy_error, 1),
        (squared, found.overlap_squared, found.overlap_squared_error, 2),
    ):
        axes.errorbar(T, values, errors, label=f"D = {found.units:,}", **style)
        if theory is not None:
            axes.plot(theory[0], theory[row], color="black", linewidth=1.2, label=r"Parisi, $D \to \infty$")
        axes.legend(fontsize=9)
    energy.set(xlabel="temperature T", ylabel="energy of a unit")
    squared.set(xlabel="temperature T", ylabel=r"$\langle q^2 \rangle$")
    chosen = np.unique(np.linspace(0, len(T) - 1, min(SHOWN, len(T))).round().astype(int))
    together = -(-len(found.overlap_values) // BINS) | 1  # of an odd number, so that q = 0 stays in the middle
    for number, t in enumerate(chosen.tolist()):
        q, density = _joined(found.overlap_values, found.overlaps[t], together)
        law.plot(q, density, color=series_style(number)["color"], linewidth=1.2, label=f"T = {T[t]:.3g}")
    law.set(xlabel="overlap q of two replicas", ylabel="P(q)", xlim=(-1, 1))
    law.set_ylim(bottom=0)
    law.locator_params(axis="x", nbins=5)
    law.legend(fontsize=9)
    figure.suptitle(plain(f"{title}; {found.networks} {'network' if found.networks == 1 else 'networks'}"))
    figure.savefig(file, format=file_format, dpi=DPI)


def _joined(values: np.ndarray, shares: np.ndarray, together: int) -> tuple[np.ndarray, np.ndarray]:
    """Densities of ranges of so many neighbouring values, counted from q = 0."""
    step, half = values[1] - values[0], len(values) // 2
    ranges = np.floor((np.arange(len(values)) - half + together / 2) / together).astype(int)
    ranges -= ranges[0]
    sums, places, counts = (np.bincount(ranges, weights) for weights in (shares, values, np.ones(len(values))))
    return places / counts, sums / (counts * step)
