"""Key servers on token ranges, and the counter that leases the ranges."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial

from designs.url_shortener.config import Config
from designs.url_shortener.engine.allocator_state import AllocatorState, TokenRange
from designs.url_shortener.engine.nodes import COUNTER, label_of, server_ids, through
from designs.url_shortener.engine.round_robin import RoundRobin
from designs.url_shortener.engine.strategies import ALLOCATOR_LOCKS
from designs.url_shortener.engine.strategies.generators import Allocated
from designs.url_shortener.engine.strategies.locks import Taken
from sdlab.blocks import base62
from sdlab.lab import EngineContext, Unavailable

MOST_SERVERS = 8


@dataclass(slots=True)
class KeyServer:
    """One server. Its range lies in the state that its processes share, and ends with it."""

    id: str
    issued: int = 0
    leases: int = 0
    lost: int = 0
    deaths: int = 0
    leasing: asyncio.Lock = field(default_factory=asyncio.Lock)


class TokenCounter:
    """The service that leases ranges: one number per code length, in Redis, that only grows."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context

    def key(self, width: int) -> str:
        """Where it is stored how many tokens of that width are leased."""
        return self._context.room.key("counter", width)

    async def lease(self, server: str, width: int) -> TokenRange:
        """The next range of tokens for a server. A range is leased once and never again."""
        size, space = self._context.config.range_size, base62.BASE**width
        add = partial(self._context.room.redis.incrby, self.key(width), size)
        end = int(await through(self._context, COUNTER, "INCRBY", add, source=server))
        start = end - size
        if start >= space:
            raise Unavailable(f"all {space:,} codes of {width} characters are given out", retry_after=60)
        self._context.say(f"{label_of(server)} leased tokens {start:,}–{min(end, space) - 1:,}")
        return TokenRange(start, start, min(end, space), width)


class KeyServers:
    """Gives tokens from leased ranges."""

    def __init__(self, context: EngineContext[Config], counter: TokenCounter, state: AllocatorState) -> None:
        self._context = context
        self._counter = counter
        self._state = state
        self._turns = RoundRobin(context)
        self.servers: dict[str, KeyServer] = {}

    async def open(self) -> None:
        """Whatever servers of a former process held is lost: they ended with it."""
        await self._state.forget_ranges(server_ids(MOST_SERVERS))

    async def resize(self, count: int) -> None:
        """Run that many servers; one that goes loses its range."""
        ids = server_ids(count)
        gone = [self.servers.pop(id) for id in list(self.servers) if id not in ids]
        self.servers = {id: self.servers.get(id) or KeyServer(id) for id in ids}
        for server in gone:
            await self._die(server)

    async def give_up_ranges(self) -> None:
        """Codes have another length now: what is left of the ranges fits no more."""
        for server in self.servers.values():
            server.lost += await self._state.give_up(server.id)

    async def node_died(self, node_id: str) -> None:
        """Say what was lost, if that node is a server of ours."""
        server = self.servers.get(node_id)
        if server is not None and (lost := await self._die(server)):
            text = f"{label_of(node_id)} is gone, and the {lost:,} tokens left in its range with it"
            self._context.say(text, outcome="error")

    async def _die(self, server: KeyServer) -> int:
        """The server is gone, and with it the rest of its range; how many tokens."""
        server.deaths += 1
        lost = await self._state.give_up(server.id)
        server.lost += lost
        return lost

    async def take(self, width: int) -> Allocated:
        """The next token for codes of that width. `Unavailable` when no server can give one."""
        return await self._turns.first_answer(
            list(self.servers.values()),
            "next token",
            partial(self._next, width),
            refusal="no key range can be leased",
        )

    async def _next(self, width: int, server: KeyServer) -> Taken:
        deaths = server.deaths
        while True:
            lock = ALLOCATOR_LOCKS[self._context.config.allocator_lock]
            taken = await lock.token(self._state, server.id, width, self._context.decide)
            if server.deaths != deaths:
                server.lost += taken is not None
                raise Unavailable(f"{label_of(server.id)} died with the request")
            if taken is not None:
                server.issued += 1
                return taken
            await self._lease(server, width, deaths)

    async def _lease(self, server: KeyServer, width: int, deaths: int) -> None:
        """A new range for a server that has none; of those who find it empty one leases, the others wait."""
        async with server.leasing:
            held, _ = await self._state.read_range(server.id)
            if held.left and held.width == width:
                return
            server.lost += held.left
            leased = await self._counter.lease(server.id, width)
            server.leases += 1
            if server.deaths != deaths:
                server.lost += leased.left
                raise Unavailable(f"{label_of(server.id)} died with the request")
            await self._state.install(server.id, leased)
            if server.deaths != deaths:
                server.lost += await self._state.give_up(server.id)
