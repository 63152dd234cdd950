"""The store of finished trials: what it refuses, and what it keeps when processes are killed."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

import hebbfast as hb
from hebbfast.experiments import capacity
from hebbfast.experiments.store import Store
from hebbfast.experiments.trials import Protocol

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
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=60)) as base:
            return base.execute("SELECT count(*) FROM networks").fetchone()[0]
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


# --- damage


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A store of 150 networks of two loads, as bytes."""
    path = tmp_path_factory.mktemp("store") / "a.sqlite"
    with Store(path, SETTINGS) as store:
        store.add(10, 3, 0, np.arange(100), -np.arange(100))
        store.add(10, 4, 0, np.arange(50), np.arange(50))
    return path.read_bytes()


def all_of(path):
    with Store(path, SETTINGS) as store:
        return [part.tolist() for K, count in ((3, 100), (4, 50)) for part in store.read(10, K, count)]


def test_a_damaged_store_is_refused_or_read_right(sound, tmp_path):
    """Six hundred files with a changed bit, byte or tail: never another number, never a foreign error.

    A changed row goes unseen with a chance of 2^-32 each.
    """
    path, draw = tmp_path / "a.sqlite", random.Random(1)
    path.write_bytes(sound)
    right, refused = all_of(path), 0
    for kind in range(600):
        damaged = bytearray(sound)
        place = draw.randrange(len(sound))
        if kind % 10 == 9:
            del damaged[place:]
        else:
            damaged[place] = damaged[place] ^ 1 << draw.randrange(8) if kind % 2 else draw.randrange(256)
        path.write_bytes(damaged)
        message = ""
        try:
            assert all_of(path) == right, (kind, place)
        except (ValueError, OSError) as error:
            message = str(error)
        assert not message or message.startswith("store must"), (kind, place)
        refused += bool(message)
        for rest in ("-wal", "-shm", "-journal"):
            path.with_name(path.name + rest).unlink(missing_ok=True)
    assert 50 < refused < 550


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE networks SET successes = -1 WHERE network = 7",
        "UPDATE networks SET successes = 1e300",
        "UPDATE networks SET overlap = 0.5",
        "UPDATE networks SET overlap = 'x'",
        "UPDATE networks SET successes = x'ff'",
        "UPDATE networks SET checksum = checksum + 1 WHERE network = 99",
        "UPDATE networks SET patterns = -patterns; UPDATE networks SET patterns = 7 + patterns",
        "UPDATE networks SET network = 1000 WHERE network = 0",
        "DELETE FROM networks WHERE network = 5",
        "DROP TABLE networks",
        "DROP TABLE settings",
        "ALTER TABLE networks ADD COLUMN more",
        "UPDATE settings SET value = x'ff' WHERE name = 'seed'",
        "INSERT INTO settings VALUES (x'00', 1)",
        "DROP TABLE networks; CREATE TABLE networks (units, patterns, network, successes, overlap, checksum)",
    ],
)
def test_tables_that_are_not_what_was_written_are_refused(sound, tmp_path, change):
    path = tmp_path / "a.sqlite"
    path.write_bytes(sound)
    with sqlite3.connect(path) as base:
        base.executescript(change)
    base.close()
    with pytest.raises(ValueError, match=r"^store must (be a store of trials .*a\.sqlite|hold|have been made with)"):
        all_of(path)


def test_numbers_that_no_simulation_gives_are_refused(tmp_path):
    """Rows with the right checksum, but from elsewhere."""
    path, options = tmp_path / "a.sqlite", {"trials": 2, "loads": [0.1], "cues": 2}
    for won, overlap in ((3, 0), (-1, 0), (1, 101), (1, -101)):
        with Store(path, {"format": 2, **Protocol(hb.Polynomial(2), cues=2).settings()}) as store:
            store.add(50, 5, 0, ints(0, won), ints(0, overlap))
        with pytest.raises(
            ValueError, match=r"store must hold 0 to 2 successes and overlaps within 2 \* D for D=50, K=5"
        ):
            capacity(hb.Polynomial(2), [50], store=path, **options)
        path.unlink()


