"""Batches of independent memories: the kernels against the twin, the trial runner against one network at a time."""

import itertools
import math

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import _kernels, bits
from hebbfast._kernels.twin import recall as reference
from hebbfast.experiments.trials import Protocol, run_networks, successes

SIZES = [1, 5, 63, 64, 65, 129, 192]
NO_WORDS, NO_UNITS = np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.uint32)


def words(seed, *shape):
    return np.random.default_rng(seed).integers(0, 2**64, shape, dtype=np.uint64)


@pytest.mark.parametrize("units", SIZES)
def test_draw_equals_the_twin(level, units):
    got, expected = words(1, 3, 7, bits.words_of(units)), words(2, 3, 7, bits.words_of(units))
    _kernels.draw(words(3, 3), units, got)
    reference.draw(words(3, 3), units, expected)
    np.testing.assert_array_equal(got, expected)
    assert not np.any(got[..., -1] & ~bits.tail_mask(units))


@pytest.mark.parametrize("units", SIZES)
def test_corrupt_equals_the_twin_and_flips_exactly(level, units):
    states = np.empty((1, 20, bits.words_of(units)), dtype=np.uint64)
    _kernels.draw(words(0, 1), units, states)
    for flips in {0, 1, units // 3, units - 1, units}:
        got, expected = words(1, *states[0].shape), words(2, *states[0].shape)
        _kernels.corrupt(states[0], units, flips, words(3, 20), got)
        reference.corrupt(states[0], units, flips, words(3, 20), expected)
        np.testing.assert_array_equal(got, expected)
        assert (np.bitwise_count(got ^ states[0]).sum(axis=1) == flips).all()


def test_corrupt_chooses_all_subsets_equally_often():
    """n = 60,000 choices of 2 of 5 units; a bin of 10 is off by 6 of its deviations with chance 2e-8."""
    n, clear = 60_000, np.zeros((60_000, 1), dtype=np.uint64)
    out = np.empty_like(clear)
    _kernels.corrupt(clear, 5, 2, words(0, n), out)
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
    _kernels.draw(words(units, memories), units, rows)
    cue = np.empty((memories * cues, rows.shape[2]), dtype=np.uint64)
    _kernels.corrupt(
        np.ascontiguousarray(rows[:, :cues]).reshape(cue.shape),
        units,
        max(1, units // 4),
        words(patterns, memories * cues),
        cue,
    )
    found = []
    for kernels, budget in ((_kernels, 1 << 40), (_kernels, 50), (reference, 1 << 40)):
        columns = np.zeros((units, bits.words_of(patterns)), dtype=np.uint64)
        like = kernels.Memory(rows[0], columns, units, interaction.weights(units, patterns))
        rules = kernels.Dynamics(units, update, "random", NO_UNITS, "plus", 0.0, NO_WORDS)
        states = cue.reshape(memories, cues, -1).copy()
        previous = np.zeros((memories, cues if update == "sync" else 0, rows.shape[2]), dtype=np.uint64)
        progress = np.zeros((memories, cues, 4), dtype=np.int64)
        progress[:, :, 0] = words(7, memories, cues).view(np.int64)
        workspace = bits.aligned_bytes(kernels.workspace_bytes(like, rules) + 64)
        workspace[:64] = 0
        done = calls = 0
        while done < memories * cues:
            done = kernels.recall_each(
                like, rules, rows, columns, states, previous, progress, 20, done, budget, workspace
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
    rules = _kernels.Dynamics(5, "async", "random", NO_UNITS, "plus", 0.0, NO_WORDS)
    workspace = bits.aligned_bytes(_kernels.workspace_bytes(like, rules))
    good = {
        "rows": rows,
        "columns": columns,
        "states": np.zeros((2, 1, 1), dtype=np.uint64),
        "previous": np.zeros((2, 0, 1), dtype=np.uint64),
        "progress": np.zeros((2, 1, 4), dtype=np.int64),
        "first": 0,
        "workspace": workspace,
    }
    wrong = {
        "rows": np.zeros((2, 4, 1), dtype=np.uint64),
        "columns": np.zeros((6, 1), dtype=np.uint64),
        "states": np.zeros((3, 1, 1), dtype=np.uint64),
        "previous": np.zeros((2, 1, 1), dtype=np.uint64),
        "progress": np.zeros((2, 1, 3), dtype=np.int64),
        "first": 3,
        "workspace": workspace[:-64],
    }
    for name, value in wrong.items():
        a = {**good, name: value}
        with pytest.raises(ValueError, match=name):
            _kernels.recall_each(
                like, rules, a["rows"], a["columns"], a["states"], a["previous"], a["progress"], 5, a["first"], 100,
                a["workspace"],
            )  # fmt: skip


def test_a_network_depends_on_its_number_alone():
    protocol = Protocol(hb.Polynomial(3), "retrieval", noise=0.2, cues=3, seed=5)
    everyone = run_networks(protocol, 60, 150, 0, 12)
    np.testing.assert_array_equal(run_networks(protocol, 60, 150, 4, 5), everyone[4:9])
    assert len(np.unique(everyone)) > 3
    other = run_networks(Protocol(hb.Polynomial(3), "retrieval", noise=0.2, cues=3, seed=6), 60, 150, 0, 12)
    assert np.any(other != everyone)


@pytest.mark.parametrize("update", ["sync", "async"])
@pytest.mark.parametrize(("criterion", "noise"), [("pattern", 0.0), ("unit", 0.0), ("retrieval", 0.15)])
def test_trials_equal_networks_one_at_a_time(criterion, noise, update):
    """The words of Philox, the twin's streams and one DenseAssociativeMemory a network."""
    units, patterns, networks, cues = 50, 150, 6, 4
    protocol = Protocol(
        hb.Polynomial(3), criterion, noise=noise, threshold=1.0, update=update, max_sweeps=30, cues=cues, seed=9
    )
    source = np.random.Philox(np.random.SeedSequence(9, spawn_key=(units, patterns)))
    seeds = source.random_raw(networks * 20).reshape(networks, 10, 2)  # drawn one after another
    won = []
    for own in seeds[:, :9, 0].copy():
        rows = np.empty((1, patterns, 1), dtype=np.uint64)
        reference.draw(own[:1], units, rows)
        cue = np.empty((cues, 1), dtype=np.uint64)
        reference.corrupt(rows[0, :cues], units, round(noise * units), own[1:5], cue)
        stored = bits.PackedPatterns._of(rows[0], units).unpack()
        if criterion == "retrieval":
            columns = np.empty((units, bits.words_of(patterns)), dtype=np.uint64)
            reference.transpose(rows[0], units, columns)
            memory = reference.Memory(rows[0], columns, units, hb.Polynomial(3).weights(units, patterns))
            rules = reference.Dynamics(units, update, "random", NO_UNITS, "plus", 0.0, NO_WORDS)
            progress = np.zeros((cues, 4), dtype=np.int64)
            progress[:, 0] = own[5:].view(np.int64)
            previous = np.zeros((cues if update == "sync" else 0, 1), dtype=np.uint64)
            reference.recall(memory, rules, cue, previous, progress, 30, 0, 0, np.empty(0), np.empty(0, dtype=np.uint8))
            won.append(int((cue == rows[0, :cues]).all(axis=1).sum()))
        else:
            fields = hb.DenseAssociativeMemory(stored, hb.Polynomial(3)).fields(stored[:cues])
            right = np.where(fields >= 0, 1, -1) == stored[:cues]
            won.append(int(right.all(axis=1).sum() if criterion == "pattern" else right.sum()))
    assert successes(protocol, units, run_networks(protocol, units, patterns, 0, networks)).tolist() == won
    assert 0 < sum(won) < networks * protocol.answers(units, patterns)


def test_errors_of_units_agree_with_the_binomial_law():
    """D = 100, K = 14, n = 2: half of the noise is a sum of 13 · 99 fair ±1, wrong above 99, zero at 99.

    n = 4000 networks of 4 cues; the mean over networks is off by 5 of its deviations with chance 6e-7.
    """
    total, signal = 13 * 99, 99
    law = [math.comb(total, k) / 2**total for k in range(total + 1)]
    wrong = sum(p for k, p in enumerate(law) if 2 * k - total > signal)
    tied = sum(p for k, p in enumerate(law) if 2 * k - total == signal)
    for tie, expected in (("keep", wrong), ("plus", wrong + tied / 2), ("minus", wrong + tied / 2)):
        protocol = Protocol(hb.Polynomial(2), "unit", tie=tie, seed=1)
        share = 1 - successes(protocol, 100, run_networks(protocol, 100, 14, 0, 4000)) / protocol.answers(100, 14)
        assert abs(share.mean() - expected) < 5 * share.std() / math.sqrt(len(share))


@pytest.mark.parametrize(
    ("setting", "value", "error"),
    [
        ("interaction", 3, TypeError),
        ("criterion", "patterns", ValueError),
        ("noise", 0.6, ValueError),
        ("noise", -0.1, ValueError),
        ("threshold", 1.5, ValueError),
        ("update", "both", ValueError),
        ("tie", "zero", ValueError),
        ("max_sweeps", 0, ValueError),
        ("cues", 0, ValueError),
        ("seed", -1, ValueError),
    ],
)
def test_bad_protocols_name_the_setting(setting, value, error):
    settings = {"interaction": hb.Polynomial(3), "criterion": "retrieval", setting: value}
    with pytest.raises(error, match=f"{setting} must be.*{value!r}"):
        Protocol(**settings)
    with pytest.raises(ValueError, match="noise must be 0 unless"):
        Protocol(hb.Polynomial(3), "pattern", noise=0.1)
