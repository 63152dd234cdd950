"""One state, from signs to signs, is what a batch of one gives; what is no state is left to the long way."""

import os

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import _kernels

UNITS = (1, 7, 63, 64, 65, 130, 513)


def networks(units):
    rng = np.random.default_rng(units)
    patterns = hb.random_patterns(70, units, rng=rng)
    J = rng.standard_normal((units, units))
    np.fill_diagonal(J, 0)
    return [
        hb.DenseAssociativeMemory(patterns[:5], hb.Polynomial(3)),
        hb.DenseAssociativeMemory(patterns, hb.Polynomial(2)),
        hb.DenseAssociativeMemory(patterns, hb.Exponential(0.5)),
        hb.HopfieldNetwork.train(patterns[:5]),
        hb.HopfieldNetwork(J, bias=rng.standard_normal(units)),
    ]


@pytest.mark.parametrize("units", UNITS)
@pytest.mark.parametrize(
    "options",
    [{}, {"update": "sync"}, {"temperature": 20.0}, {"order": "replacement"}, {"tie": "keep"}, {"max_sweeps": 0}],
    ids=str,
)
def test_one_state_is_a_batch_of_one(level, units, options):
    cue = hb.random_patterns(1, units, rng=1)[0]
    for network in networks(units):
        one = network.recall(cue, rng=3, **{"max_sweeps": 5, **options})
        batch = network.recall(cue[None], rng=3, **{"max_sweeps": 5, **options})
        for name in ("states", "converged", "sweeps", "flips", "energy", "cycle"):
            np.testing.assert_array_equal(getattr(one, name), getattr(batch, name)[0], err_msg=name)
        np.testing.assert_array_equal(network.fields(cue), network.fields(cue[None])[0])
        if getattr(network, "symmetric", True):
            np.testing.assert_array_equal(network.energy(cue), network.energy(cue[None])[0])
            some = [units - 1, 0]
            np.testing.assert_array_equal(network.delta_energy(cue, some), network.delta_energy(cue[None], some)[0])
        if hasattr(network, "overlaps"):
            np.testing.assert_array_equal(network.overlaps(cue), network.overlaps(cue[None])[0])


def test_what_is_no_state_is_refused_in_the_usual_words():
    memory = hb.DenseAssociativeMemory(hb.random_patterns(3, 70, rng=0))
    wrong = np.ones(70, dtype=np.int8)
    wrong[66] = 0
    for call, name in ((memory.recall, "cues"), (memory.energy, "states"), (memory.fields, "states")):
        with pytest.raises(ValueError, match=rf"^{name} must hold \+1 and -1 only, got 0 at \[66\]"):
            call(wrong)
    for call in (memory.overlaps, memory.delta_energy):
        with pytest.raises(ValueError, match=r"^states must hold \+1 and -1 only, got 0 at \[66\]"):
            call(wrong)


def test_states_are_not_changed_and_results_are_new():
    memory = hb.DenseAssociativeMemory(hb.random_patterns(3, 70, rng=0))
    cue = hb.random_patterns(1, 70, rng=1)[0]
    cue.flags.writeable = False
    before = cue.copy()
    first, second = memory.recall(cue, rng=1), memory.recall(cue, rng=1)
    np.testing.assert_array_equal(cue, before)
    first.states[:] = 0
    assert set(np.unique(second.states)) <= {-1, 1}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_fresh_seeds_differ_and_a_forked_child_has_its_own():
    """128 bits each: two equal ones among 2,000 by chance once in 10^32 runs."""
    words = np.empty((2000, 2), dtype=np.uint64)
    _kernels.fresh(words)
    assert len({tuple(row) for row in words.tolist()}) == 2000
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _kernels.fresh(words[:1])
        os.write(writer, words[:1].tobytes())
        os._exit(0)
    os.waitpid(child, 0)
    _kernels.fresh(words[1:2])
    assert os.read(reader, 16) != words[1:2].tobytes()
    os.close(reader)
    os.close(writer)
