"""What becomes of a post once it is stored: into its author's lists, then into feeds now, later, or never."""

from __future__ import annotations

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.deliveries import Deliveries
from designs.facebook_feed.engine.feed_writer import FeedWriter, WriteCapacity
from designs.facebook_feed.engine.job_relay import JobRelay
from designs.facebook_feed.engine.jobs import Job
from designs.facebook_feed.engine.nodes import LISTS, SERVICE
from designs.facebook_feed.engine.post_store import Post
from designs.facebook_feed.engine.stores import Stores
from designs.facebook_feed.engine.strategies import ACKS, FANOUTS
from sdlab.lab import EngineContext


class FanOut:
    """A post that was stored comes to its readers, also when its author was told that it failed.

    `unfinished` are those; and posts that the process left behind when it ended are begun anew.
    """

    def __init__(
        self,
        context: EngineContext[Config],
        stores: Stores,
        writer: FeedWriter,
        relay: JobRelay,
        deliveries: Deliveries,
    ) -> None:
        self.unfinished: list[Post] = []
        self._context = context
        self._stores = stores
        self._writer = writer
        self._relay = relay
        self._deliveries = deliveries

    async def spread(self, post: Post, followers: int) -> None:
        """Bring a stored post on its way, as the approach says."""
        approach, accepted_at = self._context.config.fanout, self._context.clock.time()
        done = False
        try:
            await self._context.node(LISTS).call(
                "ZADD", lambda: self._stores.authors.add(post.entry, pushed=post.pushed), source=SERVICE
            )
            if not post.pushed:
                self._stores.posts.pulled.add(post.author)
                self._deliveries.listed(post)
                self._context.decide(f"{followers:,} followers: readers will merge it in, no feed is written")
            elif FANOUTS[approach].waits:
                self._stores.posts.ever_pushed = True
                self._context.decide(f"{followers:,} feeds are written before the author is answered")
                await self._write_now(Job(post.entry, accepted_at, approach))
            else:
                self._stores.posts.ever_pushed = True
                self._context.decide(f"{followers:,} feeds: one job for the workers")
                ACKS[self._context.config.ack].explain(self._context.decide)
                self._relay.submit([Job(post.entry, accepted_at, approach)])
            done = True
        finally:
            if not done:
                self.unfinished.append(post)

    async def _write_now(self, job: Job) -> None:
        """Write a post into all feeds before returning, at the pace of one worker."""
        capacity, progress = WriteCapacity(SERVICE), self._deliveries.progress_of(job)
        while chunk := self._writer.next_chunk([progress]):
            await self._writer.write(chunk, capacity)
        self._deliveries.mark_placed(progress.post)

    async def resume(self, posts: list[Post]) -> None:
        """Finish what was stored and has not come to all its readers: workers do the rest."""
        for post in posts:
            await self._stores.authors.add(post.entry, pushed=post.pushed)
            if not post.pushed:
                self._stores.posts.pulled.add(post.author)
                self._deliveries.mark_placed(post)
        accepted_at = self._context.clock.time()
        self._relay.submit([Job(one.entry, accepted_at, "queue") for one in posts if one.pushed])
