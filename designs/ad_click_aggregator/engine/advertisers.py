"""The advertisers' pages: each notes for which impression it was asked. That log is theirs, not ours."""

from __future__ import annotations

from designs.ad_click_aggregator.config import Config
from designs.ad_click_aggregator.engine.counters import Counters
from designs.ad_click_aggregator.engine.nodes import ADVERTISER
from sdlab.lab import EngineContext

KEPT = 20_000


class Advertisers:
    """Redis has the stream of who came; nothing of ours writes there."""

    def __init__(self, context: EngineContext[Config], counters: Counters) -> None:
        self._context, self._counters = context, counters
        self.key = context.room.key("arrivals")

    async def arrive(self, impression: str, ad: int) -> None:
        """Somebody has come by this impression."""
        fields = {"i": impression, "k": str(ad), "a": repr(self._context.clock.time())}

        async def work() -> None:
            await self._context.room.redis.xadd(self.key, fields, maxlen=KEPT, approximate=False)  # type: ignore[arg-type]

        await self._context.node(ADVERTISER).call("GET page", work, source="visitor")
        self._counters.arrivals += 1
