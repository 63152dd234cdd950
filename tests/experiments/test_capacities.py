"""experiments.capacity against theory, against networks one at a time, and against itself on other machinery."""

import asyncio
import contextlib
import copy
import dataclasses
import doctest
import importlib
import io
import math
import os
import pickle
import signal
import sqlite3
import threading
import time

import numpy as np
import pytest

import hebbfast as hb
from hebbfast._records import Record
from hebbfast._work import cluster as workers
from hebbfast.experiments import capacity

QUICK = {"loads": [0.02, 0.05, 0.09], "trials": 30, "cues": 3, "seed": 7}


def same(one, other):
    """Whether two results have the same numbers."""
    assert [size.units for size in one.sizes] == [size.units for size in other.sizes]
    for a, b in zip(one.sizes, other.sizes, strict=True):
        assert (a.capacity, a.slope, a.theory) == (b.capacity, b.slope, b.theory)
        for p, q in zip(a.points, b.points, strict=True):
            assert (p.patterns, p.success) == (q.patterns, q.success)
            np.testing.assert_array_equal(p.successes, q.successes)
            np.testing.assert_array_equal(p.overlaps, q.overlaps)
    assert one.scaling == other.scaling


@pytest.mark.parametrize(
    ("interaction", "units", "loads"),
    [
        (hb.Polynomial(2), 100, [0.1, 0.14, 0.2, 0.3]),
        (hb.Polynomial(3), 60, [0.03, 0.06, 0.12]),
        (hb.RectifiedPolynomial(4), 20, [0.02, 0.05]),
    ],
    ids=str,
)
def test_errors_of_units_agree_with_the_exact_law(interaction, units, loads):
    """The law of the noise, by convolution, at every load.

    n = 500 networks of 4 cues a load; the mean over networks is off by 5 of its deviations with chance 6e-7.
    """
    found = capacity(interaction, units, criterion="unit", loads=loads, trials=500)
    for point, load in zip(found.sizes[0].points, loads, strict=True):
        assert point.patterns == round(load * units ** (interaction.degree - 1))
        assert point.trials == 4 * units
        share = point.successes / point.trials
        exact = 1 - hb.theory.unit_error(units, point.patterns, interaction)
        assert point.theory == exact
        assert abs(point.success.value - exact) < 5 * share.std() / math.sqrt(500)
        assert point.success.value == pytest.approx(share.mean(), abs=1e-12)
        assert point.success.low < point.success.value < point.success.high


@pytest.mark.parametrize(
    ("interaction", "units"), [(hb.Polynomial(2), [64, 128, 256]), (hb.Polynomial(3), [32, 64, 128])]
)
def test_the_exponent_is_that_of_theory(interaction, units):
    """K at 0.5 % errors grows as D^(n-1), up to what the exact law says on these very sizes; within 5 deviations."""
    found = capacity(interaction, units, criterion="unit", cues=2)
    exact = [hb.theory.capacity(D, interaction, "unit", 0.005, "exact") for D in units]
    expected = np.polyfit(np.log(units), np.log(np.array(exact) - 1), 1)[0]
    assert expected == pytest.approx(interaction.degree - 1, abs=0.06)
    for size, K in zip(found.sizes, exact, strict=True):
        deviation = (size.capacity.high - size.capacity.low) / (2 * 1.96)
        assert abs(size.capacity.value - K) < 5 * deviation < 0.1 * K
        assert size.slope == pytest.approx(-0.5, abs=0.05)
    assert abs(found.scaling.raw.slope.value - expected) < 5 * found.scaling.raw.slope_deviation < 0.15


def test_stable_patterns_beside_theory():
    """Units of a pattern are nearly independent for n = 2: half of the patterns are stable within 5 % of theory's K."""
    found = capacity(hb.Polynomial(2), [100, 200, 400], trials=150)
    for size in found.sizes:
        assert len(size.points) == 12
        assert size.points[0].success.value > 0.8 and size.points[-1].success.value < 0.2
        assert size.capacity.low < size.capacity.value < size.capacity.high
        assert abs(size.capacity.value / size.theory - 1) < 0.05
    assert found.scaling.corrected.slope.value == pytest.approx(1, abs=0.1)
    assert found.scaling.raw.slope.value < found.scaling.corrected.slope.value - 0.1


