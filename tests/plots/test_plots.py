"""Pictures show what they were given."""

import io
import math

import numpy as np
from matplotlib import colors, image

import hebbfast as hb
from hebbfast import experiments, plots


def test_capacity_draws_every_size_and_its_theory() -> None:
    found = experiments.capacity(hb.Polynomial(2), [32, 48, 64], trials=20)
    assert drawn(found) >= {colors.to_hex(c).upper() for c in (*plots.SERIES[:3], "grey")}


def test_capacity_without_an_answer_is_drawn_too() -> None:
    """One load of failures: no capacity, no slope."""
    found = experiments.capacity(hb.Polynomial(2), 32, loads=[2.0], trials=5)
    assert math.isnan(found.sizes[0].capacity.value)
    assert colors.to_hex(plots.SERIES[0]).upper() in drawn(found)


def drawn(found: experiments.Capacity) -> set[str]:
    """The colours of the picture."""
    file = io.BytesIO()
    plots.capacity(file, found)
    file.seek(0)
    pixels = (image.imread(file)[..., :3] * 255).round().astype(np.uint8).reshape(-1, 3)
    return {f"#{r:02X}{g:02X}{b:02X}" for r, g, b in np.unique(pixels, axis=0)}
