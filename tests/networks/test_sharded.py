"""Patterns on a cluster of processes: every answer is that of one machine, bit for bit, whoever dies meanwhile."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import hebbfast as hb
from hebbfast._work import cluster as cluster_of_work
from hebbfast.networks import sharded

distributed = pytest.importorskip("distributed")
pytest.importorskip("safetensors")
pytestmark = pytest.mark.filterwarnings("ignore")  # dask's own, of ports, sizes and workers that die

PATTERNS = hb.random_patterns(301, 90, rng=0)
CUES = hb.corrupt(PATTERNS[:12], flip=0.2, rng=1)


@pytest.fixture(scope="module")
def client():
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": ":0", "processes": True}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        yield client


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    found = []
    for number, part in enumerate(np.split(PATTERNS, [7, 200])):
        found.append(folder / f"{number}.safetensors")
        hb.PackedPatterns(part).save(found[-1])
    return found


@pytest.mark.parametrize(
    "interaction",
    [hb.Polynomial(5, normalized=True), hb.Exponential(0.3)],
    ids=repr,
)
def test_all_answers(client, paths, interaction):
    one = hb.DenseAssociativeMemory(PATTERNS, interaction)
    for patterns in (paths,) if interaction.__class__ is hb.Polynomial else (PATTERNS,):
        many = hb.ShardedMemory(patterns, interaction, client=client)
        assert (len(many), many.units) == (301, 90)
        np.testing.assert_array_equal(many.overlaps(CUES), one.overlaps(CUES))
        np.testing.assert_array_equal(many.fields(CUES), one.fields(CUES))
        np.testing.assert_allclose(
            many.energy(CUES), one.energy(CUES), rtol=0 if "Poly" in repr(interaction) else 1e-13
        )
        assert many.nearest(CUES, 9) == one.nearest(CUES, 9)
        assert many.nearest(CUES[0], 3, known=np.arange(90) < 50) == one.nearest(CUES[0], 3, known=np.arange(90) < 50)
        for flip in (0.2, "fit"):
            assert many.posterior(CUES, flip=flip) == one.posterior(CUES, flip=flip)
        for options in (
            {"update": "sync"}, {"order": "random", "rng": 3}, {"order": "sequential", "tie": "keep"},
            {"order": "replacement", "rng": 4, "max_sweeps": 2}, {"clamp": np.arange(90) < 30, "rng": 5},
            {"order": np.arange(40)},
        ):  # fmt: skip
            mine, theirs = many.recall(CUES[:2], **options), one.recall(CUES[:2], **options)
            for name in ("states", "converged", "sweeps", "flips", "cycle"):
                np.testing.assert_array_equal(getattr(mine, name), getattr(theirs, name), err_msg=f"{options} {name}")


def test_events_and_ties(client):
    """The memory's own are tested against a loop; with replacement parts of a sweep are run again."""
    some = PATTERNS[:6]
    one, many = hb.DenseAssociativeMemory(some), hb.ShardedMemory(some, client=client)
    options = {"record": ("events", "ties"), "order": "replacement", "rng": 4, "max_sweeps": 1}
    mine, theirs = many.recall(CUES[0], **options), one.recall(CUES[0], **options)
    assert mine.events == theirs.events and len(mine.events.unit) > 0
    assert mine.ties == theirs.ties


def test_a_worker_that_dies(client, paths):
    """It is killed in the middle of the work; its shards are loaded again from their files."""
    one = hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(3))
    many = hb.ShardedMemory(paths, hb.Polynomial(3), client=client)
    victim = next(iter(client.run(os.getpid).values()))
    timer = threading.Timer(0.1, os.kill, (victim, signal.SIGKILL))
    timer.start()
    wanted = one.recall(CUES, rng=3)
    until = time.monotonic() + 1.0
    while time.monotonic() < until or timer.is_alive():
        np.testing.assert_array_equal(many.fields(CUES), one.fields(CUES))
    np.testing.assert_array_equal(many.recall(CUES, rng=3).states, wanted.states)
    assert victim not in client.run(os.getpid).values()


