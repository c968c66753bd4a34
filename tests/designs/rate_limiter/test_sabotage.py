"""Every claim can fail: a small change of the engine's code or data, for each, that it notices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from designs.rate_limiter.engine.checks import DECIDED, CheckRequest, Decision
from designs.rate_limiter.engine.engine import RateLimiter
from designs.rate_limiter.engine.limiter import Limiter
from designs.rate_limiter.engine.strategies.client_keys import ByUser
from tests.sabotage import Sabotage, sabotage_test

Breaks = Callable[[pytest.MonkeyPatch, RateLimiter], None]


def loses(*parts: str) -> Breaks:
    """The store loses what is kept below that key, again and again."""

    def breaks(_: pytest.MonkeyPatch, engine: RateLimiter) -> None:
        async def lose() -> None:
            redis = engine.room.redis
            async for key in redis.scan_iter(match=engine.room.key(*parts)):
                await redis.delete(key)

        engine.every("loss of keys", 0.3, lose)

    return breaks


def one_key_for_all(patch: pytest.MonkeyPatch, _: RateLimiter) -> None:
    patch.setattr(ByUser, "of", staticmethod(lambda context, caller, number: "user:all"))


def nobody_is_asked(patch: pytest.MonkeyPatch, engine: RateLimiter) -> None:
    async def waved_through(self: Any, request: CheckRequest) -> Decision:
        return Decision.unchecked(request, at=engine.steady_clock.now(), reason="")

    patch.setattr(Limiter, "_decide", waved_through)


SABOTAGES = {
    "within_limit": Sabotage(breaks=loses("token_bucket", "*"), workload="one_abuser", seconds=3),
    "own_use_only": Sabotage(breaks=one_key_for_all, workload="one_abuser", seconds=3),
    "counted": Sabotage(breaks=loses("ledger", "*"), workload="steady", seconds=3),
    "nothing_unchecked": Sabotage(breaks=nobody_is_asked, workload="steady", seconds=1),
    "global_limit": Sabotage(
        breaks=loses("all", DECIDED),
        workload="many_clients",
        config={"hierarchy": "both", "global_limit": 20},
        rate=100,
        seconds=3,
    ),
}

test_every_claim_can_fail = sabotage_test("rate-limiter", SABOTAGES)
