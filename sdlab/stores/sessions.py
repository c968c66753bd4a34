"""Transactions that meet: each on a connection of its own, out of a bounded number.

The levels and what they forbid: https://www.postgresql.org/docs/current/transaction-iso.html
"""

from __future__ import annotations

import asyncio
import functools
import select
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any, Literal, Protocol, TypeVar

import psycopg
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, CursorResult, Engine, RootTransaction
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from sdlab.lab.errors import Conflict, Unavailable

T = TypeVar("T")
Isolation = Literal["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"]
ISOLATIONS: tuple[Isolation, ...] = ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")
Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None

MOST = 24
WAIT = 5.0
SILENT_FOR = 30.0  # seconds after which a connection that was not used may have died without a sign
CONNECT_WITHIN = 3  # seconds; the driver takes whole ones
SERIALIZATION_FAILURE, DEADLOCK, LOCK_NOT_AVAILABLE = "40001", "40P01", "55P03"


class SerializationFailure(Conflict):
    """The database gave this transaction up, for the sake of another; the whole of it may be tried again.

    `sqlstate` is 40001 (no serial order would explain both) or 40P01 (each waited for the other).
    """

    title = "Transactions collided"

    def __init__(self, detail: str, *, sqlstate: str) -> None:
        super().__init__(detail, sqlstate=sqlstate)
        self.sqlstate = sqlstate


class Locked(Conflict):
    """Another transaction holds what this one asked for, and it did not want to wait (longer)."""

    title = "Locked by another transaction"


class Session(ABC):
    """One open transaction."""

    @abstractmethod
    async def execute(self, statement: sa.Executable, parameters: Parameters = None) -> CursorResult[Any]:
        """Perform a statement. `SerializationFailure`, `Locked`; else what SQLAlchemy raises.

        After an error the transaction is lost on PostgreSQL: leave the block with it.
        """

    async def scalar(self, statement: sa.Executable, parameters: Parameters = None) -> Any:
        """The first value of the first row, none without a row."""
        return (await self.execute(statement, parameters)).scalar()


class Sessions(Protocol):
    """Where sessions come from."""

    def open(
        self, *, isolation: Isolation, wait: float, lock_wait: float | None
    ) -> AbstractAsyncContextManager[Session]:
        """A session for the block; `Unavailable` when none is free within `wait` seconds."""
        ...

    async def close(self) -> None:
        """Let go of all connections."""
        ...


class PostgresSessions:
    """At most `MOST` at once; who comes later waits, in order."""

    def __init__(self, url: str, *, most: int = MOST) -> None:
        self._url = url
        self._most = most
        self._free = asyncio.Semaphore(most)
        self._engine: AsyncEngine | None = None

    @asynccontextmanager
    async def open(
        self, *, isolation: Isolation, wait: float, lock_wait: float | None
    ) -> AsyncIterator[Session]:
        """A transaction of that isolation."""
        async with _turn(self._free, wait, f"all {self._most} connections of the database are in use"):
            try:
                async with self._connections.connect() as connection:
                    await connection.execution_options(isolation_level=isolation)
                    async with connection.begin():
                        if lock_wait is not None:
                            limit = f"SET LOCAL lock_timeout = {max(1, round(lock_wait * 1000))}"
                            await connection.exec_driver_sql(limit)
                        yield _PostgresSession(connection)
            except DBAPIError as error:  # also the commit may fail
                raise told(error) from error

    @property
    def _connections(self) -> AsyncEngine:
        if self._engine is None:
            self._engine = create_async_engine(
                self._url,
                pool_size=self._most,
                max_overflow=0,
                connect_args={"connect_timeout": CONNECT_WITHIN},
            )
            _ping_where_needed(self._engine.sync_engine)
        return self._engine

    async def close(self) -> None:
        """Close the connections."""
        if self._engine is not None:
            await self._engine.dispose()


