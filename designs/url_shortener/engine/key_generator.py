"""Making keys in one room: the four generators with the services, the secret and the counter behind them."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from functools import partial
from random import Random, SystemRandom
from typing import TypeVar

from designs.url_shortener.config import Config
from designs.url_shortener.engine.allocators import KeyServers, TokenRange, Workers
from designs.url_shortener.engine.strategies import ALLOCATOR_LOCKS, GENERATORS
from designs.url_shortener.engine.strategies.locks import AllocatorLock
from designs.url_shortener.engine.strategies.generators import Generator, Means
from sdlab.blocks import base62
from sdlab.blocks.feistel import Feistel
from sdlab.lab import Node, Room, Unavailable

T = TypeVar("T")

SECRET_BYTES = 32


class KeyMaker:
    """Draws codes as the configuration says. Chance is the system's own: no seed may decide a code."""

    def __init__(
        self,
        room: Room,
        *,
        config: Callable[[], Config],
        gate: Callable[[str], Node | None],
        say: Callable[[str], None],
    ) -> None:
        self._room = room
        self._config = config
        self._gate = gate
        self._say = say
        self._secret = b""
        self._shuffles: dict[int, Feistel] = {}
        self.chance: Random = SystemRandom()
        self.leased = 0
        self.servers = KeyServers(reach=self._reach, lease=self.lease, lock=self._lock)
        self.workers = Workers(reach=self._reach, clock=room.clock, lock=self._lock)

    async def open(self) -> None:
        """Take up the room's secret and counter; make the secret if there is none."""
        redis, key = self._room.redis, self._room.key("secret")
        await redis.set(key, secrets.token_hex(SECRET_BYTES), nx=True)
        self._secret = bytes.fromhex(await redis.get(key))
        await self.reconfigure()

    async def reconfigure(self) -> None:
        """Run as many servers and workers as the configuration says, for codes of its length."""
        self.servers.resize(self._config().key_servers)
        self.workers.resize(self._config().key_servers)
        self.servers.give_up_ranges(but=self.width)
        self.leased = int(await self._room.redis.get(self.counter_key(self.width)) or 0)

    @property
    def width(self) -> int:
        """Signs of a code (Snowflake's are as long as they are)."""
        return self._config().code_length

    @property
    def space(self) -> int:
        """How many codes of that width there can be."""
        return int(base62.BASE**self.width)

    def generator(self) -> Generator:
        """The approach in force, for one request: a switch does not change it under way."""
        return GENERATORS[self._config().generator](self._means())

    def _means(self) -> Means:
        return Means(
            width=self.width,
            space=self.space,
            rng=self.chance,
            next_token=partial(self.servers.take, self.width),
            next_id=self.workers.take,
            shuffle=self.shuffle(self.width),
            hop=partial(self._reach, "keygen", "draw", _nothing),
        )

    def shuffle(self, width: int) -> Feistel:
        """The room's secret bijection of the codes of that width."""
        if width not in self._shuffles:
            self._shuffles[width] = Feistel(base62.BASE**width, secret=self._secret + bytes([width]))
        return self._shuffles[width]

    def counter_key(self, width: int) -> str:
        """Where the counter service keeps how many tokens of that width are leased."""
        return self._room.key("counter", width)

    async def lease(self, server: str, width: int) -> TokenRange:
        """The next range of tokens for a server. A range is leased once and never again."""
        size, space = self._config().range_size, base62.BASE**width
        add = partial(self._room.redis.incrby, self.counter_key(width), size)
        counter = self._gate("counter")
        end = int(await (counter.call("INCRBY", add, source=server) if counter else add()))
        self.leased = end
        start = end - size
        if start >= space:
            raise Unavailable(f"all {space:,} codes of {width} signs are given out", retry_after=60)
        self._say(f"{server} leased tokens {start:,}–{min(end, space) - 1:,}")
        return TokenRange(start, start, min(end, space), width)

    def _lock(self) -> type[AllocatorLock]:
        return ALLOCATOR_LOCKS[self._config().allocator_lock]

    async def _reach(self, node_id: str, operation: str, work: Callable[[], Awaitable[T]]) -> T:
        gate = self._gate(node_id)
        if gate is None:  # the approach was just switched; who had begun ends as it began
            return await work()
        return await gate.call(operation, work, source="gateway")


async def _nothing() -> None:
    return
