"""The line of a process to the database: one connection of its own, made anew when it breaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa

T = TypeVar("T")
DRIVER = "postgresql+psycopg://"

# The driver is loaded (0.1 s) where this is imported: once in the nursery, and not in each of the processes forked from it.
sa.create_engine(DRIVER)


class SqlLine:
    """A connection, kept from one transaction to the next."""

    def __init__(self, url: str) -> None:
        self._engine = sa.create_engine(_with_driver(url), poolclass=sa.NullPool)
        self._connection: sa.Connection | None = None
        self.row_locks = self._engine.dialect.name == "postgresql"

    @property
    def connection(self) -> sa.Connection:
        """It, in whatever transaction it is."""
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def undo(self) -> None:
        """End the transaction that is open, if one is: its rows are free again."""
        if self._connection is not None:
            self._connection.rollback()

    def transaction(self, work: Callable[[sa.Connection], T]) -> T:
        """What `work` gives, once it is committed. After a failure the next one has a new connection."""
        try:
            done = work(self.connection)
            self.connection.commit()
        except BaseException:
            self.drop()
            raise
        return done

    def drop(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


def _with_driver(url: str) -> str:
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return DRIVER + url.removeprefix(prefix)
    return url
