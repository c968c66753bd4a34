"""What a visitor wants of the rate limiter: send, send many, keep sending, look at."""

from __future__ import annotations

from designs.rate_limiter.engine.engine import RateLimiter
from sdlab.live.state import VerbState, verbs_of

AT_ONCE = 10

verb = verbs_of("rate-limiter", RateLimiter)


class LimiterState(VerbState):
    """Nothing of its own: answers are in the live frames."""

    @verb
    async def send(self, engine: RateLimiter, client: str) -> None:
        """One request; its answer is a mark on the timeline."""
        engine.send(client)

    @verb
    async def burst(self, engine: RateLimiter, client: str) -> None:
        """Ten requests at once."""
        engine.send(client, count=AT_ONCE)

    @verb(unusable="the rate is a number")
    async def stream(self, engine: RateLimiter, client: str, per_second: float) -> None:
        """Requests of that client from now on; 0 stops them."""
        await engine.stream(client, float(per_second))

    @verb
    async def look_at(self, engine: RateLimiter, client: str) -> None:
        """Show that client inside."""
        await engine.look_at(client)
