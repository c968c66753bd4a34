"""What leaves and enters feeds when somebody follows, unfollows or deletes."""

from __future__ import annotations

from functools import partial

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.feed_table import FEED_KEPT
from designs.facebook_feed.engine.hot_posts import HotPosts
from designs.facebook_feed.engine.nodes import FEEDS, GRAPH, LISTS, POSTS, SERVICE
from designs.facebook_feed.engine.post_store import Post
from designs.facebook_feed.engine.stores import Stores
from designs.facebook_feed.engine.strategies import REMOVALS
from designs.facebook_feed.engine.visibility import Visibility
from sdlab.lab import EngineContext, LabError

AT_ONCE = 500


class PostRemoval:
    """Deletions, carried through to caches, lists and feeds; `purged` counts feed entries taken out."""

    def __init__(
        self, context: EngineContext[Config], stores: Stores, hot: HotPosts, visibility: Visibility
    ) -> None:
        self.purged = 0
        self._context = context
        self._stores = stores
        self._hot = hot
        self._visibility = visibility

    async def delete(self, post: Post) -> int:
        """Mark it deleted and, if the approach says so, take it out of everything; out of how many feeds."""
        rule = REMOVALS[self._context.config.removal]
        await self._context.node(POSTS).call(
            "UPDATE deleted", lambda: self._stores.posts.delete(post), source=SERVICE
        )
        self._visibility.deleted.note(post.id, self._context.clock.monotonic())
        rule.explain(self._context.decide, "the row is marked as deleted")
        if rule.filters:
            self._hot.forget(post.id)
        if not rule.purges:
            return 0
        await self._context.node(LISTS).call(
            "ZREM", lambda: self._stores.authors.remove(post.entry), source=SERVICE
        )
        try:
            return await self._out_of_feeds(post) if post.pushed else 0
        except LabError:
            return 0  # the feed table does not answer; readers are kept from it by the check of each page

    async def _out_of_feeds(self, post: Post) -> int:
        fans, gone = self._visibility.graph.followers(post.author), 0
        for start in range(0, len(fans), AT_ONCE):
            some = fans[start : start + AT_ONCE]
            gone += await self._context.node(FEEDS).call(
                f"ZREM × {len(some)}", partial(self._stores.feeds.remove, post.entry, some), source=SERVICE
            )
        self.purged += gone
        return gone


class FollowChanges:
    """Follows that were made or undone, carried through to the follower's feed.

    `purged` and `backfilled` count feed entries that went out and came in.
    """

    def __init__(self, context: EngineContext[Config], stores: Stores, visibility: Visibility) -> None:
        self.purged = 0
        self.backfilled = 0
        self._context = context
        self._stores = stores
        self._visibility = visibility

    async def change(self, follower: int, followee: int, *, follows: bool) -> int:
        """Carry out a follow or its end; how many entries came into the feed or went out of it."""
        self._visibility.changes[follower] += 1
        return await (self._come_in if follows else self._go_out)(follower, followee)

    async def _store(self, follower: int, followee: int, *, follows: bool) -> None:
        await self._context.node(GRAPH).call(
            "UPSERT", lambda: self._stores.follows.put(follower, followee, follows=follows), source=SERVICE
        )

    async def _go_out(self, follower: int, followee: int) -> int:
        pair = follower, followee
        await self._store(*pair, follows=False)
        self._visibility.graph.put(*pair, follows=False)
        self._visibility.unfollowed.note(pair, self._context.clock.monotonic())
        rule = REMOVALS[self._context.config.removal]
        rule.explain(self._context.decide, "the follow is undone")
        if not rule.purges or not self._stores.posts.ever_pushed:
            return 0
        try:
            gone = await self._context.node(FEEDS).call(
                "purge", lambda: self._stores.feeds.purge(follower, followee), source=SERVICE
            )
        except LabError:
            return 0  # as with deletions
        self.purged += gone
        return gone

    async def _come_in(self, follower: int, followee: int) -> int:
        """New posts come from now on, older ones are written into this feed; then the follow is stored."""
        pair = follower, followee
        self._visibility.catching_up.add(pair)
        try:
            self._visibility.unfollowed.drop(pair)
            self._visibility.graph.put(*pair, follows=True)
            pushed = await self._stores.authors.pushed_of(followee, FEED_KEPT)
            self._context.decide(f"{len(pushed)} older posts were written ahead: they are written here too")
            for start in range(0, len(pushed), AT_ONCE):
                some = [(one.written, (follower,)) for one in pushed[start : start + AT_ONCE]]
                await self._context.node(FEEDS).call(
                    f"ZADD × {len(some)}", partial(self._stores.feeds.deliver, some), source=SERVICE
                )
            await self._store(*pair, follows=True)
        except BaseException:
            self._visibility.graph.put(*pair, follows=False)
            raise
        finally:
            self._visibility.catching_up.discard(pair)
        self.backfilled += len(pushed)
        return len(pushed)
