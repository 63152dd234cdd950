"""Which pattern was meant, and which one recall found."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments
from hebbfast.plots._common import DPI, plain

if TYPE_CHECKING:
    from hebbfast.classify import StateKinds

WRITTEN = 24  # patterns whose counts and names are written
ELSEWHERE = ("inverse", "mixture", "other")


def confusion(
    file: BinaryIO,
    stored: ArrayLike,
    recalled: "StateKinds",
    *,
    names: Sequence[str] = (),
    title: str = "",
    file_format: str = "png",
) -> None:
    """Draw how many cues of each stored pattern ended in each pattern, in an inverse, in a mixture, or elsewhere.

    Parameters
    ----------
    file : binary file to write to
    stored : (Q,) integers: which pattern each cue was made of
    recalled : what `classify_states` said of the Q states where they ended
    names : of the patterns; by default their numbers
    title : line on top
    file_format : one of `picture_formats`

    Raises
    ------
    ValueError
        If there is not one state for each cue, or a pattern has no name.
    """
    counts = counted(stored, recalled, len(names))
    patterns = len(counts)
    words = [plain(name) for name in names] or [str(j) for j in range(patterns)]
    side = 2.6 + min(0.34 * patterns, 8)
    figure = Figure((side + 1.4, side), dpi=DPI, layout="constrained")
    axes = figure.subplots()
    shades = axes.imshow(counts, cmap="Blues", vmin=0, aspect="auto", interpolation="nearest")
    axes.axvline(patterns - 0.5, color="black", linewidth=1)
    places, labels = np.arange(patterns), words
    if patterns > WRITTEN:
        places = np.linspace(0, patterns - 1, 6).round().astype(int)
        labels = [words[place] for place in places]
    else:
        half = counts.max() / 2
        for (row, column), count in np.ndenumerate(counts):
            if count:
                colour = "white" if count > half else "black"
                axes.text(column, row, f"{count:,}", ha="center", va="center", fontsize=7, color=colour)
    axes.set_xticks([*places, *range(patterns, patterns + 3)], [*labels, *ELSEWHERE], rotation=90, fontsize=8)
    axes.set_yticks(places, labels, fontsize=8)
    axes.set(xlabel="recalled", ylabel="stored", title=plain(title))
    figure.colorbar(shades, ax=axes, label="cues")
    figure.savefig(file, format=file_format, dpi=DPI)


def counted(stored: ArrayLike, recalled: "StateKinds", named: int = 0) -> NDArray[np.int64]:
    """(K, K + 3): cues of a pattern by where they ended: in each pattern, in an inverse, in a mixture, elsewhere."""
    meant = np.atleast_1d(_arguments.indices("stored", stored, 2**31 - 1)).astype(int)
    kind, index = np.atleast_1d(recalled.kind), np.atleast_1d(recalled.index)
    if len(meant) != len(kind):
        raise ValueError(f"stored must have one entry for each of {len(kind)} recalled states, got {len(meant)}")
    patterns = int(max(meant.max(), index[kind == "pattern"].max(initial=0))) + 1
    if named and named < patterns:
        raise ValueError(f"names must be those of at least {patterns} patterns, got {named}")
    patterns = max(patterns, named)
    ends = np.select([kind == name for name in ("pattern", *ELSEWHERE)], [index, patterns, patterns + 1, patterns + 2])
    counts = np.zeros((patterns, patterns + 3), dtype=np.int64)
    np.add.at(counts, (meant, ends), 1)
    return counts
