"""What panels read: the follower's feed with the lists beside it, the queue, and how far own posts have really come."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.author_lists import TOP
from designs.facebook_feed.engine.demo_users import DemoUsers
from designs.facebook_feed.engine.entries import Entry
from designs.facebook_feed.engine.graph import FollowGraph
from designs.facebook_feed.engine.jobs import Jobs
from designs.facebook_feed.engine.post_store import Post
from designs.facebook_feed.engine.stores import Stores
from designs.facebook_feed.engine.timelines import Gatherer
from sdlab.lab import EngineContext
from sdlab.parts.work_queue import QueueDepth

SHOWN_ROWS = 10
FOLLOWED_UP = 2500


@dataclass(frozen=True, slots=True)
class FeedLook:
    """A member's feed: so many entries, and the newest of it and of the lists that are merged in."""

    member: int
    held: int
    ahead: frozenset[int]
    lists: int
    newest: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """One look. `reached` says of own posts in how many feeds they are.

    `posts` are rows, `deleted` of them marked; None before the first look.
    """

    feed: FeedLook | None = None
    queue: QueueDepth | None = None
    posts: int | None = None
    deleted: int | None = None
    reached: dict[int, int] = field(default_factory=dict)


class StoreReader:
    """Looks past the nodes that may be broken: it shows what is there."""

    def __init__(
        self,
        context: EngineContext[Config],
        stores: Stores,
        jobs: Jobs,
        gatherer: Gatherer,
        *,
        graph: FollowGraph,
        users: DemoUsers,
    ) -> None:
        self._stores, self._jobs, self._gatherer = stores, jobs, gatherer
        self._graph, self._users = graph, users
        self.look = context.look(self._read, Looked())

    async def _read(self) -> Looked:
        feed, queue, (posts, deleted), reached = await asyncio.gather(
            self._feed(), self._jobs.depth(), self._stores.posts.count(), self._reached()
        )
        return Looked(feed, queue, posts, deleted, reached)

    async def _feed(self) -> FeedLook:
        member = self._users.users[-1].member
        authors = self._gatherer.to_merge(self._graph.followees(member))
        (ahead, held), lists = await asyncio.gather(
            self._stores.feeds.read(member, TOP, SHOWN_ROWS),
            self._stores.authors.of_authors(authors, TOP, SHOWN_ROWS, all_of_them=False),
        )
        both = {entry.written: entry for some in (ahead, *lists) for entry in some}
        newest = tuple(both[written] for written in sorted(both, reverse=True)[:SHOWN_ROWS])
        return FeedLook(member, held, frozenset(one.position.id for one in ahead), len(authors), newest)

    async def _reached(self) -> dict[int, int]:
        own = list(self._own())
        fans = [self._graph.followers(post.author) for post in own]
        missing = await asyncio.gather(
            *(self._stores.feeds.missing(post.entry, some) for post, some in zip(own, fans, strict=True))
        )
        return {
            post.id: len(some) - len(without) for post, some, without in zip(own, fans, missing, strict=True)
        }

    def _own(self) -> Iterator[Post]:
        """The newest own posts that are written ahead, as long as they have not too many followers in all."""
        budget = FOLLOWED_UP
        shown = {post.id: post for user in self._users.users for post in user.own if post.pushed}
        for id in sorted(shown, reverse=True):
            budget -= self._graph.popularity(shown[id].author)
            if budget < 0:
                return
            yield shown[id]
