"""All rooms of this process: opened on first use, closed when idle, removed after a day."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from sdlab.lab import Clock, Quota, Room, SystemClock, TooMany, Unavailable
from sdlab.lab.toggle import as_mapping
from sdlab.parts.optional_packages import optional_packages
from sdlab.registry import design
from sdlab.rooms.admission import LAST_SEEN, Admission
from sdlab.rooms.housekeeping import Housekeeping
from sdlab.rooms.ids import RoomIds
from sdlab.rooms.lab import RunningLab, meta_key, remember
from sdlab.rooms.lease import LEASE_MS, PLACE_HEADER, Leases, holder_of, place_of_holder
from sdlab.settings import Settings
from sdlab.stores.blobs import Blobs
from sdlab.stores.databases import Database, Databases
from sdlab.stores.names import RedisNames
from sdlab.stores.sql import Sql

log = logging.getLogger("sdlab.rooms")

CLOSE_WITHIN = 4.0
SECRET = "sdlab:secret"
OPENED = "opened"  # when a lab was first at work in a room
IN_POSTGRES = "sdlab:rooms:postgres"  # rooms with rows in the embedded PostgreSQL, which may be at rest


class Elsewhere(Unavailable):
    """Another process holds the room's lease: the one at `place`, when it is of this server."""

    def __init__(self, *, place: int | None) -> None:
        super().__init__("this room is at work on another server process", retry_after=LEASE_MS / 1000)
        if place is not None:
            self.headers[PLACE_HEADER] = str(place)


@dataclass(slots=True)
class Stores:
    """What all rooms share."""

    redis: Redis
    databases: Databases
    blobs: Blobs
    leases: Leases

    @property
    def sql(self) -> Sql:
        """The database of all designs that want no other."""
        return self.databases.common


