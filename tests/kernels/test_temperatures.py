"""Temperatures as a table (sweeps, cues): schedules, replicas, and when a cue may end, on every level."""

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import _kernels


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
