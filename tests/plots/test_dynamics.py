"""Pictures of states and of what recalls went through: what matplotlib is told is what was given."""

import io
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib import colors, image
from matplotlib.figure import Figure

import hebbfast as hb
from hebbfast import experiments, plots
from hebbfast.plots.confusion import counted

PATTERNS = hb.random_patterns(4, 30, rng=0)
MEMORY = hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(3))
CUES = hb.corrupt(PATTERNS, flips=5, rng=1)


@pytest.fixture
def axes(monkeypatch):
    """Draw, and give the axes of the figure; what was written is a picture in two formats."""
    saved = []
    save = Figure.savefig
    monkeypatch.setattr(Figure, "savefig", lambda figure, *a, **b: (saved.append(figure), save(figure, *a, **b))[1])

    def draw(what, *arguments, **options):
        what(file := io.BytesIO(), *arguments, **options)
        assert image.imread(io.BytesIO(file.getvalue())).std() > 0.01
        what(file := io.BytesIO(), *arguments, **options, file_format="svg")
        assert b"</svg>" in file.getvalue()
        return saved[0].axes

    return draw


def rgb(colour):
    return np.round(np.array(colors.to_rgb(colour)) * 255).astype(int).tolist()


@pytest.mark.parametrize("kind", ["rows", "pictures", "packed"])
def test_states_in_columns(axes, kind):
    recalled = MEMORY.recall(CUES, rng=2).states
    given = {"cue": CUES, "recalled": recalled, "stored": PATTERNS}
    if kind == "packed":
        given = {heading: hb.PackedPatterns(rows) for heading, rows in given.items()}
    if kind == "pictures":
        given = {heading: rows.reshape(-1, 5, 6) for heading, rows in given.items()}
    shape = None if kind == "pictures" else (5, 6)
    (only,) = axes(plots.states, given, shape, names=["a", "b", "$c", "_d"], against="stored", title="of 30 units")
    shown = [np.asarray(cell.get_array()) for cell in only.images]
    expected = np.stack([CUES, recalled, PATTERNS]).reshape(-1, 5, 6)
    np.testing.assert_array_equal(shown, expected)
    written = [text.get_text() for text in only.texts]
    wrong = [(a == b).mean() * 2 - 1 for rows in (CUES, recalled) for a, b in zip(rows, PATTERNS, strict=True)]
    assert {f"{overlap:.3f}" for overlap in wrong if overlap < 1} | {"cue", "recalled", "stored"} <= set(written)
    frames = [rgb(frame.get_edgecolor()) for frame in only.patches]
    assert frames[:8] == [list(plots.RIGHT if overlap == 1 else plots.WRONG) for overlap in wrong]
    assert frames[8:] == [rgb("#AAAAAA")] * 4


def test_states_side_by_side(axes):
    squares = hb.random_patterns(5, 16, rng=3)
    names = [*"vwxy", "a name of more than twenty letters"]
    (only,) = axes(plots.states, squares, names=names)
    np.testing.assert_array_equal([cell.get_array() for cell in only.images], squares.reshape(5, 4, 4))
    corners = [(cell.get_extent()[0], cell.get_extent()[3]) for cell in only.images]
    assert len({x for x, _ in corners}) == 3 and len({y for _, y in corners}) == 2
    assert [text.get_text() for text in only.texts][:5] == [*"vwxy", "a name of …y letters"]


def test_white_is_plus_one():
    """Of one pattern the pixels themselves: as many white ones in the middle of each unit as it has +1."""
    plots.states(file := io.BytesIO(), np.array([[1, -1, -1, 1, -1, -1, -1, -1]]), (2, 4))
    grey = image.imread(io.BytesIO(file.getvalue()))[..., 0]
    dark = grey < 0.1
    top, bottom = np.flatnonzero(dark.any(axis=1))[[0, -1]]
    left, right = np.flatnonzero(dark.any(axis=0))[[0, -1]]
    pitch = (bottom - top + 1) / 2
    assert abs(right - left + 1 - 4 * pitch) <= pitch / 2  # the left column begins with -1 below
    middle = [[grey[int(top + (row + 0.5) * pitch), int(left + (x + 0.5) * pitch)] for x in range(4)] for row in (0, 1)]
    np.testing.assert_array_equal(np.round(middle), [[1, 0, 0, 1], [0, 0, 0, 0]])


