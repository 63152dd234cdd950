"""Temperatures as a table (sweeps, cues): schedules, replicas, and when a cue may end, on every level."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import _kernels
from hebbfast._kernels import twin

TREE = Path(__file__).parents[2]


def signs(rng, *shape):
    return (2 * rng.integers(0, 2, size=shape) - 1).astype(np.int8)


def models(pair, rng, stored):
    couplings = rng.integers(-3, 4, size=(60, 60)).astype(np.int8)
    return [
        pair.memory(stored, hb.Polynomial(2), engine="planes"),
        pair.memory(stored, hb.Polynomial(3), engine="sums", clean=False),
        pair.memory(stored, hb.Polynomial(20)),
        pair.memory(stored, hb.Exponential(0.2)),
        pair.couplings(np.minimum(couplings, couplings.T), np.zeros(60, dtype=np.int32), 0.5),
    ]


TABLES = {
    "schedule": [[50.0], [20.0], [3.0], [0.0]],
    "ends hot": [[0.0], [50.0]],
    "cold gaps": [[0.0], [40.0], [0.0], [0.0], [9.0], [0.0]],
    "replicas": [[0.0, 5.0, 40.0, 1e4]],
    "both": [[30.0, 0.0, 9.0, 0.0], [0.0, 0.0, 9.0, 20.0], [0.0, 0.0, 0.0, 0.0]],
}


@pytest.mark.parametrize("update", ["async", "sync"])
@pytest.mark.parametrize("order", ["random", "sequential", "replacement", [3, 1, 4, 1, 5]], ids=str)
@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_tables_follow_the_twin(pair, update, order, table):
    rng = np.random.default_rng(3)
    stored = signs(rng, 70, 60)
    for model in models(pair, rng, stored):
        for rules in ({}, {"tie": "keep", "clamp": rng.random(60) < 0.3}):
            cues = np.concatenate([stored[:2], signs(rng, 2, 60)])
            arguments = {"update": update, "order": order, "temperature": table, "limit": 9, **rules}
            model.check_recall(cues, **arguments)
            model.check_recall(cues, pieces=True, budget=3000, **arguments)


@pytest.mark.parametrize("update", ["async", "sync"])
def test_a_column_is_a_run_of_its_own(pair, update):
    """Cues of a batch with a column each move as each of them alone with its column as the schedule."""
    rng = np.random.default_rng(4)
    stored, cues = signs(rng, 9, 60), signs(rng, 4, 60)
    model, table = pair.memory(stored, hb.Polynomial(2)), np.array(TABLES["both"])
    states, progress = model.check_recall(cues, limit=9, temperature=table, update=update)
    for q in range(4):
        alone = model.dynamics(_kernels, temperature=table[:, q : q + 1], update=update)
        words, own = model.words(cues), pair.streams(0, 4)
        previous = np.zeros_like(words[: 4 if update == "sync" else 0])
        with pair.canary(_kernels.workspace_bytes(model.kernel, alone)) as workspace:
            arguments = words, previous, own, 9, q, q + 1, 2**60, np.empty(0), workspace
            assert _kernels.recall(model.kernel, alone, _kernels.active_level(), *arguments) == q + 1
        np.testing.assert_array_equal(own[q], progress[q])
        np.testing.assert_array_equal(pair.unpack(words, 60)[q], states[q])


@pytest.mark.parametrize("update", ["async", "sync"])
def test_a_cue_ends_only_when_no_heat_is_to_come(pair, update):
    """One pattern, itself the cue, n = 2: no visit at T = 0 changes it, so that a cold run ends after one sweep."""
    model = pair.memory(np.ones((1, 64), dtype=np.int8), hb.Polynomial(2))
    ends = {(0.0,): 1, (0.0, 0.0): 1, (1e-9, 0.0): 2, (0.0, 1e-9): None, (0.0, 1e-9, 0.0, 0.0): 3, (1e-9,): None}
    for course, sweeps in ends.items():
        table = np.array(course)[:, None]
        _, progress = model.check_recall(np.ones((1, 64), np.int8), limit=8, temperature=table, update=update)
        status = _kernels.RUNNING if sweeps is None else _kernels.CONVERGED
        assert progress[0, _kernels.SWEEPS :].tolist() == [sweeps or 8, 0, status], course


def test_a_return_is_a_cycle_only_between_cold_updates(pair):
    """Two units that flee each other turn over at each update; after a hot update the state before it says nothing."""
    outgoing = np.zeros((64, 64), dtype=np.int8)
    outgoing[0, 1] = outgoing[1, 0] = -1
    model = pair.couplings(outgoing, np.zeros(64, dtype=np.int32), 1.0)
    for course, sweeps in {(0.0,): 2, (1e-9, 0.0): 3, (1e-9, 1e-9, 0.0): 4}.items():
        rules = {"update": "sync", "tie": "keep", "clamp": np.arange(64) > 1}
        table = np.array(course)[:, None]
        _, progress = model.check_recall(np.ones((1, 64), np.int8), limit=9, temperature=table, **rules)
        assert progress[0, [_kernels.SWEEPS, _kernels.STATUS]].tolist() == [sweeps, _kernels.CYCLE], course


def heated(pair, rng, units, patterns):
    """Every kind of field."""
    stored = signs(rng, patterns, units)
    for degree in (2, 3, 4):
        yield pair.memory(stored, hb.Polynomial(degree), engine="planes")
        yield pair.memory(stored, hb.Polynomial(degree), engine="sums", clean=False)
    yield pair.memory(stored, hb.RectifiedPolynomial(3))
    yield pair.memory(stored, hb.Polynomial(24))
    yield pair.memory(stored, hb.Exponential(3 / units))
    widest = {np.int8: 3, np.int16: 2000, np.int32: 10**6, np.int64: 2**44}
    for dtype, most in widest.items():
        outgoing = rng.integers(-most, most + 1, size=(units, units)).astype(dtype)
        np.fill_diagonal(outgoing, 0)
        bias = rng.integers(-most, most + 1, size=units).astype(np.int64 if dtype is np.int64 else np.int32)
        yield pair.couplings(outgoing, bias, float(rng.choice([0.3, 1.0, 2.0**-60, 1e200])))


@pytest.mark.parametrize("units", [1, 63, 64, 65, 300])
def test_comparisons_are_the_rule(pair, units):
    """T from where nothing is left to chance to where all is, in units of the field; blocks of 256 visits end early."""
    rng = np.random.default_rng(units)
    for model in heated(pair, rng, units, 90 if units < 300 else 5):
        cues = signs(rng, 2, units)
        typical = np.abs(model.check_fields(cues)).mean() or 1.0
        for order in ("random", "sequential", "replacement", rng.integers(0, units, size=units + 9)):
            clamp = rng.random(units) < 0.2 if rng.integers(2) else None
            heat = typical * rng.choice([1e-9, 0.01, 0.3, 1.0, 30.0, 1e4])
            rules = {"order": order, "temperature": [[heat], [0.0], [heat]], "clamp": clamp}
            model.check_recall(cues, limit=3, seed=units, pieces=bool(rng.integers(2)), budget=700, **rules)
        model.check_recall(cues, limit=3, update="sync", temperature=0.5 * typical, clamp=clamp)


@pytest.mark.parametrize("units", [1, 65, 300])
def test_metropolis_is_the_rule(pair, units):
    """The same for Metropolis, T = 0 within a schedule included."""
    rng = np.random.default_rng(units)
    for model in heated(pair, rng, units, 90 if units < 300 else 5):
        cues = signs(rng, 2, units)
        typical = np.abs(model.check_fields(cues)).mean() or 1.0
        for order in ("random", "sequential", "replacement", rng.integers(0, units, size=units + 9)):
            clamp = rng.random(units) < 0.2 if rng.integers(2) else None
            heat = typical * rng.choice([1e-9, 0.01, 0.3, 1.0, 30.0, 1e4])
            rules = {"order": order, "temperature": [[heat], [0.0], [heat]], "clamp": clamp, "method": "metropolis"}
            model.check_recall(cues, limit=3, seed=units, pieces=bool(rng.integers(2)), budget=700, **rules)


@pytest.mark.parametrize("temperature", [5e-324, 1e-290, 1e18, 1.7e308])
def test_metropolis_beyond_exp_and_floats(pair, temperature):
    rng = np.random.default_rng(8)
    with np.errstate(over="ignore"):
        for model in heated(pair, rng, 65, 20):
            model.check_recall(signs(rng, 3, 65), limit=2, temperature=temperature, method="metropolis")


def test_a_sweep_is_followed_as_it_would_be_recalled(pair):
    """`follow` against the twin run sweep by sweep: states, streams, energies after each sweep, and the best, from
    calls that are left at any visit; a cue that rests keeps its energy."""
    rng = np.random.default_rng(12)
    stored, table = signs(rng, 70, 60), np.array([[40.0], [9.0], [2.0], [0.0]])
    wide = np.triu(rng.integers(-(2**50), 2**50, size=(60, 60)), 1)
    real = pair.couplings(wide + wide.T, np.zeros(60, dtype=np.int64), 2.0**-48)
    for model in [*models(pair, rng, stored), real]:
        cues, sweeps = signs(rng, 5, 60), 12
        energies, best = np.full((sweeps, 5), np.nan), np.full(5, np.inf)
        states, progress = model.words(cues), pair.streams(0, 5)
        best_states, rules = states.copy(), model.dynamics(_kernels, temperature=table)
        with pair.canary(_kernels.workspace_bytes(model.kernel, rules)) as workspace:
            reached = 0
            while reached < 5:
                reached = _kernels.follow(
                    model.kernel, rules, _kernels.active_level(), states, progress, sweeps, reached, 5, 2000, energies,
                    best_states, best, workspace,
                )  # fmt: skip
        wanted, lowest = np.empty_like(energies), np.full(5, np.inf)
        expected, own, found = model.words(cues), pair.streams(0, 5), states.copy()
        rules, none = model.dynamics(twin, temperature=table), np.empty(0, np.uint8)
        twin.follow(model.twin, rules, 0, expected, own, sweeps, 0, 5, 0, wanted, found, lowest, none)
        np.testing.assert_array_equal(energies, wanted)
        np.testing.assert_array_equal(progress, own)
        np.testing.assert_array_equal(best, lowest)
        np.testing.assert_array_equal(pair.unpack(states, 60), pair.unpack(expected, 60))
        np.testing.assert_array_equal(pair.unpack(best_states, 60), pair.unpack(found, 60))


@pytest.mark.parametrize("temperature", [5e-324, 1e-290, 1e-100, 1e18, 1e100, 1e290, 1.7e308])
def test_temperatures_beyond_exp_and_floats(pair, temperature):
    """2 h / T overflows exp, or c = T / (2 scale) leaves what thresholds are made of."""
    rng = np.random.default_rng(8)
    with np.errstate(over="ignore"):
        for model in heated(pair, rng, 65, 20):
            for update in ("async", "sync"):
                model.check_recall(signs(rng, 3, 65), limit=2, temperature=temperature, update=update)


@pytest.mark.parametrize("scale", [1.0, 1e-3, 1e-6, 1e-12])
def test_couplings_of_nothing_follow_the_draws(pair, scale):
    """Fields are the bias alone: each unit is +1 with its own probability, as at the first sweep so at the last.

    800 sweeps of 64 units with 2 b / T = 0.5: a mean of tanh(0.25) = 0.2449, sd 0.97 / sqrt(51200) = 0.0043;
    off by 5 sd once in 1.7 million runs.
    """
    bias = np.full(64, round(1 / scale) if scale > 1e-9 else 2**30, dtype=np.int32)
    model = pair.couplings(np.zeros((64, 64), dtype=np.int8), bias, scale)
    temperature = 4.0 * bias[0] * scale
    totals = 0
    words, progress = model.words(np.ones((1, 64), np.int8)), pair.streams(5, 1)
    rules = model.dynamics(_kernels, order="sequential", temperature=temperature)
    none = np.zeros_like(words[:0])
    with pair.canary(_kernels.workspace_bytes(model.kernel, rules)) as workspace:
        for sweep in range(1, 801):
            arguments = words, none, progress, sweep, 0, 1, 2**60, np.empty(0), workspace
            _kernels.recall(model.kernel, rules, _kernels.active_level(), *arguments)
            totals += int(pair.unpack(words, 64).sum())
    assert abs(totals / (800 * 64) - np.tanh(0.25)) < 5 * 0.0043


@pytest.mark.skipif(not shutil.which("gcc"), reason="no gcc: the rule is NOT asked at every visit")
def test_every_visit_may_ask_the_rule(tmp_path):
    """The same states if each draw counts as one that rounding could decide, and if hardly any does."""
    kernels, source = TREE / "hebbfast" / "_kernels" / "c", TREE / "tests" / "c" / "check_heat.c"
    flags = ["-std=gnu11", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-O1"]
    digests = set()
    for name, more in (("rarely", []), ("always", ["-DHB_LOGIT_ERROR=1e3"])):
        program = tmp_path / name
        subprocess.run(["gcc", *flags, *more, f"-I{kernels}", str(source), "-o", str(program), "-lm"], check=True)
        digests.add(subprocess.run([str(program)], check=True, capture_output=True, text=True).stdout)
    assert len(digests) == 1
