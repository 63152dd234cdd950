"""Packed patterns: like an array, refusing what is not ±1, in files."""

import copy
import pickle
import weakref

import numpy as np
import pytest

import hebbfast as hb
from hebbfast._work import threads as threads_of

PATTERNS = hb.random_patterns(5, 70, rng=0)
MEMORY = hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(3))


@pytest.mark.parametrize(
    ("patterns", "error"),
    [
        ([[1, 0]], ValueError),
        ([[1, 2]], ValueError),
        ([[1.0, np.nan]], ValueError),
        ([[1.0, np.inf]], ValueError),
        ([["1", "-1"]], TypeError),
        ([[1, -1], [1]], ValueError),
        (np.ones((2, 2, 2, 2)), ValueError),
        (np.ones((0, 3)), ValueError),
        (np.ones((3, 0)), ValueError),
        ([1, -1], ValueError),
        ([[1 + 0j]], TypeError),
        ([[255, 1]], ValueError),
        ([[257, 1]], ValueError),
    ],
)
def test_patterns(patterns, error):
    with pytest.raises(error, match="patterns must"):
        hb.PackedPatterns(patterns)


def test_the_wrong_value_and_its_place_are_named():
    wrong = PATTERNS.copy()
    wrong[3, 65] = 7
    with pytest.raises(ValueError, match=r"patterns must hold \+1 and -1 only, got 7 at \[3, 65\]"):
        hb.PackedPatterns(wrong)


def test_packed_patterns_like_an_array():
    packed = hb.PackedPatterns(PATTERNS)
    for index in (slice(1, 4), slice(None, None, 2), [0, 4], PATTERNS[:, 0] > 0):
        np.testing.assert_array_equal(packed[index].unpack(), PATTERNS[index])
    np.testing.assert_array_equal(packed[-1], PATTERNS[-1])
    np.testing.assert_array_equal(
        hb.PackedPatterns.concatenate([packed, packed[:2]]).unpack(), np.concatenate([PATTERNS, PATTERNS[:2]])
    )
    assert packed.nbytes == 5 * 2 * 8
    with pytest.raises(IndexError):
        packed[5]
    with pytest.raises(ValueError, match="read-only"):
        packed.words[0] = 0


def test_packed_states_of_another_size():
    with pytest.raises(ValueError, match="cues must have D=70 units, got 71"):
        MEMORY.recall(hb.PackedPatterns.random(2, 71, rng=0))


def test_files(tmp_path):
    path = tmp_path / "patterns.safetensors"
    packed = hb.PackedPatterns(PATTERNS)
    packed.save(path)
    for mmap in (True, False):
        np.testing.assert_array_equal(hb.PackedPatterns.load(path, mmap=mmap).unpack(), PATTERNS)
    with pytest.raises(FileNotFoundError, match="path must name a file"):
        hb.PackedPatterns.load(tmp_path / "none")
    (tmp_path / "short").write_bytes(path.read_bytes()[:-8])
    (tmp_path / "text").write_text("no patterns here")
    for name in ("short", "text"):
        with pytest.raises(ValueError, match=r"path must name a file written by PackedPatterns\.save"):
            hb.PackedPatterns.load(tmp_path / name)
    with pytest.raises(OSError, match="path must name a file that can be written"):
        packed.save(tmp_path / "no-folder" / "file")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["patterns.safetensors", "short", "text"]


@pytest.mark.parametrize("dtype", ["i1", "i2", ">i4", "<i8", ">f8", "f4", "f2", "?"])
def test_odd_clothes(dtype):
    """Strided, reversed, Fortran-ordered, read-only, big-endian: the same answers, and the input unchanged."""
    signs = (PATTERNS > 0) if dtype == "?" else PATTERNS.astype(dtype)
    wide = np.repeat(np.repeat(signs, 2, axis=0), 3, axis=1)
    views = [signs, np.asfortranarray(signs), wide[::2, ::3], signs[::-1][::-1], signs[:, ::-1][:, ::-1]]
    expected = MEMORY.recall(PATTERNS, rng=1)
    for view in views:
        view.flags.writeable = False
        before = view.copy()
        np.testing.assert_array_equal(hb.PackedPatterns(view).words, hb.PackedPatterns(PATTERNS).words)
        result = MEMORY.recall(view, rng=1)
        assert result.states.dtype == view.dtype
        np.testing.assert_array_equal(result.states > 0, expected.states > 0)
        np.testing.assert_array_equal(view, before)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32, np.uint64])
