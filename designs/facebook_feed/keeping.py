"""What a room keeps: posts that were there before, posts that were left unfinished, and how many in all."""

from __future__ import annotations

from dataclasses import replace

from designs.facebook_feed.cast import posted_before
from designs.facebook_feed.fanout import FanOut
from designs.facebook_feed.graph import member
from designs.facebook_feed.jobs import Job
from designs.facebook_feed.ledger import Acknowledged, Parts
from designs.facebook_feed.postrows import Post
from designs.facebook_feed.strategies import FANOUTS
from sdlab.lab import Clock, Room

POSTS_KEPT = 20_000
FEWEST_KEPT = 200
MEND_EVERY = 0.5


class Keeping:
    """Makes an empty room full, an interrupted one whole, and a full one smaller."""

    def __init__(self, parts: Parts, room: Room, fanout: FanOut) -> None:
        self._parts = parts
        self._room = room
        self._fanout = fanout
        self.most = min(POSTS_KEPT, max(FEWEST_KEPT, room.quota.rows // 2))
        self.unfinished: list[Post] = []

    async def begin(self) -> None:
        """Fill an empty room with what was posted before, or make lost lists again from the rows."""
        posts = await self._parts.rows.unplaced(all_of_them=True)
        if not posts:
            rule = FANOUTS[self._parts.config().fanout]
            posts = [
                replace(
                    one,
                    pushed=rule.pushes(
                        self._parts.graph.popularity(one.author), self._parts.config().threshold
                    ),
                )
                for one in posted_before(self._room, self._parts.graph.ties, self._parts.clock.time())
            ]
            await self._parts.rows.add_all(posts)
        for post in posts:
            await self._parts.lists.add(post.entry, pushed=post.pushed)
            if post.pushed and (fans := self._parts.graph.followers(post.author)):
                await self._parts.lists.deliver([(post.entry.written, fans)])
        await self._parts.rows.mark_placed([post.id for post in posts])
        await self._parts.lists.say_built()

    async def take_up(self, posts: list[Post]) -> None:
        """Finish what was acknowledged, or begun, before the process ended."""
        for post in posts:
            await self._parts.lists.add(post.entry, pushed=post.pushed)
            self._parts.ledger.to_audit.append(acknowledged(post, self._parts.clock))
            if not post.pushed:
                self._fanout.placed(post)
        self._fanout.submit(
            [Job(one.entry, self._parts.clock.time(), "queue") for one in posts if one.pushed]
        )

    async def mend(self) -> None:
        """Finish posts whose author was told that it failed: they are stored, so they must come."""
        while True:
            await self._parts.clock.sleep(MEND_EVERY)
            while self.unfinished:
                await self.take_up([self.unfinished[0]])
                self.unfinished.pop(0)

    async def cut(self, posts: int) -> int:
        """Forget the oldest when a room has more than it may keep; how many it has then."""
        if posts <= self.most * 21 // 20:
            return posts
        floor = await self._parts.rows.cut(self.most)
        oldest = (await self._parts.rows.read([floor])).get(floor)
        if oldest is not None:
            self._parts.ledger.floor = floor
            await self._parts.lists.cut(range(self._parts.graph.size), oldest.entry)
        return (await self._parts.rows.ends())[0]


def acknowledged(post: Post, clock: Clock) -> Acknowledged:
    """A post that is to be looked for from now on."""
    return Acknowledged(post, member(post.author).name, clock.time(), clock.monotonic())