@pytest.mark.parametrize(
    ("pictures", "options", "message"),
    [
        (PATTERNS, {}, r"shape must be \(H, W\) with H \* W = 30, the units of pictures, got None"),
        (PATTERNS, {"shape": (5, 5)}, "shape must be"),
        (PATTERNS[0], {"shape": (5, 6)}, r"pictures must have shape \(R, D\) or \(R, H, W\), got \(30,\)"),
        ({}, {}, "pictures must hold at least one column"),
        ({"a": PATTERNS, "b": PATTERNS[:3]}, {"shape": (5, 6)}, r"pictures\['b'\] must hold 4 pictures"),
        ({"a": PATTERNS}, {"shape": (5, 6), "against": "b"}, "against must be one of the headings 'a', got 'b'"),
        (PATTERNS, {"shape": (5, 6), "names": ["a"]}, "names must be 4, one a state, got 1"),
        ({"a": PATTERNS * 2}, {"shape": (5, 6)}, r"pictures\['a'\] must"),
        (PATTERNS, {"shape": 30}, r"shape must be \(H, W\) with H \* W = 30, .* got 30"),
        (PATTERNS, {"shape": (-5, -6)}, r"shape must be .* got \(-5, -6\)"),
        (PATTERNS, {"shape": (5.0, 6.0)}, r"shape must be .* got \(5\.0, 6\.0\)"),
        (PATTERNS, {"shape": (5, 6), "names": [1, 2, 3, 4]}, "names must be text, got 1"),
        (PATTERNS, {"shape": (5, 6), "names": 7}, "names must be text, got 7"),
        (PATTERNS, {"shape": (5, 6), "title": 7}, "titles must be text, got 7"),
        ({1: PATTERNS, 2: PATTERNS}, {"shape": (5, 6)}, "headings of pictures must be text, got 1"),
        ([[1, 1], [1]], {"shape": (1, 2)}, "pictures must hold states of ±1, got rows of different lengths"),
    ],
)
def test_states_refuse(pictures, options, message):
    with pytest.raises(ValueError, match=message):
        plots.states(io.BytesIO(), pictures, **options)


def test_energy_descent(axes):
    run = MEMORY.recall(CUES, rng=2, record="energy")
    one = MEMORY.recall(-CUES[0], rng=2, record="energy")
    (only,) = axes(plots.energy_descent, {"cues": run, "inverse": one}, title="down")
    lines = [line.get_ydata() for line in only.lines if len(line.get_ydata()) > 1]
    for cue in range(4):
        expected = [MEMORY.energy(CUES[cue]) / 30, *run.trace["energy"][1 : run.sweeps[cue] + 1, cue] / 30]
        np.testing.assert_array_equal(lines[cue], expected)
        assert lines[cue][-1] == run.energy[cue] / 30
    assert lines[4][0] == MEMORY.energy(-CUES[0]) / 30 and lines[4][-1] == one.energy / 30
    assert [text.get_text() for text in only.get_legend().get_texts()] == ["cues", "inverse"]
    with pytest.raises(ValueError, match="found must be a recall with record='energy', got a Recall that kept nothing"):
        plots.energy_descent(io.BytesIO(), MEMORY.recall(CUES, rng=2))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"file_format": "doc"}, ValueError, "file_format must be one of .*'png', .*, got 'doc'"),
        ({"file": None}, TypeError, "file must be a binary file to write to, got None"),
        ({"found": {}}, ValueError, "found must hold recalls with energies, got none"),
        (
            {"found": hb.HopfieldNetwork([[0, 1], [-1, 0]]).recall([1, 1], max_sweeps=2, record="energy")},
            ValueError,
            "found must hold recalls with energies, got none",
        ),
    ],
)
def test_energy_descent_refuses(change, error, message):
    given = {"file": io.BytesIO(), "found": MEMORY.recall(CUES, rng=2, record="energy"), **change}
    with pytest.raises(error, match=message):
        plots.energy_descent(**given)
    assert given["file"] is None or not given["file"].getvalue()