def test_unsigned_states_come_back_as_int8(dtype):
    """255 is no -1: what the dtype of the cue cannot hold is not forced into it."""
    result = MEMORY.recall(np.ones(70, dtype), record="states", rng=1)
    assert result.states.dtype == np.int8
    assert set(np.unique(result.states)) <= {-1, 1}
    assert set(np.unique(hb.corrupt(np.ones((3, 70), dtype), flips=5, rng=1))) == {-1, 1}


def test_masked_patterns_and_states_are_refused():
    masked = np.ma.array(PATTERNS)
    masked[2, 3] = np.ma.masked
    for name, call in {
        "patterns": hb.PackedPatterns,
        "cues": MEMORY.recall,
        "states": MEMORY.energy,
    }.items():
        with pytest.raises(ValueError, match=rf"{name} must hold \+1 and -1, got a masked entry at \[2, 3\]"):
            call(masked)
    np.testing.assert_array_equal(hb.PackedPatterns(np.ma.array(PATTERNS)).unpack(), PATTERNS)


def test_zeros_and_ones_get_advice():
    with pytest.raises(ValueError, match=r"got 0 at \[0, 1\]; patterns of 0 and 1 become ±1 as 2 \* patterns - 1"):
        hb.PackedPatterns([[1, 0], [0, 1]])
    with pytest.raises(ValueError, match=r"got 0 at \[0, 1\]$"):
        hb.PackedPatterns([[1, 0], [-1, 1]])


def test_pictures_are_taken_row_by_row():
    pictures = PATTERNS.reshape(5, 7, 10)
    assert hb.PackedPatterns(pictures) == hb.PackedPatterns(PATTERNS)
    np.testing.assert_array_equal(
        hb.corrupt(pictures, flips=9, rng=0), hb.corrupt(PATTERNS, flips=9, rng=0).reshape(5, 7, 10)
    )


ROWS = [slice(1, 4), slice(None), [0, 4], np.array([True, False, True, False, False]), slice(None, None, -1)]
UNITS = [slice(0, 30), slice(None), slice(None, None, 3), slice(60, None), [0, 63, 64, 69], PATTERNS[0] > 0]


@pytest.mark.parametrize("rows", ROWS, ids=str)
@pytest.mark.parametrize("units", UNITS, ids=lambda u: str(u)[:20])
def test_units_are_indexed_as_in_an_array(rows, units):
    part = hb.PackedPatterns(PATTERNS)[rows, units]
    wanted = PATTERNS[rows][:, units]
    assert part.shape == wanted.shape
    np.testing.assert_array_equal(part.unpack(), wanted)
    assert part == hb.PackedPatterns(wanted)  # no bits behind the last unit


def test_single_units_and_wrong_indices():
    packed = hb.PackedPatterns(PATTERNS)
    np.testing.assert_array_equal(packed[:, 64], PATTERNS[:, 64])
    np.testing.assert_array_equal(packed[:, -1], PATTERNS[:, -1])
    np.testing.assert_array_equal(packed[3, 5:9], PATTERNS[3, 5:9])
    assert packed[2, 69] == PATTERNS[2, 69]
    for index in ((0, 0, 0), (slice(None), 70), (5, 0), ([0.5],), "a", 1.0, [0.5], None, ..., (slice(None), [70])):
        with pytest.raises(IndexError):
            packed[index]