@pytest.mark.parametrize(("update", "max_sweeps"), [("async", 100), ("sync", 100), ("async", 1)])
def test_retrieval_agrees_with_networks_one_at_a_time(update, max_sweeps):
    """Other random numbers, the public models: 300 networks each, shares differ by 5 deviations with chance 6e-7."""
    K, D, n = 160, 60, 300
    found = capacity(
        hb.Polynomial(3), D, criterion="retrieval", loads=[K / D**2], trials=n, cues=1, noise=0.15, threshold=1.0,
        update=update, max_sweeps=max_sweeps,
    )  # fmt: skip
    point, won = found.sizes[0].points[0], 0
    for stream in np.random.default_rng(11).spawn(n):
        patterns = hb.random_patterns(K, D, rng=stream)
        memory = hb.DenseAssociativeMemory(patterns, hb.Polynomial(3))
        cue = hb.corrupt(patterns[0], flips=9, rng=stream)
        result = memory.recall(cue, update=update, max_sweeps=max_sweeps, rng=stream)
        won += bool((result.states == patterns[0]).all())
    p = (won / n + point.success.value) / 2
    assert 0.1 < p < 0.9
    assert abs(won / n - point.success.value) < 5 * math.sqrt(2 * p * (1 - p) / n)
    assert math.isnan(point.theory)


def test_exponential_networks_hold_as_many_as_the_exact_law_says():
    """Its units are nearly independent, too: within 12 % of exact theory, whose Gaussian form is off by more."""
    found = capacity(hb.Exponential(0.5), 14, trials=150).sizes[0]
    exact = hb.theory.capacity(14, hb.Exponential(0.5), "pattern", 0.5, "exact")
    assert found.capacity.value == pytest.approx(exact, rel=0.12)
    assert found.capacity.low < found.capacity.value < found.capacity.high


def test_overlaps_of_different_sizes_cross_near_the_critical_load():
    found = capacity(
        hb.Polynomial(2), [100, 400], criterion="retrieval", noise=0, loads=[0.1, 0.13, 0.16, 0.19], trials=150
    )
    [(small, large, crossing)] = found.crossings()
    assert (small, large) == (100, 400)
    assert 0.12 < crossing.value < 0.17
    with pytest.raises(ValueError, match="loads must be the same for D=40 and D=50"):
        capacity(hb.Polynomial(2), [40, 50], trials=20).crossings()


class Cubic:
    """Polynomial(3) as a user writes it."""

    def __call__(self, overlap):
        return np.asarray(overlap, dtype=np.float64) ** 3 / 3

    def weights(self, units, patterns):
        s = np.arange(1 - units, units, 2)
        return (s + 1) ** 3 - (s - 1) ** 3

    def __repr__(self):
        return "Cubic()"


def test_an_interaction_of_ones_own_holds_what_the_same_one_of_ours_holds(tmp_path):
    """Theory has no answer for it, or the same; its search begins somewhere, and its loads have no exponent."""
    options = {"trials": 30, "seed": 2}
    ours = capacity(hb.Polynomial(3), 25, **options).sizes[0]
    own = capacity(Cubic(), 25, store=tmp_path / "a.sqlite", **options)
    assert own.sizes == capacity(Cubic(), 25, **options).sizes
    assert own.sizes[0].theory == pytest.approx(ours.theory, rel=1e-6)
    assert own.sizes[0].capacity.value == pytest.approx(ours.capacity.value, rel=0.1)
    assert own.scaling is None
    with pytest.raises(ValueError, match=r"loads must be left out for Cubic\(\)"):
        capacity(Cubic(), 25, loads=[0.1])
    with pytest.raises(ValueError, match=r"same settings.*interaction = .*Cubic.* there and .*Polynomial.* asked for"):
        capacity(hb.Polynomial(3), 25, store=tmp_path / "a.sqlite", **options)


def test_records_are_equal_by_value():
    """Shares of one hold a NaN: outcomes that are all the same do not show their design effect."""
    arguments = {**QUICK, "loads": [0.001, 0.05, 0.2]}
    found = capacity(hb.Polynomial(3), [30, 50], **arguments)
    assert math.isnan(found.sizes[0].points[0].success.design_effect)
    again = capacity(hb.Polynomial(3), [30, 50], **arguments)
    for twin in (again, pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):
        assert twin == found and hash(twin) == hash(found)
        assert all(a == b for a, b in zip(twin.sizes, found.sizes, strict=True))
    assert found != capacity(hb.Polynomial(3), [30, 50], **{**arguments, "seed": 8})


