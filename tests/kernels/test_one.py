"""One state, from signs to signs, is what a batch of one gives; what is no state is left to the long way."""

import os

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import _kernels
from hebbfast.dynamics.rules import read_rules

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


@pytest.mark.parametrize("units", UNITS)
@pytest.mark.parametrize(
    "options",
    [{}, {"update": "sync"}, {"temperature": 20.0}, {"order": "replacement"}, {"tie": "keep"}, {"threads": 2}],
    ids=str,
)
def test_a_few_states_are_the_same_batch_packed(level, units, options):
    """Arrays of int8 go the short way, packed patterns the long one; both draw the same from a generator."""
    cues = hb.random_patterns(7, units, rng=2)
    for network in networks(units):
        ones, others = np.random.default_rng(3), np.random.default_rng(3)
        few = network.recall(cues, rng=ones, **{"max_sweeps": 5, **options})
        many = network.recall(hb.PackedPatterns(cues), rng=others, **{"max_sweeps": 5, **options})
        np.testing.assert_array_equal(few.states, many.states.unpack())
        for name in ("converged", "sweeps", "flips", "energy", "cycle"):
            np.testing.assert_array_equal(getattr(few, name), getattr(many, name), err_msg=name)
        assert ones.bit_generator.state == others.bit_generator.state
        again = network.recall(cues, rng=9, **options)
        np.testing.assert_array_equal(again.states, network.recall(cues.astype(np.int64), rng=9, **options).states)


def test_a_few_states_are_refused_as_ever():
    memory = hb.DenseAssociativeMemory(hb.random_patterns(3, 20, rng=1))
    cues = hb.random_patterns(2, 20, rng=2)
    cues[1, 3] = 0
    with pytest.raises(ValueError, match=r"cues must hold \+1 and -1 only, got 0 at \[1, 3\]"):
        memory.recall(cues)
    with pytest.raises(ValueError, match="threads must be"):
        memory.recall(np.abs(cues) * 2 - 1, threads=0)
    assert memory.recall(cues[:0]).states.shape == (0, 20)


@pytest.mark.parametrize("dtype", ["i1", "u2", "<i4", ">i4", "i8", "f8"])
def test_orders_are_known_by_what_they_hold(dtype):
    """An array that changes is another order, whatever its type, and wherever it lies."""
    memory = hb.DenseAssociativeMemory(hb.random_patterns(9, 30, rng=1))
    cues = hb.random_patterns(4, 30, rng=2)
    order = np.arange(30).astype(dtype)
    for _ in range(2):
        expected = memory.recall(cues, order=order.tolist() if dtype != "f8" else order.astype(int).tolist()).states
        if dtype == "f8":
            with pytest.raises(ValueError, match="order must be"):
                memory.recall(cues, order=order)
        else:
            np.testing.assert_array_equal(memory.recall(cues, order=order).states, expected)
            strided = np.repeat(order, 2)[::2]
            np.testing.assert_array_equal(memory.recall(cues, order=strided).states, expected)
        order[:] = order[::-1].copy()


@pytest.mark.parametrize("dtype", ["i1", "i2", "i4", "i8", "l", "q", "f4", "f8", ">i4", ">f8", "O"])
@pytest.mark.parametrize("units", [1, 64, 65, 200])
def test_one_state_of_any_numbers(level, units, dtype):
    """Those of the machine go the short way, others the long one; what comes back has the dtype of what came."""
    signs = hb.random_patterns(1, units, rng=1)[0]
    for network in networks(units):
        for state in (signs.astype(dtype), np.repeat(signs.astype(dtype), 2)[::2]):
            if dtype == "O":
                with pytest.raises(TypeError, match="cues"):
                    network.recall(state, rng=3)
                continue
            found, expected = network.recall(state, rng=3), network.recall(signs, rng=3)
            np.testing.assert_array_equal(found.states, expected.states)
            assert found.states.dtype == np.dtype(dtype)
            np.testing.assert_array_equal(found.energy, expected.energy)
            np.testing.assert_array_equal(network.fields(state), network.fields(signs))
            if getattr(network, "symmetric", True):
                assert network.energy(state) == network.energy(signs)
                np.testing.assert_array_equal(network.delta_energy(state), network.delta_energy(signs))


@pytest.mark.parametrize("wrong", [0, 2, -3, 0.5, np.nan, np.inf, 256, 257])
def test_other_numbers_are_refused(wrong):
    memory = hb.DenseAssociativeMemory(hb.random_patterns(3, 70, rng=0))
    for dtype in (np.int16, np.int32, np.int64, np.float32, np.float64):
        if np.issubdtype(dtype, np.floating) or (np.isfinite(wrong) and wrong in range(-3, 2**15)):
            cue = np.ones(70, dtype)
            cue[66] = wrong
            with pytest.raises(ValueError, match=r"^cues must hold \+1 and -1 only|^cues must be finite"):
                memory.recall(cue)


def test_the_bridge_refuses_other_buffers():
    memory = hb.DenseAssociativeMemory(hb.random_patterns(3, 70, rng=0))
    model, rules = memory._kernel.model, read_rules(70).kernel
    good = np.ones(70)
    for cue, out, message in (
        (good, np.ones(70, ">f8"), "out must hold int8 to int64, float32 or float64"),
        (good, np.ones(69), "out must have one entry a unit"),
    ):
        with pytest.raises((TypeError, ValueError), match=message):
            _kernels.recall_one(model, rules, cue, out, 1, None)
    for cue in (np.ones(69), np.ones(70, np.uint8), np.ones(70, ">f8"), np.ones(140)[::2], np.full(70, None), [1] * 70):
        assert _kernels.recall_one(model, rules, cue, good, 1, None) is None
