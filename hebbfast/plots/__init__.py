"""Draw pictures of results; the only importer of matplotlib."""

from hebbfast.plots._common import SERIES, picture_formats
from hebbfast.plots.basins import basins
from hebbfast.plots.capacity import capacity
from hebbfast.plots.confusion import confusion
from hebbfast.plots.descent import energy_descent
from hebbfast.plots.learned import learned_capacity
from hebbfast.plots.optimized import optimized
from hebbfast.plots.phase import phase_diagram
from hebbfast.plots.profiles import pid_profile
from hebbfast.plots.recalled import RIGHT, WRONG, gallery, overlap_text
from hebbfast.plots.speed import kernel_rates, ratio_maps
from hebbfast.plots.states import states
from hebbfast.plots.tempered import tempered
from hebbfast.plots.trajectories import overlap_trajectories

__all__ = [
    "RIGHT",
    "SERIES",
    "WRONG",
    "basins",
    "capacity",
    "confusion",
    "energy_descent",
    "gallery",
    "kernel_rates",
    "learned_capacity",
    "optimized",
    "overlap_text",
    "overlap_trajectories",
    "phase_diagram",
    "picture_formats",
    "pid_profile",
    "ratio_maps",
    "states",
    "tempered",
]
