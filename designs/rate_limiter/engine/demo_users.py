"""The people of the demo on the page: each sends requests by a click, or steadily at a rate."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from designs.rate_limiter.engine.limiter import Limiter
from designs.rate_limiter.engine.strategies.client_keys import CAST
from sdlab.lab import EngineContext, Invalid, LabError, as_user

TICK_S = 0.05
MAX_RATE = 20.0
MAX_UNDER_WAY = 200


@dataclass(slots=True)
class DemoUser:
    """Sends `rate` requests a second; `due` is how many of them are still to be sent."""

    name: str
    rate: float = 0.0
    due: float = 0.0


class DemoUsers:
    """The cast, each with a rate that survives the process. Their answers are marked when they come."""

    def __init__(self, context: EngineContext[Any], limiter: Limiter) -> None:
        self._context, self._limiter = context, limiter
        self._users = {name: DemoUser(name) for name in CAST}
        self._some_send = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Go on at the rates that were persisted."""
        stored: dict[str, str] = await self._context.room.redis.hgetall(self._context.room.key("streams"))
        for name, rate in stored.items():
            self._users[name].rate = float(rate)
        self._wake()

    async def close(self) -> None:
        """Nobody sends any more; what is under way is cancelled."""
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def rate_of(self, name: str) -> float:
        """Requests per second of that client; 0 for one who is not of the cast."""
        return self._users[name].rate if name in self._users else 0.0

    async def set_rate(self, name: str, per_second: float) -> None:
        """See `RateLimiter.stream`."""
        if name not in self._users:
            raise Invalid(f"client is one of {', '.join(self._users)}", field="client")
        if not 0 <= per_second <= MAX_RATE:
            raise Invalid(f"per_second is from 0 to {MAX_RATE:g}", field="per_second")
        self._users[name].rate = per_second
        self._context.decide(f"{name} sends by itself, {per_second:g} per second, also after a restart")
        await self._context.room.redis.hset(self._context.room.key("streams"), name, per_second)
        self._wake()

    def send(self, name: str, count: int, *, by_hand: bool) -> None:
        """Send requests without waiting for the answers, as long as not too many are under way."""
        for _ in range(min(count, MAX_UNDER_WAY - len(self._under_way))):
            task = asyncio.create_task(self._send(name, by_hand=by_hand))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _send(self, name: str, *, by_hand: bool) -> None:
        try:
            await as_user(name, self._limiter.check(name), by_hand=by_hand)
        except LabError:
            pass  # a refusal is an answer; it is marked and counted
        except Exception as error:
            self._context.crashed(f"a request of {name}", error)

    def _wake(self) -> None:
        if any(user.rate for user in self._users.values()):
            self._some_send.set()
        else:
            self._some_send.clear()

    async def run(self) -> None:
        """Send at their rates, for ever; rests while all rates are 0."""
        clock = self._context.clock
        before = clock.monotonic()
        while True:
            if not self._some_send.is_set():
                await self._some_send.wait()
                before = clock.monotonic()
            await clock.sleep(TICK_S)
            now = clock.monotonic()
            for user in self._users.values():
                user.due = min(user.due + user.rate * (now - before), MAX_RATE) if user.rate else 0.0
                ready = min(int(user.due), MAX_UNDER_WAY - len(self._under_way))
                user.due -= ready
                self.send(user.name, ready, by_hand=False)
            before = now
