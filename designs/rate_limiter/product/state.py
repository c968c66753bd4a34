"""What a visitor wants of the rate limiter: send, send many, keep sending, look at."""

from __future__ import annotations

import reflex as rx

from designs.rate_limiter.engine.engine import RateLimiter
from sdlab.lab import LabError
from sdlab.live.state import RoomState

SLUG = "rate-limiter"
AT_ONCE = 10


class LimiterState(RoomState):
    """Nothing of its own: answers are in the live frames."""

    @rx.event
    async def send(self, client: str) -> None:
        """One request; its answer is a mark on the timeline."""
        await self._send(client, 1)

    @rx.event
    async def burst(self, client: str) -> None:
        """Ten requests at once."""
        await self._send(client, AT_ONCE)

    async def _send(self, client: str, count: int) -> None:
        try:
            (await self._engine()).send_soon(client, count=count)
        except LabError as error:
            self.notice = error.detail

    @rx.event
    async def stream(self, client: str, per_second: float) -> None:
        """Requests of that client from now on; 0 stops them."""
        try:
            await (await self._engine()).stream(client, float(per_second))
        except (LabError, ValueError) as error:
            self.notice = error.detail if isinstance(error, LabError) else "the rate is a number"

    @rx.event
    async def look_at(self, client: str) -> None:
        """Show that client inside."""
        try:
            (await self._engine()).look_at(client)
        except LabError as error:
            self.notice = error.detail

    async def _engine(self) -> RateLimiter:
        engine = await self.engine(SLUG)
        assert isinstance(engine, RateLimiter)
        return engine
