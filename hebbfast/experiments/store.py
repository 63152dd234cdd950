"""The trials that are finished, in SQLite: what is in the store counts, and nothing else does."""

import json
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Store"]

_APPLICATION = 0x68656262  # "hebb", in the header of the file
_PATIENCE = 60  # seconds to wait for another process that writes
_TABLES = """
    CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE networks (
        units INTEGER, patterns INTEGER, network INTEGER, successes INTEGER NOT NULL, overlap INTEGER NOT NULL,
        PRIMARY KEY (units, patterns, network)
    ) WITHOUT ROWID;
"""


class Store:
    """Results of networks, one row each; a context manager.

    A block of networks is written in one transaction, and a network that is there already stays as it is: whoever dies
    or comes twice leaves the same table.

    Parameters
    ----------
    path : path-like or None
        The file, made when there is none; None keeps the results in memory.
    settings : mapping of str
        What determines the numbers, as values for JSON. A store made with others is refused.

    Raises
    ------
    ValueError
        If the file is no store, or was made with other settings; the message names the first that differs.
    OSError
        If it cannot be read or written.
    """

    def __init__(self, path: "str | os.PathLike[str] | None", settings: Mapping[str, Any]) -> None:
        self.path = ":memory:" if path is None else os.fspath(path)
        with self._named():
            # The file is opened, or made, when it is first read.
            self._base = sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None)
        try:
            with self._named():
                self._open({name: json.dumps(value) for name, value in settings.items()})
        except BaseException:
            self._base.close()
            raise

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Errors of SQLite, with the file in the message."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise OSError(f"store must be a file that can be written, got {self.path!r}: {error}") from None
        except sqlite3.DatabaseError as error:
            raise self._refusal(str(error)) from None

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
            self._write_ahead()
            self._create(wanted)
        found = dict(self._base.execute("SELECT name, value FROM settings"))
        different = [
            f"{name} = {found.get(name, 'none')} there and {wanted.get(name, 'none')} asked for"
            for name in sorted(found.keys() | wanted.keys())
            if found.get(name) != wanted.get(name)
        ]
        if different:
            raise ValueError(
                f"store must have been made with the same settings, {self.path!r} has {'; '.join(different)}"
            )

    def _write_ahead(self) -> None:
        """Switch to WAL; SQLite does not wait here when another process is about to do the same."""
        for left in reversed(range(_PATIENCE * 100)):
            try:
                self._base.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or not left:
                    raise
                time.sleep(0.01)

    def _create(self, settings: dict[str, str]) -> None:
        """Make the tables, unless another process has just done so: all of them or none."""
        with closing(self._base.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            if cursor.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION:
                for statement in filter(str.strip, _TABLES.split(";")):
                    cursor.execute(statement)
                cursor.executemany("INSERT INTO settings VALUES (?, ?)", settings.items())
                cursor.execute(f"PRAGMA application_id = {_APPLICATION}")
            cursor.execute("COMMIT")

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *exception: object) -> None:
        self._base.close()

    def add(
        self, units: int, patterns: int, first: int, successes: NDArray[np.int64], overlaps: NDArray[np.int64]
    ) -> None:
        """Keep the networks from ``first`` on; on return they are on disk."""
        rows = [
            (units, patterns, first + j, int(won), int(overlap))
            for j, (won, overlap) in enumerate(zip(successes, overlaps, strict=True))
        ]
        with self._named(), closing(self._base.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                cursor.executemany("INSERT OR IGNORE INTO networks VALUES (?, ?, ?, ?, ?)", rows)
                cursor.execute("COMMIT")
            except BaseException:
                self._base.rollback()
                raise

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
            If one of them is missing.
        """
        columns, where = "successes, overlap", "units = ? AND patterns = ? AND network < ?"
        with self._named():
            rows = self._base.execute(
                f"SELECT {columns} FROM networks WHERE {where} ORDER BY network", (units, patterns, count)
            ).fetchall()
        if len(rows) != count:
            raise ValueError(f"store must hold {count} networks of D={units}, K={patterns}, got {len(rows)}")
        table = np.array(rows, dtype=np.int64).reshape(count, 2)
        return table[:, 0].copy(), table[:, 1].copy()