@pytest.mark.parametrize("name", [":memory:", "file:a?mode=memory", "a b#c?d.sqlite"])
def test_a_name_is_the_name_of_a_file(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with Store(name, SETTINGS) as store:
        store.add(2, 2, 0, ints(1), ints(2))
    assert [file.name for file in tmp_path.iterdir()] == [name]
    with Store(os.fsencode(name), SETTINGS) as store:
        assert store.known(2, 2) == {0}


# --- places that cannot be written

READ = """
import os, sys
import hebbfast as hb
folder, kind = sys.argv[1:]
path = os.path.join(folder, "s.sqlite")
options = {"trials": 20, "store": path}
expected = hb.experiments.capacity(hb.Polynomial(2), [50], loads=[0.1, 0.2], **options)
if kind == "leftover":  # as a killed process leaves them
    import sqlite3
    base = sqlite3.connect(path, isolation_level=None)
    base.execute("PRAGMA wal_autocheckpoint = 0")
    base.execute("BEGIN")
    row = base.execute("DELETE FROM networks WHERE network = 3 AND patterns = 5 RETURNING *").fetchone()
    base.execute("COMMIT")
    base.execute("INSERT INTO networks VALUES (?, ?, ?, ?, ?, ?)", row)
    for rest in ("", "-wal"):
        with open(path + rest, "rb") as file, open(path + ".copy" + rest, "wb") as copy:
            copy.write(file.read())
    base.close()
    for rest in ("", "-wal"):
        os.rename(path + ".copy" + rest, path + rest)
    assert os.path.getsize(path + "-wal") > 0
for name in os.listdir(folder):
    os.chmod(os.path.join(folder, name), 0o444)
os.chmod(folder, 0o777 if kind == "file" else 0o555)
if os.geteuid() == 0:  # root may write anywhere
    os.setgid(65534)
    os.setuid(65534)
before = sorted(os.listdir(folder))
assert hb.experiments.capacity(hb.Polynomial(2), [50], loads=[0.1, 0.2], **options) == expected
assert kind == "file" or sorted(os.listdir(folder)) == before
for more in ({"loads": [0.3]}, {"loads": [0.1], "trials": 30}):
    try:
        hb.experiments.capacity(hb.Polynomial(2), [50], **{**options, **more})
    except OSError as error:
        assert str(error).startswith("store must be a file that can be written") and path in str(error), error
    else:
        raise AssertionError("written")
try:
    hb.experiments.capacity(hb.Polynomial(3), [50], loads=[0.1], **options)
except ValueError as error:
    assert "same settings" in str(error)
print("read")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs modes of files")
@pytest.mark.parametrize("kind", ["file", "folder", "leftover"])
def test_a_finished_store_is_read_where_nothing_can_be_written(kind):
    with tempfile.TemporaryDirectory() as folder:  # another user cannot pass through pytest's folders
        os.chmod(folder, 0o755)
        given = Path(folder, "given")
        given.mkdir()
        done = subprocess.run(
            [sys.executable, "-P", "-c", READ, given, kind], capture_output=True, text=True, timeout=60
        )
        given.chmod(0o755)
    assert done.stdout == "read\n", done.stderr


FULL = """
import resource, signal, sys
import hebbfast as hb
capacity = hb.experiments.capacity  # and with it SciPy, whose oldest version writes a file of its own first
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    capacity(hb.Polynomial(2), [50], loads=[0.1, 0.2], trials=3000, store=sys.argv[1])
except OSError as error:
    print(error)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="needs a limit on the size of files")
@pytest.mark.parametrize("size", [0, 3000, 60_000])
def test_a_full_disk_is_named_and_leaves_a_store_to_go_on_with(tmp_path, size):
    path = tmp_path / "a.sqlite"
    done = subprocess.run(
        [sys.executable, "-P", "-c", FULL, path, str(size)], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.startswith(f"store must be a file that can be written, got '{path}': "), done.stderr
    more = {"loads": [0.1, 0.2], "trials": 3000}
    assert capacity(hb.Polynomial(2), [50], store=path, **more) == capacity(hb.Polynomial(2), [50], **more)


def test_interactions_of_ones_own_are_told_apart(tmp_path):
    class Plain(hb.Polynomial):
        pass

    class Named:
        def __init__(self, n):
            self.inner = hb.Polynomial(n)

        def __call__(self, overlap):
            return self.inner(overlap)

        def weights(self, units, patterns):
            return self.inner.weights(units, patterns).gain[1:-1]

    class Told(Named):
        def __repr__(self):
            return "Told()"  # not its parameter

    names = {Protocol(F).settings()["interaction"] for F in (hb.Polynomial(3), Plain(3), Told(2), Told(3))}
    assert len(names) == 4
    assert Protocol(Told(3)).settings() == Protocol(Told(3)).settings()
    with pytest.raises(
        ValueError, match=r"interaction must have a __repr__ that tells its parameters for a store, got <"
    ):
        Protocol(Named(3)).settings()
