"""The operations of workloads: who arrives, leaves, scrolls, comments, hides, and which server is replaced."""

from __future__ import annotations

from typing import Any

from designs.live_comments.engine.engine import LiveComments
from designs.live_comments.engine.nodes import SERVICE, VIEWERS, server_ids
from designs.live_comments.engine.streams import MAIN
from sdlab.lab import Operation, Traffic, acting, amount, performs

DOWN_FOR = 0.6


class CommentTraffic(Traffic[LiveComments]):
    """People who comment, read and watch, and the operator who deploys."""

    def __init__(self, engine: LiveComments) -> None:
        super().__init__(engine)
        self._deploying: set[str] = set()

    async def perform(self, operation: Operation) -> Any:
        """See `Traffic`; while operations come, the audience stays."""
        self.engine.simulated.stays()
        return await super().perform(operation)

    def _here(self, stream: str) -> str:
        """Traffic is about the stream on screen: that and the first change places."""
        on_screen = self.engine.demo_users.stream
        return {MAIN: on_screen, on_screen: MAIN}.get(stream, stream)

    @performs("comment")
    async def comment(self, operation: Operation) -> dict[str, Any]:
        """Somebody says something."""
        stream = self._here(operation.args["stream"])
        stored = await self.engine.comment(operation.args["text"], stream_id=stream)
        return {"stream": stored.stream, "seq": stored.seq}

    @performs("hide")
    async def hide(self, operation: Operation) -> dict[str, Any]:
        """The host hides one of the newest comments."""
        stream = self._here(operation.args["stream"])
        seq = self.engine.writer.tails[stream] - operation.args["back"]
        if seq > 0:
            await self.engine.hide(stream, seq)
        return {}

    @performs("scroll")
    async def scroll(self, operation: Operation) -> dict[str, Any]:
        """A reader asks for the next page."""
        engine, stream = self.engine, self._here(operation.args["stream"])
        limit = operation.args["limit"]
        async with engine.request("GET comment-history") as trace:
            engine.node(SERVICE).touch("GET history", "ok", source="visitor")
            page = await engine.readers.scroll(acting().name, stream, limit=limit)
            trace.sentence = f"{trace.by} scrolled up {stream}: {amount(len(page.comments), 'comment')}"
        return {"page": len(page.comments)}

    @performs("audience")
    async def gather(self, operation: Operation) -> dict[str, Any]:
        """The simulated viewers of this traffic come, move to other streams, or leave."""
        engine = self.engine
        shares = {self._here(stream): share for stream, share in operation.args["shares"].items()}
        async with engine.request("viewers come and go") as trace:
            engine.node(VIEWERS).touch("audience", "ok", source="visitor")
            await engine.simulated.gather(shares)
            trace.sentence = f"{len(engine.simulated):,} simulated viewers watch {len(shares)} streams"
        return {}

    @performs("slow")
    async def arrive_slow(self, operation: Operation) -> dict[str, Any]:
        """Viewers come who read slowly."""
        engine, stream, count = self.engine, self._here(operation.args["stream"]), operation.args["count"]
        pace = operation.args["pace"]
        async with engine.request("slow viewers arrive") as trace:
            engine.node(VIEWERS).touch("arrive", "ok", source="visitor", detail=f"{count}, slow, to {stream}")
            engine.slow.arrive(stream, count, pace=pace, of_traffic=True)
            trace.sentence = f"{count} viewers of {stream} came who read {pace:g} comments per second"
        return {}

    @performs("deploy")
    async def deploy(self, operation: Operation) -> dict[str, Any]:
        """A server is replaced by a new version: it ends, and starts again a moment later."""
        engine = self.engine
        ids = server_ids(engine.config)
        id = ids[operation.args["number"] % len(ids)]
        if id in self._deploying or engine.node(id).down:
            return {}
        self._deploying.add(id)
        try:
            async with engine.request("deploy") as trace:
                moved = await engine.connections.kill(id)
                trace.sentence = f"{id} ended for a new version; {moved:,} viewers reconnect"
            await engine.clock.sleep(DOWN_FOR)
            if id in engine.nodes and not engine.nodes[id].down:
                engine.pool.revive(id)
        finally:
            self._deploying.discard(id)
        return {}

    async def honours(self, answer: Any) -> bool:
        """A comment that was acknowledged is in the store, unless it is older than what a stream keeps."""
        if "seq" not in answer:
            return True
        stream, seq = answer["stream"], answer["seq"]
        if seq <= self.engine.writer.tails[stream] - self.engine.store.kept:
            return True
        return bool(await self.engine.store.existing(stream, [seq]))
