"""A room keeps its newest posts; older ones go, from the rows and from all lists."""

from __future__ import annotations

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.graph import FollowGraph
from designs.facebook_feed.engine.stores import Stores
from sdlab.lab import EngineContext

POSTS_KEPT = 20_000
FEWEST_KEPT = 200


class Retention:
    """Keeps at most `most` posts, give or take five in a hundred; `most` is from 200 to 20,000, by the room's quota."""

    def __init__(self, context: EngineContext[Config], graph: FollowGraph, stores: Stores) -> None:
        self.most = min(POSTS_KEPT, max(FEWEST_KEPT, context.room.quota.rows // 2))
        self._graph = graph
        self._stores = stores

    async def trim(self) -> None:
        """Delete the oldest posts when the room has more than it may keep."""
        if self._stores.posts.total <= self.most * 21 // 20:
            return
        oldest = await self._stores.posts.trim(self.most)
        if oldest is not None:
            await self._stores.authors.trim(range(self._graph.size), oldest.entry)
