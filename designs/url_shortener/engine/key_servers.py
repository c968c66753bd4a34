"""Key servers on token ranges, and the counter that leases the ranges."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial

from designs.url_shortener.config import Config
from designs.url_shortener.engine.nodes import COUNTER, label_of, server_ids, through
from designs.url_shortener.engine.round_robin import RoundRobin
from designs.url_shortener.engine.strategies import ALLOCATOR_LOCKS
from designs.url_shortener.engine.strategies.generators import Allocated
from sdlab.blocks import base62
from sdlab.lab import EngineContext, Unavailable


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
