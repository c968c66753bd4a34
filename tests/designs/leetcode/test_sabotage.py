"""Each claim fails when the system is made to do what it says it does not."""

from __future__ import annotations

from typing import Any

import pytest

from designs.leetcode.engine.engine import LeetCode
from designs.leetcode.engine.leaderboard import Leaderboard
from designs.leetcode.engine.runners import Runner
from designs.leetcode.engine.sandboxes import Place, Sandboxes, limits_of
from tests.sabotage import Sabotage, sabotage_test


def walls_are_open(patch: pytest.MonkeyPatch, engine: LeetCode) -> None:
    """Whatever was chosen, code runs as a process with limits."""

    def place(self: Sandboxes, language: str, code_hash: str, origin: str) -> Place:
        self._context.decide("sabotage")
        return Place("process", limits_of(engine.config))

    patch.setattr(Sandboxes, "place", place)


def entries_are_stolen(patch: pytest.MonkeyPatch, engine: LeetCode) -> None:
    """Somebody takes ids out of the queue again and again, behind the engine."""

    async def thief() -> None:
        while True:
            await engine.clock.sleep(0.01)
            await engine.room.redis.rpop(engine.queue.waiting)

    engine.supervise("sabotage", thief)


def code_is_changed(patch: pytest.MonkeyPatch, engine: LeetCode) -> None:
    """A runner runs something else than it was given."""
    asked = Runner._asked

    async def other(self: Runner, process: Any, place: Any, *, code: str, **more: Any) -> Any:
        return await asked(self, process, place, code=code + "\n", **more)

    patch.setattr(Runner, "_asked", other)


def scores_are_forgotten(patch: pytest.MonkeyPatch, engine: LeetCode) -> None:
    """The sorted set hears of nothing that is accepted."""

    async def nothing(self: Leaderboard, person: str, problem: str, number: int) -> None:
        return None

    patch.setattr(Leaderboard, "accepted", nothing)


SABOTAGES = {
    "host": Sabotage(breaks=walls_are_open, workload="attacks", rate=6, seconds=2),
    "once": Sabotage(breaks=entries_are_stolen, workload="finale", rate=60, seconds=2),
    "code": Sabotage(breaks=code_is_changed, workload="contest", rate=8, seconds=2),
    "board": Sabotage(breaks=scores_are_forgotten, workload="finale", rate=10, seconds=2),
}

test_every_claim_can_fail = sabotage_test("leetcode", SABOTAGES)
