"""The trials that are finished, in SQLite: what is in the store counts, and nothing else does."""

import json
import os
import shutil
import sqlite3
import tempfile
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments

__all__ = ["Store"]

_APPLICATION = 0x68656262  # "hebb", in the header of the file
_PATIENCE = 60  # seconds to wait for another process that writes
_TABLES = (
    "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE networks (
        units INTEGER, patterns INTEGER, network INTEGER, successes INTEGER NOT NULL, overlap INTEGER NOT NULL,
        checksum INTEGER NOT NULL, PRIMARY KEY (units, patterns, network)
    ) WITHOUT ROWID""",
)
# What keeps SQLite from a file that may be a sound store; anything else that it complains of is in the file.
_HINDRANCES = frozenset(
    getattr(sqlite3, f"SQLITE_{name}")
    for name in ("PERM", "BUSY", "LOCKED", "NOMEM", "READONLY", "IOERR", "FULL", "CANTOPEN", "NOLFS", "AUTH")
)
_NO_WRITING = frozenset(
    getattr(sqlite3, f"SQLITE_{name}") for name in ("PERM", "READONLY", "IOERR", "FULL", "CANTOPEN")
)


class Store:
    """Results of networks, one row each, with its checksum; a context manager.

    A block of networks is written in one transaction, and a network that is there already stays as it is: whoever dies
    or comes twice leaves the same table. A store that cannot be written, in whatever way, is read all the same.

    Parameters
    ----------
    path : path-like or None
        The file, made when there is none; None keeps the results in memory.
    settings : mapping of str
        What determines the numbers, as values for JSON. A store made with others is refused.

    Raises
    ------
    TypeError
        If ``path`` is no path.
    ValueError
        If the file is no store, is damaged, or was made with other settings; the message names the first that differs.
    OSError
        If it cannot be read, or has to be written and cannot.
    """

    def __init__(self, path: "str | os.PathLike[str] | None", settings: Mapping[str, Any]) -> None:
        self.path = ":memory:" if path is None else _absolute(path)
        wanted = {name: json.dumps(value) for name, value in settings.items()}
        self._seal = zlib.crc32(repr(sorted(wanted.items())).encode())
        self._hindrance: sqlite3.OperationalError | None = None  # what keeps it from being written
        with self._named():
            # The file is opened, or made, when it is first read.
            self._base = sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None)
            try:
                self._open(wanted)
            except sqlite3.OperationalError as error:
                self._base.close()
                if _code(error) not in _NO_WRITING or not os.path.isfile(self.path):
                    raise
                self._hindrance = error
                self._open_to_read(wanted)
            except BaseException:
                self._base.close()
                raise

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Errors of SQLite, with the file in the message."""
        try:
            yield
        except (sqlite3.Error, sqlite3.Warning) as error:
            if _code(error) in _HINDRANCES:
                raise OSError(f"store must be a file that can be written, got {self.path!r}: {error}") from None
            raise self._refusal(str(error)) from None
        except UnicodeError:  # SQLite quotes the damaged text
            raise self._refusal("a text in it is no UTF-8") from None

    def _refusal(self, reason: str) -> ValueError:
        return ValueError(f"store must be a store of trials or a new file, got {self.path!r}: {reason}")

    def _open(self, wanted: dict[str, str]) -> None:
        """Check what is there before anything is written."""
        self._base.execute("BEGIN")  # both answers from one moment: another process may be making the tables
        application = self._base.execute("PRAGMA application_id").fetchone()[0]
        tables = self._base.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        self._base.execute("COMMIT")
        if application != _APPLICATION:
            if tables:
                raise self._refusal("another program's database")
            if self._hindrance is not None:
                raise self._hindrance
            self._write_ahead()
            self._create(wanted)
        self._compare(wanted)
        made = [sql for (sql,) in self._base.execute("SELECT sql FROM sqlite_schema WHERE type = 'table'")]
        if not set(_TABLES) <= set(made):
            raise self._refusal("its tables are not those of a store")

    def _compare(self, wanted: dict[str, str]) -> None:
        """Refuse other settings."""
        rows = self._base.execute("SELECT name, value FROM settings").fetchall()
        if not all(isinstance(text, str) for row in rows for text in row):
            raise self._refusal("a setting is no text")
        found: dict[str, str] = dict(rows)
        different = [
            f"{name} = {found.get(name, 'none')} there and {wanted.get(name, 'none')} asked for"
            for name in sorted(found.keys() | wanted.keys())
            if found.get(name) != wanted.get(name)
        ]
        if different:
            raise ValueError(
                f"store must have been made with the same settings, {self.path!r} has {'; '.join(different)}"
            )

    def _open_to_read(self, wanted: dict[str, str]) -> None:
        """Open a store where SQLite cannot make the files beside it that it reads with."""
        beside = self.path + "-wal"  # what a killed process has written last
        if os.path.isfile(beside) and os.path.getsize(beside):
            self._base = self._copied(beside)
        else:
            self._base = sqlite3.connect(f"{Path(self.path).as_uri()}?immutable=1", uri=True, isolation_level=None)
        try:
            self._open(wanted)
        except BaseException:
            self._base.close()
            raise

    def _copied(self, beside: str) -> sqlite3.Connection:
        """A copy in memory, by way of one in a place where SQLite can put both files together."""
        try:
            with tempfile.TemporaryDirectory(prefix="hebbfast-") as folder:
                copy = os.path.join(folder, "store")
                shutil.copyfile(self.path, copy)
                shutil.copyfile(beside, copy + "-wal")
                base = sqlite3.connect(":memory:", isolation_level=None)
                with closing(sqlite3.connect(copy)) as both:
                    both.backup(base)
                return base
        except OSError as error:
            raise OSError(f"store must be a file that can be read, got {self.path!r}: {error}") from None

    def _write_ahead(self) -> None:
        """Switch to WAL; SQLite does not wait here when another process is about to do the same."""
        for left in reversed(range(_PATIENCE * 100)):
            try:
                self._base.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if _code(error) != sqlite3.SQLITE_BUSY or not left:
                    raise
                time.sleep(0.01)

    def _create(self, settings: dict[str, str]) -> None:
        """Make the tables, unless another process has just done so: all of them or none."""
        with self._transaction() as cursor:
            if cursor.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION:
                for statement in _TABLES:
                    cursor.execute(statement)
                cursor.executemany("INSERT INTO settings VALUES (?, ?)", settings.items())
                cursor.execute(f"PRAGMA application_id = {_APPLICATION}")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Cursor]:
        """Write all or nothing."""
        with closing(self._base.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                self._base.rollback()
                raise

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *exception: object) -> None:
        self._base.close()

    def check_writable(self) -> None:
        """Raise unless networks can be added, before they are simulated.

        Raises
        ------
        OSError
        """
        with self._named():
            if self._hindrance is not None:
                raise self._hindrance
            with self._transaction():
                pass

    def add(
        self, units: int, patterns: int, first: int, successes: NDArray[np.int64], overlaps: NDArray[np.int64]
    ) -> None:
        """Keep the networks from ``first`` on; on return they are on disk."""
        rows = [
            (units, patterns, first + j, int(won), int(overlap))
            for j, (won, overlap) in enumerate(zip(successes, overlaps, strict=True))
        ]
        sealed = [(*row, self._checksum(row)) for row in rows]
        with self._named(), self._transaction() as cursor:
            cursor.executemany("INSERT OR IGNORE INTO networks VALUES (?, ?, ?, ?, ?, ?)", sealed)

    def known(self, units: int, patterns: int) -> set[int]:
        """The numbers of the finished networks of D units and K patterns."""
        where = "SELECT network FROM networks WHERE units = ? AND patterns = ?"
        with self._named():
            return {network for (network,) in self._base.execute(where, (units, patterns))}

    def read(self, units: int, patterns: int, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Successes and sums of overlaps of the networks 0 .. count - 1, in order, each int64 (count,).

        Raises
        ------
        ValueError
            If one of them is missing or damaged.
        """
        columns, where = "network, successes, overlap, checksum", "units = ? AND patterns = ? AND network < ?"
        with self._named():
            rows = self._base.execute(
                f"SELECT {columns} FROM networks WHERE {where} ORDER BY network", (units, patterns, count)
            ).fetchall()
        if len(rows) != count:
            raise ValueError(f"store must hold {count} networks of D={units}, K={patterns}, got {len(rows)}")
        for expected, (*row, checksum) in enumerate(rows):
            if row[0] != expected or checksum != self._checksum((units, patterns, *row)):
                raise self._refusal(f"network {expected} of D={units}, K={patterns} is damaged")
        table = np.array([row[1:3] for row in rows], dtype=np.int64).reshape(count, 2)
        return table[:, 0].copy(), table[:, 1].copy()

    def _checksum(self, row: tuple[Any, ...]) -> int:
        """CRC-32 of the settings and of the numbers as they are written out: other types have others, too."""
        return zlib.crc32(repr(row).encode(errors="replace"), self._seal)


def _code(error: Exception) -> int:
    """The primary code of an error of SQLite; 0 where Python's own reading failed."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _absolute(path: Any) -> str:
    """The whole path: some relative names, like ":memory:", mean something else to SQLite."""
    try:
        name = os.fsdecode(path)
    except TypeError:
        raise TypeError(f"store must be a path or None, got {_arguments.shown(path)}") from None
    if not name or "\0" in name:
        raise ValueError(f"store must be the name of a file, got {name!r}")
    return str(Path(name).absolute())
