"""Each claim fails when the system is made to do what it says it does not."""

from __future__ import annotations

from typing import Any

import pytest

from designs.ad_click_aggregator.engine.click_log import ClickLog
from designs.ad_click_aggregator.engine.engine import AdClickAggregator
from designs.ad_click_aggregator.engine.processes import Processes
from designs.ad_click_aggregator.engine.strategies import NoIdempotency, SignedIds
from tests.sabotage import Sabotage, sabotage_test


def one_row_too_many(patch: pytest.MonkeyPatch, engine: AdClickAggregator) -> None:
    """On the way to the store, every total of a window becomes one more."""
    ask = Processes.ask

    async def changed(self: Processes, what: str, /, **fields: Any) -> Any:
        if what == "upsert":
            for one in fields["flushes"]:
                one["rows"] = [
                    [kind, s, ad, n + (kind == "w"), closed] for kind, s, ad, n, closed in one["rows"]
                ]
        return await ask(self, what, **fields)

    patch.setattr(Processes, "ask", changed)


def keys_are_deleted(patch: pytest.MonkeyPatch, engine: AdClickAggregator) -> None:
    """Behind the engine somebody deletes the keys of impressions, again and again."""

    async def forgetful() -> None:
        while True:
            await engine.clock.sleep(0.05)
            if keys := [engine.log.seen_key(one) for one in engine.log.clicked]:
                await engine.room.redis.delete(*keys)

    engine.supervise("sabotage", forgetful)


def signatures_are_not_looked_at(patch: pytest.MonkeyPatch, engine: AdClickAggregator) -> None:
    """The click service takes any id."""

    def any_id(self: SignedIds, context: Any, signer: Any, id: str) -> Any:
        found, _ = NoIdempotency().admit(context, signer, id)
        return found, 600

    patch.setattr(SignedIds, "admit", any_id)


def the_log_forgets(patch: pytest.MonkeyPatch, engine: AdClickAggregator) -> None:
    """Some clicks are answered, and never appended."""
    append = ClickLog.append
    turn = 0

    async def forgetful(self: ClickLog, id: str, ad: int, *, ttl: int, at: float) -> Any:
        nonlocal turn
        turn += 1
        return None if turn % 5 == 0 else await append(self, id, ad, ttl=ttl, at=at)

    patch.setattr(ClickLog, "append", forgetful)


SABOTAGES = {
    "totals": Sabotage(breaks=one_row_too_many, workload="readers", rate=60),
    "once": Sabotage(breaks=keys_are_deleted, workload="duplicates", rate=60),
    "served": Sabotage(breaks=signatures_are_not_looked_at, workload="forgers", rate=40),
    "logged": Sabotage(breaks=the_log_forgets, workload="readers", rate=40),
}

test_every_claim_can_fail = sabotage_test("ad-click-aggregator", SABOTAGES)