def test_all_records_of_experiments_compare_by_value():
    """Whatever is added: a plain dataclass would compare arrays to an error, and NaN by chance."""
    parts = [hb.experiments.__name__ + "." + part for part in ("capacities", "learned", "phase", "profiles", "trials")]
    parts += [f"hebbfast.experiments.{part}" for part in ("statistics", "reproduce")]
    kinds = [kind for part in parts for kind in vars(importlib.import_module(part)).values() if isinstance(kind, type)]
    records = {kind for kind in kinds if dataclasses.is_dataclass(kind) and "experiments" in kind.__module__}
    assert len(records) > 12 and all(issubclass(kind, Record) and kind.__eq__ is Record.__eq__ for kind in records)


def test_the_experiments_are_listed():
    assert dir(hb.experiments) == sorted(hb.experiments.__all__)
    for name in dir(hb.experiments):
        assert getattr(hb.experiments, name).__name__ == name
    with pytest.raises(AttributeError, match="has no attribute 'capacitance'"):
        hb.experiments.capacitance  # noqa: B018


def test_processes_give_the_same_numbers():
    alone = capacity(hb.Polynomial(3), [30, 50], **QUICK)
    same(capacity(hb.Polynomial(3), [30, 50], workers=2, **QUICK), alone)
    other = capacity(hb.Polynomial(3), [30, 50], **{**QUICK, "seed": 8})
    assert any(np.any(p.successes != q.successes) for a, b in zip(alone.sizes, other.sizes, strict=True)
               for p, q in zip(a.points, b.points, strict=True))  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_cluster_gives_the_same_numbers_though_a_worker_is_killed(tmp_path):
    distributed = pytest.importorskip("distributed")
    arguments = {**QUICK, "trials": 1200, "cues": 4, "loads": [0.02, 0.04, 0.06, 0.08, 0.1]}
    total = 2 * 5 * 1200
    path, found = tmp_path / "a.sqlite", []

    def finished():
        try:
            with contextlib.closing(sqlite3.connect(path, timeout=60)) as base:
                return base.execute("SELECT count(*) FROM networks").fetchone()[0]
        except sqlite3.OperationalError:  # not made yet
            return 0

    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster:
        pids = {cluster.workers[j].pid for j in cluster.workers}
        assert len(pids) == 2
        address = cluster.scheduler_address
        runner = threading.Thread(
            target=lambda: found.append(
                capacity(hb.Polynomial(3), [50, 80], scheduler=address, store=path, **arguments)
            )
        )
        runner.start()
        while finished() < total // 3:
            assert runner.is_alive()
            time.sleep(0.005)
        os.kill(min(pids), signal.SIGKILL)
        killed_at = finished()
        runner.join(timeout=50)
        assert killed_at < total == finished()
        with distributed.Client(cluster, set_as_default=False) as client:
            found.append(capacity(hb.Polynomial(3), [50, 80], scheduler=client, **arguments))
    alone = capacity(hb.Polynomial(3), [50, 80], **arguments)
    same(found[0], alone)
    same(found[1], alone)


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch, tmp_path):
    pytest.importorskip("distributed")
    monkeypatch.setattr(workers, "_ANSWER", 1)
    for address in ("tcp://127.0.0.1:9", "nowhere", "odd://x:1"):
        start = time.perf_counter()
        with pytest.raises(ConnectionError, match=f"scheduler must answer, got '{address}'"):
            capacity(hb.Polynomial(3), 30, scheduler=address, store=tmp_path / "a.sqlite", **QUICK)
        assert not list(tmp_path.iterdir())
        assert time.perf_counter() - start < 10

    async def in_a_notebook():
        with pytest.raises(ConnectionError, match="scheduler must answer, got 'nowhere'"):
            capacity(hb.Polynomial(3), 30, scheduler="nowhere", **QUICK)

    asyncio.run(in_a_notebook())
    with pytest.raises(TypeError, match=r"scheduler must be an address or a dask.distributed.Client, got 5"):
        capacity(hb.Polynomial(3), 30, scheduler=5, **QUICK)


