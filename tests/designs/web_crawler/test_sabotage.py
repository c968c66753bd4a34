"""Each claim fails when the system is made to do what it says it does not."""

from __future__ import annotations

from typing import Any

import pytest

from designs.web_crawler.engine.engine import WebCrawler
from designs.web_crawler.engine.strategies import GuardOn
from sdlab.parts.worker_process import WorkerProcess
from tests.sabotage import Sabotage, sabotage_test

EVERY = 0.2


def entries_are_stolen(patch: pytest.MonkeyPatch, engine: WebCrawler) -> None:
    """Behind the engine somebody empties the back queues, and what is not finished is no more."""

    async def thief() -> None:
        redis, frontier = engine.room.redis, engine.frontier
        while True:
            await engine.clock.sleep(EVERY)
            for host in await redis.smembers(frontier.key("hosts")):
                await redis.unlink(frontier.key("back", host))
            held = await redis.hkeys(frontier.key("held"))
            for number in await redis.hkeys(frontier.key("pending")):
                if number not in held:
                    await redis.hdel(frontier.key("pending"), number)

    engine.supervise("sabotage", thief)


def pauses_are_left_out(patch: pytest.MonkeyPatch, engine: WebCrawler) -> None:
    """The parent tells fetchers that hosts need no pause."""
    ask = WorkerProcess.ask

    async def hasty(self: WorkerProcess, what: str, /, **fields: Any) -> Any:
        if what == "store":
            fields["gap"], fields["next"] = 0, fields["now"]
        return await ask(self, what, **fields)

    patch.setattr(WorkerProcess, "ask", hasty)


def rules_are_not_read(patch: pytest.MonkeyPatch, engine: WebCrawler) -> None:
    """The parent tells fetchers to obey nobody."""
    ask = WorkerProcess.ask

    async def careless(self: WorkerProcess, what: str, /, **fields: Any) -> Any:
        if what == "fetch":
            fields["obey"] = False
        return await ask(self, what, **fields)

    patch.setattr(WorkerProcess, "ask", careless)


def shapes_are_not_counted(patch: pytest.MonkeyPatch, engine: WebCrawler) -> None:
    """The guard lets everything through."""
    patch.setattr(GuardOn, "trap", lambda self, context, url, alike: "")


SABOTAGES = {
    "stored": Sabotage(breaks=entries_are_stolen, workload="seeds", rate=20, seconds=3),
    "polite": Sabotage(breaks=pauses_are_left_out, workload="strict", rate=12, seconds=3),
    "robots": Sabotage(breaks=rules_are_not_read, workload="forbidden", rate=12, seconds=3),
    "ends": Sabotage(breaks=shapes_are_not_counted, workload="calendar", rate=3, seconds=5),
}

test_every_claim_can_fail = sabotage_test("web-crawler", SABOTAGES)
