"""The services that allocate: key servers on token ranges leased from a counter, and Snowflake workers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from designs.url_shortener.config import Config
from designs.url_shortener.engine.nodes import COUNTER, label_of, server_ids, through, worker_ids
from designs.url_shortener.engine.strategies import ALLOCATOR_LOCKS
from designs.url_shortener.engine.strategies.generators import Allocated
from sdlab.blocks import base62
from sdlab.blocks.snowflake import ClockStepped, SequenceExhausted, Snowflake, State
from sdlab.lab import EngineContext, Unavailable

DATA_CENTRE = 1
NEW = State()


@dataclass(frozen=True, slots=True)
class TokenRange:
    """Tokens `following` to `end` - 1 are this server's to give, for codes of `width` characters."""

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
    """One server and the range in its memory; nothing of it outlives the server."""

    id: str
    held: TokenRange = NO_RANGE
    issued: int = 0
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


@dataclass(slots=True)
class Worker:
    """A machine that makes Snowflake ids. `skew_ms` is how far its clock is from the room's."""

    id: str
    machine: Snowflake
    state: State = NEW
    skew_ms: int = 0
    issued: int = 0
    refused: int = 0
    waited: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


M = TypeVar("M", KeyServer, Worker)


class RoundRobin:
    """Asks members turn by turn; one that does not answer is passed over."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self._turn = 0

    async def first_answer(
        self, members: Sequence[M], operation: str, ask: Callable[[M], Awaitable[int]], *, refusal: str
    ) -> Allocated:
        """What the first member that answers gives; `Unavailable` with all reasons when none does."""
        self._turn += 1
        reasons = []
        for step in range(len(members)):
            member = members[(self._turn + step) % len(members)]
            try:
                number = await through(self._context, member.id, operation, partial(ask, member))
            except Unavailable as error:
                reasons.append(error.detail)
            else:
                return Allocated(number, label_of(member.id))
        raise Unavailable(f"{refusal}: {'; '.join(dict.fromkeys(reasons))}", retry_after=1)


class TokenCounter:
    """The service that leases ranges: one number per code length, in Redis, that only grows."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self.leased = 0

    async def read(self, width: int) -> None:
        """Take up how many tokens of that width are leased."""
        self.leased = int(await self._context.room.redis.get(self.key(width)) or 0)

    def key(self, width: int) -> str:
        """Where it is stored how many tokens of that width are leased."""
        return self._context.room.key("counter", width)

    async def lease(self, server: str, width: int) -> TokenRange:
        """The next range of tokens for a server. A range is leased once and never again."""
        size, space = self._context.config.range_size, base62.BASE**width
        add = partial(self._context.room.redis.incrby, self.key(width), size)
        end = self.leased = int(await through(self._context, COUNTER, "INCRBY", add, source=server))
        start = end - size
        if start >= space:
            raise Unavailable(f"all {space:,} codes of {width} characters are given out", retry_after=60)
        self._context.say(f"{label_of(server)} leased tokens {start:,}–{min(end, space) - 1:,}")
        return TokenRange(start, start, min(end, space), width)


class KeyServers:
    """Gives tokens from leased ranges."""

    def __init__(self, context: EngineContext[Config], counter: TokenCounter) -> None:
        self._context = context
        self._counter = counter
        self._turns = RoundRobin(context)
        self.servers: dict[str, KeyServer] = {}

    def resize(self, count: int) -> None:
        """Run that many servers; one that goes loses its range."""
        ids = server_ids(count)
        for gone in [server for server in self.servers.values() if server.id not in ids]:
            gone.die()
            del self.servers[gone.id]
        self.servers = {id: self.servers.get(id) or KeyServer(id) for id in ids}

    def give_up_ranges(self, *, but: int) -> None:
        """Give up the ranges of code lengths other than `but`."""
        for server in self.servers.values():
            if server.held.width != but:
                server.give_up()

    def node_died(self, node_id: str) -> None:
        """Say what was lost, if that node is a server of ours."""
        server = self.servers.get(node_id)
        if server is not None and (lost := server.die()):
            text = f"{label_of(node_id)} is gone, and the {lost:,} tokens left in its range with it"
            self._context.say(text, outcome="error")

    async def take(self, width: int) -> Allocated:
        """The next token for codes of that width. `Unavailable` when no server can give one."""
        return await self._turns.first_answer(
            list(self.servers.values()),
            "next token",
            partial(self._next, width),
            refusal="no key range can be leased",
        )

    async def _next(self, width: int, server: KeyServer) -> int:
        async with ALLOCATOR_LOCKS[self._context.config.allocator_lock].guard(server.lock):
            deaths, held = server.deaths, server.held
            if not held.left or held.width != width:
                server.give_up()
                held = await self._counter.lease(server.id, width)
                server.leases += 1
            await asyncio.sleep(0)  # between the read and the write others run, as other threads would
            if server.deaths != deaths:
                raise Unavailable(f"{label_of(server.id)} died with the request")
            server.held = held.after()
            server.issued += 1
            return held.following


class Workers:
    """Gives Snowflake ids; a worker whose clock stepped back refuses and is passed over."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self._turns = RoundRobin(context)
        self.workers: dict[str, Worker] = {}

    def resize(self, count: int) -> None:
        """Run that many workers."""
        self.workers = {
            id: self.workers.get(id) or Worker(id, Snowflake(centre=DATA_CENTRE, worker=number))
            for number, id in enumerate(worker_ids(count))
        }

    async def take(self) -> Allocated:
        """The next id. `Unavailable` when no worker can give one."""
        return await self._turns.first_answer(
            list(self.workers.values()), "next id", self._next, refusal="no worker gives an id"
        )

    async def _next(self, worker: Worker) -> int:
        async with ALLOCATOR_LOCKS[self._context.config.allocator_lock].guard(worker.lock):
            number, state = await self._following(worker)
            await asyncio.sleep(0)  # between the read and the write others run, as other threads would
            worker.state = state
            worker.issued += 1
            return number

    async def _following(self, worker: Worker) -> tuple[int, State]:
        while True:
            try:
                return worker.machine.following(worker.state, self.now_ms(worker))
            except SequenceExhausted:
                worker.waited += 1
                await self._context.clock.sleep(0.001)
            except ClockStepped as stepped:
                worker.refused += 1
                raise Unavailable(
                    f"{label_of(worker.id)} refuses, its clock is {stepped.by_ms} ms behind its last id"
                ) from None

    def now_ms(self, worker: Worker) -> int:
        """What the worker's clock shows, ms since 1970."""
        return int(self._context.clock.time() * 1000) + worker.skew_ms
