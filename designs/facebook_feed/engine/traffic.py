"""Performs the operations of the workloads, each with a plain answer."""

from __future__ import annotations

from typing import Any

from designs.facebook_feed.engine.engine import Feed
from sdlab.lab import NotFound, Operation, Traffic, acting_as, performs


class FeedTraffic(Traffic[Feed]):
    """Members post, read, follow and delete; workers end."""

    @performs("post")
    async def post(self, operation: Operation) -> dict[str, int]:
        """A member posts."""
        return {"post": (await self.engine.post(operation.args["text"])).id}

    @performs("post_here")
    async def post_here(self, operation: Operation) -> dict[str, int]:
        """Whoever acts on that side of the page posts."""
        with acting_as(self.engine.users.at(operation.args["side"]).handle, by_hand=False):
            made: dict[str, int] = await self.post(operation)
            return made

    @performs("look_here")
    async def look_here(self, operation: Operation) -> dict[str, int]:
        """Whoever acts on that side of the page opens the timeline."""
        with acting_as(self.engine.users.at(operation.args["side"]).handle, by_hand=False):
            shown: dict[str, int] = await self.timeline(operation)
            return shown

    @performs("timeline")
    async def timeline(self, operation: Operation) -> dict[str, int]:
        """A member opens the timeline."""
        return {"shown": len((await self.engine.timeline()).posts)}

    @performs("scroll")
    async def scroll(self, operation: Operation) -> dict[str, int]:
        """A member reads page after page."""
        return {"shown": await self.engine.scroll()}

    @performs("view")
    async def view(self, operation: Operation) -> dict[str, int]:
        """Somebody looks at the newest post of one member."""
        if id := await self.engine.posts.newest_id_of(operation.args["author"]):
            await self.engine.read_post(id)
        return {}

    @performs("follow", "unfollow")
    async def change(self, operation: Operation) -> dict[str, int]:
        """A member follows another, or no longer."""
        change = self.engine.follow if operation.verb == "follow" else self.engine.unfollow
        followee = operation.args["followee"]
        if not await change(followee):
            return {}
        return {"follower": self.engine.members.acting(), "followee": followee}

    @performs("delete")
    async def delete(self, operation: Operation) -> dict[str, int]:
        """A member takes back one of the newest posts of their own."""
        newest = await self.engine.posts_of(self.engine.members.acting(), count=operation.args["back"] + 1)
        if not newest:
            return {}
        try:
            await self.engine.delete(newest[-1].id)
        except NotFound:
            return {}  # somebody was quicker
        return {"deleted": newest[-1].id}

    @performs("kill")
    async def kill(self, operation: Operation) -> dict[str, int]:
        """A worker ends in the middle of its job."""
        await self.engine.workers.crash(operation.args["number"])
        return {}

    async def honours(self, answer: Any) -> bool:
        """Posts are stored and delivered, deletions and follows are stored."""
        engine = self.engine
        if "post" in answer:
            given_up = answer["post"] < engine.posts.last_id - engine.retention.most
            return given_up or await self._honours_post(answer["post"])
        if "deleted" in answer:
            found = (await engine.posts.read([answer["deleted"]])).get(answer["deleted"])
            return found is None or found.deleted
        if "followee" in answer:
            return await engine.stores.follows.followed(answer["follower"], answer["followee"]) is not None
        return True

    async def _honours_post(self, id: int) -> bool:
        """Whether a post is stored and, once the workers are done, in the feed of each follower."""
        engine = self.engine
        found = (await engine.posts.read([id])).get(id)
        if found is None or found.deleted:
            return found is not None
        if not found.pushed:
            return await engine.stores.authors.has(found.entry, pushed=False)
        await engine.workers.settled()
        return not await engine.stores.feeds.missing(found.entry, engine.graph.followers(found.author))
