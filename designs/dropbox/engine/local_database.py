"""What a device knows to be in step: its own small database, beside the folder and not in it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import orjson

from designs.dropbox.engine.content import Chunk

SCHEMA = """
CREATE TABLE IF NOT EXISTS file (
    path TEXT PRIMARY KEY, id TEXT NOT NULL, version INTEGER NOT NULL, size INTEGER NOT NULL, stamp INTEGER NOT NULL,
    fingerprint TEXT NOT NULL, chunks TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS file_id ON file (id);
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file as it was when it was last in step: its version, and what the disk said of it (its `stamp`)."""

    path: str
    id: str
    version: int
    size: int
    stamp: int
    fingerprint: str
    chunks: tuple[Chunk, ...] = ()


class LocalDatabase:
    """One SQLite file. Every call is short; threads take turns."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + SCHEMA)

    def close(self) -> None:
        """No call comes after this."""
        with self._lock:
            self._connection.close()

    def all(self) -> dict[str, LocalFile]:
        """Everything, by path; without chunks, which are many."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT path, id, version, size, stamp, fingerprint FROM file"
            ).fetchall()
        return {row[0]: LocalFile(*row) for row in rows}

    def at(self, path: str) -> LocalFile | None:
        """The file at that path."""
        return self._one("path", path)

    def by_id(self, id: str) -> LocalFile | None:
        """The file of that id, wherever it is."""
        return self._one("id", id)

    def _one(self, column: str, value: str) -> LocalFile | None:
        with self._lock:
            row = self._connection.execute(
                f"SELECT path, id, version, size, stamp, fingerprint, chunks FROM file WHERE {column} = ?",
                (value,),
            ).fetchone()
        return replace(LocalFile(*row[:6]), chunks=_chunks(row[6])) if row else None

    def put(self, *files: LocalFile) -> None:
        """In step from now on; another path of the same file is forgotten."""
        rows = [
            (one.path, one.id, one.version, one.size, one.stamp, one.fingerprint, _told(one.chunks))
            for one in files
        ]
        with self._lock:
            self._connection.execute("BEGIN")
            self._connection.executemany(
                "DELETE FROM file WHERE id = ? AND path <> ?", [(one.id, one.path) for one in files]
            )
            self._connection.executemany("INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            self._connection.execute("COMMIT")

    def forget(self, path: str) -> None:
        """There is nothing in step at that path."""
        with self._lock:
            self._connection.execute("DELETE FROM file WHERE path = ?", (path,))

    @property
    def cursor(self) -> int:
        """How far the change log was followed."""
        with self._lock:
            row = self._connection.execute("SELECT value FROM state WHERE name = 'cursor'").fetchone()
        return int(row[0]) if row else 0

    @cursor.setter
    def cursor(self, value: int) -> None:
        with self._lock:
            self._connection.execute("INSERT OR REPLACE INTO state VALUES ('cursor', ?)", (value,))


def _told(chunks: Iterable[Chunk]) -> str:
    return orjson.dumps([[one.fingerprint, one.size] for one in chunks]).decode()


def _chunks(told: str) -> tuple[Chunk, ...]:
    found, at = [], 0
    for print_, size in orjson.loads(told):
        found.append(Chunk(print_, at, size))
        at += size
    return tuple(found)
