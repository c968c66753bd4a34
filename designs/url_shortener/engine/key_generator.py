"""Where codes come from: the room's secret, and the services that allocate, for the generator in force."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from random import Random, SystemRandom

from designs.url_shortener.config import Config
from designs.url_shortener.engine.allocator_state import AllocatorState
from designs.url_shortener.engine.key_servers import KeyServers, TokenCounter
from designs.url_shortener.engine.nodes import KEY_GENERATOR, through
from designs.url_shortener.engine.snowflake_workers import Workers
from designs.url_shortener.engine.strategies.generators import Allocated
from designs.url_shortener.engine.strategies.locks import Decide
from sdlab.blocks import base62
from sdlab.blocks.feistel import Feistel
from sdlab.lab import EngineContext

SECRET_BYTES = 32


class KeyGenerator:
    """Numbers for codes. Chance is the system's own: no seed may decide a code."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self.decide = context.decide
        self._secret = b""
        self._shuffles: dict[int, Feistel] = {}
        self.chance: Random = SystemRandom()
        self.state = AllocatorState(context)
        self.counter = TokenCounter(context)
        self.servers = KeyServers(context, self.counter, self.state)
        self.workers = Workers(context, self.state)

    async def open(self) -> None:
        """Take up the room's secret and counter; make the secret if there is none."""
        redis, key = self._context.room.redis, self._context.room.key("secret")
        await redis.set(key, secrets.token_hex(SECRET_BYTES), nx=True)
        self._secret = bytes.fromhex(await redis.get(key))
        await self.servers.open()
        await self._resize()

    async def reconfigure(self, before: Config) -> None:
        """Run as many servers and workers as the configuration says, for codes of its length."""
        await self._resize()
        if self._context.config.code_length != before.code_length:
            await self.servers.give_up_ranges()

    async def _resize(self) -> None:
        count = self._context.config.key_servers
        self.workers.resize(count)
        await self.servers.resize(count)

    def numbers(self) -> CodeNumbers:
        """Numbers for one request: a switch of the code length does not change it under way."""
        return CodeNumbers(self, self._context.config.code_length)

    async def reach_node(self) -> None:
        """Go by the node of generators that need no service."""
        await through(self._context, KEY_GENERATOR, "draw", _nothing)

    def shuffle(self, width: int) -> Feistel:
        """The room's secret bijection of the codes of that width."""
        if width not in self._shuffles:
            self._shuffles[width] = Feistel(base62.BASE**width, secret=self._secret + bytes([width]))
        return self._shuffles[width]


@dataclass(frozen=True, slots=True)
class CodeNumbers:
    """The `Numbers` of codes of one width (Snowflake's codes are as long as they are)."""

    keys: KeyGenerator
    width: int

    @property
    def space(self) -> int:
        """How many codes of that width there can be."""
        return int(base62.BASE**self.width)

    @property
    def decide(self) -> Decide:
        """Gives the reason of a decision, at the line that decides."""
        return self.keys.decide

    async def generator_node(self) -> None:
        await self.keys.reach_node()

    def random(self) -> int:
        return self.keys.chance.randrange(self.space)

    async def next_token(self) -> Allocated:
        return await self.keys.servers.take(self.width)

    async def next_id(self) -> Allocated:
        return await self.keys.workers.take()

    def scramble(self, token: int) -> int:
        return int(self.keys.shuffle(self.width).scramble(token))


async def _nothing() -> None:
    return
