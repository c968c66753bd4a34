"""What workloads do: each verb of an operation as a use of the engine, with a plain answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from designs.facebook_feed.config import worker_ids
from sdlab.lab import NotFound, Operation

if TYPE_CHECKING:
    from designs.facebook_feed.engine import Feed

DOWN_FOR = 0.5


class Traffic:
    """The verbs of workloads. Members are taken modulo the size of the graph."""

    def __init__(self, engine: Feed) -> None:
        self._engine = engine
        self._ends: set[str] = set()

    async def perform(self, operation: Operation) -> Any:
        """Do one operation; may raise a refusal."""
        verbs: dict[str, Callable[..., Awaitable[Any]]] = {
            "post": self._post,
            "timeline": self._timeline,
            "scroll": self._scroll,
            "view": self._view,
            "follow": self._follow,
            "unfollow": self._unfollow,
            "delete": self._delete,
            "kill": self._kill,
        }
        return await verbs[operation.verb](**operation.args)

    async def _post(self, author: int, text: str) -> dict[str, int]:
        return {
            "post": (await self._engine.post(text, by=author % self._engine.graph.size, by_hand=False)).id
        }

    async def _timeline(self, reader: int) -> dict[str, int]:
        page = await self._engine.timeline(reader % self._engine.graph.size, by_hand=False)
        return {"shown": len(page.posts)}

    async def _scroll(self, reader: int) -> dict[str, int]:
        return {"shown": await self._engine.scroll(reader % self._engine.graph.size)}

    async def _view(self, author: int) -> dict[str, int]:
        """Many look at the newest post of one member."""
        if author not in self._engine.newest:
            found = await self._engine.rows.newest_of(author, self._engine.last_id + 1, 1)
            self._engine.newest[author] = found[0].id if found else 0
        if id := self._engine.newest[author]:
            await self._engine.read_post(id, by_hand=False, by="readers")
        return {}

    async def _follow(self, follower: int, followee: int) -> dict[str, int]:
        changed = await self._engine.follow(follower, followee, by_hand=False)
        return {"follower": follower, "followee": followee} if changed else {}

    async def _unfollow(self, follower: int, followee: int) -> dict[str, int]:
        changed = await self._engine.unfollow(follower, followee, by_hand=False)
        return {"follower": follower, "followee": followee} if changed else {}

    async def _delete(self, author: int, back: int) -> dict[str, int]:
        """A member takes back one of the newest posts of their own."""
        newest = await self._engine.rows.newest_of(author, self._engine.last_id + 1, back + 1)
        if not newest:
            return {}
        try:
            await self._engine.delete(newest[-1].id, by=author, by_hand=False)
        except NotFound:
            return {}  # somebody was quicker
        return {"deleted": newest[-1].id}

    async def _kill(self, number: int) -> dict[str, int]:
        """A worker ends where it is, and another takes its place a moment later."""
        id = worker_ids(self._engine.config)[number % self._engine.config.workers]
        if id in self._ends or self._engine.nodes[id].down:
            return {}
        self._ends.add(id)
        try:
            async with self._engine.request("a worker ends", by="load", by_hand=False) as trace:
                doing = self._engine.fanout.workers[id].doing or "nothing"
                self._engine.fanout.kill(id)
                trace.sentence = f"{id} ended; it was at {doing}"
            await self._engine.clock.sleep(DOWN_FOR)
            self._engine.fanout.sync()
        finally:
            self._ends.discard(id)
        return {}