def test_stores_compare_by_value_and_can_be_sent():
    packed = hb.PackedPatterns(PATTERNS)
    twin = hb.PackedPatterns(PATTERNS.astype(float))
    assert packed == twin
    assert hash(packed) == hash(twin)
    assert packed != hb.PackedPatterns(-PATTERNS)
    assert packed != hb.PackedPatterns(PATTERNS[:, :69])
    assert packed != "patterns"
    for other in (pickle.loads(pickle.dumps(packed)), copy.copy(packed), copy.deepcopy(packed)):
        assert other == packed
        assert not other.words.flags.writeable
    assert weakref.ref(packed)() is packed


def test_a_file_with_other_tensors_gives_the_same_patterns_both_ways(tmp_path):
    safetensors = pytest.importorskip("safetensors.numpy")
    packed, path = hb.PackedPatterns(PATTERNS), tmp_path / "p"
    metadata = {"format": "hebbfast", "units": "70"}  # as the first files, without a version
    for other in (np.arange(8, dtype=np.uint64), np.arange(3, dtype=np.uint8), np.arange(5.0)):
        safetensors.save_file({"words": packed.words, "a": other, "z": other}, path, metadata)
        for mmap in (True, False):
            assert hb.PackedPatterns.load(path, mmap=mmap) == packed


@pytest.mark.parametrize(
    ("words", "metadata"),
    [
        (np.zeros((5, 2), np.uint64), {}),
        (np.zeros((5, 2), np.uint64), {"format": "hebbfast"}),
        (np.zeros((5, 2), np.uint64), {"format": "other", "units": "70"}),
        (np.zeros((5, 2), np.uint64), {"format": "hebbfast", "units": "70", "version": "2"}),
        (np.zeros((5, 2), np.uint64), {"format": "hebbfast", "units": "64"}),
        (np.zeros((5, 2), np.uint64), {"format": "hebbfast", "units": "-70"}),
        (np.zeros((5, 2), np.uint64), {"format": "hebbfast", "units": "9" * 5000}),
        (np.zeros((5, 2), np.uint64), {"format": "hebbfast", "units": "٧٠"}),
        (np.zeros((0, 2), np.uint64), {"format": "hebbfast", "units": "70"}),
        (np.full((5, 2), 2**64 - 1, np.uint64), {"format": "hebbfast", "units": "70"}),
        (np.zeros((5, 2)), {"format": "hebbfast", "units": "70"}),
        (np.zeros((5, 2), np.int64), {"format": "hebbfast", "units": "70"}),
        (np.zeros(10, np.uint64), {"format": "hebbfast", "units": "70"}),
        (np.zeros((5, 2, 1), np.uint64), {"format": "hebbfast", "units": "70"}),
        (np.zeros((), np.uint64), {"format": "hebbfast", "units": "70"}),
    ],
    ids=str,
)
def test_headers_are_not_trusted(tmp_path, words, metadata):
    safetensors, path = pytest.importorskip("safetensors.numpy"), tmp_path / "p"
    safetensors.save_file({"words": words}, path, metadata)
    for mmap in (True, False):
        with pytest.raises(ValueError, match=r"path must name a file written by PackedPatterns\.save, got "):
            hb.PackedPatterns.load(path, mmap=mmap)


def test_overlaps_obey_threads(monkeypatch):
    """One thread is the caller alone, for a batch and for one state of a huge memory; two are one helper more."""
    ask, helped = threads_of._Helpers.ask, []
    monkeypatch.setattr("hebbfast.bits.HUGE", 1)
    monkeypatch.setattr(threads_of._Helpers, "ask", lambda pool, task: (helped.append(1), ask(pool, task)))
    packed = hb.PackedPatterns(hb.random_patterns(300, 70, rng=1))
    wanted = packed.unpack().astype(int) @ PATTERNS.T
    for threads, helpers in ((1, 0), (2, 1)):
        for states, expected in ((PATTERNS, wanted.T), (PATTERNS[0], wanted[:, 0])):
            helped.clear()
            np.testing.assert_array_equal(packed.overlaps(states, threads=threads), expected)
            assert len(helped) == helpers
