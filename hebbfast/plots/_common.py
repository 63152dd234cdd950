"""What all pictures share."""

import math
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from numpy.typing import NDArray

from hebbfast import _arguments

DPI = 100
# told apart by the colour-blind too
SERIES = ("#0072B2", "#E69F00", "#CC79A7", "#009E73", "#D55E00", "#56B4E9", "#000000", "#999999")
MARKERS = "osD^vPX*"


def picture_formats() -> list[str]:
    """List the file formats that can be written, "png" among them."""
    return sorted(FigureCanvasAgg.get_supported_filetypes())


def plain(text: str, name: str = "names, labels and titles") -> str:
    """Text of others as it is: no mathematics between dollars, no label hidden for its underscore, one line."""
    if not isinstance(text, str):
        raise ValueError(f"{name} must be text, got {_arguments.shown(text)}")
    text = "".join(c if c.isprintable() else "?" for c in text).replace("$", r"\$")
    return " " + text if text.startswith("_") else text


def series_style(number: int) -> dict[str, Any]:
    """Colour and marker of one of several curves."""
    return {"color": SERIES[number % len(SERIES)], "marker": MARKERS[number % len(MARKERS)]}


def recorded(found: Any, what: str) -> tuple[NDArray[Any], int]:
    """What a recall kept of each sweep, (sweeps + 1, Q, ...), and D."""
    trace = getattr(found, "trace", {})
    if what not in trace:
        kept = ", ".join(map(repr, trace)) or "nothing"
        raise ValueError(f"found must be a recall with record={what!r}, got a {type(found).__name__} that kept {kept}")
    single = np.ndim(found.sweeps) == 0
    values = trace[what]
    return values[:, None] if single else values, math.prod(np.shape(found.states)[0 if single else 1 :])
