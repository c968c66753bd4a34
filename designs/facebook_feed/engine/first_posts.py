"""What an empty room begins with: posts from before, and feeds and lists made from the rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.demo_users import first_author, first_follower
from designs.facebook_feed.engine.graph import FollowEdges, FollowGraph
from designs.facebook_feed.engine.post_store import Post
from designs.facebook_feed.engine.sentences import sentence
from designs.facebook_feed.engine.stores import Stores
from designs.facebook_feed.engine.strategies import FANOUTS
from sdlab.lab import EngineContext, Room

POSTED_BEFORE = 48
SECONDS_BETWEEN = 240


def posted_before(room: Room, edges: FollowEdges, now: float) -> Iterator[Post]:
    """What was posted before the room opened, oldest first: by the first author and whom the first follower follows."""
    rng = room.rng("posted before")
    stars = edges.followees(first_follower(edges))
    authors = [first_author(edges) if n % 8 == 7 else rng.choice(stars) for n in range(POSTED_BEFORE)]
    at = int(now) - POSTED_BEFORE * SECONDS_BETWEEN
    for number, author in enumerate(authors, start=1):
        at += rng.randrange(0, 2 * SECONDS_BETWEEN - 10)
        at = min(at, int(now) - 60)
        yield Post(number, author, at, sentence(rng))


class FirstPosts:
    """Fills an empty room, and makes lost feeds and lists again from the rows."""

    def __init__(self, context: EngineContext[Config], graph: FollowGraph, stores: Stores) -> None:
        self._context = context
        self._stores = stores
        self._graph = graph

    async def open(self) -> None:
        """Nothing, where feeds and lists are there already."""
        if await self._stores.feeds.is_built():
            return
        posts = await self._stores.posts.unplaced(all_of_them=True)
        if not posts:
            posts = self._written_before()
            await self._stores.posts.add_all(posts)
        for post in posts:
            await self._stores.authors.add(post.entry, pushed=post.pushed)
            if post.pushed and (fans := self._graph.followers(post.author)):
                await self._stores.feeds.deliver([(post.entry.written, fans)])
        await self._stores.posts.mark_placed([post.id for post in posts])
        await self._stores.feeds.mark_built()

    def _written_before(self) -> list[Post]:
        config, room = self._context.config, self._context.room
        pushes, popularity = FANOUTS[config.fanout].pushes, self._graph.popularity
        return [
            replace(one, pushed=pushes(popularity(one.author), config.threshold))
            for one in posted_before(room, self._graph.edges, self._context.clock.time())
        ]
