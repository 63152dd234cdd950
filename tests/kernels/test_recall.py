"""Recall against the twin, by equality, on every level: options, budgets, pieces, parts."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hebbfast as hb
from hebbfast import _kernels, bits
from hebbfast._kernels import twin as reference

SIZES = [1, 2, 7, 8, 9, 63, 64, 65, 127, 128, 129, 191, 192, 193, 511, 512, 513]
TIES = ["plus", "minus", "keep"]
INTERACTIONS = [
    *(hb.Polynomial(n) for n in (2, 3, 4, 5, 7, 10, 20)),
    *(hb.RectifiedPolynomial(n) for n in (2, 3, 6, 20)),
    hb.Polynomial(2, normalized=True),
    hb.Polynomial(3, normalized=True),
    hb.RectifiedPolynomial(4, normalized=True),
    hb.Exponential(0.5),
]


def signs(rng, *shape):
    return (2 * rng.integers(0, 2, size=shape) - 1).astype(np.int8)


def near(rng, patterns, count, flip=0.15):
    """Noisy copies of some patterns."""
    chosen = patterns[rng.integers(0, len(patterns), size=count)]
    return np.where(rng.random(chosen.shape) < flip, -chosen, chosen)


def clipped(interaction, units):
    """The interaction, or one that units allow: exp(beta * D) must stay finite."""
    return hb.Exponential(min(0.5, 600 / units)) if isinstance(interaction, hb.Exponential) else interaction


@pytest.mark.parametrize("interaction", INTERACTIONS, ids=str)
@pytest.mark.parametrize("number", range(17))
def test_recall(pair, interaction, number):
    # each interaction meets each size of D; the other options go round
    units, patterns = SIZES[number], SIZES[(5 * number + 3) % 17]
    rng = np.random.default_rng(number)
    stored = signs(rng, patterns, units)
    model = pair.memory(stored, clipped(interaction, units), clean=number % 2 == 0)
    rules = {
        "tie": TIES[number % 3],
        "order": ["random", "sequential", "replacement", rng.permutation(units)][number % 4],
        "clamp": rng.random(units) < 0.2 if number % 5 == 0 else None,
    }
    model.check_recall(near(rng, stored, 2), limit=4, seed=number, **rules)


@pytest.mark.parametrize("update", ["async", "sync"])
@pytest.mark.parametrize("order", ["random", "sequential", "replacement", "permutation", "partial", "repeated"])
@pytest.mark.parametrize("temperature", [0.0, 2.0])
@pytest.mark.parametrize("tie", TIES)
def test_every_option_with_every_other(pair, update, order, temperature, tie):
    rng = np.random.default_rng(11)
    stored = signs(rng, 10, 40)
    arrays = {
        "permutation": rng.permutation(40),
        "partial": [3, 1, 4, 1, 5],
        "repeated": np.concatenate([rng.permutation(40), rng.integers(0, 40, size=30)]),
    }
    cues = np.concatenate([stored[:2], near(rng, stored, 2, 0.3), signs(rng, 2, 40)])
    upper = np.triu(rng.integers(-3, 4, size=(40, 40)), 1).astype(np.int32)
    models = [
        pair.memory(stored, hb.Polynomial(2, normalized=True)),
        pair.memory(stored[:2], hb.Polynomial(4, normalized=True), clean=False),
        pair.memory(stored, hb.Exponential(0.1)),
        pair.couplings(upper + upper.T, np.zeros(40, dtype=np.int32), 0.5, clean=False),
        pair.couplings(rng.integers(-5, 6, size=(40, 40)), rng.integers(-5, 6, size=40), 0.125),
    ]
    for model, clamp in itertools.product(models, (None, rng.random(40) < 0.4)):
        rules = {"order": arrays.get(order, order), "update": update, "tie": tie, "clamp": clamp}
        model.check_recall(cues, limit=6, temperature=temperature, **rules)


@pytest.mark.parametrize(
    "interaction", [hb.Polynomial(2), hb.Polynomial(3), hb.Polynomial(20), hb.Exponential(0.2)], ids=str
)
@pytest.mark.parametrize("update", ["async", "sync"])
@pytest.mark.parametrize("budget", [1, 100, 5000])
def test_a_small_budget_changes_nothing(pair, interaction, update, budget):
    rng = np.random.default_rng(12)
    stored = signs(rng, 70, 65)
    cues = near(rng, stored, 4, 0.3)
    for temperature in (0.0, 4.0):
        model = pair.memory(stored, interaction)
        model.check_recall(cues, limit=3, budget=budget, update=update, temperature=temperature)
    network = pair.couplings(
        (stored.T.astype(np.int32) @ stored) * (1 - np.eye(65, dtype=np.int32)), np.ones(65, np.int32), 1.0
    )
    network.check_recall(cues, limit=3, budget=budget, update=update)


@pytest.mark.parametrize("update", ["async", "sync"])
@pytest.mark.parametrize("temperature", [0.0, 5.0, [[9.0], [0.0], [4.0], [0.0]]], ids=["cold", "hot", "schedule"])
@pytest.mark.parametrize("engine", ["sums", "planes"])
def test_sweep_limits_one_by_one_are_one_run(pair, update, temperature, engine):
    """Many calls of one sweep each, with a workspace that goes on (one cue, several cues) and with a fresh one each."""
    rng = np.random.default_rng(13)
    stored = signs(rng, 30, 50)
    model = pair.memory(stored, hb.Polynomial(3), engine=engine)
    cues = signs(rng, 5, 50)
    rules = {"update": update, "temperature": temperature, "tie": "keep"}
    for some in (cues[:1], cues):
        model.check_recall(some, limit=7, pieces=True, **rules)
    dynamics = model.dynamics(_kernels, **rules)
    runs = []
    for limits in ([7], range(8)):
        states, progress = model.words(cues), pair.streams(13, 5)
        previous = np.zeros_like(states[: len(states) if update == "sync" else 0])
        for limit in limits:
            workspace = bits.aligned_bytes(_kernels.workspace_bytes(model.kernel, dynamics))
            workspace[:64] = 0
            arguments = states, previous, progress, limit, 0, 5, 2**60, np.empty(0), workspace
            assert _kernels.recall(model.kernel, dynamics, _kernels.active_level(), *arguments) == 5
        runs.append((states, progress))
    np.testing.assert_array_equal(runs[0][0], runs[1][0])
    np.testing.assert_array_equal(runs[0][1], runs[1][1])


@pytest.mark.parametrize("engine", ["sums", "planes"])
def test_a_workspace_that_goes_on_reads_no_patterns(pair, engine):
    """The rows of the memory are spoilt after the first sweep: who counts overlaps anew gets other states."""
    rng = np.random.default_rng(21)
    stored = signs(rng, 80, 90)
    model = pair.memory(stored, hb.Polynomial(2), engine=engine)
    model.check_recall(near(rng, stored, 1, 0.4), limit=6, pieces=True, temperature=9.0)
    rows = pair.pack(stored)
    columns = pair.pack(stored.T)
    kernel = _kernels.Memory(rows, columns, 90, hb.Polynomial(2).weights(90, 80), engine)
    dynamics = model.dynamics(_kernels, temperature=90.0)
    runs = []
    for spoilt in (False, True):
        states, progress = pair.pack(stored[:1]), pair.streams(2, 1)
        workspace = bits.aligned_bytes(_kernels.workspace_bytes(kernel, dynamics))
        workspace[:64] = 0
        for limit in range(1, 6):
            kept = rows.copy()
            rows[...] = 0 if spoilt and limit > 1 and engine == "sums" else rows  # outliers of planes are read in rows
            arguments = states, states[:0], progress, limit, 0, 1, 2**60, np.empty(0), workspace
            assert _kernels.recall(kernel, dynamics, _kernels.active_level(), *arguments) == 1
            rows[...] = kept
        runs.append((states, progress))
    np.testing.assert_array_equal(runs[0][0], runs[1][0])
    np.testing.assert_array_equal(runs[0][1], runs[1][1])


@pytest.mark.parametrize("update", ["async", "sync"])
@pytest.mark.parametrize("degree", [2, 3, 7])
def test_another_level_goes_on_where_one_has_stopped(pair, update, degree):
    """Levels take turns within sweeps, on one workspace; the result is that of one level."""
    levels = [j for j in range(9) if _usable(j)]
    rng = np.random.default_rng(degree)
    stored = signs(rng, 300, 130)
    model = pair.memory(stored, hb.Polynomial(degree), engine="planes")
    cues = near(rng, stored, 2, 0.3)
    _, expected = model.check_recall(cues, limit=4, update=update, seed=degree)
    dynamics = model.dynamics(_kernels, update=update)
    states, progress = model.words(cues), pair.streams(degree, 2)
    previous = np.zeros_like(states[: len(states) if update == "sync" else 0])
    workspace = bits.aligned_bytes(_kernels.workspace_bytes(model.kernel, dynamics))
    workspace[:64] = 0
    reached = calls = 0
    while reached < 2:
        level = levels[calls % len(levels)]
        arguments = states, previous, progress, 4, reached, 2, 9000, np.empty(0), workspace
        reached = _kernels.recall(model.kernel, dynamics, level, *arguments)
        calls += 1
    np.testing.assert_array_equal(progress, expected)
    assert calls > 2


def _usable(level):
    before = _kernels.simd_level()
    names = ["avx512", "avx2", "neon", "scalar"]
    found = []
    for name in names:
        if name in _kernels.available_simd_levels():
            _kernels.use_simd_level(name)
            found.append(_kernels.active_level())
    _kernels.use_simd_level(before)
    return level in found


def test_empty_batches(pair):
    for model in (
        pair.memory(np.ones((3, 70), dtype=np.int8), hb.Polynomial(20)),
        pair.couplings(np.zeros((70, 70), dtype=np.int32), np.zeros(70, dtype=np.int32), 1.0),
    ):
        none = np.empty((0, 70), dtype=np.int8)
        model.check_fields(none)
        model.check_recall(none)
        model.check_recall(none, update="sync")
    model.check_recall(np.ones((2, 70), np.int8), limit=0)


def test_recall_begins_at_first_and_skips_what_has_a_status(pair):
    rng = np.random.default_rng(16)
    stored = signs(rng, 5, 80)
    model = pair.memory(stored, hb.Polynomial(3))
    for update in ("async", "sync"):
        rules = model.dynamics(_kernels, update=update)
        states = model.words(near(rng, stored, 5, 0.3))
        before = states.copy()
        progress = pair.streams(16, 5)
        progress[2, _kernels.STATUS] = _kernels.STOPPED
        workspace = bits.aligned_bytes(_kernels.workspace_bytes(model.kernel, rules))
        workspace[:64] = 0
        energies = np.full(5, np.nan)
        previous = np.zeros_like(states[: 5 if update == "sync" else 0])
        arguments = states, previous, progress, 20, 1, 4, 2**60, energies, workspace
        assert _kernels.recall(model.kernel, rules, _kernels.active_level(), *arguments) == 4
        assert np.isnan(energies).tolist() == [True, False, True, False, True]
        assert progress[:, _kernels.STATUS].tolist() == [0, 1, 3, 1, 0]
        np.testing.assert_array_equal((states != before).any(axis=1), [False, True, False, True, False])
        overlaps = (pair.unpack(states, 80).astype(np.int32) @ stored.T).astype(np.int32)
        expected = np.empty(5)
        _kernels.energies(model.kernel, overlaps, expected, workspace)
        np.testing.assert_array_equal(energies[[1, 3]], expected[[1, 3]])


@st.composite
def models(draw):
    """Patterns with a law of their own, an interaction, and options of the dynamics."""
    units, patterns = draw(st.integers(1, 140)), draw(st.integers(1, 140))
    kind = draw(st.sampled_from(["polynomial", "rectified", "exponential"]))
    if kind == "exponential":
        interaction = hb.Exponential(draw(st.floats(1e-3, min(2.0, 600 / units))))
    else:
        cls = hb.Polynomial if kind == "polynomial" else hb.RectifiedPolynomial
        interaction = cls(draw(st.integers(2, 20)), normalized=draw(st.booleans()))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    bias, repeat = draw(st.sampled_from([0.5, 0.1, 0.02])), draw(st.integers(1, 3))
    stored = np.where(rng.random((patterns, units)) < bias, 1, -1).astype(np.int8)
    stored = np.repeat(stored, repeat, axis=0)[:patterns] * draw(st.sampled_from([1, -1]))
    cues = near(rng, stored, draw(st.integers(0, 4)), draw(st.floats(0, 1)))
    heat = st.sampled_from([0.0, 0.0, 1.0, 1e3])
    orders = st.sampled_from(["random", "sequential", "replacement"])
    rules = {
        "update": draw(st.sampled_from(["async", "sync"])),
        "order": draw(st.one_of(orders, st.lists(st.integers(0, units - 1), min_size=1, max_size=2 * units))),
        "tie": draw(st.sampled_from(TIES)),
        "temperature": draw(
            st.one_of(st.just(0.0), st.floats(1e-6, 1e6), st.lists(st.lists(heat, min_size=1, max_size=1), min_size=1))
        ),
        "pieces": draw(st.booleans()),
        "clamp": draw(st.one_of(st.none(), st.just(rng.random(units) < 0.3))),
        "limit": draw(st.integers(0, 4)),
        "budget": draw(st.sampled_from([1, 1000, 2**60])),
        "seed": draw(st.integers(0, 2**32)),
    }
    return stored, interaction, cues, rules


@given(case=models(), clean=st.booleans(), engine=st.sampled_from(["auto", "sums", "planes"]))
def test_any_memory(pair, case, clean, engine):
    stored, interaction, cues, rules = case
    model = pair.memory(stored, interaction, engine=engine, clean=clean)
    model.check_fields(cues)
    model.check_energies(cues)
    model.check_recall(cues, **rules)


@pytest.mark.parametrize("interaction", INTERACTIONS, ids=str)
@pytest.mark.parametrize("number", range(4))
def test_parts_of_an_update(pair, interaction, number):
    """Units of a synchronous update in two parts, clamped ones among them; the words of other parts stay."""
    units, patterns, cut = [(130, 70, 64), (200, 9, 128), (128, 300, 64), (513, 65, 448)][number]
    rng = np.random.default_rng(number)
    stored = signs(rng, patterns, units)
    model = pair.memory(stored, clipped(interaction, units), clean=number % 2 == 0)
    clamp = hb.PackedPatterns(signs(rng, 1, units)).words[0] if number % 2 else np.empty(0, dtype=np.uint64)
    rules = (units, "sync", "random", np.empty(0, dtype=np.uint32), TIES[number % 3], np.zeros((1, 1)), clamp)
    cue = near(rng, stored, 1)
    state, overlaps = hb.PackedPatterns(cue).words[0], (stored.astype(np.int64) @ cue[0]).astype(np.int32)
    got, expected = np.full((2, len(state)), 7, dtype=np.uint64)
    for first, last in ((0, cut), (cut, units)):
        for kernels, made, out in ((_kernels, model.kernel, got), (reference, model.twin, expected)):
            dynamics = kernels.Dynamics(*rules)
            workspace = bits.aligned_bytes(kernels.workspace_bytes(made, dynamics))
            kernels.update_units(made, dynamics, _kernels.active_level(), state, overlaps, first, last, out, workspace)
        np.testing.assert_array_equal(got, expected)
        assert (expected[-(-last // 64) :] == 7).all()