class RoomManager:
    """Opens, keeps and closes labs. One per process."""

    def __init__(
        self, stores: Stores, settings: Settings, *, secret: str, clock: Clock | None = None
    ) -> None:
        self.stores = stores
        self.settings = settings
        self.ids = RoomIds(secret)
        self.rooms = Admission(stores.redis, self.ids, clock or SystemClock(), settings)
        self.names = RedisNames(stores.redis)
        self._labs: dict[tuple[str, str], RunningLab] = {}
        self._opening: dict[tuple[str, str], asyncio.Lock] = {}
        self.on_close: list[Callable[[], Awaitable[None]]] = []
        self.on_remove: list[Callable[[str], Awaitable[None]]] = []
        self.before_open: list[Callable[[str, str], Awaitable[None]]] = []  # room and lab; may refuse
        self.on_open: list[Callable[[RunningLab], Awaitable[None]]] = []  # before anybody gets it
        self.opened: set[str] = set()  # labs that were at work in this process
        self.housekeeping = Housekeeping(self)
        self._ending = False

    @property
    def clock(self) -> Clock:
        """The time of all rooms: by one clock they are entered, and forgotten when it has gone on."""
        return self.rooms.clock

    @clock.setter
    def clock(self, other: Clock) -> None:
        self.rooms.clock = other

    # Labs

    async def lab(self, room: str, slug: str) -> RunningLab:
        """The lab at work in that (checked) room, opened if need be."""
        key = (room, slug)
        running = self._labs.get(key)
        if running is None:
            running = await self._open(key)
        running.touch()
        return running

    async def lab_as(self, room: str, slug: str, *, config: Any, seed: int) -> RunningLab:
        """The lab in a (checked) room where it never was at work, opened with that config and seed."""
        await remember(self.stores.redis, room, slug, config=config, seed=seed, since=None)
        return await self.lab(room, slug)

    async def _open(self, key: tuple[str, str]) -> RunningLab:
        async with self._opening.setdefault(key, asyncio.Lock()):
            if key in self._labs:
                return self._labs[key]
            if self._ending:
                raise Unavailable("the server is stopping", retry_after=1)
            room_id, slug = key
            chosen = design(slug)
            for allow in self.before_open:
                await allow(room_id, slug)
            await self._make_place()
            for package in chosen.needs:
                optional_packages().want(package)
            if not await self.stores.leases.take(room_id):
                raise Elsewhere(place=place_of_holder(await holder_of(self.stores.redis, room_id)))
            fresh = await self.stores.redis.hsetnx(meta_key(room_id, slug), OPENED, self.clock.time())
            stored: dict[str, str] = await self.stores.redis.hgetall(meta_key(room_id, slug))
            sql = await self._database(room_id, chosen.database)
            running = RunningLab(
                chosen,
                self._room(room_id, slug, sql, seed=int(stored.get("seed", 1))),
                chosen.config_from(json.loads(stored.get("config", "{}"))),
                redis=self.stores.redis,
                viewers=self.settings.viewers_per_lab,
            )
            running.admits = self._admits
            running.fresh = bool(fresh)
            running.engine.context.settings.recall(_since(stored, running.engine.config))
            await running.open()
            for prepare in self.on_open:
                await prepare(running)
            await self.stores.redis.zadd(LAST_SEEN, {room_id: self.clock.time()})
            self._labs[key] = running
            self.opened.add(slug)
            return running

    async def _database(self, room_id: str, wanted: Database) -> Sql:
        sql = await self.stores.databases.of(wanted)
        if sql is not self.stores.sql:
            await self.stores.redis.sadd(IN_POSTGRES, room_id)
        return sql

    def _room(self, room_id: str, slug: str, sql: Sql, *, seed: int) -> Room:
        return Room(
            id=room_id,
            slug=slug,
            redis=self.stores.redis,
            sql=sql,
            blobs=self.stores.blobs,
            names=self.names,
            clock=self.clock,
            seed=seed,
            quota=Quota(
                rows=self.settings.rows_per_room,
                prepared=self.settings.prepared_per_room,
                bytes=self.settings.bytes_per_room,
                workload_rate=self.settings.workload_rate,
                corpus=self.settings.corpus,
            ),
        )

    def _admits(self, lab: RunningLab, rate: float) -> None:
        """`TooMany` when the traffic of all labs together would be more than this process may play."""
        others = sum(one.playing for one in self._labs.values() if one is not lab)
        if others + rate > self.settings.total_workload_rate:
            raise TooMany(
                f"all labs together play at most {self.settings.total_workload_rate:g} operations per second; "
                f"{others:g} are taken",
                retry_after=30,
            )

    async def _make_place(self) -> None:
        if len(self._labs) < self.settings.open_labs:
            return
        quiet = [(lab.last_used, key) for key, lab in self._labs.items() if not lab.frames.watched]
        if not quiet:
            raise Unavailable("all labs of this server are in use; try again soon", retry_after=30)
        await self._close(min(quiet)[1])

    async def close_lab(self, room: str, slug: str) -> None:
        """Stop a lab; its data stays, and whoever asks for it opens it again."""
        await self._close((room, slug))

    async def _close(self, key: tuple[str, str]) -> None:
        running = self._labs.pop(key, None)
        self._opening.pop(key, None)
        if running is not None:
            try:
                async with asyncio.timeout(CLOSE_WITHIN):
                    await running.close()
                    if not any(room == key[0] for room, _ in self._labs):
                        await self.stores.leases.give(key[0])
            except Exception as error:  # the others are closed all the same
                log.warning("a lab (%s) did not close in order: %s", key[1], type(error).__name__)

    async def reopen(self) -> None:
        """Open every lab again from its stores, which were gone for a while; traffic that played plays on."""
        for key in list(self._labs):
            try:
                await self._reopen(key)
            except Exception as error:  # the next request tries again
                log.error("a lab (%s) could not be opened again: %s", key[1], error)

    async def _reopen(self, key: tuple[str, str]) -> None:
        lab = self._labs[key]
        workload, rate = lab.runner.workload, lab.runner.rate
        plays, watched = lab.runner.running, lab.frames.watched
        await self._close(key)
        if watched or plays:
            again = await self.lab(*key)
            if plays and workload is not None:
                again.runner.start(workload, rate=rate, seed=again.room.seed)

    # Life

    def hang_up(self) -> None:
        """End the streams and sockets of every lab's API; whoever listens comes back to the next process."""
        self._ending = True
        for lab in self._labs.values():
            lab.frames.hang_up()

    async def close(self) -> None:
        """Close every lab; nothing acknowledged is lost."""
        self._ending = True
        for end in self.on_close:
            await end()
        await self.housekeeping.stop()
        await asyncio.gather(*[self._close(key) for key in list(self._labs)])

    async def remove(self, *rooms: str) -> None:
        """Delete the data of rooms everywhere; many together cost little more than one."""
        for key in [key for key in self._labs if key[0] in rooms]:
            await self._close(key)
        held = await self.stores.redis.smismember(IN_POSTGRES, rooms)
        await self.stores.databases.forget(rooms, in_postgres=any(held))
        for room in rooms:
            await self.stores.blobs.forget(f"{room}/")
        await self._forget_keys(frozenset(rooms))
        await self.stores.redis.srem(IN_POSTGRES, *rooms)
        await self.stores.redis.zrem(LAST_SEEN, *rooms)
        self.rooms.forget(rooms)
        for room in rooms:
            for forget in self.on_remove:
                await forget(room)

    async def _forget_keys(self, rooms: frozenset[str]) -> None:
        """One look through all keys, however many rooms; what is sought lies between braces."""
        redis = self.stores.redis
        match = f"sdlab:*{{{next(iter(rooms))}}}:*" if len(rooms) == 1 else "sdlab:*{*}:*"
        keys = [
            key
            async for key in redis.scan_iter(match=match, count=1000)
            if key.partition("{")[2].partition("}")[0] in rooms
        ]
        for start in range(0, len(keys), 500):
            await redis.unlink(*keys[start : start + 500])
        await self.names.forget(rooms)

    async def rows(self, room: str) -> int:
        """How many rows a room holds, in all designs and databases that are at work."""
        return await self.stores.databases.rows(room)

    def running(self) -> dict[tuple[str, str], RunningLab]:
        """The labs at work here, by room and slug."""
        return dict(self._labs)

    @property
    def opening(self) -> bool:
        """Whether a lab is about to open."""
        return any(one.locked() for one in self._opening.values())

    @property
    def open_labs(self) -> int:
        """How many labs are at work."""
        return len(self._labs)


def _since(stored: Mapping[str, str], config: Any) -> dict[str, float]:
    """Since when settings are as they are: as it was kept, or since the first opening, where none was changed."""
    kept = stored.get("since", None if "config" in stored else "")
    if kept is None:  # written when this was not kept yet
        return {}
    if not kept:
        return dict.fromkeys(as_mapping(config), float(stored[OPENED]))
    return {id: float(at) for id, at in json.loads(kept).items()}


async def shared_secret(redis: Redis, configured: str) -> str:
    """The secret that marks room ids: configured, or made once and kept with the data."""
    if configured:
        return configured
    await redis.set(SECRET, secrets.token_hex(32), nx=True)
    found: str = await redis.get(SECRET)
    return found


_current: RoomManager | None = None


def room_manager() -> RoomManager:
    """The rooms of this process; set while the server runs."""
    if _current is None:
        raise Unavailable("the server is starting", retry_after=1)
    return _current


def set_room_manager(one: RoomManager | None) -> None:
    """Say which manager this process has."""
    global _current  # noqa: PLW0603 - one process, one manager
    _current = one
