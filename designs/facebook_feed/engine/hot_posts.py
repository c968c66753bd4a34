"""Cache nodes for the posts themselves: each holds so many, and answers so many reads per second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.nodes import POSTS, SERVICE, cache_ids
from designs.facebook_feed.engine.post_store import Post, PostStore
from designs.facebook_feed.engine.strategies import HOT_CACHES, REMOVALS
from designs.facebook_feed.engine.visibility import Visibility
from sdlab.blocks.hash_ring import HashRing
from sdlab.blocks.lru import LruCache
from sdlab.blocks.rate_rule import Rule
from sdlab.blocks.token_bucket import TokenBucket
from sdlab.blocks.windows import SlidingCounter
from sdlab.lab import EngineContext, Unavailable

HELD = 2000
HOTTEST = 1000


def _counter() -> SlidingCounter:
    return SlidingCounter(seconds=10)


@dataclass(slots=True)
class CacheNode:
    """What one node holds, and how much it was asked for. `refused` reads came faster than it can answer."""

    id: str
    held: LruCache[int, Post] = field(default_factory=lambda: LruCache(HELD))
    bucket: TokenBucket = field(default_factory=TokenBucket)
    asked: SlidingCounter = field(default_factory=_counter)
    served: SlidingCounter = field(default_factory=_counter)
    refused: SlidingCounter = field(default_factory=_counter)


class HotPosts:
    """The text of posts, from a cache node or else from the post store."""

    def __init__(self, context: EngineContext[Config], posts: PostStore, visibility: Visibility) -> None:
        self._context = context
        self._posts = posts
        self._visibility = visibility
        self.nodes: dict[str, CacheNode] = {}
        self.rows = _counter()
        self.hottest: LruCache[int, int] = LruCache(HOTTEST)
        self._ring: HashRing | None = None
        self._turns = count()

    def sync(self) -> None:
        """Have the nodes that the config calls for; those that stay keep what they hold."""
        ids = cache_ids(self._context.config)
        self.nodes = {id: self.nodes.get(id) or CacheNode(id) for id in ids}
        self._ring = HashRing(range(len(ids))) if ids else None

    def lose(self, node_id: str) -> None:
        """A node went down: its memory is empty when it comes back."""
        if node_id in self.nodes:
            self.nodes[node_id].held.clear()

    def forget(self, post: int) -> None:
        """This post is not to be served any more."""
        for node in self.nodes.values():
            node.held.discard(post)

    async def read(self, ids: Sequence[int]) -> dict[int, Post]:
        """The posts with these ids that exist."""
        found: dict[int, Post] = {}
        wanted = self._by_node(ids)
        for node_id, some in wanted.items():
            if node_id:
                found |= await self._from_node(self.nodes[node_id], some)
        missing = [id for id in ids if id not in found]
        if missing:
            rows = await self._from_store(missing)
            self._keep(rows, wanted)
            found |= rows
        return found

    def _by_node(self, ids: Sequence[int]) -> dict[str, list[int]]:
        rule = HOT_CACHES[self._context.config.hot_cache]
        names = list(self.nodes)
        rule.explain(self._context.decide)
        if not rule.nodes_used or not names or self._ring is None:
            return {"": list(ids)}
        turn = next(self._turns)
        wanted: dict[str, list[int]] = {}
        for id in ids:
            wanted.setdefault(names[rule.node(self._ring.owner(str(id)), turn, len(names))], []).append(id)
        return wanted

    async def _from_node(self, node: CacheNode, ids: list[int]) -> dict[int, Post]:
        async def look() -> dict[int, Post]:
            return self._look(node, ids)

        try:
            return await self._context.node(node.id).call(
                f"GET × {len(ids)}",
                look,
                source=SERVICE,
                outcome=lambda found: "ok" if len(found) == len(ids) else "miss",
                detail=lambda found: f"{len(found)} of {len(ids)}",
            )
        except Unavailable:
            return {}

    def _look(self, node: CacheNode, ids: list[int]) -> dict[int, Post]:
        now = self._context.clock.monotonic()
        rate = self._context.config.node_rate
        rule = Rule(rate, 1.0, rate)
        found: dict[int, Post] = {}
        node.asked.add(now, len(ids))
        for id in ids:
            if not node.bucket.check(now, rule).allowed:
                node.refused.add(now)
                continue
            post = node.held.get(id, now=now)
            if post is not None:
                node.served.add(now)
                found[id] = post
        return found

    async def _from_store(self, ids: list[int]) -> dict[int, Post]:
        rows = await self._context.node(POSTS).call(
            f"SELECT × {len(ids)}", lambda: self._posts.read(ids), source=SERVICE
        )
        now = self._context.clock.monotonic()
        self.rows.add(now, len(ids))
        for id in ids:
            self.hottest.put(id, (self.hottest.get(id, now=now) or 0) + 1, now=now)
        return rows

    def _keep(self, rows: dict[int, Post], wanted: dict[str, list[int]]) -> None:
        now = self._context.clock.monotonic()
        checks = REMOVALS[self._context.config.removal].filters
        for node_id, ids in wanted.items():
            if not node_id or node_id not in self.nodes or self._context.node(node_id).down:
                continue
            for id in ids:
                if id in rows and not (checks and id in self._visibility.deleted):
                    self.nodes[node_id].held.put(id, rows[id], now=now)
