"""The embedded PostgreSQL, and transactions that meet in it; SQLite where it cannot run."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import psycopg
import pytest
import sqlalchemy as sa

from sdlab.api.server import open_rooms
from sdlab.lab import Unavailable
from sdlab.launcher import doctor
from sdlab.registry import designs
from sdlab.rooms import manager as manager_module
from sdlab.rooms.health import Health
from sdlab.settings import Settings
from sdlab.stores.bulk import load
from sdlab.stores.databases import Databases
from sdlab.stores.postgres import EmbeddedPostgres, PostgresSilent, check
from sdlab.stores.sessions import Isolation, Locked, PostgresSessions, SerializationFailure, Session
from sdlab.stores.sql import Sql, owned_tables
from tests import databases
from tests.frame.toy import TOY

SEAT = sa.table("meet_seat", sa.column("id"), sa.column("holder"))
SEATS = sa.Table("meet_seat", sa.MetaData(), sa.Column("id", sa.Integer), sa.Column("holder", sa.Text))
ON_DUTY = sa.select(sa.func.count()).select_from(SEAT).where(SEAT.c.holder == "")


def seat(number: int) -> sa.Select:
    return sa.select(SEAT.c.holder).where(SEAT.c.id == number)


def take(number: int, holder: str) -> sa.Update:
    return sa.update(SEAT).where(SEAT.c.id == number).values(holder=holder)


async def with_two_seats(sql: Sql) -> Sql:
    await sql.create()
    for statement in (
        "DROP TABLE IF EXISTS meet_seat",
        "CREATE TABLE meet_seat (id INTEGER PRIMARY KEY, holder TEXT NOT NULL)",
        "INSERT INTO meet_seat VALUES (1, ''), (2, '')",
    ):
        await sql.write(lambda c, statement=statement: c.exec_driver_sql(statement) and None)
    return sql


@pytest.fixture
async def sql(postgres: EmbeddedPostgres) -> AsyncIterator[Sql]:
    one = await with_two_seats(Sql(postgres.url))
    yield one
    await one.close()


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Sql]:
    one = await with_two_seats(Sql(f"sqlite:///{tmp_path / 'meet.db'}"))
    yield one
    await one.close()


@pytest.fixture(params=["PostgreSQL", "SQLite"])
async def either(request: pytest.FixtureRequest, sql: Sql, sqlite: Sql) -> Sql:
    return sql if request.param == "PostgreSQL" else sqlite


async def test_an_insert_says_whether_it_inserted(either: Sql) -> None:
    put = either.insert(SEAT).on_conflict_do_nothing()
    changed = [
        await either.write(lambda c, number=number: c.execute(put, {"id": number, "holder": "ada"}).rowcount)
        for number in (7, 7, 1, 8)
    ]
    assert changed == [1, 0, 0, 1]
    assert [await holder(either, number) for number in (7, 1)] == ["ada", ""]


async def holder(sql: Sql, number: int) -> str:
    found: str = await sql.read(lambda c: c.execute(seat(number)).scalar_one())
    return found


async def until_somebody_waits_for_a_lock(sql: Sql, *, many: int = 1) -> None:
    waiting = sa.text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    async with asyncio.timeout(10):
        while await sql.read(lambda c: c.execute(waiting).scalar_one()) < many:
            pass


# The server


def run(url: str, statement: str) -> list:
    engine = Sql(url).engine
    try:
        with engine.begin() as connection:
            result = connection.exec_driver_sql(statement)
            return [tuple(row) for row in result] if result.returns_rows else []
    finally:
        engine.dispose()


def test_it_starts_stops_and_starts_again_with_what_it_had(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "postgres"
    server = EmbeddedPostgres.start(folder)
    run(server.url, "CREATE TABLE kept AS SELECT 7 AS n")
    assert run(server.url, "SHOW wal_level") == [("logical",)]
    assert run(server.url, "SHOW synchronous_commit") == [("on",)]
    assert run(server.url, "SHOW listen_addresses") == [("",)]
    server.stop()
    assert not server.alive
    assert not (folder / "postmaster.pid").exists()

    began = time.monotonic()
    again = EmbeddedPostgres.start(folder)
    took = time.monotonic() - began
    assert run(again.url, "SELECT n FROM kept") == [(7,)]
    again.stop()
    again.stop()
    assert took < 1.5


def test_it_dies_with_its_parent_and_keeps_what_was_committed(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    code = (
        "import sys, pathlib\n"
        "from sdlab.stores.postgres import EmbeddedPostgres\n"
        "from sdlab.stores.sql import Sql\n"
        "server = EmbeddedPostgres.start(pathlib.Path(sys.argv[1]))\n"
        "with Sql(server.url).engine.begin() as c: c.exec_driver_sql('CREATE TABLE kept AS SELECT 7 AS n')\n"
        "print(server.process.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    assert parent.stdin is not None
    server = psutil.Process(int(parent.stdout.readline()))
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    server.wait(10)
    parent.stdin.close()
    parent.stdout.close()

    again = EmbeddedPostgres.start(folder)
    assert run(again.url, "SELECT n FROM kept") == [(7,)]
    again.stop()


def test_a_killed_server_recovers_although_its_number_is_somebody_elses_now(tmp_path: Path) -> None:
    server = EmbeddedPostgres.start(tmp_path / "postgres")
    run(server.url, "CREATE TABLE kept AS SELECT 7 AS n")
    children = psutil.Process(server.process.pid).children(recursive=True)
    server.process.kill()
    server.process.wait()
    psutil.wait_procs(children, timeout=10)
    left = tmp_path / "postgres" / "postmaster.pid"
    left.write_text("\n".join([str(os.getpid()), *left.read_text().splitlines()[1:]]))

    again = EmbeddedPostgres.start(tmp_path / "postgres")
    assert run(again.url, "SELECT n FROM kept") == [(7,)]
    again.stop()


def test_data_at_the_end_of_a_long_path_are_reached(tmp_path: Path) -> None:
    server = EmbeddedPostgres.start(tmp_path / ("long" * 25) / "postgres")
    assert run(server.url, "SELECT 1") == [(1,)]
    server.stop()


def test_a_cluster_that_is_none_is_told_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("9\n")
    with pytest.raises(PostgresSilent, match=r"PostgreSQL ended while starting: .*postgresql\.conf"):
        EmbeddedPostgres.start(tmp_path / "postgres")


# Transactions that meet


async def test_one_waits_for_the_row_that_another_locked(sql: Sql) -> None:
    async def second() -> str:
        async with sql.session() as session:
            found: str = await session.scalar(seat(1).with_for_update())
            return found

    async with sql.session() as session:
        assert await session.scalar(seat(1).with_for_update()) == ""
        other = asyncio.create_task(second())
        await until_somebody_waits_for_a_lock(sql)
        async with sql.session() as third:
            assert await third.scalar(seat(2).with_for_update()) == ""  # rows are locked, not the table
        await session.execute(take(1, "ann"))
        assert not other.done()
    assert await other == "ann"
    assert sql.row_locks
    assert sql.engine_name == "PostgreSQL"


async def test_who_does_not_want_to_wait_is_told(sql: Sql) -> None:
    async with sql.session() as session:
        await session.execute(take(1, "ann"))
        with pytest.raises(Locked):
            async with sql.session() as other:
                await other.execute(seat(1).with_for_update(nowait=True))
        with pytest.raises(Locked):
            async with sql.session(lock_wait=0.05) as other:
                await other.execute(take(1, "bob"))
        async with sql.session() as other:
            free = await other.execute(sa.select(SEAT.c.id).with_for_update(skip_locked=True))
            assert free.scalars().all() == [2]
    assert await holder(sql, 1) == "ann"


async def leave_duty(session: Session, number: int, both_read: asyncio.Barrier) -> None:
    """Only if somebody else is on duty."""
    assert await session.scalar(ON_DUTY) == 2
    await both_read.wait()
    await session.execute(take(number, "away"))


async def both_leave(sql: Sql, isolation: Isolation) -> list[BaseException | None]:
    both_read = asyncio.Barrier(2)

    async def one(number: int) -> None:
        async with sql.session(isolation=isolation) as session:
            await leave_duty(session, number, both_read)

    return await asyncio.gather(one(1), one(2), return_exceptions=True)


@pytest.mark.parametrize("isolation", ["READ COMMITTED", "REPEATABLE READ"])
async def test_write_skew_passes_below_serializable(sql: Sql, isolation: Isolation) -> None:
    assert await both_leave(sql, isolation) == [None, None]
    assert await sql.read(lambda c: c.execute(ON_DUTY).scalar_one()) == 0


async def test_write_skew_is_refused_at_serializable(sql: Sql) -> None:
    outcomes = await both_leave(sql, "SERIALIZABLE")
    (failure,) = [one for one in outcomes if one is not None]
    assert isinstance(failure, SerializationFailure)
    assert failure.sqlstate == "40001"
    assert await sql.read(lambda c: c.execute(ON_DUTY).scalar_one()) == 1


async def test_a_deadlock_is_the_same_kind_of_failure(sql: Sql) -> None:
    both_hold = asyncio.Barrier(2)

    async def crossed(first: int, second: int) -> None:
        async with sql.session() as session:
            await session.execute(take(first, "x"))
            await both_hold.wait()
            await session.execute(take(second, "x"))

    outcomes = await asyncio.gather(crossed(1, 2), crossed(2, 1), return_exceptions=True)
    (failure,) = [one for one in outcomes if one is not None]
    assert isinstance(failure, SerializationFailure)
    assert failure.sqlstate == "40P01"


async def test_many_rows_come_at_once_or_not_at_all(either: Sql) -> None:
    def holders(connection: sa.Connection) -> list[str]:
        return list(connection.execute(sa.select(SEAT.c.holder).order_by(SEAT.c.id)).scalars())

    said = ["tab\there", "line\nbreak", "back\\slash", "\\N", "", "é—東"]
    rows = [{"id": number, "holder": one} for number, one in enumerate(said, 10)]
    await either.write(lambda c: load(c, SEATS, rows))
    await either.write(lambda c: load(c, SEATS, []))
    assert (await either.read(holders))[2:] == said
    with pytest.raises(Exception, match=r"(?i)unique"):
        await either.write(
            lambda c: load(c, SEATS, [{"id": 20, "holder": "new"}, {"id": 10, "holder": "again"}])
        )
    assert (await either.read(holders))[2:] == said


async def test_connections_are_bounded_and_waiting_is(sql: Sql, postgres: EmbeddedPostgres) -> None:
    few = PostgresSessions(Sql(postgres.url).engine.url.render_as_string(hide_password=False), most=2)

    async def one(wait: float) -> int:
        async with few.open(isolation="READ COMMITTED", wait=wait, lock_wait=None) as session:
            found: int = await session.scalar(sa.text("SELECT pg_backend_pid()"))
            return found

    async with few.open(isolation="READ COMMITTED", wait=1, lock_wait=None) as first:
        async with few.open(isolation="READ COMMITTED", wait=1, lock_wait=None) as second:
            pid = sa.text("SELECT pg_backend_pid()")
            assert await first.scalar(pid) != await second.scalar(pid)
            with pytest.raises(Unavailable, match="all 2 connections"):
                await one(0.05)
            late = asyncio.create_task(one(5))
        assert await late > 0
    assert len(set(await asyncio.gather(*[one(5) for _ in range(20)]))) <= 2
    await few.close()


async def test_a_block_that_fails_or_is_cancelled_leaves_nothing(either: Sql) -> None:
    sql = either

    async def fails() -> None:
        async with sql.session() as session:
            await session.execute(take(1, "ann"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    taken = asyncio.Event()

    async def never_ends() -> None:
        async with sql.session() as session:
            await session.execute(take(1, "bob"))
            taken.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(never_ends())
    await taken.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await holder(sql, 1) == ""
    async with sql.session() as session:
        assert (await session.execute(take(1, "cid"))).rowcount == 1
    assert await holder(sql, 1) == "cid"


async def test_a_cancelled_wait_for_a_row_gives_the_connection_back(sql: Sql) -> None:
    async def waits() -> None:
        async with sql.session() as session:
            await session.execute(take(1, "bob"))

    async with sql.session() as session:
        await session.execute(take(1, "ann"))
        tasks = [asyncio.create_task(waits()) for _ in range(5)]
        await until_somebody_waits_for_a_lock(sql, many=5)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert await holder(sql, 1) == "ann"


async def test_a_plan_tells_what_was_done_and_changes_nothing(sql: Sql, sqlite: Sql) -> None:
    told = await sql.explain(take(1, "ann"))
    assert told["Plan"]["Node Type"] == "ModifyTable"
    assert told["Execution Time"] > 0
    assert "Shared Hit Blocks" in told["Plan"]
    assert await holder(sql, 1) == ""
    some = await sql.explain(sa.select(SEAT).where(SEAT.c.id.in_([1, 2])))
    assert some["Plan"]["Actual Rows"] == 2
    assert "meet_seat" in (await sqlite.explain(seat(1)))["Query Plan"][0]


# SQLite: one writer


async def test_sqlite_has_one_session_at_a_time(sqlite: Sql) -> None:
    assert not sqlite.row_locks
    assert sqlite.engine_name == "SQLite"
    async with sqlite.session(isolation="SERIALIZABLE") as session:
        assert await session.scalar(seat(1).with_for_update()) == ""
        with pytest.raises(Unavailable, match="only writer"):
            async with sqlite.session(wait=0.05):
                pass
        await session.execute(take(1, "ann"))
        assert await holder(sqlite, 1) == ""
    assert await holder(sqlite, 1) == "ann"


async def test_on_sqlite_a_session_has_the_writer_from_its_beginning(sqlite: Sql) -> None:
    async with sqlite.session() as session:
        assert await session.scalar(seat(1)) == ""
        other = asyncio.create_task(sqlite.write(lambda c: c.execute(take(1, "bob")).rowcount))
        await asyncio.wait({other}, timeout=0.2)
        assert not other.done()
        await session.execute(take(1, "ann"))
    assert await other == 1
    assert await holder(sqlite, 1) == "bob"


async def test_twenty_buyers_sell_a_seat_once(either: Sql) -> None:
    assert await winners(either) == 1


async def winners(sql: Sql) -> int:
    async def buy(name: str) -> bool:
        async with sql.session(wait=20) as session:
            if await session.scalar(seat(1).with_for_update()):
                return False
            await session.execute(take(1, name))
            return True

    return sum(await asyncio.gather(*[buy(f"buyer {n}") for n in range(20)]))


# Rooms


@pytest.fixture
def on_postgres(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = dataclasses.replace(TOY, database="postgres")
    monkeypatch.setattr(
        manager_module,
        "design",
        lambda slug: wanted if slug == "toy" else dataclasses.replace(TOY, slug=slug),
    )


def settings(tmp_path: Path) -> Settings:
    return Settings(SDLAB_DATA=tmp_path / "data")  # type: ignore[call-arg]


async def add_row(sql: Sql, room: str) -> None:
    table = next(one for one in owned_tables("rate-limiter"))
    numbers = (sa.Integer, sa.Float)
    values = {one.name: 1 if isinstance(one.type, numbers) else room for one in table.c}
    await sql.write(lambda c: c.execute(table.insert().values(**values)) and None)


async def test_it_is_started_for_the_first_lab_that_wants_it_and_rooms_leave_it(
    on_postgres: None, tmp_path: Path
) -> None:
    designs()
    async with open_rooms(settings(tmp_path)) as manager:
        room, other = await manager.rooms.new_room("10.0.0.1"), await manager.rooms.new_room("10.0.0.1")
        plain = await manager.lab(room, "plain")
        assert plain.room.sql is manager.stores.sql
        assert "postgres" not in await Health(manager).report()
        assert not (tmp_path / "data" / "postgres").exists()

        lab, second = await asyncio.gather(manager.lab(room, "toy"), manager.lab(other, "toy"))
        assert lab.room.sql is second.room.sql
        assert lab.room.sql.row_locks
        assert (await Health(manager).report())["postgres"]["ms"] > 0
        await add_row(lab.room.sql, room)
        await add_row(lab.room.sql, other)
        await add_row(plain.room.sql, room)
        assert await manager.rows(room) == 2
        await manager.remove(other)
        assert await manager.rows(other) == 0
        server = manager.stores.databases._server
    assert server is not None
    assert not server.alive

    async with open_rooms(settings(tmp_path)) as again:  # at rest until the room's rows are asked for
        assert len(again.stores.databases.open) == 1
        await again.remove(room)
        assert len(again.stores.databases.open) == 2
        assert await again.rows(room) == 0


async def test_several_servers_may_start_on_one_empty_database_at_once(postgres: EmbeddedPostgres) -> None:
    designs()  # whose tables these are
    empty = databases.empty(postgres)
    servers = [Sql(empty.url) for _ in range(4)]
    await asyncio.gather(*[one.create() for one in servers])
    assert [await one.rows("nobody") for one in servers] == [0, 0, 0, 0]
    for one in servers:
        await one.close()
    empty.stop()


async def test_a_server_that_died_is_started_again(tmp_path: Path) -> None:
    common = Sql(f"sqlite:///{tmp_path / 'common.db'}")
    await common.create()
    both = Databases(common, folder=tmp_path / "postgres")
    sql = await both.of("postgres")
    assert both._server is not None
    both._server.stop()
    assert await both.of("postgres") is sql
    async with sql.session() as session:
        assert await session.scalar(sa.text("SELECT 1")) == 1
    await both.close()


async def test_where_it_cannot_run_the_room_gets_sqlite_and_knows(
    on_postgres: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("SDLAB_POSTGRES_BIN", str(tmp_path))
    with caplog.at_level(logging.WARNING, "sdlab.stores"):
        async with open_rooms(settings(tmp_path)) as manager:
            for _ in range(2):
                lab = await manager.lab(await manager.rooms.new_room("10.0.0.1"), "toy")
                assert not lab.room.sql.row_locks
                assert lab.room.sql.engine_name == "SQLite"
            assert "no PostgreSQL found" in manager.stores.databases.missing
    assert [one.levelname for one in caplog.records if "no PostgreSQL" in one.message] == ["WARNING"]
    (finding,) = doctor._postgres()
    assert (finding.state, finding.prevents) == (doctor.LACKING, False)
    assert "one writer, no row locks" in finding.found


async def test_a_configured_database_serves_all(
    on_postgres: None, tmp_path: Path, postgres: EmbeddedPostgres
) -> None:
    chosen = Settings(SDLAB_DATA=tmp_path / "data", DATABASE_URL=postgres.url)  # type: ignore[call-arg]
    async with open_rooms(chosen) as manager:
        lab = await manager.lab(await manager.rooms.new_room("10.0.0.1"), "toy")
        assert lab.room.sql is manager.stores.sql
        assert lab.room.sql.row_locks
    assert not (tmp_path / "data" / "postgres").exists()


async def test_a_test_gets_a_room_on_postgres(make_room: Callable) -> None:
    room, plain = await make_room("toy", database="postgres"), await make_room("toy")
    assert (room.sql.engine_name, plain.sql.engine_name) == ("PostgreSQL", "SQLite")


def test_the_doctor_says_what_is_there() -> None:
    (finding,) = doctor._postgres()
    assert finding.state == doctor.OK
    assert check() in finding.found


def test_a_database_that_was_given_back_is_empty_when_it_is_had_again(postgres: EmbeddedPostgres) -> None:
    first = databases.DatabaseOfItsOwn.copy(postgres)
    with psycopg.connect(first.url, autocommit=True) as connection:
        connection.execute("INSERT INTO dropbox_secret VALUES ('here', 'told')")
        connection.execute("ANALYZE dropbox_secret")
        connection.execute("CREATE TABLE of_a_test () INHERITS (dropbox_secret)")
        first.stop()  # also when somebody is still connected

    again = databases.DatabaseOfItsOwn.copy(postgres)
    with psycopg.connect(again.url, autocommit=True) as connection:
        tables = "SELECT count(*) FROM pg_class WHERE relname = 'of_a_test'"
        known = "SELECT count(*) FROM pg_statistic WHERE starelid = 'dropbox_secret'::regclass"
        asked = ("SELECT count(*) FROM dropbox_secret", tables, known)
        found = [connection.execute(one).fetchone() for one in asked]
    again.stop()

    assert again == first
    assert found == [(0,), (0,), (0,)]


def test_a_database_that_lacks_what_all_have_is_not_had_again(postgres: EmbeddedPostgres) -> None:
    first = databases.DatabaseOfItsOwn.copy(postgres)
    with psycopg.connect(first.url, autocommit=True) as connection:
        connection.execute("DROP TABLE dropbox_secret")
    first.stop()

    again = databases.DatabaseOfItsOwn.copy(postgres)
    again.stop()

    assert again != first
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(first.url)
