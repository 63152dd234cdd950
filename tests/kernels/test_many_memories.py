"""Many memories at once: patterns drawn, cues corrupted, each recalled in its own memory, against the twin."""

import itertools
import math

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import _kernels, bits
from hebbfast._kernels import twin as reference
from hebbfast._kernels.twin import streams as chance

SIZES = [1, 5, 63, 64, 65, 129, 192]
NO_WORDS, NO_UNITS, COLD = np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.uint32), np.zeros((1, 1))


def words(seed, *shape):
    return np.random.default_rng(seed).integers(0, 2**64, shape, dtype=np.uint64)


def streams(seed, *shape):
    made = np.empty((math.prod(shape), 2), dtype=np.int64)
    chance.seed(words(seed, len(made), 2), made)
    return made.reshape(*shape, 2)


@pytest.mark.parametrize("units", SIZES)
def test_draw_equals_the_twin(level, units):
    got, expected = words(1, 3, 7, bits.words_of(units)), words(2, 3, 7, bits.words_of(units))
    _kernels.draw(streams(3, 3), units, got)
    chance.draw(streams(3, 3), units, expected)
    np.testing.assert_array_equal(got, expected)
    assert not np.any(got[..., -1] & ~bits.tail_mask(units))


@pytest.mark.parametrize("units", SIZES)
def test_corrupt_equals_the_twin_and_flips_exactly(level, units):
    states = np.empty((1, 20, bits.words_of(units)), dtype=np.uint64)
    _kernels.draw(streams(0, 1), units, states)
    for flips in {0, 1, units // 3, units - 1, units}:
        got, expected = words(1, *states[0].shape), words(2, *states[0].shape)
        _kernels.corrupt(states[0], units, flips, streams(3, 20), got)
        chance.corrupt(states[0], units, flips, streams(3, 20), expected)
        np.testing.assert_array_equal(got, expected)
        assert (np.bitwise_count(got ^ states[0]).sum(axis=1) == flips).all()


def test_corrupt_chooses_all_subsets_equally_often():
    """n = 60,000 choices of 2 of 5 units; a bin of 10 is off by 6 of its deviations with chance 2e-8."""
    n, clear = 60_000, np.zeros((60_000, 1), dtype=np.uint64)
    out = np.empty_like(clear)
    _kernels.corrupt(clear, 5, 2, streams(0, n), out)
    counts = np.bincount(out[:, 0].astype(np.int64), minlength=32)
    pairs = [1 << a | 1 << b for a, b in itertools.combinations(range(5), 2)]
    assert counts[pairs].sum() == n
    assert np.abs(counts[pairs] - n / 10).max() < 6 * math.sqrt(n * 0.09)


INTERACTIONS = [hb.Polynomial(2), hb.Polynomial(3), hb.RectifiedPolynomial(4), hb.Polynomial(20), hb.Exponential(0.1)]


@pytest.mark.parametrize("interaction", INTERACTIONS, ids=str)
@pytest.mark.parametrize("update", ["sync", "async"])
@pytest.mark.parametrize(("units", "patterns", "cues"), [(5, 3, 2), (64, 10, 1), (65, 70, 3)])
def test_recall_each_equals_the_twin_however_often_it_is_left(level, interaction, update, units, patterns, cues):
    memories = 3
    rows = np.empty((memories, patterns, bits.words_of(units)), dtype=np.uint64)
    _kernels.draw(streams(units, memories), units, rows)
    cue = np.empty((memories * cues, rows.shape[2]), dtype=np.uint64)
    _kernels.corrupt(
        np.ascontiguousarray(rows[:, :cues]).reshape(cue.shape),
        units,
        max(1, units // 4),
        streams(patterns, memories * cues),
        cue,
    )
    found, level = [], _kernels.active_level()
    for kernels, budget in ((_kernels, 1 << 40), (_kernels, 50), (reference, 1 << 40)):
        columns = np.zeros((units, bits.words_of(patterns)), dtype=np.uint64)
        like = kernels.Memory(rows[0], columns, units, interaction.weights(units, patterns))
        rules = kernels.Dynamics(units, update, "random", NO_UNITS, "plus", COLD, NO_WORDS)
        states = cue.reshape(memories, cues, -1).copy()
        previous = np.zeros((memories, cues if update == "sync" else 0, rows.shape[2]), dtype=np.uint64)
        progress = np.zeros((memories, cues, _kernels.PROGRESS), dtype=np.int64)
        progress[:, :, [_kernels.STREAM, _kernels.INCREMENT]] = streams(7, memories, cues)
        workspace = bits.aligned_bytes(kernels.workspace_bytes(like, rules) + 64)
        workspace[:64] = 0
        done = calls = 0
        while done < memories * cues:
            done = kernels.recall_each(
                like, rules, level, rows, columns, states, previous, progress, 20, done, budget, workspace
            )
            calls += 1
        assert (calls > 1) == (budget == 50)
        found.append((states, progress, previous))
    for states, progress, previous in found[1:]:
        np.testing.assert_array_equal(states, found[0][0])
        np.testing.assert_array_equal(progress, found[0][1])
        np.testing.assert_array_equal(previous, found[0][2])


def test_recall_each_checks_shapes():
    rows = np.zeros((2, 3, 1), dtype=np.uint64)
    columns = np.zeros((5, 1), dtype=np.uint64)
    like = _kernels.Memory(rows[0], columns, 5, hb.Polynomial(3).weights(5, 3))
    rules = _kernels.Dynamics(5, "async", "random", NO_UNITS, "plus", COLD, NO_WORDS)
    workspace = bits.aligned_bytes(_kernels.workspace_bytes(like, rules))
    good = {
        "rows": rows,
        "columns": columns,
        "states": np.zeros((2, 1, 1), dtype=np.uint64),
        "previous": np.zeros((2, 0, 1), dtype=np.uint64),
        "progress": np.zeros((2, 1, _kernels.PROGRESS), dtype=np.int64),
        "first": 0,
        "workspace": workspace,
    }
    wrong = {
        "rows": np.zeros((2, 4, 1), dtype=np.uint64),
        "columns": np.zeros((6, 1), dtype=np.uint64),
        "states": np.zeros((3, 1, 1), dtype=np.uint64),
        "previous": np.zeros((2, 1, 1), dtype=np.uint64),
        "progress": np.zeros((2, 1, 4), dtype=np.int64),
        "first": 3,
        "workspace": workspace[:-64],
    }
    for name, value in wrong.items():
        a = {**good, name: value}
        with pytest.raises(ValueError, match=name):
            _kernels.recall_each(
                like, rules, _kernels.active_level(), a["rows"], a["columns"], a["states"], a["previous"],
                a["progress"], 5, a["first"], 100, a["workspace"],
            )  # fmt: skip