def test_progress_is_shown_on_a_terminal_when_asked_for(monkeypatch):
    for expected in (True, False):
        monkeypatch.setenv("FORCE_COLOR", "1") if expected else monkeypatch.delenv("FORCE_COLOR")
        with contextlib.redirect_stdout(io.StringIO()) as out:
            capacity(hb.Polynomial(3), 30, progress=True, **QUICK)
        assert ("networks" in out.getvalue() and "100%" in out.getvalue()) == expected
        assert bool(out.getvalue()) == expected


@pytest.mark.parametrize(
    "name",
    ["capacities", "trials", *(f"statistics.{s}" for s in ("crossings", "intervals", "lines", "thresholds"))],
)
def test_examples(name):
    result = doctest.testmod(importlib.import_module(f"hebbfast.experiments.{name}"))
    assert result.attempted > 0 and result.failed == 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"loads": [0.1, 0.0]}, r"loads must be numbers above 0, got \[0.1, 0.0\]"),
        ({"loads": [-0.1]}, "loads must be numbers above 0"),
        ({"loads": [math.nan]}, "loads must be finite, got nan at"),
        ({"loads": []}, "loads must be numbers above 0"),
        ({"loads": [1e9]}, r"loads must keep K \* D at most 2\*\*32, got 1e\+09"),
        ({"units": []}, r"units must hold at least one number, got \[\]"),
        ({"units": [1]}, "units must be an integer from 2 to 2147483647, got 1"),
        ({"units": [50, 50]}, "units must be different numbers of at least 2"),
        ({"units": 2.5}, "units must be"),
        ({"criterion": "patterns"}, "criterion must be one of 'unit', 'pattern', 'retrieval', got 'patterns'"),
        ({"trials": 1}, "trials must be at least 2 for an interval, got 1"),
        ({"trials": 100, "width": 0.1}, "trials must be at least 381 for 95 % intervals no wider than 0.1, got 100"),
        ({"width": 2}, r"width must be a finite number in \(0, 1\), got 2"),
        ({"level": 1}, r"level must be a finite number in \(0, 1\), got 1"),
        ({"error": 0.5}, r"error must be a finite number in \(0, 0.5\), got 0.5"),
        ({"units": "50"}, "units must be an integer from 2 to 2147483647, got '50'"),
        ({"units": 50.0}, "units must be an integer from 2 to 2147483647, got 50.0"),
        ({"units": [2**70]}, "units must be an integer from 2 .*, got 1180591620717411303424"),
        ({"loads": [[0.1]]}, "loads must be numbers above 0"),
        ({"loads": "0.1"}, "loads must hold real numbers"),
        ({"interaction": "cube"}, "interaction must be"),
        ({"seed": 2**64}, "seed must be an integer of at least 0|seed must be an integer from 0"),
        ({"seed": 1.5}, "seed must be an integer of at least 0, got 1.5"),
        ({"cues": True}, "cues must be an integer from 1"),
        ({"noise": None, "criterion": "retrieval", "threshold": math.nan}, "threshold must be a finite number"),
        ({"error": "0.1"}, "error must be a finite number"),
        ({"level": None}, "level must be a finite number"),
        ({"trials": 10.0}, "trials must be an integer from 1"),
        ({"store": 5}, "store must be a path or None, got 5"),
        ({"store": ""}, "store must be the name of a file, got ''"),
        ({"progress": 1}, "progress must be True or False, got 1"),
        ({"workers": 0}, "workers must be an integer from 1"),
        ({"noise": 0.2}, "noise must be 0 unless criterion is 'retrieval', got 0.2"),
        ({"interaction": hb.Exponential(0.1)}, r"loads must be left out for Exponential\(beta=0.1\)"),
        ({"loads": None, "interaction": hb.Exponential(0.5), "units": 64}, "D=64: theory expects K="),
        ({"loads": None, "criterion": "retrieval", "threshold": -1.0}, "units must have a capacity within reach"),
    ],
    ids=str,
)
def test_bad_input_names_the_argument(wrong, message):
    arguments = {"interaction": hb.Polynomial(3), "units": 20, **QUICK, **wrong}
    with pytest.raises((ValueError, TypeError), match=message):
        capacity(arguments.pop("interaction"), arguments.pop("units"), **arguments)