def _ping_where_needed(engine: Engine) -> None:
    """Before a connection is used again, ask the server whether it is still there, if anything speaks against it.

    A server that ended, or ended the connection, has written to it, at the least that nothing more comes. Asking
    each time would double what a short transaction costs.
    """

    @event.listens_for(engine, "checkout")
    def check(connection: Any, record: ConnectionPoolEntry, _: object) -> None:
        before, now = record.info.get("used"), time.monotonic()
        record.info["used"] = now
        if before is None:  # it was opened this moment
            return
        if (now - before > SILENT_FOR or _something_came(connection)) and not _answers(engine, connection):
            raise InvalidatePoolError


def _something_came(connection: Any) -> bool:
    with suppress(OSError, psycopg.Error):
        poll = select.poll()
        poll.register(connection.driver_connection.fileno(), select.POLLIN)
        return bool(poll.poll(0))
    return True


def _answers(engine: Engine, connection: Any) -> bool:
    try:
        return engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error as error:
        if engine.dialect.is_disconnect(error, connection, None):
            return False
        raise


class _PostgresSession(Session):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def execute(self, statement: sa.Executable, parameters: Parameters = None) -> CursorResult[Any]:
        try:
            return await self._connection.execute(statement, parameters)
        except DBAPIError as error:
            raise told(error) from error


class SqliteSessions:
    """One at a time, in order, on a thread of its own: SQLite has one writer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._free = asyncio.Semaphore(1)
        self._thread: ThreadPoolExecutor | None = None

    @asynccontextmanager
    async def open(
        self, *, isolation: Isolation, wait: float, lock_wait: float | None
    ) -> AsyncIterator[Session]:
        """A transaction that has the writer from its beginning; SQLite's are serialisable at every level."""
        del isolation, lock_wait
        async with _turn(self._free, wait, "another transaction has SQLite's only writer"):
            connection: Connection = await self._on_thread(self._engine.connect)
            try:
                connection.execution_options(begin="BEGIN IMMEDIATE")
                transaction = await self._begin(connection)
                yield _SqliteSession(connection, self._on_thread)
                await self._on_thread(transaction.commit)
            finally:
                # The thread takes one thing after another: this comes after what still runs there,
                # and before the next session's beginning, also when the caller is cancelled.
                await asyncio.shield(self._on_thread(connection.close))

    async def _begin(self, connection: Connection) -> RootTransaction:
        try:
            return await self._on_thread(connection.begin)
        except OperationalError as error:
            raise Unavailable(f"SQLite's writer did not become free: {error.orig}", retry_after=1) from error

    async def _on_thread(self, work: Callable[..., T], *arguments: Any) -> T:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="sql session")
        call = functools.partial(work, *arguments)
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    async def close(self) -> None:
        """End the thread."""
        if self._thread is not None:
            await asyncio.to_thread(self._thread.shutdown)


class _SqliteSession(Session):
    def __init__(self, connection: Connection, on_thread: Callable[..., Any]) -> None:
        self._connection = connection
        self._on_thread = on_thread

    async def execute(self, statement: sa.Executable, parameters: Parameters = None) -> CursorResult[Any]:
        result: CursorResult[Any] = await self._on_thread(self._connection.execute, statement, parameters)
        return result


@asynccontextmanager
async def _turn(free: asyncio.Semaphore, wait: float, taken: str) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(wait):
            await free.acquire()
    except TimeoutError:
        raise Unavailable(f"{taken}; none was free within {wait:g} s", retry_after=1) from None
    try:
        yield
    finally:
        free.release()


def told(error: Exception) -> Exception:
    """The error in the port's terms, where it has one; else the error itself."""
    if not isinstance(error, DBAPIError):
        return error
    sqlstate = getattr(error.orig, "sqlstate", None)
    detail = str(error.orig).partition("\n")[0]
    if sqlstate in (SERIALIZATION_FAILURE, DEADLOCK):
        return SerializationFailure(detail, sqlstate=sqlstate)
    if sqlstate == LOCK_NOT_AVAILABLE:
        return Locked(detail)
    return error
