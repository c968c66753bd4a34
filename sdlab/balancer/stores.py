"""The stores that the processes of one server share: whatever no address was given for is started here, and kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from sdlab.settings import Settings
from sdlab.stores.generation import next_generation
from sdlab.stores.keeper import Kept, keep
from sdlab.stores.postgres import EmbeddedPostgres
from sdlab.stores.redis import EmbeddedRedis, connect


@dataclass(frozen=True, slots=True)
class SharedStores:
    """Addresses of the stores, and the folders of those that are to be started; `None` for one that is there."""

    redis_url: str
    database_url: str
    valkey: Path | None = None
    postgres: Path | None = None

    @classmethod
    def of(cls, settings: Settings) -> SharedStores:
        """What these settings lead to. Several processes cannot share SQLite's one writer."""
        valkey = None if settings.redis_url else settings.data.resolve() / "valkey"
        postgres = settings.postgres_folder
        return cls(
            redis_url=settings.redis_url if valkey is None else EmbeddedRedis.url_for(valkey),
            database_url=settings.database_url if postgres is None else EmbeddedPostgres.url_for(postgres),
            valkey=valkey,
            postgres=postgres,
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data; `from_json` reads it back."""
        folders = {"valkey": self.valkey, "postgres": self.postgres}
        return {**asdict(self), **{name: one and str(one) for name, one in folders.items()}}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> SharedStores:
        """See `to_json`."""
        folders = {name: said[name] and Path(said[name]) for name in ("valkey", "postgres")}
        return cls(said["redis_url"], said["database_url"], **folders)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[Redis]:
        """Start them, and start again whichever dies, for the block; a client for what is in Redis."""
        valkey = None if self.valkey is None else EmbeddedRedis.start(self.valkey)
        redis = connect(self.redis_url)
        postgres = None if self.postgres is None else _Postgres(self.postgres)
        keepers: list[asyncio.Task[None]] = []
        try:
            if postgres is not None:
                await postgres.revive()
            await next_generation(redis)
            kept = [] if valkey is None else [Kept("Valkey", lambda: valkey.alive, valkey.revive)]
            if postgres is not None:
                kept.append(Kept("PostgreSQL", postgres.alive, postgres.revive))

            async def revived() -> None:
                """Labs are opened again once all stores are there: the last one that comes back says so."""
                if all(one.alive() for one in kept):
                    await next_generation(redis)

            keepers = [asyncio.create_task(keep(one, revived=revived), name=one.name) for one in kept]
            yield redis
        finally:
            for keeper in keepers:  # first, so that nothing is started any more
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)
            if postgres is not None:
                await postgres.stop()
            await redis.aclose()
            if valkey is not None:
                valkey.stop()


class _Postgres:
    """The one in that folder, whichever process it is just now."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: EmbeddedPostgres | None = None

    def alive(self) -> bool:
        """Whether it is there."""
        return self._server is not None and self._server.alive

    async def revive(self) -> None:
        """Start it."""
        self._server = await EmbeddedPostgres.open(self._folder)

    async def stop(self) -> None:
        """End it in order."""
        if self._server is not None:
            await asyncio.to_thread(self._server.stop)
