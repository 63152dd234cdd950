"""Draw pictures of results; the only importer of matplotlib."""

from hebbfast.plots._common import SERIES, picture_formats
from hebbfast.plots.capacity import capacity
from hebbfast.plots.learned import learned_capacity
from hebbfast.plots.phase import phase_diagram
from hebbfast.plots.recalled import RIGHT, WRONG, gallery, overlap_text
from hebbfast.plots.speed import kernel_rates, ratio_maps

__all__ = [
    "RIGHT",
    "SERIES",
    "WRONG",
    "capacity",
    "gallery",
    "kernel_rates",
    "learned_capacity",
    "overlap_text",
    "phase_diagram",
    "picture_formats",
    "ratio_maps",
]
