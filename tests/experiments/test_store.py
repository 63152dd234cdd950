"""The store of finished trials: what it refuses, and what it keeps when processes are killed."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import hebbfast as hb
from hebbfast.experiments import capacity
from hebbfast.experiments.store import Store

SETTINGS = {"criterion": "pattern", "noise": 0.0, "seed": 0}


def ints(*values):
    return np.array(values, dtype=np.int64)


def test_a_network_counts_once(tmp_path):
    with Store(tmp_path / "a.sqlite", SETTINGS) as store:
        store.add(10, 3, 4, ints(1, 2), ints(10, -20))
        store.add(10, 3, 5, ints(9, 3), ints(99, 30))  # 5 is there already
        store.add(10, 4, 0, ints(7), ints(70))
        assert store.known(10, 3) == {4, 5, 6}
        assert store.known(11, 3) == set()
        with pytest.raises(ValueError, match="store must hold 2 networks of D=10, K=3, got 0"):
            store.read(10, 3, 2)
        store.add(10, 3, 0, ints(0, 0, 0, 0), ints(0, 0, 0, 0))
    with Store(tmp_path / "a.sqlite", SETTINGS) as store:
        won, overlaps = store.read(10, 3, 7)
    assert won.tolist() == [0, 0, 0, 0, 1, 2, 3]
    assert overlaps.tolist() == [0, 0, 0, 0, 10, -20, 30]


def test_without_a_file_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Store(None, SETTINGS) as store:
        store.add(2, 2, 0, ints(1), ints(2))
        assert store.known(2, 2) == {0}
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", SETTINGS)
def test_other_settings_are_refused_by_name(tmp_path, name):
    path = tmp_path / "a.sqlite"
    with Store(path, SETTINGS):
        pass
    with pytest.raises(ValueError, match=f"same settings.*a.sqlite.*has {name} = .* there and 5 asked for$"):
        Store(path, {**SETTINGS, name: 5})
    with pytest.raises(ValueError, match="new = none there and 1 asked for"):
        Store(path, {**SETTINGS, "new": 1})
    with pytest.raises(ValueError, match=f"{name} = .* there and none asked for"):
        Store(path, {key: value for key, value in SETTINGS.items() if key != name})


def test_files_that_are_no_stores_are_refused_and_left_alone(tmp_path):
    text, other, truncated = (tmp_path / name for name in ("text", "other.sqlite", "truncated.sqlite"))
    text.write_text("these are not the trials you are looking for " * 100)
    with sqlite3.connect(other) as base:
        base.execute("CREATE TABLE mine (x)")
    base.close()
    with Store(truncated, SETTINGS) as store:
        store.add(10, 3, 0, np.arange(5000), np.arange(5000))
    truncated.write_bytes(truncated.read_bytes()[:5000])
    for path in (text, other, truncated):
        before = path.read_bytes()
        with pytest.raises(ValueError, match=rf"store must be a store of trials.*{path.name}"):
            Store(path, SETTINGS).read(10, 3, 5000)
        assert path.read_bytes() == before
    with pytest.raises(OSError, match=r"store must be a file that can be written, got .*missing"):
        Store(tmp_path / "missing" / "a.sqlite", SETTINGS)
    with pytest.raises(OSError, match="store must be a file"):
        Store(tmp_path, SETTINGS)


def test_an_empty_file_becomes_a_store(tmp_path):
    (tmp_path / "a.sqlite").touch()
    with Store(tmp_path / "a.sqlite", SETTINGS) as store:
        assert store.known(1, 1) == set()
        assert store._base.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_two_may_begin_and_write_at_once(tmp_path):
    failures, ready = [], threading.Barrier(4)

    def write(first):
        ready.wait()
        try:
            with Store(tmp_path / "a.sqlite", SETTINGS) as store:
                for j in range(20):
                    store.add(10, 3, first + j, ints(j), ints(j))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(first,)) for first in (0, 10, 20, 30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    with Store(tmp_path / "a.sqlite", SETTINGS) as store:
        assert store.known(10, 3) == set(range(50))


ARGUMENTS = {"units": [40, 60], "trials": 800, "cues": 2, "seed": 3, "loads": [0.02, 0.04, 0.06, 0.08, 0.1]}
RUN = """
import sys
import hebbfast as hb
hb.experiments.capacity(hb.Polynomial(3), store=sys.argv[1], workers=int(sys.argv[2]), **eval(sys.argv[3]))
"""


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


def networks_in(path):
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=60) as base:
            found = base.execute("SELECT count(*) FROM networks").fetchone()[0]
        base.close()
        return found
    except sqlite3.OperationalError:  # not made yet
        return 0


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_killed_runs_end_with_the_numbers_of_an_undisturbed_one(tmp_path):
    path, counts, arguments = tmp_path / "a.sqlite", [], {**ARGUMENTS, "trials": 3000}
    total = 2 * 5 * 3000
    for share, workers in ((0.1, 1), (0.4, 2)):  # killed as soon as so much is done
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", RUN, str(path), str(workers), repr(arguments)],
            env={**os.environ, "HEBBFAST_SIMD": "scalar"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        while networks_in(path) < share * total:
            assert process.poll() is None, "it ended before it was killed"
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)  # ends with the last process that could write there: workers end, too
        assert process.returncode == -signal.SIGKILL
        counts.append(networks_in(path))
    assert 0 < counts[0] < counts[1] < total
    resumed = capacity(hb.Polynomial(3), store=path, **arguments)
    assert networks_in(path) == total
    same(resumed, capacity(hb.Polynomial(3), **arguments))


def test_a_store_takes_more_loads_sizes_and_trials(tmp_path):
    path = tmp_path / "a.sqlite"
    more = {**ARGUMENTS, "trials": 100}
    capacity(hb.Polynomial(3), store=path, **{**more, "trials": 70, "units": [40], "loads": [0.04, 0.06]})
    grown = capacity(hb.Polynomial(3), store=path, **more)
    assert networks_in(path) == 2 * 5 * 100
    same(grown, capacity(hb.Polynomial(3), **more))
    with pytest.raises(ValueError, match=r"same settings.*seed = 3 there and 4 asked for"):
        capacity(hb.Polynomial(3), store=path, **{**more, "seed": 4})
    with pytest.raises(ValueError, match=r"same settings.*degree=3.*degree=2"):
        capacity(hb.Polynomial(2), store=path, **more)