def test_overlap_trajectories(axes):
    run = MEMORY.recall(CUES, rng=2, record="overlaps")
    (only,) = axes(plots.overlap_trajectories, run)
    lines = [line for line in only.lines if len(line.get_ydata()) > 1][:4]
    ends = (run.states.astype(int) * PATTERNS).sum(axis=1) / 30
    for cue, line in enumerate(lines):
        assert line.get_ydata()[0] == 20 / 30  # 5 flips
        assert line.get_ydata()[-1] == ends[cue]
        assert rgb(line.get_color()) == list(plots.RIGHT if ends[cue] == 1 else plots.WRONG)
    right = int((ends == 1).sum())
    assert [text.get_text() for text in only.get_legend().get_texts()] == [
        f"{right} end in their pattern",
        f"{4 - right} elsewhere",
    ]


def test_overlap_trajectories_of_one_cue(axes):
    run = MEMORY.recall(CUES[2], rng=2, record="overlaps")
    (only,) = axes(plots.overlap_trajectories, run)
    grey, named = only.lines[:4], only.lines[4:8]
    np.testing.assert_array_equal([line.get_ydata() for line in grey], run.trace["overlaps"].T / 30)
    first = named[0]
    assert first.get_label() == "pattern 2" and first.get_ydata()[0] == 20 / 30


@pytest.mark.parametrize(
    ("patterns", "message"),
    [
        (None, "patterns must say which of 4 patterns each of 5 cues shall find"),
        ([0, 1], "patterns must have one entry for each of 5 cues, got 2"),
        ([0, 1, 2, 3, 4], r"patterns must lie in 0\.\.3, got 4"),
    ],
)
def test_overlap_trajectories_refuse(patterns, message):
    run = MEMORY.recall(np.vstack([CUES, CUES[:1]]), rng=2, record="overlaps")
    with pytest.raises(ValueError, match=message):
        plots.overlap_trajectories(io.BytesIO(), run, patterns)


def test_basins(axes):
    found = experiments.basins(MEMORY, PATTERNS, [0.0, 0.2, 0.5], cues=4, rng=0)
    mean, every, _ = axes(plots.basins, found)
    returned = next(line for line in mean.lines if line.get_label() == "mean: return")
    np.testing.assert_array_equal(returned.get_xdata(), [0, 6 / 30, 15 / 30])
    np.testing.assert_allclose(returned.get_ydata(), found.returned.mean(axis=0))
    shown = np.asarray(every.collections[0].get_array()).reshape(4, 3)
    assert sorted(map(tuple, shown)) == sorted(map(tuple, found.returned))
    assert (np.diff(shown.sum(axis=1)) <= 0).all()  # the widest first


def test_confusion(axes):
    """Patterns, an inverse, a mixture of three, and something else, where each is known."""
    wide = hb.random_patterns(5, 99, rng=0)
    other = hb.random_patterns(1, 99, rng=1)[0]
    ends = np.stack([wide[0], wide[3], -wide[1], np.sign(wide[:3].sum(axis=0, dtype=int)), other, wide[0]])
    stored = [0, 0, 1, 2, 4, 0]
    kinds = hb.classify_states(ends.astype(np.int8), wide)
    expected = np.zeros((5, 8), dtype=int)
    expected[0, 0], expected[0, 3], expected[1, 5], expected[2, 6], expected[4, 7] = 2, 1, 1, 1, 1
    np.testing.assert_array_equal(counted(stored, kinds), expected)
    only, _ = axes(plots.confusion, stored, kinds, names=list("abcde"))
    np.testing.assert_array_equal(only.images[0].get_array(), expected)
    words = [text.get_text() for text in only.get_xticklabels()]
    assert words == [*"abcde", "inverse", "mixture", "other"]
    many = SimpleNamespace(kind=np.full(60, "pattern"), index=np.arange(60))
    np.testing.assert_array_equal(counted(np.arange(60), many)[:, :60], np.eye(60))


@pytest.mark.parametrize(
    ("stored", "names", "message"),
    [
        ([0, 1], (), "stored must have one entry for each of 3 recalled states, got 2"),
        ([0, 1, -1], (), r"stored must lie in 0\.\."),
        ([0.0, 1.0, 2.0], (), "stored must be a 1-d array of integers"),
        ([0, 1, 2], ["a", "b"], "names must be those of at least 3 patterns, got 2"),
    ],
)
def test_confusion_refuses(stored, names, message):
    kinds = hb.classify_states(PATTERNS[:3], PATTERNS)
    with pytest.raises(ValueError, match=message):
        plots.confusion(io.BytesIO(), stored, kinds, names=names)
