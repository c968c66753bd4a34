"""Real stores for tests: one Valkey for the whole run, a database of its own for each test.

A PostgreSQL is there once per process, from the first test that wants it.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from hypothesis import settings as hypothesis_settings
from redis import Redis as SyncRedis

from sdlab.api.server import build_api, open_rooms
from sdlab.lab import Clock, Engine, Quota, Room, SystemClock
from sdlab.launcher.worker import settle
from sdlab.registry import designs
from sdlab.rooms.manager import RoomManager, set_room_manager
from sdlab.settings import Settings
from sdlab.stores import limited
from sdlab.stores.blobs import Blobs
from sdlab.stores.databases import Database
from sdlab.stores.names import RedisNames
from sdlab.stores.postgres import EmbeddedPostgres
from sdlab.stores.redis import EmbeddedRedis, connect
from sdlab.stores.sql import Sql
from tests import databases
from tests.machine import budget
from tests.virtual_time import VirtualClock, VirtualLoop, count_store_calls, listened_to

pytest.register_assert_rewrite("tests.sabotage")
hypothesis_settings.register_profile("sdlab", derandomize=True, deadline=None, database=None, max_examples=60)
hypothesis_settings.load_profile("sdlab")
# Four processes compete for two cores: a store that is late here is not silent.
limited.ANSWER_WITHIN = budget(15.0)

CORPUS = 5_000  # generated things that a lab begins with in tests
os.environ["SDLAB_CORPUS"] = str(CORPUS)
os.environ["SDLAB_WARM_UP"] = "off"  # of servers that tests start
MakeRoom = Callable[..., Awaitable[Room]]
AtWork = Callable[..., Callable[..., Awaitable[Any]]]
PREPARED = 240  # things that a room opens with: enough to see, and quickly made
_rooms = itertools.count(1)
_wanted: dict[str, Database] = {design.slug: design.database for design in designs()}


def is_virtual(item: Any) -> bool:
    """Whether a test's time passes by itself: it, or its module, is marked `virtual_time`."""
    return item.get_closest_marker("virtual_time") is not None


def pytest_asyncio_loop_factories(item: pytest.Item) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Every test has a loop of its own, and those that are marked one with virtual time."""
    return {"virtual": VirtualLoop} if is_virtual(item) else {"real": asyncio.new_event_loop}


@pytest.fixture(autouse=True)
def stores_stop_the_time(request: pytest.FixtureRequest) -> None:
    """With virtual time, none of it passes while a store is at work."""
    if is_virtual(request.node):
        count_store_calls(request.getfixturevalue("monkeypatch"))


@pytest.fixture
async def usual_clock(request: pytest.FixtureRequest) -> Clock:
    """The clock of whatever is not given another: the test's loop's."""
    return VirtualClock(asyncio.get_running_loop()) if is_virtual(request.node) else SystemClock()


def pytest_collection_finish() -> None:
    """As in the server: what is loaded stays, and is not looked through again and again."""
    settle()


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    server = EmbeddedRedis.start(tmp_path_factory.mktemp("valkey"))
    yield server
    server.stop()


def _emptied(valkey: EmbeddedRedis) -> None:
    """What earlier tests have left goes: whoever looks through all keys would take longer with each test."""
    with SyncRedis(unix_socket_path=str(valkey.socket_path)) as redis:
        redis.flushall()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    server = databases.start(tmp_path_factory.mktemp("stores") / "postgres")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables and nothing in them, to be copied."""
    return databases.sqlite_with_tables(tmp_path_factory.mktemp("stores") / "empty.db")


