"""The trials that are finished, in SQLite: what is in the store counts, and nothing else does."""

import json
import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Store"]

_APPLICATION = 0x68656262  # "hebb", in the header of the file
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
        try:
            self._base = sqlite3.connect(self.path, timeout=60, isolation_level=None)
        except sqlite3.OperationalError as error:
            raise OSError(f"store must be a file that can be written, got {self.path!r}: {error}") from None
        try:
            self._open({name: json.dumps(value) for name, value in settings.items()})
        except BaseException as error:
            self._base.close()
            if isinstance(error, sqlite3.OperationalError):
                raise OSError(f"store must be a file that can be written, got {self.path!r}: {error}") from None
            if isinstance(error, sqlite3.DatabaseError):
                raise self._refusal(str(error)) from None
            raise

    def _refusal(self, reason: str) -> ValueError:
        return ValueError(f"store must be a store of trials or a new file, got {self.path!r}: {reason}")

    def _open(self, wanted: dict[str, str]) -> None:
        """Check what is there before anything is written."""
        if self._base.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION:
            if self._base.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                raise self._refusal("another program's database")
            self._base.execute("PRAGMA journal_mode = WAL")
            self._create(wanted)
        found = dict(self._base.execute("SELECT name, value FROM settings"))
        for name in sorted(found.keys() | wanted.keys()):
            if found.get(name) != wanted.get(name):
                raise ValueError(
                    f"store must have been made with the same settings, but {self.path!r} has "
                    f"{name} = {found.get(name, 'none')}, asked for is {wanted.get(name, 'none')}"
                )

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
        self._base.execute("BEGIN IMMEDIATE")
        try:
            self._base.executemany("INSERT OR IGNORE INTO networks VALUES (?, ?, ?, ?, ?)", rows)
            self._base.execute("COMMIT")
        except BaseException:
            self._base.execute("ROLLBACK")
            raise

    def known(self, units: int, patterns: int) -> set[int]:
        """The numbers of the finished networks of D units and K patterns."""
        where = "SELECT network FROM networks WHERE units = ? AND patterns = ?"
        return {network for (network,) in self._base.execute(where, (units, patterns))}

    def read(self, units: int, patterns: int, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Successes and sums of overlaps of the networks 0 .. count - 1, in order, each int64 (count,).

        Raises
        ------
        ValueError
            If one of them is missing.
        """
        rows = self._base.execute(
            "SELECT successes, overlap FROM networks WHERE units = ? AND patterns = ? AND network < ? ORDER BY network",
            (units, patterns, count),
        ).fetchall()
        if len(rows) != count:
            raise ValueError(f"store must hold {count} networks of D={units}, K={patterns}, got {len(rows)}")
        table = np.array(rows, dtype=np.int64).reshape(count, 2)
        return table[:, 0].copy(), table[:, 1].copy()
