"""The feed at work in one room: post, follow, read a timeline page by page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from typing import ClassVar

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.claims import CHECK_EVERY, CLAIMS, ClaimChecker, PageChecker
from designs.facebook_feed.engine.costs import Costs
from designs.facebook_feed.engine.deliveries import Deliveries
from designs.facebook_feed.engine.demo_users import DemoUsers
from designs.facebook_feed.engine.entries import Position
from designs.facebook_feed.engine.fan_out import FanOut
from designs.facebook_feed.engine.feed_writer import FeedWriter
from designs.facebook_feed.engine.first_posts import FirstPosts
from designs.facebook_feed.engine.graph import FollowEdges, FollowGraph, room_edges
from designs.facebook_feed.engine.hot_posts import HotPosts
from designs.facebook_feed.engine.job_relay import JobRelay
from designs.facebook_feed.engine.jobs import Jobs
from designs.facebook_feed.engine.members import Members, member
from designs.facebook_feed.engine.nodes import FLOWS, POSTS, SERVICE, cache_ids, plan, worker_ids
from designs.facebook_feed.engine.page_cache import PageCache
from designs.facebook_feed.engine.post_store import Post
from designs.facebook_feed.engine.reader import StoreReader
from designs.facebook_feed.engine.removal import FollowChanges, PostRemoval
from designs.facebook_feed.engine.retention import Retention
from designs.facebook_feed.engine.stores import Stores
from designs.facebook_feed.engine.strategies import FANOUTS
from designs.facebook_feed.engine.timeline_page import MOST_PER_PAGE, PAGE, TimelinePage
from designs.facebook_feed.engine.timelines import Gatherer, Timelines
from designs.facebook_feed.engine.visibility import Visibility
from designs.facebook_feed.engine.workers import LOOK_EVERY, Workers
from sdlab.lab import Conflict, Engine, Forbidden, Invalid, Node, NodeSpec, NotFound, Room, amount
from sdlab.lab.text import TextRule
from sdlab.parts.idempotency import IdempotencyKeys

POST_TEXT = TextRule("post", 500, lines=True)
MEND_EVERY = 0.5
TRIM_EVERY = 5.0
SCROLLED_PAGES = 6
SCROLLED_SIZE = 8
STRIPES = 64


class Feed(Engine[Config]):
    """Posts and changed follows are rows; feeds and lists are in Redis and can be made again from the rows.

    Whoever acts is a member, by handle; `NotFound` for others.
    """

    claims = CLAIMS
    flows = FLOWS
    initial_follows: ClassVar[Callable[[], FollowEdges]] = staticmethod(room_edges)

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        context = self.context
        self.graph = FollowGraph(type(self).initial_follows())
        self.members = Members(self.graph)
        self.stores = stores = Stores(context)
        self.posts = stores.posts
        self.visibility = Visibility(self.graph)
        self.costs = Costs()
        self.users = DemoUsers(context, self.graph, self.members, self.posts)
        self.deliveries = Deliveries(context, self.visibility, self.posts, self.users)
        self.jobs = Jobs(context)
        self.relay = JobRelay(context, self.jobs)
        self.writer = FeedWriter(context, stores.feeds, self.deliveries, self.costs)
        self.workers = Workers(context, self.jobs, self.relay, self.writer, self.deliveries)
        self.fan_out = FanOut(context, stores, self.writer, self.relay, self.deliveries)
        self.hot = HotPosts(context, self.posts, self.visibility)
        self.page_cache = PageCache(context, stores)
        gatherer = Gatherer(context, stores, self.visibility)
        self.reader = StoreReader(context, stores, self.jobs, gatherer, graph=self.graph, users=self.users)
        self.timelines = Timelines(context, gatherer, self.page_cache, self.hot, self.visibility)
        self.removal = PostRemoval(context, stores, self.hot, self.visibility)
        self.changes = FollowChanges(context, stores, self.visibility)
        self.first_posts = FirstPosts(context, self.graph, stores)
        self.retention = Retention(context, self.graph, stores)
        self.checker = ClaimChecker(context, stores, self.deliveries, self.visibility)
        self.pages = PageChecker(context, stores, self.deliveries, self.visibility)
        self._keys = IdempotencyKeys(context)
        self._changing = [asyncio.Lock() for _ in range(STRIPES)]

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    # Life

    async def open(self) -> None:
        self.hot.sync()
        await self.jobs.open()
        self.graph.load(await self.stores.follows.all())
        await self.first_posts.open()
        await self.posts.open()
        self.deliveries.open()
        await self._resume(await self.posts.unplaced())
        self.supervise("relay to the queue", self.relay.relay)
        self.every("look at the queue", LOOK_EVERY, self.relay.look)
        self.every("saving of deliveries", LOOK_EVERY, self.deliveries.save)
        self.every("claim checker", CHECK_EVERY, self.checker.check, yields=True)
        self.every("mending", MEND_EVERY, self._mend)
        self.every("retention", TRIM_EVERY, self.retention.trim)
        self.workers.sync()
        await self.users.open()

    async def _resume(self, posts: list[Post]) -> None:
        """Finish what was acknowledged, or begun, and did not come to its end."""
        for post in posts:
            self.checker.acknowledged(post, self.clock.monotonic())
        await self.fan_out.resume(posts)

    async def _mend(self) -> None:
        """Finish posts whose author was told that it failed: they are stored, so they must come."""
        while self.fan_out.unfinished:
            await self._resume(self.fan_out.unfinished[:1])
            self.fan_out.unfinished.pop(0)

    async def close(self) -> None:
        await super().close()
        await self.workers.stop()
        await self.deliveries.save()

    async def reconfigure(self, before: Config) -> None:
        self.hot.sync()
        self.workers.sync()
        if self.config.page_cache != before.page_cache or self.config.cache_ttl < before.cache_ttl:
            self.page_cache.clear()

    async def fault_changed(self, node: Node) -> None:
        if node.id in worker_ids(self.config):
            if node.down:
                self.workers.kill(node.id)
            else:
                self.workers.sync()
        elif node.id in cache_ids(self.config) and node.down:
            self.hot.lose(node.id)

    # Posts

    async def post(self, text: str, *, key: str | None = None) -> Post:
        """The post, once it is stored; its followers have it at once or soon, as the approach says.

        `Invalid` for a text that is empty or longer than 500 characters, `Unavailable` without a
        post store or with a full queue. The same idempotency `key` of the same author gives the same
        post, and is `Invalid` for another text.
        """
        author, approach = self.members.acting(), self.config.fanout
        async with self.request("POST /post", by=member(author).name) as trace:
            said = " ".join(POST_TEXT.check(text, field="data").split())
            self.node(SERVICE).touch("POST /post", "ok", source="visitor")
            published: list[Post] = []
            post = await self._keys.once(
                key,
                operation="post",
                body={"data": said},
                work=lambda: self._publish(author, said, key, published),
                dump=asdict,
                load=lambda answer: Post(**answer),
            )
            followers = self.graph.popularity(author)
            done = (
                f"posted {post.id} for {followers:,} followers" if published else f"posted {post.id} before"
            )
            trace.sentence = f"{member(author).name} {done} → 201"
        if published:
            self.users.posted(post)
            self.costs.by_approach[approach].posted(trace.ms)
            self.checker.acknowledged(post, trace.began)
        return post

    async def _publish(self, author: int, text: str, key: str | None, published: list[Post]) -> Post:
        """Store a post and bring it on its way; one that was stored under this key before is on it already.

        What is new is noted in `published`.
        """
        self.relay.admit()
        followers, rule = self.graph.popularity(author), FANOUTS[self.config.fanout]
        pushed = rule.pushes(followers, self.config.threshold)
        rule.explain(self.decide, followers, self.config.threshold)
        fresh = self.posts.new_post(author, text, pushed=pushed)
        post = await self.node(POSTS).call("INSERT", lambda: self.posts.add(fresh, key), source=SERVICE)
        if post.id == fresh.id:
            published.append(post)
            await self.fan_out.spread(post, followers)
        return post

    async def delete(self, id: int) -> None:
        """Take a post away. `NotFound` when there is none, `Forbidden` for somebody else's."""
        author = self.members.acting()
        async with self.request("DELETE /post", by=member(author).name) as trace:
            self.node(SERVICE).touch("DELETE /post", "ok", source="visitor")
            rows = await self.node(POSTS).call("SELECT", lambda: self.posts.read([id]), source=SERVICE)
            post = rows.get(id)
            if post is None or post.deleted:
                raise NotFound(f"there is no post {id}")
            if post.author != author:
                raise Forbidden("only its author deletes a post")
            reach = await self.removal.delete(post)
            self.users.deleted(post)
            self.pages.deleted(id, trace.began)
            trace.sentence = f"{member(author).name} deleted post {id}; out of {amount(reach, 'feed')} → 204"

    async def read_post(self, id: int) -> Post:
        """One post, through the cache of hot posts. `NotFound` when there is none."""
        async with self.request("GET /post") as trace:
            self.node(SERVICE).touch("GET /post", "ok", source="visitor")
            post = (await self.hot.read([id])).get(id)
            if post is None or post.deleted or id in self.visibility.deleted:
                raise NotFound(f"there is no post {id}")
            trace.sentence = f"post {id} by {member(post.author).name} → 200"
            return post

    async def posts_of(self, author: int, *, below: int | None = None, count: int = PAGE) -> list[Post]:
        """What one member posted, newest first, with ids below `below`."""
        top = self.posts.last_id + 1 if below is None else below
        return await self.posts.newest_of(self.members.known(author), top, count)

    # Follows

    async def follow(self, followee: int) -> bool:
        """Follow somebody; whether that is new. `Conflict` for oneself. What they posted comes into the feed."""
        return await self._change(followee, follows=True)

    async def unfollow(self, followee: int) -> bool:
        """Follow somebody no longer; whether one did. Their posts go out of the feed."""
        return await self._change(followee, follows=False)

    async def _change(self, followee: int, *, follows: bool) -> bool:
        follower = self.members.acting()
        verb = "POST" if follows else "DELETE"
        one, other = member(follower), member(self.members.known(followee))
        async with self.request(f"{verb} /users/follow", by=one.name) as trace:
            if follower == followee:
                raise Conflict("nobody follows themselves")
            self.node(SERVICE).touch(f"{verb} follow", "ok", source="visitor")
            async with self._changing[follower % STRIPES]:
                if self.graph.follows(follower, followee) == follows:
                    self.decide("it is so already: nothing is to be changed")
                    trace.sentence = f"{one.name}, {other.name}: as it was → 200"
                    return False
                if follows:
                    self.pages.follows(follower, followee)
                moved = await self.changes.change(follower, followee, follows=follows)
                if not follows:
                    self.pages.unfollowed(follower, followee, trace.began)
            self.page_cache.forget(follower)
            self.users.follows_changed(follower)
            done = "follows" if follows else "unfollowed"
            what = "entries came in" if follows else "entries went out"
            trace.sentence = f"{one.name} {done} {other.name}; {moved:,} {what} → 200"
            return True

    # Timelines

    async def timeline(self, *, after: Position | None = None, size: int = PAGE) -> TimelinePage:
        """The newest posts of those whom the reader follows, or the next behind a position.

        `Invalid` for a size that is not from 1 to 100.
        """
        reader, approach = self.members.acting(), self.config.fanout
        async with self.request("GET /timeline", by=member(reader).name) as trace:
            if not 1 <= size <= MOST_PER_PAGE:
                raise Invalid(f"a page has 1 to {MOST_PER_PAGE} posts", field="pageSize")
            self.node(SERVICE).touch("GET /timeline", "ok", source="visitor")
            began = self.clock.monotonic()
            page = await self.timelines.read(reader, after, size)
            trace.sentence = (
                f"timeline of {member(reader).name}: {page.precomputed} ready, {page.merged} merged, "
                f"lists read: {page.lists_read} → 200"
            )
        self.pages.check(reader, page, began)
        self.costs.by_approach[approach].viewed(page.lists_read, trace.ms)
        if after is None:
            await self.timelines.count_staleness(reader, page)
        return page

    async def scroll(self, *, size: int = SCROLLED_SIZE, pages: int = SCROLLED_PAGES) -> int:
        """Read page after page, as somebody who scrolls, and check what was shown; how many posts it was."""
        scroll, found = self.pages.begin(self.members.acting()), [await self.timeline(size=size)]
        while len(found) < pages and found[-1].next is not None:
            found.append(await self.timeline(after=found[-1].next, size=size))
        await self.pages.end(scroll, found)
        return sum(len(page.posts) for page in found)
