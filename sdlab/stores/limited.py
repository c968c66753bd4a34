"""A Redis client every call of which ends: answered, failed, or given up after a few seconds.

Release It!, 2nd edition (Nygard), "Timeouts" and "Circuit Breaker": a caller never waits for what
does not come, and while it is known that nothing comes nobody waits at all.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeout

from sdlab.metrics import valkey_call

log = logging.getLogger("sdlab.stores")

ANSWER_WITHIN = 3.0
ASK_AGAIN = 0.25
ANSWERS_AFTER = 1.0


class StoreSilent(RedisTimeout):
    """The server does not answer. What was sent may have been done or not."""


class Patience:
    """How long one server's callers wait, and whether it is known to be silent just now."""

    def __init__(self, make_connection: Callable[[], Any]) -> None:
        self._make_connection = make_connection
        self._seconds = ANSWER_WITHIN
        self._asking: asyncio.Task[None] | None = None

    @property
    def silent(self) -> bool:
        """Whether a call was given up, and the server has not answered since."""
        return self._asking is not None and not self._asking.done()

    def limit(self, extra: float = 0.0) -> _Limit:
        """Give the block up after `seconds` and what it means to wait anyway; at once while it is silent."""
        if self.silent:
            raise StoreSilent("the server does not answer at present")
        return _Limit(self, self._seconds, extra)

    def fell_silent(self) -> None:
        """A call was given up: from now on all are refused, until the server answers."""
        if not self.silent:
            log.error("the Redis server does not answer; calls are refused until it does")
            self._asking = asyncio.create_task(self._ask(), name="asking Redis")

    async def _ask(self) -> None:
        while not await self._answers():  # noqa: ASYNC110 - nobody tells a client that its server is back
            await asyncio.sleep(ASK_AGAIN)
        log.warning("the Redis server answers again")

    async def _answers(self) -> bool:
        connection = self._make_connection()
        try:
            async with asyncio.timeout(ANSWERS_AFTER):
                await connection.connect()
                await connection.send_command("PING")
                return bool(await connection.read_response())
        except (RedisError, OSError, TimeoutError):
            return False
        finally:
            with suppress(RedisError, OSError, TimeoutError):
                await connection.disconnect(nowait=True)

    async def aclose(self) -> None:
        """Ask no more."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)


class _Limit:
    """One block that is given up in time. A class, because every call of the store goes through one."""

    __slots__ = ("_patience", "_seconds", "_within")

    def __init__(self, patience: Patience, seconds: float, extra: float) -> None:
        self._patience = patience
        self._seconds = seconds
        self._within = asyncio.timeout(seconds + extra)

    async def __aenter__(self) -> None:
        await self._within.__aenter__()

    async def __aexit__(self, *raised: Any) -> None:
        try:
            await self._within.__aexit__(*raised)
        except TimeoutError:
            self._patience.fell_silent()
            raise StoreSilent(f"no answer within {self._seconds:g} s") from None


class LimitedRedis(Redis):
    """As `redis.asyncio.Redis`; a call that is not answered in time raises `StoreSilent`."""

    patience: Patience

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """One command. What blocks at the server on purpose may take as long as it says, and then the limit."""
        with valkey_call():
            async with self.patience.limit(_means_to_wait(args)):
                return await super().execute_command(*args, **options)

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        """Commands that travel together, within one limit."""
        made = LimitedPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)
        made.patience = self.patience
        return made

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Let go of all connections."""
        await self.patience.aclose()
        await super().aclose(close_connection_pool)


class LimitedPipeline(Pipeline):
    """See `LimitedRedis`."""

    patience: Patience

    async def execute(self, raise_on_error: bool = True) -> Any:
        """All of it, within the limit."""
        with valkey_call():
            async with self.patience.limit():
                return await super().execute(raise_on_error)

    async def immediate_execute_command(self, *args: Any, **options: Any) -> Any:
        """What a watching pipeline sends at once."""
        async with self.patience.limit():
            return await super().immediate_execute_command(*args, **options)


_BLOCK = {"XREAD", "XREADGROUP"}
_LAST_IS_TIMEOUT = {"BLPOP", "BRPOP", "BLMOVE", "BZPOPMIN", "BZPOPMAX", "BRPOPLPUSH"}


def _means_to_wait(args: tuple[Any, ...]) -> float:
    """Seconds that a command asks the server to wait for something to come."""
    name = args[0]
    if name in _BLOCK:
        words = [one.upper() if isinstance(one, (str, bytes)) else one for one in args[:8]]
        for place, word in enumerate(words):
            if word in ("BLOCK", b"BLOCK"):
                return float(args[place + 1]) / 1000
    return float(args[-1]) if name in _LAST_IS_TIMEOUT else 0.0