@pytest.fixture
async def make_room(
    request: pytest.FixtureRequest,
    valkey: EmbeddedRedis,
    sqlite_with_tables: Path,
    tmp_path: Path,
    usual_clock: Clock,
) -> AsyncIterator[MakeRoom]:
    """`await make_room("url-shortener", seed=1, clock=..., quota=...)`: a room over real stores.

    With `database="postgres"` over PostgreSQL; without, over what the design of that slug wants.
    """
    if "manager" not in request.fixturenames:  # which begins with an empty one, too
        _emptied(valkey)
    redis = connect(valkey.url)
    open_databases: dict[Database, Sql] = {}
    in_postgres: set[str] = set()

    async def sql_of(wanted: Database) -> Sql:
        if wanted not in open_databases:
            if wanted == "postgres":
                url = request.getfixturevalue("postgres").url
            else:
                url = f"sqlite:///{shutil.copy(sqlite_with_tables, tmp_path / 'test.db')}"
            open_databases[wanted] = Sql(url)
            await open_databases[wanted].create()
        return open_databases[wanted]

    async def make(
        slug: str,
        *,
        seed: int = 1,
        clock: Clock | None = None,
        quota: Quota | None = None,
        room: str = "",
        database: Database | None = None,
    ) -> Room:
        wanted = database or _wanted.get(slug, "sqlite")
        room = room or f"test-{os.getpid()}-{next(_rooms)}"
        if wanted == "postgres":
            in_postgres.add(room)
        return Room(
            id=room,
            slug=slug,
            redis=redis,
            sql=await sql_of(wanted),
            blobs=Blobs(str(tmp_path / "blobs")),
            names=RedisNames(redis),
            clock=clock or usual_clock,
            seed=seed,
            quota=quota or Quota(prepared=PREPARED, corpus=CORPUS),
        )

    with listened_to(redis):
        yield make
    for room in in_postgres:  # tests share the server, and may name their rooms alike
        await open_databases["postgres"].forget(room)
    for sql in open_databases.values():
        await sql.close()
    await redis.aclose()


@pytest.fixture
async def manager(
    request: pytest.FixtureRequest,
    valkey: EmbeddedRedis,
    sqlite_with_tables: Path,
    tmp_path: Path,
    usual_clock: Clock,
) -> AsyncIterator[RoomManager]:
    """All rooms with stores of their own, as the server has it; `sdlab.rooms.manager.room_manager()` gives it.

    Its Valkey is the run's, emptied: a process less to start for each of a thousand tests. Its PostgreSQL is
    the run's as well, where a lab wants one, with a database of its own.
    """

    async def postgres(_: Path) -> databases.DatabaseOfItsOwn:
        return databases.DatabaseOfItsOwn.copy(request.getfixturevalue("postgres"))

    _emptied(valkey)
    settings = Settings(  # type: ignore[call-arg]
        SDLAB_DATA=tmp_path / "data", SDLAB_ROOMS_PER_ADDRESS=200, SDLAB_PREPARED_PER_ROOM=PREPARED
    )
    if not settings.database_url:
        settings.data.mkdir()
        shutil.copy(sqlite_with_tables, sa.make_url(settings.sql_url).database or "")
    async with open_rooms(settings, running=valkey, start_postgres=postgres) as one:
        one.clock = usual_clock
        with listened_to(one.stores.redis):
            set_room_manager(one)
            yield one
            set_room_manager(None)


@pytest.fixture(scope="session")
def application() -> FastAPI:
    """The application without its pages. It keeps nothing: whose rooms answer is looked up for each call."""
    return build_api()


@pytest.fixture
async def client(manager: RoomManager, application: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Calls the real application, without its pages, in a private room of its own."""
    transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as one:
        one.headers["X-SDLab-Room"] = (await one.post("/api/rooms")).json()["room"]
        yield one


@pytest.fixture
async def at_work(make_room: MakeRoom) -> AsyncIterator[AtWork]:
    """`at_work("top-k", TopK, Config, clock=...)` gives an opener of engines over real stores.

    `await opener(clock=..., quota=..., room=..., **config)`; naming a room twice re-opens it. All
    are closed after the test.
    """
    opened: list[Engine[Any]] = []

    def opener(
        slug: str, kind: type[Engine[Any]], config: type, *, clock: Callable[[], Clock] = SystemClock
    ) -> Callable[..., Awaitable[Any]]:
        async def make(
            *, clock: Clock | None = None, quota: Quota | None = None, room: str = "", **choices: object
        ) -> Engine[Any]:
            place = await make_room(slug, clock=clock or usual(), quota=quota, room=room)
            engine = kind(place, config(**choices))
            await engine.start()
            opened.append(engine)
            return engine

        usual = clock
        return make

    yield opener
    for engine in opened:
        await engine.close()
