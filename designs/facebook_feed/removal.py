"""What leaves and enters feeds when somebody follows, unfollows or deletes."""

from __future__ import annotations

from functools import partial

from designs.facebook_feed.config import FEEDS, GRAPH, LISTS, POSTS, SERVICE
from designs.facebook_feed.hotposts import HotPosts
from designs.facebook_feed.ledger import Parts
from designs.facebook_feed.lists import FEED_KEPT
from designs.facebook_feed.postrows import Post
from designs.facebook_feed.strategies import REMOVALS
from designs.facebook_feed.timelines import Timelines
from sdlab.lab import LabError

AT_ONCE = 500


class Removal:
    """Changes of follows and deletions, carried through to the feeds."""

    def __init__(self, parts: Parts, hot: HotPosts, timelines: Timelines) -> None:
        self._parts = parts
        self._hot = hot
        self._timelines = timelines
        self.purged = 0
        self.backfilled = 0

    async def delete(self, post: Post) -> int:
        """Mark it deleted and, if the approach says so, take it out of everything; out of how many feeds."""
        rule = REMOVALS[self._parts.config().removal]
        await self._parts.node(POSTS).call(
            "UPDATE deleted", lambda: self._parts.rows.delete(post.id), source=SERVICE
        )
        self._parts.ledger.deleted.note(post.id, self._parts.clock.monotonic())
        if rule.filters:
            self._hot.forget(post.id)
        if not rule.purges:
            return 0
        await self._parts.node(LISTS).call(
            "ZREM", lambda: self._parts.lists.take_out(post.entry), source=SERVICE
        )
        try:
            return await self._out_of_feeds(post) if post.pushed else 0
        except LabError:
            return 0  # the feed table does not answer; readers are kept from it by the check of each page

    async def _out_of_feeds(self, post: Post) -> int:
        fans, gone = self._parts.graph.followers(post.author), 0
        for start in range(0, len(fans), AT_ONCE):
            some = fans[start : start + AT_ONCE]
            gone += await self._parts.node(FEEDS).call(
                f"ZREM × {len(some)}", partial(self._parts.lists.remove, post.entry, some), source=SERVICE
            )
        self.purged += gone
        return gone

    async def change(self, follower: int, followee: int, *, follows: bool) -> int:
        """Remember a follow or its end; how many entries came into the feed or went out of it."""
        self._parts.ledger.changes[follower] += 1
        moved = await (self._come_in if follows else self._go_out)(follower, followee)
        self._timelines.forget(follower)
        return moved

    async def _remember(self, follower: int, followee: int, *, follows: bool) -> None:
        now = self._parts.clock.time()
        await self._parts.node(GRAPH).call(
            "UPSERT",
            lambda: self._parts.rows.follow(follower, followee, follows=follows, now=now),
            source=SERVICE,
        )

    async def _go_out(self, follower: int, followee: int) -> int:
        ledger = self._parts.ledger
        await self._remember(follower, followee, follows=False)
        self._parts.graph.put(follower, followee, follows=False)
        ledger.unfollowed.note((follower, followee), self._parts.clock.monotonic())
        if not REMOVALS[self._parts.config().removal].purges or not ledger.ever_pushed:
            return 0
        try:
            gone = await self._parts.node(FEEDS).call(
                "purge", lambda: self._parts.lists.purge(follower, followee), source=SERVICE
            )
        except LabError:
            return 0  # as with deletions
        self.purged += gone
        return gone

    async def _come_in(self, follower: int, followee: int) -> int:
        """New posts come from now on, older ones are written into this feed; then the follow is remembered."""
        ledger, lists = self._parts.ledger, self._parts.lists
        pair = (follower, followee)
        ledger.catching_up.add(pair)
        try:
            ledger.unfollowed.drop(pair)
            self._parts.graph.put(follower, followee, follows=True)
            pushed = await lists.pushed_of(followee, FEED_KEPT)
            for start in range(0, len(pushed), AT_ONCE):
                some = [(one.written, (follower,)) for one in pushed[start : start + AT_ONCE]]
                await self._parts.node(FEEDS).call(
                    f"ZADD × {len(some)}", partial(lists.deliver, some), source=SERVICE
                )
            await self._remember(follower, followee, follows=True)
        except BaseException:
            self._parts.graph.put(follower, followee, follows=False)
            raise
        finally:
            ledger.catching_up.discard(pair)
        self.backfilled += len(pushed)
        return len(pushed)
