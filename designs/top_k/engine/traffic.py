"""Performs the operations of the workloads and of the lesson."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from designs.top_k.engine.engine import TopK
from designs.top_k.engine.ledger import FINE
from designs.top_k.engine.videos import pick, video_id
from designs.top_k.engine.windows import LONGEST, WINDOWS, slice_seconds
from sdlab.lab import Operation, Traffic, performs


class TopKTraffic(Traffic[TopK]):
    """A view carries a chance; the knobs say which video it falls on."""

    @performs("view")
    async def view(self, operation: Operation) -> dict[str, Any]:
        """One view of a named, a hot or any video."""
        return asdict(await self.engine.view(self._video(operation.args)))

    @performs("top")
    async def top(self, operation: Operation) -> list[str]:
        """The ids of the most viewed."""
        found = await self.engine.top(operation.args["window"], operation.args["k"])
        return [one.video_id for one in found.items]

    @performs("viral")
    async def go_viral(self, operation: Operation) -> None:
        """Send a crowd to a video."""
        await self.engine.go_viral(operation.args["video"])

    @performs("look")
    async def look(self, operation: Operation) -> int:
        """The sketch's estimate of a video."""
        return await self.engine.look(operation.args["video"])

    def _video(self, args: Mapping[str, Any]) -> str:
        config = self.engine.config
        if "video" in args:
            return str(args["video"])
        if "hot" in args:
            return video_id(1 + args["hot"] % config.videos)
        return pick(args["u"], videos=config.videos, skew=0.0 if args.get("flat") else config.skew)

    async def honours(self, answer: Any) -> bool:
        """A view that was acknowledged is counted in the ledger, and is stored, for its hour."""
        if not isinstance(answer, Mapping) or "view_id" not in answer:
            return True  # a ranking promised nothing that lasts
        engine = self.engine
        if engine.clock.time() - answer["at"] > WINDOWS[LONGEST] - 2 * slice_seconds(LONGEST, FINE):
            return True  # its hour is over
        counted = engine.ledger.count(answer["video_id"], LONGEST) >= answer["views"]
        return counted and await engine.checkpoints.has(answer["view_id"])
