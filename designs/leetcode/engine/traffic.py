"""Performs what the workloads want: somebody submits, attacks, or looks at the leaderboard."""

from __future__ import annotations

from typing import Any

from designs.leetcode.engine.engine import LeetCode
from designs.leetcode.engine.problems import COMPETITION
from sdlab.lab import Operation, Traffic, performs


class LeetCodeTraffic(Traffic[LeetCode]):
    """Whoever acts sends one of the lab's own programs."""

    @performs("submit")
    async def submit(self, operation: Operation) -> dict[str, Any]:
        """One program, written in one of the manners that there are."""
        args = operation.args
        one = await self.engine.submit_preset(args["problem"], args["language"], args["manner"])
        return {"submission": one.id}

    @performs("attack")
    async def attack(self, operation: Operation) -> dict[str, Any]:
        """One attack."""
        one = await self.engine.attack(operation.args["kind"])
        return {"submission": one.id}

    @performs("look")
    async def look(self, operation: Operation) -> dict[str, Any]:
        """The leaderboard, once."""
        found = await self.engine.leaderboard(COMPETITION, limit=operation.args["limit"])
        return {"places": len(found)}

    async def honours(self, answer: Any) -> bool:
        """A submission that was accepted is in the store."""
        return "submission" not in answer or await self.engine.store.has(answer["submission"])
