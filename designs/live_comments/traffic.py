"""The operations of workloads, done on the running system."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from designs.live_comments.config import SERVICE, VIEWERS, server_ids
from designs.live_comments.history import listed
from sdlab.lab import Operation

if TYPE_CHECKING:
    from designs.live_comments.engine import LiveComments

DOWN_FOR = 0.6
MAX_GROUP = 2_000


class TrafficVerbs:
    """Who arrives, leaves, scrolls, comments, hides, and which server is replaced."""

    def __init__(self, engine: LiveComments) -> None:
        self._engine = engine
        self._deploys: set[str] = set()

    async def perform(self, operation: Operation) -> Any:
        """Do one of them; the answer is plain data."""
        verbs: dict[str, Callable[..., Awaitable[Any]]] = {
            "comment": self._comment,
            "arrive": self._arrive,
            "leave": self._leave,
            "slow": self._come_slowly,
            "deploy": self._deploy,
            "scroll": self._scroll,
            "hide": self._hide,
        }
        return await verbs[operation.verb](operation.actor, **operation.args)

    async def _comment(self, actor: str, stream: str, text: str, **_: Any) -> dict[str, Any]:
        stored = await self._engine.comment(text, stream_id=stream, by=actor, by_hand=False)
        return {"stream": stored.stream, "seq": stored.seq}

    async def _arrive(self, actor: str, stream: str, count: int, **_: Any) -> dict[str, Any]:
        async with self._engine.request("viewers arrive", by=actor, by_hand=False) as trace:
            self._engine.nodes[VIEWERS].touch("arrive", "ok", source="visitor", detail=f"{count} to {stream}")
            came = await self._engine.hub.arrive(stream, min(count, MAX_GROUP))
            trace.sentence = f"{came:,} simulated viewers came to {stream}"
        return {}

    async def _leave(self, actor: str, stream: str, count: int, **_: Any) -> dict[str, Any]:
        async with self._engine.request("viewers leave", by=actor, by_hand=False) as trace:
            self._engine.nodes[VIEWERS].touch("leave", "ok", source="visitor", detail=f"{count} of {stream}")
            left = await self._engine.hub.leave(stream, count)
            trace.sentence = f"{left:,} simulated viewers left {stream}"
        return {}

    async def _come_slowly(
        self, actor: str, stream: str, count: int, pace: float, **_: Any
    ) -> dict[str, Any]:
        async with self._engine.request("slow viewers arrive", by=actor, by_hand=False) as trace:
            self._engine.nodes[VIEWERS].touch(
                "arrive", "ok", source="visitor", detail=f"{count}, slow, to {stream}"
            )
            self._engine.hub.come_slowly(stream, count, pace=pace)
            trace.sentence = f"{count} viewers of {stream} came who read {pace:g} comments per second"
        return {}

    async def _deploy(self, actor: str, number: int, **_: Any) -> dict[str, Any]:
        """A server is replaced by a new version: it ends, and starts again a moment later."""
        ids = server_ids(self._engine.config)
        id = ids[number % len(ids)]
        if id in self._deploys or self._engine.nodes[id].down:
            return {}
        self._deploys.add(id)
        try:
            async with self._engine.request("deploy", by=actor, by_hand=False) as trace:
                moved = await self._engine.hub.kill(id)
                trace.sentence = f"{id} ended for a new version; {moved:,} viewers reconnect"
            await self._engine.clock.sleep(DOWN_FOR)
            if id in self._engine.nodes and not self._engine.nodes[id].down:
                await self._engine.hub.revive(id)
        finally:
            self._deploys.discard(id)
        return {}

    async def _scroll(self, actor: str, stream: str, limit: int, **_: Any) -> dict[str, Any]:
        async with self._engine.request("GET comment-history", by=actor, by_hand=False) as trace:
            self._engine.nodes[SERVICE].touch("GET history", "ok", source="visitor")
            page = await self._engine.history.scroll(actor, stream, limit=limit)
            trace.sentence = f"{actor} scrolled up {stream}: {len(page.comments)} comments"
        return {"page": len(listed(page))}

    async def _hide(self, actor: str, stream: str, back: int, **_: Any) -> dict[str, Any]:
        seq = self._engine.intake.tails[stream] - back
        if seq > 0:
            await self._engine.hide(stream, seq, by=actor, by_hand=False)
        return {}