def test_refusals(client, paths, tmp_path):
    with pytest.raises(TypeError, match=r"client must be a dask\.distributed\.Client, got 'tcp://"):
        hb.ShardedMemory(paths, client="tcp://127.0.0.1:1")
    with pytest.raises(FileNotFoundError, match="path must name a file"):
        hb.ShardedMemory([tmp_path / "none"], client=client)
    (tmp_path / "text").write_text("no patterns")
    with pytest.raises(ValueError, match="path must name a file written by"):
        hb.ShardedMemory([paths[0], tmp_path / "text"], client=client)
    hb.PackedPatterns(PATTERNS[:, :80]).save(tmp_path / "other")
    with pytest.raises(ValueError, match=r"patterns must have one D in all files, got D in \[80, 90\]"):
        hb.ShardedMemory([paths[0], tmp_path / "other"], client=client)
    with pytest.raises(ValueError, match="interaction must keep sums over K=301 patterns within int64"):
        hb.ShardedMemory(paths, hb.Polynomial(30), client=client)
    with pytest.raises(ValueError, match=r"interaction must be Exponential, .*got LogSumExp"):
        hb.ShardedMemory(paths, hb.LogSumExp(0.1), client=client)
    memory = hb.ShardedMemory(paths, client=client)
    with pytest.raises(ValueError, match="temperature must be 0 for a memory in shards"):
        memory.recall(CUES, temperature=1.0)
    with pytest.raises(TypeError, match="client must stay in its process"):
        memory.__reduce__()


@pytest.mark.parametrize("rows", [slice(3), slice(7, 14)], ids=["other K", "other patterns"])
def test_a_file_that_is_replaced(client, paths, tmp_path, rows):
    """What is mapped stays. Loaded again, as after the death of a worker, another file is refused by its name."""
    mine = [tmp_path / path.name for path in paths[:2]]
    for path, own in zip(paths, mine, strict=False):
        own.write_bytes(path.read_bytes())
    memory = hb.ShardedMemory(mine, client=client)
    wanted = memory.overlaps(CUES)
    hb.PackedPatterns(PATTERNS[rows]).save(mine[0])
    np.testing.assert_array_equal(memory.overlaps(CUES), wanted)
    client.cancel(memory._shards)
    for ask in (memory.overlaps, memory.nearest, memory.fields, memory.energy):
        with pytest.raises(ValueError, match=f"patterns must stay in their files: '{mine[0]}' held K=7 of D=90"):
            ask(CUES)
    mine[0].write_bytes(paths[0].read_bytes())
    client.cancel(memory._shards)
    np.testing.assert_array_equal(memory.overlaps(CUES), wanted)


def test_a_cluster_that_is_gone(paths, monkeypatch):
    """Its scheduler is closed: the error names its address, well within 30 s."""
    cluster = distributed.LocalCluster(n_workers=1, processes=False, dashboard_address=":0")
    client = distributed.Client(cluster)
    memory = hb.ShardedMemory(paths, client=client)
    address = client.scheduler.address
    cluster.close()
    began = time.monotonic()
    with pytest.raises(ConnectionError, match=f"client must answer, got '{address}'"):
        memory.overlaps(CUES)
    with pytest.raises(ConnectionError, match="client must answer, got"):
        hb.ShardedMemory(PATTERNS, client=client)
    assert time.monotonic() - began < 30
    client.close()
    with pytest.raises(ConnectionError, match="client must answer, got"):
        hb.ShardedMemory(PATTERNS, client=client)


@contextlib.contextmanager
def worker_of(where):
    """A process that works for the scheduler of a file."""
    begin = [sys.executable, "-P", "-m", "distributed.cli.dask_worker", "--scheduler-file", where, "--nthreads", "1"]
    worker = subprocess.Popen([*begin, "--no-dashboard", "--no-nanny"], stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        worker.kill()
        worker.wait()


@pytest.mark.parametrize("end", [signal.SIGSTOP, signal.SIGKILL], ids=["frozen", "dead port"])
def test_a_scheduler_that_does_not_answer(paths, tmp_path, monkeypatch, end):
    """It holds its port and says nothing, or the port is dead: an error with the address, after two short waits."""
    monkeypatch.setattr(cluster_of_work, "_ANSWER", 2)
    monkeypatch.setattr(cluster_of_work, "_LOOK", 1)
    monkeypatch.setattr(sharded, "_ANSWER", 2)
    where = str(tmp_path / "scheduler.json")
    begin = [sys.executable, "-P", "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
    scheduler = subprocess.Popen([*begin, "--no-dashboard", "--scheduler-file", where], stderr=subprocess.DEVNULL)
    try:
        with distributed.Client(scheduler_file=where) as client:
            address = client.scheduler.address
            with worker_of(where):
                client.wait_for_workers(1, timeout=100)  # a slow one takes longer than its answer may
                memory = hb.ShardedMemory(paths, client=client)
                assert len(memory) == 301
                os.kill(scheduler.pid, end)
                began = time.monotonic()
                with pytest.raises(ConnectionError, match=f"client must answer, got '{address}'"):
                    memory.overlaps(CUES)
                with pytest.raises(ConnectionError, match="client must answer, got '"):
                    hb.ShardedMemory(PATTERNS, client=client)
                assert time.monotonic() - began < 20
                scheduler.kill()
    finally:
        scheduler.kill()
        scheduler.wait()
