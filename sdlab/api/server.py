"""The HTTP application around the pages, and what lives as long as the process does."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from pathlib import Path

from fastapi import FastAPI, Response
from fastapi_offline import FastAPIOffline

from sdlab import __version__, telemetry
from sdlab.api import (
    bench,
    class_exercises,
    class_predictions,
    class_voices,
    classes,
    control,
    lessons,
    measured,
    problems,
    scenarios,
)
from sdlab.api.door import Door
from sdlab.api.prefixes import Prefixes, key_of
from sdlab.course.records import keep_records
from sdlab.lab import SteppedClock
from sdlab.live import socket
from sdlab.live.addresses import WithoutSlash, built_pages
from sdlab.live.headers import PageHeaders, WriteLimit, built_script_hashes
from sdlab.live.relay import Relay
from sdlab.live.written import CountsBytes
from sdlab.metrics import count_lines
from sdlab.parts.optional_packages import optional_packages
from sdlab.registry import designs
from sdlab.rooms.lease import RedisLeases, SoleWorker
from sdlab.rooms.manager import RoomManager, Stores, set_room_manager, shared_secret
from sdlab.rooms.warm_up import WarmUp
from sdlab.settings import Settings, settings
from sdlab.stores.blobs import Blobs
from sdlab.stores.databases import Databases, OpenServer
from sdlab.stores.generation import follow
from sdlab.stores.keeper import Kept, keep
from sdlab.stores.postgres import EmbeddedPostgres
from sdlab.stores.redis import EmbeddedRedis, check, connect
from sdlab.stores.sql import Sql

FAREWELL = 0.1  # seconds between the end of streams and the end of their connections
SUPERVISOR = "SDLAB_SUPERVISOR"
DESCRIPTION = """Drive any lab without a browser. Name a room with `?room=` or `X-SDLab-Room`
(make one with `POST /api/rooms`); without one you share the room `public`."""


class DataInUse(RuntimeError):
    """Another server works on the same data folder."""


def build_api() -> FastAPI:
    """Control API, every lab's API, the live socket, problem documents."""
    api: FastAPI = FastAPIOffline(
        title="sdlab", version=__version__, description=DESCRIPTION, docs_url="/docs", redoc_url=None
    )
    problems.install(api)
    routes, roots = Prefixes(api), set[str]()
    for design in designs():
        if design.root_router is not None:
            routes.include(router := design.root_router(), tags=[design.title])
            roots |= {key_of(str(getattr(one, "path", ""))) for one in router.routes}
    for router in (
        measured.router,
        control.router,
        scenarios.router,
        classes.router,
        lessons.router,
        class_voices.router,
        class_exercises.router,
        class_predictions.router,
        socket.router,
    ):
        routes.include(router)
    if settings().lti_platforms is not None:
        from sdlab.api import lti  # who registers no platform does not load it

        routes.include(lti.router)
    for design in designs():
        routes.include(
            problems.describe_keys(design.router()), prefix=f"/api/{design.slug}", tags=[design.title]
        )
    if settings().bench:
        api.add_api_route("/api/bench/noop", noop, methods=["GET"], include_in_schema=False)
        routes.include(bench.router)
    problems.install_fallback(api)
    if settings().otel_endpoint:
        api.add_middleware(telemetry.Traced, roots=frozenset(roots))
    if not settings().bench:
        api.add_middleware(WriteLimit, per_second=settings().writes_per_second)
    embedded_by = settings().embed_origins.replace(",", " ") or "*"
    api.add_middleware(
        PageHeaders,
        script_hashes=built_script_hashes(),
        embedded_by=embedded_by,
        classes_by=settings().frame_ancestors_listed,
    )
    api.add_middleware(WithoutSlash, pages=built_pages())
    api.add_middleware(Door, settings=settings())
    api.add_middleware(CountsBytes)
    api.add_middleware(measured.Measured)
    return api


async def noop() -> Response:
    """The cheapest answer this server can give: what redirects are measured against."""
    return Response(status_code=204)


@asynccontextmanager
async def open_rooms(
    chosen: Settings,
    *,
    running: EmbeddedRedis | None = None,
    start_postgres: OpenServer = EmbeddedPostgres.open,
) -> AsyncIterator[RoomManager]:
    """Stores and rooms, for as long as the block runs.

    `running` is an embedded Valkey that somebody else has started and will stop; `start_postgres` gives the
    PostgreSQL of a folder, once a lab wants it.
    """
    designs()  # their tables must be known before the database is made
    alone = chosen.worker is None
    with only_server_on(chosen.data) if alone else nullcontext():
        async with _open_rooms(chosen, running=running, start_postgres=start_postgres) as manager:
            yield manager


