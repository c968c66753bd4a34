"""SQL behind one port: SQLite in WAL mode by default, PostgreSQL where a design or `DATABASE_URL` says so.

Writes go through one thread that commits many callers' work in one transaction (group commit),
so that an acknowledged write is durable and yet the disk is asked once for many. Where
transactions are to meet, each takes a session of its own.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlmodel import SQLModel

from sdlab.metrics import sql_call
from sdlab.stores.sessions import (
    CONNECT_WITHIN,
    WAIT,
    Isolation,
    PostgresSessions,
    Session,
    Sessions,
    SqliteSessions,
    told,
)

T = TypeVar("T")
Work = Callable[[Connection], Any]

MAX_BATCH = 512
MAX_WAITING = 20_000
ANSWER_WITHIN = 10.0
READERS = 2
MAKES_TABLES = 0x73646C6162  # the number of the lock that whoever makes the tables holds
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "busy_timeout=5000",
    "foreign_keys=ON",
    "cache_size=-65536",
)


class Overloaded(Exception):
    """More work is waiting for the database than may wait, or longer than it may."""


@dataclass(slots=True)
class _Job:
    work: Work
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


_Outcome = tuple[_Job, Any, BaseException | None]


class _Lane:
    """A thread with a connection of its own that does queued work in batches."""

    def __init__(
        self, engine: Engine, *, name: str, waiting: queue.SimpleQueue[_Job | None], writes: bool
    ) -> None:
        self._engine = engine
        self._waiting = waiting
        self._writes = writes
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def join(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        connection: Connection | None = None
        last = False
        while not last:
            batch, last = self._next_batch()
            if not batch:
                continue
            try:  # a server that does not answer now may answer the next batch
                connection = connection or self._connected()
            except Exception as error:
                _deliver([(job, None, error) for job in batch])
                continue
            _deliver(self._together(connection, batch) if self._writes else _each(connection, batch))
        if connection is not None:
            connection.close()
        self._waiting.put(None)  # the other lanes of this queue end as well

    def _connected(self) -> Connection:
        connection = self._engine.connect()
        if self._writes or connection.dialect.name != "postgresql":
            return connection
        # At READ COMMITTED each statement sees what is committed then, in a transaction or without: beginning
        # and ending one would be two more questions for each.
        return connection.execution_options(isolation_level="AUTOCOMMIT")

    def _next_batch(self) -> tuple[list[_Job], bool]:
        jobs: list[_Job] = []
        job = self._waiting.get()
        while job is not None:
            if not job.future.cancelled():  # nobody waits for it any more, so it is not begun
                jobs.append(job)
            if len(jobs) >= MAX_BATCH:
                return jobs, False
            try:
                job = self._waiting.get_nowait()
            except queue.Empty:
                return jobs, False
        return jobs, True

    def _together(self, connection: Connection, batch: list[_Job]) -> list[_Outcome]:
        """All jobs in one transaction; when one fails, each again in a transaction of its own."""
        try:
            with connection.begin():
                return [(job, job.work(connection), None) for job in batch]
        except Exception:
            return [_alone(connection, job) for job in batch]


def _alone(connection: Connection, job: _Job) -> _Outcome:
    try:
        with connection.begin():
            return job, job.work(connection), None
    except Exception as error:
        return job, None, told(error)


def _each(connection: Connection, batch: list[_Job]) -> list[_Outcome]:
    outcomes: list[_Outcome] = []
    for job in batch:
        try:
            outcomes.append((job, job.work(connection), None))
        except Exception as error:
            outcomes.append((job, None, told(error)))
        finally:
            connection.rollback()
    return outcomes


def _deliver(outcomes: list[_Outcome]) -> None:
    """Wake the callers, with one call into each loop."""
    loops: dict[asyncio.AbstractEventLoop, list[_Outcome]] = {}
    for outcome in outcomes:
        loops.setdefault(outcome[0].loop, []).append(outcome)
    for loop, some in loops.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle, some)


def _settle(outcomes: list[_Outcome]) -> None:
    for job, result, error in outcomes:
        if job.future.done():
            continue
        if error is None:
            job.future.set_result(result)
        else:
            job.future.set_exception(error)


class Sql:
    """One database. `write` returns after commit; `read` sees everything committed before it began.

    `engine_name` is what a page calls it; `row_locks` says whether `SELECT … FOR UPDATE` locks rows
    and isolation levels differ. Without them one transaction writes at a time.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self.row_locks = self.engine.dialect.name == "postgresql"
        self.engine_name = "PostgreSQL" if self.row_locks else "SQLite"
        self._sessions: Sessions = (
            PostgresSessions(_with_driver(url)) if self.row_locks else SqliteSessions(self.engine)
        )
        self._writes: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._reads: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lanes: list[_Lane] = []

    async def create(self) -> None:
        """Make the tables that do not exist yet, and start the lanes. Raises when nobody answers."""
        await asyncio.to_thread(self._make_tables)
        self._lanes = [_Lane(self.engine, name="sql writer", waiting=self._writes, writes=True)] + [
            _Lane(self.engine, name=f"sql reader {n}", waiting=self._reads, writes=False)
            for n in range(READERS)
        ]

    def _make_tables(self) -> None:
        with self.engine.begin() as connection:
            if self.row_locks:  # of several servers that start on one database, one makes them
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MAKES_TABLES)))
            # One question, where each table would be asked for.
            known = set(sa.inspect(connection).get_table_names())
            if missing := [table for name, table in SQLModel.metadata.tables.items() if name not in known]:
                SQLModel.metadata.create_all(connection, tables=missing)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in a transaction; returns once it is committed.

        `work` may run twice (when another caller's work in the same transaction failed), so it
        must do nothing but talk to its connection. An exception in it undoes only its own work.
        """
        with sql_call("write"):
            return await self._ask(self._writes, work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Do `work` on a reading connection."""
        with sql_call("read"):
            return await self._ask(self._reads, work)

    @property
    def waiting(self) -> int:
        """How many calls wait for a connection."""
        return self._writes.qsize() + self._reads.qsize()

    @asynccontextmanager
    async def session(
        self, *, isolation: Isolation = "READ COMMITTED", wait: float = WAIT, lock_wait: float | None = None
    ) -> AsyncIterator[Session]:
        """A transaction on a connection of one's own: committed at the end of the block, undone by an exception.

        On PostgreSQL the statements of several sessions really interleave. On SQLite there is one
        session at a time, whatever the isolation: it has the writer to itself, and `write` waits for it.

        `wait`: seconds until a connection must be free, else `Unavailable`. `lock_wait`: seconds that a
        statement may wait for a row, else `Locked` (only PostgreSQL; none: what the server is set to).
        `SerializationFailure` when the database gave this transaction up, also at the end of the block.
        Within a session use nothing but the session: a `write` may wait for a row that it holds.
        """
        async with self._sessions.open(isolation=isolation, wait=wait, lock_wait=lock_wait) as session:
            yield session

    async def explain(self, statement: sa.Executable) -> dict[str, Any]:
        """How the database performs the statement.

        PostgreSQL performs it, undoes it, and tells what `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)` says, times in ms
        (`Plan`, `Planning Time`, `Execution Time`). SQLite performs nothing and tells the lines of its
        query plan, as `Query Plan`.
        """

        prefix = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)" if self.row_locks else "EXPLAIN QUERY PLAN"
        text, parameters = _as_sent(statement, self.engine.dialect)

        def ask(connection: Connection) -> dict[str, Any]:
            if self.row_locks:
                connection.exec_driver_sql("BEGIN")  # undone when this has been read
            rows = connection.exec_driver_sql(f"{prefix} {text}", parameters).all()
            return dict(rows[0][0][0]) if self.row_locks else {"Query Plan": [row[3] for row in rows]}

        return await self.read(ask)

    async def _ask(self, waiting: queue.SimpleQueue[_Job | None], work: Callable[[Connection], T]) -> T:
        loop = asyncio.get_running_loop()
        job = _Job(work, loop, loop.create_future())
        if waiting.qsize() >= MAX_WAITING:
            raise Overloaded(f"{MAX_WAITING} calls are waiting for the database")
        waiting.put(job)
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                result: T = await job.future
        except TimeoutError:
            if not job.future.cancelled():  # the work's own
                raise
            raise Overloaded(f"the database did not answer within {ANSWER_WITHIN:g} s") from None
        return result

    def insert(self, table: Any) -> Any:
        """An insert that knows `on_conflict_do_nothing` and `on_conflict_do_update`, and counts its rows.

        Of an insert PostgreSQL's count is gone with its cursor unless it is kept: "already there" would look like
        "stored".
        """
        dialect = postgresql if self.engine.dialect.name == "postgresql" else sqlite
        return dialect.insert(table).execution_options(preserve_rowcount=True)

    async def forget(self, room: str, slug: str = "") -> None:
        """Delete the room's rows, of one design or of all."""
        tables = owned_tables(slug)
        await self.write(lambda c: [c.execute(t.delete().where(t.c.room == room)) for t in tables] and None)

    async def forget_rooms(self, rooms: Collection[str]) -> None:
        """Delete all rows of these rooms: a statement for each table, however many there are."""
        wanted, tables = list(rooms), owned_tables("")
        await self.write(
            lambda c: [c.execute(t.delete().where(t.c.room.in_(wanted))) for t in tables] and None
        )

    async def rows(self, room: str) -> int:
        """How many rows a room holds in all designs."""

        def count(connection: Connection) -> int:
            return sum(
                connection.execute(
                    sa.select(sa.func.count()).select_from(t).where(t.c.room == room)
                ).scalar_one()
                for t in owned_tables("")
            )

        return await self.read(count)

    async def close(self) -> None:
        """Finish what waits, then end the lanes."""
        self._writes.put(None)
        self._reads.put(None)
        for lane in self._lanes:
            await asyncio.to_thread(lane.join)
        await self._sessions.close()
        self.engine.dispose()


def _as_sent(statement: Any, dialect: sa.Dialect) -> tuple[str, Any]:
    """The text and the parameters that a statement becomes for the driver."""
    compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    values = {name: _bound(compiled, name, value, dialect) for name, value in compiled.params.items()}
    return str(compiled), tuple(
        values[name] for name in compiled.positiontup
    ) if compiled.positional else values


def _bound(compiled: Any, name: str, value: Any, dialect: sa.Dialect) -> Any:
    if name not in compiled.binds:  # a member of a list
        return value
    convert = compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)
    return convert(value) if convert else value


def owned_tables(slug: str) -> Sequence[sa.Table]:
    """The tables with a `room` column whose name begins with the design's."""
    prefix = f"{slug.replace('-', '_')}_" if slug else ""
    return [
        table
        for name, table in SQLModel.metadata.tables.items()
        if name.startswith(prefix) and "room" in table.c
    ]


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return sa.create_engine(
            _with_driver(url),
            pool_size=READERS + 2,
            pool_pre_ping=True,
            connect_args={"connect_timeout": CONNECT_WITHIN},
        )
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

    return engine


def _with_driver(url: str) -> str:
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url
