"""Performs the operations of the rate limiter's workloads."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from designs.rate_limiter.engine.engine import MAX_BURST, RateLimiter
from sdlab.lab import Operation, Traffic, performs

JUST_BEFORE_S, JUST_AFTER_S = 0.15, 0.02


class LimiterTraffic(Traffic[RateLimiter]):
    """Clients that send one request, many at once, or as many as they can around the edge of two windows."""

    def __init__(self, engine: RateLimiter) -> None:
        super().__init__(engine)
        self._edge, self._saved_up = -math.inf, 0

    @performs("send")
    async def send(self, operation: Operation) -> dict[str, Any]:
        """One request."""
        return asdict(await self.engine.check(operation.actor))

    @performs("burst")
    async def burst(self, operation: Operation) -> list[dict[str, Any]]:
        """Many at the same moment."""
        return [asdict(one) for one in await self.engine.burst(operation.actor, operation.args["count"])]

    @performs("edge")
    async def send_at_edge(self, operation: Operation) -> list[dict[str, Any]]:
        """Save a request up for the edge of two windows: half go just before it, half just after.

        Of two edges that follow one another only the first is attacked: what came before both lies as far apart as
        a window is wide, and would fall into one whenever the second is a little early.
        """
        width, now = self.engine.config.rule.window, self.engine.clock.time()
        edge = (math.floor((now + 2 * JUST_BEFORE_S) / width) + 1) * width
        if edge != self._edge:
            if 0 < edge - self._edge < 2 * width:
                return []
            self._edge, self._saved_up = edge, 0
        half = min(self.engine.config.limit, MAX_BURST // 2)
        if self._saved_up >= 2 * half:
            return []
        number, self._saved_up = self._saved_up, self._saved_up + 1
        await self.engine.clock.sleep(edge + (JUST_AFTER_S if number >= half else -JUST_BEFORE_S) - now)
        return [asdict(await self.engine.check(operation.actor))]

    async def honours(self, answer: Any) -> bool:
        """Whether the store has counted every request that it gave a number."""
        answers = answer if isinstance(answer, list) else [answer]
        return all([await self._is_counted(one) for one in answers if one["number"]])

    async def _is_counted(self, decision: Mapping[str, Any]) -> bool:
        ledger = self.engine.room.key("ledger", decision["algorithm"])
        passed = await self.engine.room.redis.hget(ledger, decision["counted_as"])
        return bool(int(passed or 0) >= decision["number"])