@asynccontextmanager
async def _open_rooms(
    chosen: Settings, *, running: EmbeddedRedis | None, start_postgres: OpenServer
) -> AsyncIterator[RoomManager]:
    embedded = None if chosen.redis_url or running else EmbeddedRedis.start(chosen.data.resolve() / "valkey")
    redis = connect(chosen.redis_url or (running or embedded).url)  # type: ignore[union-attr]
    databases = Databases(Sql(chosen.sql_url), folder=chosen.postgres_folder, start=start_postgres)
    try:
        await check(redis)
        await databases.common.create()
        leases = RedisLeases(redis, place=chosen.worker) if chosen.redis_url else SoleWorker()
        stores = Stores(
            redis=redis,
            databases=databases,
            blobs=Blobs(chosen.blob_place, files=chosen.files),
            leases=leases,
        )
        clock = SteppedClock() if chosen.bench else None
        secret = await shared_secret(redis, chosen.secret)
        manager = RoomManager(stores, chosen, secret=secret, clock=clock)
        manager.housekeeping.start()
        keepers = [
            asyncio.create_task(keep(one, revived=manager.reopen), name=f"keeper of {one.name}")
            for one in _kept(embedded, databases)
        ]
        if chosen.worker is not None:  # another process keeps the stores
            keepers.append(asyncio.create_task(follow(redis, manager.reopen), name="follows the stores"))
        try:
            yield manager
        finally:
            for keeper in keepers:  # first, so that nothing is started any more
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)
            await optional_packages().close()
            await manager.close()
    finally:
        await databases.close()
        await redis.aclose()
        if embedded is not None:
            embedded.stop()


def _kept(valkey: EmbeddedRedis | None, databases: Databases) -> list[Kept]:
    """What this process has started, or may start yet, and must look after."""
    kept = [Kept("PostgreSQL", lambda: databases.alive, databases.revive)]
    return kept if valkey is None else [Kept("Valkey", lambda: valkey.alive, valkey.revive), *kept]


@asynccontextmanager
async def lifespan() -> AsyncIterator[None]:
    """What the process needs while it serves."""
    count_lines()
    telemetry.begin(settings().otel_endpoint)
    watcher = asyncio.create_task(_end_with_parent(os.getppid()))
    async with open_rooms(settings()) as manager:
        set_room_manager(manager)
        hang_up_first(manager.hang_up)
        records = keep_records(settings(), manager.ids.secret)
        relay = asyncio.create_task(Relay(manager).run(), name="relay") if settings().redis_url else None
        warm_up = WarmUp(manager, designs() if settings().warm_up else ())
        warm_up.start()
        try:
            yield
        finally:
            set_room_manager(None)
            await warm_up.stop()
            if records is not None:
                await records.close()
            watcher.cancel()
            if relay is not None:
                relay.cancel()
                await asyncio.gather(relay, return_exceptions=True)
            await telemetry.end()


def hang_up_first(end_streams: Callable[[], None]) -> None:
    """Told to stop, a worker waits for its connections, and event streams do not end by themselves.

    SIGTERM therefore ends them, and is passed on as SIGINT, which the server heeds just the same.
    """
    if SUPERVISOR not in os.environ or sys.platform == "win32":
        return
    loop = asyncio.get_running_loop()

    def stop() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        os.kill(os.getpid(), signal.SIGINT)

    def hang_up() -> None:
        end_streams()
        loop.call_later(FAREWELL, stop)

    loop.add_signal_handler(signal.SIGTERM, hang_up)


@contextmanager
def only_server_on(data: Path) -> Iterator[None]:
    """The data folder belongs to one server at a time; a killed one leaves no lock behind. `DataInUse`."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise DataInUse(f"another server works on {data}") from None
        yield


async def _end_with_parent(parent: int) -> None:
    """A worker whose supervisor was killed ends in order instead of serving on alone."""
    if sys.platform == "win32" or parent == 1:
        return
    while os.getppid() == parent:  # noqa: ASYNC110 - nobody tells a process that its parent is gone
        await asyncio.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)
