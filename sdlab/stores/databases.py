"""Which database a design gets: one for all, and PostgreSQL for those whose subject it is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import Literal, Protocol

from sdlab.stores.postgres import EmbeddedPostgres, PostgresMissing, PostgresSilent
from sdlab.stores.sql import Sql

log = logging.getLogger("sdlab.stores")

Database = Literal["sqlite", "postgres"]


class Server(Protocol):
    """A PostgreSQL that was started for whoever asked."""

    @property
    def url(self) -> str:
        """How clients reach it."""
        ...

    @property
    def alive(self) -> bool:
        """Whether it is there."""
        ...

    def stop(self) -> None:
        """End it in order."""
        ...


OpenServer = Callable[[Path], Awaitable[Server]]


class Databases:
    """`common` serves everybody; PostgreSQL is started in `folder` when the first design asks for it.

    Without a folder (a database is configured) and where PostgreSQL cannot run, `common` serves all:
    `missing` then says why, and an `Sql` tells by `engine_name` and `row_locks` what it is. `start` gives the
    server of a folder.
    """

    def __init__(
        self, common: Sql, *, folder: Path | None, start: OpenServer = EmbeddedPostgres.open
    ) -> None:
        self.common = common
        self.missing = ""
        self._folder = folder
        self._start_server = start
        self._server: Server | None = None
        self._postgres: Sql | None = None
        self._starting = asyncio.Lock()

    async def of(self, wanted: Database) -> Sql:
        """The database for a design that wants this one."""
        if wanted == "sqlite" or self._folder is None:
            return self.common
        async with self._starting:
            if self._server is None or not self._server.alive:
                await self._start(self._folder)
        return self._postgres or self.common

    async def _start(self, folder: Path) -> None:
        if self.missing:
            return
        try:
            self._server = await self._start_server(folder)
        except (PostgresMissing, PostgresSilent, OSError) as error:
            self.missing = str(error)
            log.warning("no PostgreSQL here (%s); SQLite instead: one writer, no row locks", self.missing)
            return
        if self._postgres is None:  # a server that is started again has the same address
            self._postgres = Sql(self._server.url)
            await self._postgres.create()

    @property
    def alive(self) -> bool:
        """Whether the PostgreSQL that was started is there; true when none was, or none can be."""
        return self._server is None or self._server.alive

    async def revive(self) -> None:
        """Start PostgreSQL again on the same data, at the same address. `PostgresSilent`, `OSError`."""
        async with self._starting:
            if self._folder is not None and not self.alive:
                self._server = await self._start_server(self._folder)

    @property
    def open(self) -> tuple[Sql, ...]:
        """The databases that are at work."""
        return (self.common, self._postgres) if self._postgres else (self.common,)

    async def rows(self, room: str) -> int:
        """How many rows a room holds in the databases that are at work."""
        return sum([await sql.rows(room) for sql in self.open])

    async def forget(self, rooms: Collection[str], *, in_postgres: bool) -> None:
        """Delete the rows of rooms. `in_postgres`: some have rows there, so PostgreSQL is started for them."""
        if in_postgres:
            await self.of("postgres")
        for sql in self.open:
            await sql.forget_rooms(rooms)

    async def close(self) -> None:
        """Finish what waits, let go of all connections, and stop the server that was started."""
        for sql in self.open:
            await sql.close()
        if self._server is not None:
            await asyncio.to_thread(self._server.stop)
