"""Trials on many small networks, against one network at a time and against the law of their errors."""

import copy
import math
import pickle

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import bits
from hebbfast._kernels import twin as reference
from hebbfast._kernels.twin import streams as chance
from hebbfast.experiments import trials
from hebbfast.experiments.trials import Protocol, run_networks, successes


def test_a_network_depends_on_its_number_alone():
    protocol = Protocol(hb.Polynomial(3), "retrieval", noise=0.2, cues=3, seed=5)
    everyone = run_networks(protocol, 60, 150, 0, 12)
    np.testing.assert_array_equal(run_networks(protocol, 60, 150, 4, 5), everyone[4:9])
    assert len(np.unique(everyone)) > 3
    other = run_networks(Protocol(hb.Polynomial(3), "retrieval", noise=0.2, cues=3, seed=6), 60, 150, 0, 12)
    assert np.any(other != everyone)


@pytest.mark.parametrize("update", ["sync", "async"])
@pytest.mark.parametrize(
    ("criterion", "noise", "cues"),
    [("pattern", 0.0, 4), ("unit", 0.0, 4), ("retrieval", 0.15, 4), ("retrieval", 0.12, 1)],
)
def test_trials_equal_networks_one_at_a_time(criterion, noise, cues, update):
    """The words of Philox, the twin's streams and one DenseAssociativeMemory a network."""
    units, patterns, networks = 50, 150, 12
    protocol = Protocol(
        hb.Polynomial(3), criterion, noise=noise, threshold=1.0, update=update, max_sweeps=30, cues=cues, seed=9
    )
    source = np.random.Philox(np.random.SeedSequence(9, spawn_key=(units, patterns)))
    seeds = source.random_raw(networks * (20 if cues == 4 else 8)).reshape(networks, -1, 2)  # drawn one after another
    won = []
    for words in seeds[:, : 1 + 2 * cues]:
        own = np.empty((1 + 2 * cues, 2), dtype=np.int64)
        chance.seed(words, own)
        rows = np.empty((1, patterns, 1), dtype=np.uint64)
        chance.draw(own[:1], units, rows)
        cue = np.empty((cues, 1), dtype=np.uint64)
        chance.corrupt(rows[0, :cues], units, round(noise * units), own[1 : 1 + cues], cue)
        stored = np.empty((patterns, units), dtype=np.int8)
        reference.unpack(rows[0], stored)
        if criterion == "retrieval":
            none, no_units = np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.uint32)
            columns = np.empty((units, bits.words_of(patterns)), dtype=np.uint64)
            reference.transpose(rows[0], units, columns, 0, patterns)
            memory = reference.Memory(rows[0], columns, units, hb.Polynomial(3).weights(units, patterns))
            rules = reference.Dynamics(units, update, "random", no_units, "plus", np.zeros((1, 1)), none)
            progress = np.zeros((cues, 5), dtype=np.int64)
            progress[:, :2] = own[1 + cues :]
            previous = np.zeros((cues if update == "sync" else 0, 1), dtype=np.uint64)
            reference.recall(
                memory, rules, 0, cue, previous, progress, 30, 0, cues, 0, np.empty(0), none.view(np.uint8)
            )
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


def test_no_network_waits_for_those_before_it():
    """Network 10^12 of its own; the words of all before it would fill 150 TB."""
    protocol = Protocol(hb.Polynomial(3), "retrieval", noise=0.2, cues=3, seed=5)
    assert run_networks(protocol, 60, 150, 10**12, 2).shape == (2, 3)


def test_streams_of_networks_differ():
    """All words of some networks, sizes and seeds are different; of 64 bits each: by chance 1e-12."""
    found = [trials._streams(seed, D, K, 0, 20, 5) for seed in (0, 1, 2**40) for D in (5, 6) for K in (5, 6)]
    assert len(np.unique(found)) == np.size(found)


def test_protocols_are_equal_by_value_and_travel():
    protocol = Protocol(hb.Polynomial(3), "retrieval", noise=0.2, cues=np.int32(3), seed=5)
    assert pickle.loads(pickle.dumps(protocol)) == copy.deepcopy(protocol) == protocol
    assert protocol != Protocol(hb.Polynomial(3), "retrieval", noise=0.2, cues=3, seed=6)
    assert len({protocol, copy.copy(protocol)}) == 1
