"""The services that allocate: key servers on leased token ranges, and Snowflake workers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from designs.url_shortener.engine.strategies.locks import AllocatorLock
from designs.url_shortener.engine.strategies.generators import Taken
from sdlab.blocks.snowflake import ClockStepped, SequenceExhausted, Snowflake, State
from sdlab.lab import Clock, Unavailable

T = TypeVar("T")
Reach = Callable[[str, str, Callable[[], Awaitable[Any]]], Awaitable[Any]]
Lease = Callable[[str, int], Awaitable["TokenRange"]]

CENTRE = 1
NEW = State()


@dataclass(frozen=True, slots=True)
class TokenRange:
    """Tokens `following` to `end` - 1 are this server's to give, for codes of `width` signs."""

    start: int
    following: int
    end: int
    width: int

    @property
    def left(self) -> int:
        """How many are still to be given."""
        return self.end - self.following

    def after(self) -> TokenRange:
        """The range once its next token is given."""
        return TokenRange(self.start, self.following + 1, self.end, self.width)


NO_RANGE = TokenRange(0, 0, 0, 0)


@dataclass(slots=True)
class KeyServer:
    """One server and what it remembers; nothing of it outlives the server."""

    id: str
    held: TokenRange = NO_RANGE
    given: int = 0
    leases: int = 0
    lost: int = 0
    deaths: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def die(self) -> int:
        """The server is gone, and with it the rest of its range; returns how many tokens."""
        self.deaths += 1
        return self.give_up()

    def give_up(self) -> int:
        """Forget the rest of the range: nobody will ever be given it. Returns how many tokens."""
        lost, self.held = self.held.left, NO_RANGE
        self.lost += lost
        return lost


def server_ids(count: int) -> list[str]:
    """The ids of that many key servers."""
    return [f"key-{letter}" for letter in "ABCDEFGH"[:count]]


def worker_ids(count: int) -> list[str]:
    """The ids of that many Snowflake workers."""
    return [f"worker-{number}" for number in range(count)]


class KeyServers:
    """Gives tokens from ranges, turn by turn; a server that does not answer is passed over."""

    def __init__(self, *, reach: Reach, lease: Lease, lock: Callable[[], type[AllocatorLock]]) -> None:
        self._reach = reach
        self._lease = lease
        self._lock = lock
        self._turn = 0
        self.servers: dict[str, KeyServer] = {}

    def resize(self, count: int) -> None:
        """Run that many servers; one that goes loses its range."""
        ids = server_ids(count)
        for gone in [server for server in self.servers.values() if server.id not in ids]:
            gone.die()
            del self.servers[gone.id]
        self.servers = {one: self.servers.get(one) or KeyServer(one) for one in ids}

    def give_up_ranges(self, *, but: int) -> None:
        """Give up the ranges of code lengths other than `but`."""
        for server in self.servers.values():
            if server.held.width != but:
                server.give_up()

    async def take(self, width: int) -> Taken:
        """The next token for codes of that width. `Unavailable` when no server can give one."""
        ids = list(self.servers)
        self._turn += 1
        reasons = []
        for step in range(len(ids)):
            server = self.servers[ids[(self._turn + step) % len(ids)]]
            try:
                token = await self._reach(server.id, "next token", partial(self._next, server, width))
            except Unavailable as error:
                reasons.append(error.detail)
            else:
                return Taken(token, server.id)
        raise Unavailable(f"no key range can be leased: {'; '.join(dict.fromkeys(reasons))}", retry_after=1)

    async def _next(self, server: KeyServer, width: int) -> int:
        async with self._lock().guard(server.lock):
            deaths, held = server.deaths, server.held
            if not held.left or held.width != width:
                server.give_up()
                held = await self._lease(server.id, width)
                server.leases += 1
            await asyncio.sleep(0)  # between the read and the write others run, as other threads would
            if server.deaths != deaths:
                raise Unavailable(f"{server.id} died with the request")
            server.held = held.after()
            server.given += 1
            return held.following


@dataclass(slots=True)
class Worker:
    """A machine that makes Snowflake ids. `skew_ms` is how far its clock is from the room's."""

    id: str
    machine: Snowflake
    state: State = NEW
    skew_ms: int = 0
    given: int = 0
    refused: int = 0
    waited: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Workers:
    """Gives ids, turn by turn; a worker whose clock stepped back refuses and is passed over."""

    def __init__(self, *, reach: Reach, clock: Clock, lock: Callable[[], type[AllocatorLock]]) -> None:
        self._reach = reach
        self._clock = clock
        self._lock = lock
        self._turn = 0
        self.workers: dict[str, Worker] = {}

    def resize(self, count: int) -> None:
        """Run that many workers."""
        self.workers = {
            one: self.workers.get(one) or Worker(one, Snowflake(centre=CENTRE, worker=number))
            for number, one in enumerate(worker_ids(count))
        }

    async def take(self) -> Taken:
        """The next id. `Unavailable` when no worker can give one."""
        ids = list(self.workers)
        self._turn += 1
        reasons = []
        for step in range(len(ids)):
            worker = self.workers[ids[(self._turn + step) % len(ids)]]
            try:
                number = await self._reach(worker.id, "next id", partial(self._next, worker))
            except Unavailable as error:
                reasons.append(error.detail)
            else:
                return Taken(number, worker.id)
        raise Unavailable(f"no worker gives an id: {'; '.join(dict.fromkeys(reasons))}", retry_after=1)

    async def _next(self, worker: Worker) -> int:
        async with self._lock().guard(worker.lock):
            while True:
                try:
                    number, state = worker.machine.following(worker.state, self._now_ms(worker))
                    break
                except SequenceExhausted:
                    worker.waited += 1
                    await self._clock.sleep(0.001)
                except ClockStepped as stepped:
                    worker.refused += 1
                    raise Unavailable(
                        f"{worker.id} refuses, its clock is {stepped.by_ms} ms behind its last id"
                    ) from None
            await asyncio.sleep(0)  # between the read and the write others run, as other threads would
            worker.state = state
            worker.given += 1
            return number

    def _now_ms(self, worker: Worker) -> int:
        return int(self._clock.time() * 1000) + worker.skew_ms
