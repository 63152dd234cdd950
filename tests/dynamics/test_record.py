"""The record of a recall prints itself in a line, whatever it holds, and compares by value."""

import copy
import dataclasses
import pickle
import sys

import numpy as np
import pytest

import hebbfast as hb

PATTERNS = hb.random_patterns(300, 1000, rng=0)
MEMORY = hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(3))


def test_a_batch_prints_its_sizes_and_ends_not_its_arrays():
    result = MEMORY.recall(hb.corrupt(PATTERNS, flip=0.1, rng=1), rng=1, record=("flips", "energy"))
    text = repr(result)
    assert text.startswith(f"<Recall of 300 states, D=1000: {result.converged.sum()} converged; ")
    assert text.endswith("; trace of flips, energy>")
    assert f"{result.flips.min()} to {result.flips.max()} flips" in text
    assert len(text) < 200
    assert repr(MEMORY.recall(hb.PackedPatterns(PATTERNS[:2]), rng=1)).startswith("<Recall of 2 states, D=1000: 2 conv")
    assert repr(MEMORY.recall(PATTERNS[:0])) == "<Recall of 0 states, D=1000: 0 converged; 0 sweeps, 0 flips>"


def test_equal_recalls_are_equal():
    cues = hb.corrupt(PATTERNS[:9], flip=0.2, rng=3)
    for given in (cues[0], cues, hb.PackedPatterns(cues)):
        one, other = (MEMORY.recall(given, rng=1, record=("energy", "events")) for _ in range(2))
        assert one == other and hash(one) == hash(other)
        assert one != MEMORY.recall(given, rng=1) and one != "a recall"
        for twin in (pickle.loads(pickle.dumps(one)), copy.copy(one), copy.deepcopy(one)):
            assert twin == one
    assert MEMORY.recall(cues[0], rng=1) == MEMORY.recall(cues[0], rng=1) != MEMORY.recall(cues[1], rng=1)
    found = MEMORY.recall(cues, rng=1)
    found.states.flags.writeable = False
    assert not pickle.loads(pickle.dumps(found)).states.flags.writeable


def test_one_state():
    result = MEMORY.recall(PATTERNS[0], rng=1)
    assert repr(result) == f"<Recall of one state, D=1000: converged after 1 sweep, 0 flips, energy {result.energy:g}>"
    cycle = hb.HopfieldNetwork([[0, -1], [-1, 0]]).recall([1, 1], update="sync")
    assert "in a cycle after 2 sweeps, 4 flips, energy 1" in repr(cycle)
    assert "still moving" in repr(MEMORY.recall(np.ones(1000), max_sweeps=0))


def test_a_table_has_a_row_a_cue(monkeypatch):
    cues = hb.corrupt(PATTERNS[:4], flip=0.1, rng=1)
    result = MEMORY.recall(cues, rng=1, record="states")
    table = result.to_dict()
    assert list(table) == ["converged", "sweeps", "flips", "energy", "cycle"]
    np.testing.assert_array_equal(table["energy"], MEMORY.energy(result.states))
    np.testing.assert_array_equal(table["flips"], (np.diff(result.trace["states"], axis=0) != 0).sum(axis=(0, 2)))
    assert {column.shape for column in MEMORY.recall(cues[0], rng=1).to_dict().values()} == {(1,)}
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="to_frame needs pandas"):
        result.to_frame()


def test_a_table_is_a_frame_where_pandas_is():
    pandas = pytest.importorskip("pandas")
    frame = MEMORY.recall(PATTERNS[:4], rng=1).to_frame()
    assert isinstance(frame, pandas.DataFrame) and frame.shape == (4, 5) and frame["converged"].all()


def test_a_record_of_one_state_is_frozen_like_any():
    """It is filled before it becomes a `Recall`; nothing of that may be seen afterwards."""
    made = hb.HopfieldNetwork([[0, 1], [1, 0]]).recall(np.array([1, 1]))
    assert type(made) is hb.Recall and made.states.tolist() == [1, 1] and made.energy == -1.0 and made.trace == {}
    assert pickle.loads(pickle.dumps(made)) == copy.deepcopy(made) == made
    for name in ("states", "flips", "energy", "another"):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(made, name, 0)
