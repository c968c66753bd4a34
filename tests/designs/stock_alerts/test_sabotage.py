"""Each claim fails when the system is made to do what it says it does not."""

from __future__ import annotations

from typing import Any

import pytest

from designs.stock_alerts.engine.consumers import Consumer
from designs.stock_alerts.engine.engine import StockAlerts
from designs.stock_alerts.engine.firing_queue import FiringQueue
from designs.stock_alerts.engine.inbox import Inbox
from designs.stock_alerts.engine.ticks import ArmedAlert, Hit
from tests.sabotage import Sabotage, sabotage_test


def queue_is_emptied(patch: pytest.MonkeyPatch, engine: StockAlerts) -> None:
    """What is put into the queue is deleted before the notifier has seen it."""
    put = FiringQueue.put

    async def lost(self: FiringQueue, hits: Any, *, source: str) -> None:
        if hits[1:]:
            await put(self, hits[1:], source=source)

    patch.setattr(FiringQueue, "put", lost)


def sends_twice(patch: pytest.MonkeyPatch, engine: StockAlerts) -> None:
    """Whatever is sent is sent a second time, past the keys."""
    deliver = Inbox.deliver

    async def again(self: Inbox, hits: Any, *, ttl_s: int, per_day: int) -> list[str]:
        await deliver(self, hits, ttl_s=0, per_day=per_day)
        return await deliver(self, hits, ttl_s=0, per_day=per_day)

    patch.setattr(Inbox, "deliver", again)


def fires_too_early(patch: pytest.MonkeyPatch, engine: StockAlerts) -> None:
    """A consumer also finds the alerts next to those that were crossed."""
    passed_by = Consumer._passed_by

    async def with_neighbours(self: Consumer, fresh: Any, known: Any) -> list[Hit]:
        found = await passed_by(self, fresh, known)
        armed: list[ArmedAlert] = list(engine.matching.finding.alerts.values())[:3]  # type: ignore[attr-defined]
        ticks = engine.market.quotes[armed[0].stock].recent if armed else ()
        return [*found, *(Hit(one, tick) for tick in list(ticks)[:1] for one in armed)]

    patch.setattr(Consumer, "_passed_by", with_neighbours)


def counter_is_reset(patch: pytest.MonkeyPatch, engine: StockAlerts) -> None:
    """Behind the engine somebody deletes the counters of the day, again and again."""

    async def forgetful() -> None:
        while True:
            await engine.clock.sleep(0.2)
            await engine.room.redis.delete(engine.inbox.day_key("ida"))

    engine.supervise("sabotage", forgetful)


SABOTAGES = {
    "fires": Sabotage(breaks=queue_is_emptied, workload="market", rate=200),
    "once": Sabotage(breaks=sends_twice, workload="market", rate=200),
    "crossed": Sabotage(breaks=fires_too_early, workload="market", rate=200),
    "capped": Sabotage(breaks=counter_is_reset, workload="eager", rate=100),
}

test_every_claim_can_fail = sabotage_test("stock-alerts", SABOTAGES)
