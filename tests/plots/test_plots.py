"""Pictures show what they were given."""

import io
import math

import numpy as np
from matplotlib import cbook, colors, image

import hebbfast as hb
from hebbfast import experiments, plots
from hebbfast.plots import _common
from hebbfast.plots.tempered import _joined


def test_capacity_draws_every_size_and_its_theory() -> None:
    found = experiments.capacity(hb.Polynomial(2), [32, 48, 64], trials=20)
    assert drawn(found) >= {colors.to_hex(c).upper() for c in (*plots.SERIES[:3], "grey")}


def test_capacity_without_an_answer_is_drawn_too() -> None:
    """One load of failures: no capacity, no slope."""
    found = experiments.capacity(hb.Polynomial(2), 32, loads=[2.0], trials=5)
    assert math.isnan(found.sizes[0].capacity.value)
    assert colors.to_hex(plots.SERIES[0]).upper() in drawn(found)


def test_text_of_others_is_drawn_as_it_is() -> None:
    """Dollars are no mathematics (an odd formula would end the picture), and no name is hidden for its underscore."""
    square = np.ones((1, 8, 8), np.int8)
    for name in (r"a $\frac$ b", "$5 and $6", r"\$", "_mine", "x\x1b[2J"):
        for title in (name, "title"):
            file = io.BytesIO()
            plots.gallery(file, [name], [(name, square)], {0: np.array([0.5])}, title=title, blocks=1)
            assert file.tell() > 1000
    assert _common.plain("$x$") == r"\$x\$"
    assert not cbook.is_math_text(_common.plain(r"$\frac$"))
    assert not _common.plain("_mine").startswith("_") and "mine" in _common.plain("_mine")
    assert "\n" not in _common.plain("a\nb")


def test_overlap_below_one_never_looks_like_one() -> None:
    assert [plots.overlap_text(x) for x in (1.0, 0.99999, 0.9985, -0.0001, -0.5)] == [
        "exact",
        "0.9999",
        "0.999",
        "0.000",
        "-0.500",
    ]


def test_joined_densities_keep_what_they_hold() -> None:
    """Ranges of 1 to 5 values around q = 0: symmetric, and the middle one has the sum of its values over its width."""
    values = np.linspace(-1, 1, 33)
    shares = np.exp(-8 * values**2) / np.exp(-8 * values**2).sum()
    for together in (1, 3, 5):
        q, density = _joined(values, shares, together)
        np.testing.assert_allclose(density, density[::-1], rtol=1e-12)
        np.testing.assert_allclose(q, -q[::-1], atol=1e-12)
        middle = shares[16 - together // 2 : 17 + together // 2].sum()
        assert math.isclose(density[len(q) // 2] * together / 16, middle, rel_tol=1e-12)


def drawn(found: experiments.Capacity) -> set[str]:
    """The colours of the picture."""
    file = io.BytesIO()
    plots.capacity(file, found)
    file.seek(0)
    pixels = (image.imread(file)[..., :3] * 255).round().astype(np.uint8).reshape(-1, 3)
    return {f"#{r:02X}{g:02X}{b:02X}" for r, g, b in np.unique(pixels, axis=0)}
