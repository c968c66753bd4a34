"""Live comments at work in one room: comment, watch, read what was said before, and the truth beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

from designs.live_comments.bus import Bus
from designs.live_comments.comments import Comment, CommentRows, event_of
from designs.live_comments.config import (
    BUS,
    DISPATCHER,
    SERVICE,
    STORE,
    VIEWERS,
    Config,
    plan,
    server_ids,
)
from designs.live_comments.dispatcher import Dispatcher
from designs.live_comments.history import (
    MAX_LIMIT,
    MAX_OFFSET,
    History,
    Page,
    listed,
    place_of,
)
from designs.live_comments.hub import FrameOf, Hub
from designs.live_comments.intake import Intake
from designs.live_comments.picture import picture
from designs.live_comments.streams import MAIN, STREAMS, stream
from designs.live_comments.truth import Truth
from designs.live_comments.viewers import UNKNOWN, Kind, Pane
from designs.live_comments.views import Snapshot
from sdlab.blocks.lru import LruCache
from sdlab.blocks.token_bucket import TokenBucket
from sdlab.lab import (
    Claim,
    Engine,
    Invalid,
    LabError,
    Node,
    NodeSpec,
    NotFound,
    Operation,
    Room,
    Tally,
    TooMany,
)

__all__ = ["Config", "LiveComments", "Snapshot"]

MAX_TEXT = 500
MAX_NAME = 40
MAX_AUTHORS = 5_000
PAGE = 20
JOIN_SHOWS = 20
ROWS_KEPT = 2
AUDIT_EVERY = 0.5
AUDITED = 20
DOWN_FOR = 0.6
SLOW_VIEWERS_OF_FAULT = 5
MAX_GROUP = 2_000
PANES = ("Host", "Viewer A", "Viewer B")


class LiveComments(Engine[Config]):
    """Comments are rows and a log; who watches is memory, as connections are: they end with the process."""

    claims = (
        Claim("seen_once", "A viewer who stays or reconnects sees every comment once, in order"),
        Claim(
            "unhindered", "A slow viewer never makes others wait: its buffer is bounded, then it is dropped"
        ),
        Claim("pages_exact", "Scrolling through the history shows no comment twice and skips none"),
        Claim("acknowledged_kept", "A comment that was acknowledged is in the history"),
    )

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        self.bus = Bus(room)
        self.rows = CommentRows(room)
        self.truth = Truth(self.monitors, self.clock.time)
        self.dispatcher = Dispatcher()
        self.kept = max(PAGE, room.quota.rows // (ROWS_KEPT * len(STREAMS)))
        self.intake = Intake(
            rows=self.rows,
            bus=self.bus,
            clock=self.clock,
            config=self._config,
            gate=self._gate,
            dispatcher=self.dispatcher,
            kept=self.kept,
        )
        self.hub = Hub(
            bus=self.bus,
            rows=self.rows,
            intake=self.intake,
            truth=self.truth,
            dispatcher=self.dispatcher,
            clock=self.clock,
            rng=room.rng("hub"),
            config=self._config,
            gate=self._gate,
            crashed=self.crashed,
            changed=lambda: self.changed(),
        )
        self.history = History(
            rows=self.rows,
            config=self._config,
            gate=self._gate,
            monitor=self.monitors["pages_exact"],
            hidden=self.truth.hidden,
            now=self.clock.time,
            decide=self.decide,
        )
        self.panes: list[Pane] = []
        self.on_screen = MAIN
        self.refused = 0
        self.counts: dict[str, int] = dict.fromkeys(STREAMS, 0)
        self._authors: LruCache[str, TokenBucket] = LruCache(MAX_AUTHORS)
        self._audited = 0
        self._deploys: set[str] = set()

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    def _config(self) -> Config:
        return self.config

    def _gate(self, node_id: str) -> Node | None:
        return self.nodes.get(node_id)

    # Life

    async def open(self) -> None:
        self.truth.hidden.update(await self.rows.hidden())
        await self.intake.open()
        self.supervise("writing of comments", self.intake.write)
        self.supervise("publishing of comments", self.intake.publish)
        self.hub.start()
        self.supervise("care for viewers", self.hub.run)
        self.supervise("audit of the history", self._audit)
        for title in PANES:
            pane = Pane(next(self.hub.arrivals), self.on_screen, title=title)
            self.panes.append(pane)
            await self._join(pane)

    async def close(self) -> None:
        await self.hub.stop()
        await super().close()
        await self.bus.close()

    async def reconfigure(self, before: Config) -> None:
        now = self.config
        if (now.transport, now.distribution, now.servers, now.delivery, now.routing, now.capacity) != (
            before.transport,
            before.distribution,
            before.servers,
            before.delivery,
            before.routing,
            before.capacity,
        ):
            await self.hub.rebuild()

    async def fault_changed(self, node: Node) -> None:
        kinds = {fault.kind: fault.value for fault in node.faults()}
        if node.id == BUS:
            self.bus.loss = kinds.get("lossy", 0.0) / 100
        elif node.id == DISPATCHER:
            self.dispatcher.stale = "stale" in kinds
        elif node.id == VIEWERS:
            self.hub.slow_leave()
            if "slow" in kinds:
                self.hub.come_slowly(self.on_screen, SLOW_VIEWERS_OF_FAULT, pace=kinds["slow"])
        elif node.id in server_ids(self.config):
            await (self.hub.kill(node.id) if node.down else self.hub.revive(node.id))

    async def settled(self) -> None:
        """Return when every acknowledged comment is on the bus and every server that is up has read it."""
        await self.intake.settled()
        await self.hub.settled()
        for server in list(self.hub.servers.values()):
            await server.settled()

    # Comment

    async def comment(
        self, text: str, *, stream_id: str, by: str = "visitor", by_hand: bool = True
    ) -> Comment:
        """The comment, once it is stored; every viewer of the stream is told after that.

        `Invalid` for a text that is empty or longer than 500 characters, `NotFound` for no
        stream, `TooMany` when this author comments too often, `Unavailable` without a store.
        """
        async with self.request("POST comment", by=by, by_hand=by_hand) as trace:
            said = self._acceptable(text)
            stream(stream_id)
            self._allow(by)
            self.nodes[SERVICE].touch("POST comment", "ok", source="visitor")
            stored = await self.nodes[STORE].call(
                "INSERT", lambda: self.intake.submit(stream_id, by, said), source=SERVICE
            )
            self.counts[stream_id] += 1
            trace.sentence = f"{by} on {stream_id}: comment {stored.seq} → 201"
            self.decide(f"stored as comment {stored.seq} of {stream_id}; the bus is told next")
            return stored

    def _acceptable(self, text: str) -> str:
        said = " ".join(text.split())
        if not said:
            raise Invalid("a comment has at least one character", field="comment")
        if len(text) > MAX_TEXT:
            raise Invalid(f"a comment has at most {MAX_TEXT} characters, not {len(text)}", field="comment")
        if not said.isprintable():
            raise Invalid("a comment has printable characters only", field="comment")
        return said

    def _allow(self, author: str) -> None:
        now = self.clock.monotonic()
        bucket = self._authors.get(author, now=now)
        if bucket is None:
            bucket = TokenBucket()
            self._authors.put(author, bucket, now=now)
        verdict = bucket.check(now, self.config.rule)
        if not verdict.allowed:
            self.refused += 1
            self.decide(f"{author} has used {self.config.author_limit} comments in 10 s")
            raise TooMany(
                f"{author} may comment {self.config.author_limit} times in 10 s",
                retry_after=verdict.retry_after,
            )

    async def hide(self, stream_id: str, seq: int, *, by: str = "host", by_hand: bool = True) -> bool:
        """The host takes a comment out of the history; whether it was there. `NotFound` for no stream."""
        async with self.request("hide comment", by=by, by_hand=by_hand) as trace:
            stream(stream_id)
            self.truth.hidden.setdefault(stream_id, set()).add(seq)
            gone = await self.nodes[STORE].call(
                "UPDATE hidden", lambda: self.rows.hide(stream_id, seq), source=SERVICE
            )
            self.history.forget(stream_id)
            for pane in self.panes:
                if pane.stream == stream_id:
                    kept = [one for one in pane.shown if one.seq != seq]
                    pane.shown.clear()
                    pane.shown.extend(kept)
            trace.sentence = (
                f"{by} hid comment {seq} of {stream_id}" if gone else f"comment {seq} is not there"
            )
            return gone

    # Read

    async def read(
        self,
        stream_id: str,
        *,
        cursor: str | None = None,
        offset: int | None = None,
        limit: int = PAGE,
        by: str = "visitor",
        by_hand: bool = True,
    ) -> Page:
        """A page of what was said before, newest first. `offset` asks for the form that shifts.

        `Invalid` for a bad cursor, for both forms at once, or a number out of range.
        """
        async with self.request("GET comment-history", by=by, by_hand=by_hand) as trace:
            stream(stream_id)
            if not 1 <= limit <= MAX_LIMIT:
                raise Invalid(f"limit is from 1 to {MAX_LIMIT}", field="limit")
            if cursor and offset is not None:
                raise Invalid("cursor and offset exclude each other", field="offset")
            if offset is not None and not 0 <= offset <= MAX_OFFSET:
                raise Invalid(f"offset is from 0 to {MAX_OFFSET:,}", field="offset")
            if cursor:
                place_of(cursor)
            self.nodes[SERVICE].touch("GET history", "ok", source="visitor")
            if offset is None:
                page = await self.history.by_cursor(stream_id, cursor, limit=limit)
            else:
                page = await self.history.by_offset(stream_id, offset, limit=limit)
            trace.sentence = f"history of {stream_id}: {len(page.comments)} comments → 200"
            return page

    def listen(
        self,
        stream_id: str,
        *,
        kind: Kind,
        frame: FrameOf,
        farewell: Callable[[str], bytes],
        reset: bytes = b"",
        after: int | None = None,
    ) -> AsyncIterator[bytes]:
        """Bytes for a real connection, which is held by one of the servers; see `Hub.listen`."""
        return self.hub.listen(stream_id, kind=kind, frame=frame, farewell=farewell, reset=reset, after=after)

    def admit(self, stream_id: str) -> None:
        """Refuse a connection before it is begun: `NotFound` for no stream, `Unavailable` without room."""
        stream(stream_id)
        self.hub.route(stream_id)

    # The page's panes

    async def watch(self, stream_id: str) -> None:
        """Another stream comes on the screen of the page."""
        stream(stream_id)
        if stream_id == self.on_screen:
            return
        self.on_screen = stream_id
        for number, pane in enumerate(self.panes):
            on = pane.on
            self.hub.part(pane)
            self.panes[number] = Pane(next(self.hub.arrivals), stream_id, title=pane.title)
            self.panes[number].on = on
            if on:
                await self._join(self.panes[number])
        self.changed()

    async def switch_pane(self, number: int) -> None:
        """A pane leaves, or joins late: it is shown what was said before."""
        if not 0 <= number < len(self.panes):
            raise NotFound("there is no such pane")
        old = self.panes[number]
        self.hub.part(old)
        pane = self.panes[number] = Pane(next(self.hub.arrivals), self.on_screen, title=old.title)
        pane.on = not old.on
        if pane.on:
            await self._join(pane)
        self.changed()

    async def _join(self, pane: Pane) -> None:
        """Subscribe first and read what was before after that: nothing can fall between the two."""
        self.hub.viewers[pane.id] = pane
        if not self.hub.pushes:
            pane.seen = self.intake.tails[pane.stream]
        await self.hub.enter(pane)
        with suppress(LabError):
            before = None if pane.seen == UNKNOWN else pane.seen + 1
            found = await self.rows.before(pane.stream, before, limit=JOIN_SHOWS)
            past = [event_of(one) for one in reversed(found)]
            newer = [one for one in pane.shown if not past or one.seq > past[-1].seq]
            pane.shown.clear()
            pane.shown.extend([*past, *newer])
            pane.history = len(past)
            if pane.seen == UNKNOWN and past:
                pane.seen = past[-1].seq

    # Workloads

    async def perform(self, operation: Operation) -> Any:
        verbs: dict[str, Callable[..., Awaitable[Any]]] = {
            "comment": self._comment,
            "arrive": self._arrive,
            "leave": self._leave,
            "slow": self._come_slowly,
            "deploy": self._deploy,
            "scroll": self._scroll,
            "hide": self._hide,
        }
        return await verbs[operation.verb](operation.actor, **operation.args)

    async def _comment(self, actor: str, stream: str, text: str, **_: Any) -> dict[str, Any]:
        stored = await self.comment(text, stream_id=stream, by=actor, by_hand=False)
        return {"stream": stored.stream, "seq": stored.seq}

    async def _arrive(self, actor: str, stream: str, count: int, **_: Any) -> dict[str, Any]:
        async with self.request("viewers arrive", by=actor, by_hand=False) as trace:
            self.nodes[VIEWERS].touch("arrive", "ok", source="visitor", detail=f"{count} to {stream}")
            came = await self.hub.arrive(stream, min(count, MAX_GROUP))
            trace.sentence = f"{came:,} simulated viewers came to {stream}"
        return {}

    async def _leave(self, actor: str, stream: str, count: int, **_: Any) -> dict[str, Any]:
        async with self.request("viewers leave", by=actor, by_hand=False) as trace:
            self.nodes[VIEWERS].touch("leave", "ok", source="visitor", detail=f"{count} of {stream}")
            left = await self.hub.leave(stream, count)
            trace.sentence = f"{left:,} simulated viewers left {stream}"
        return {}

    async def _come_slowly(
        self, actor: str, stream: str, count: int, pace: float, **_: Any
    ) -> dict[str, Any]:
        async with self.request("slow viewers arrive", by=actor, by_hand=False) as trace:
            self.nodes[VIEWERS].touch("arrive", "ok", source="visitor", detail=f"{count}, slow, to {stream}")
            self.hub.come_slowly(stream, count, pace=pace)
            trace.sentence = f"{count} viewers of {stream} came who read {pace:g} comments per second"
        return {}

    async def _deploy(self, actor: str, number: int, **_: Any) -> dict[str, Any]:
        """A server is replaced by a new version: it ends, and starts again a moment later."""
        ids = server_ids(self.config)
        id = ids[number % len(ids)]
        if id in self._deploys or self.nodes[id].down:
            return {}
        self._deploys.add(id)
        try:
            async with self.request("deploy", by=actor, by_hand=False) as trace:
                moved = await self.hub.kill(id)
                trace.sentence = f"{id} ended for a new version; {moved:,} viewers reconnect"
            await self.clock.sleep(DOWN_FOR)
            if id in self.nodes and not self.nodes[id].down:
                await self.hub.revive(id)
        finally:
            self._deploys.discard(id)
        return {}

    async def _scroll(self, actor: str, stream: str, limit: int, **_: Any) -> dict[str, Any]:
        async with self.request("GET comment-history", by=actor, by_hand=False) as trace:
            self.nodes[SERVICE].touch("GET history", "ok", source="visitor")
            page = await self.history.scroll(actor, stream, limit=limit)
            trace.sentence = f"{actor} scrolled up {stream}: {len(page.comments)} comments"
        return {"page": len(listed(page))}

    async def _hide(self, actor: str, stream: str, back: int, **_: Any) -> dict[str, Any]:
        seq = self.intake.tails[stream] - back
        if seq > 0:
            await self.hide(stream, seq, by=actor, by_hand=False)
        return {}

    async def honours(self, answer: Any) -> bool:
        if "seq" not in answer:
            return True
        if answer["seq"] <= self.intake.tails[answer["stream"]] - self.kept:
            return True  # older than what a stream keeps
        return bool(await self.rows.there(answer["stream"], [answer["seq"]]))

    async def _audit(self) -> None:
        """Look up what was acknowledged last."""
        while True:
            await self.clock.sleep(AUDIT_EVERY)
            if self.intake.written == self._audited:
                continue
            self._audited = self.intake.written
            asked: dict[str, set[int]] = {}
            for name, seq in list(self.intake.recent)[-AUDITED:]:
                asked.setdefault(name, set()).add(seq)
            for name, seqs in asked.items():
                self.truth.kept(name, seqs, await self.rows.there(name, sorted(seqs)))

    # Pictures

    def tallies(self) -> tuple[Tally, ...]:
        counted, received = self.hub.counted, sum(one.received for one in self.hub.servers.values())
        useful = sum(one.useful for one in self.hub.servers.values())
        delays = self.hub.delays.merged(self.clock.monotonic())
        return (
            Tally("deliveries", "deliveries", "", counted.delivered, "same"),
            Tally("bytes", "bytes to viewers", "B", sum(counted.bytes_by_kind.values())),
            Tally("delay_p50", "delivery delay, p50", "ms", round(delays.quantile(0.5), 1)),
            Tally("received", "messages at servers", "", received),
            Tally("useless", "messages nobody watched for", "", received - useful),
            Tally("missed", "comments missed", "", self.truth.missed),
            Tally(
                "paging",
                "duplicates and gaps of paging",
                "",
                self.history.paged.duplicates + self.history.paged.gaps,
            ),
            Tally("reads", "reads of the store", "", self.rows.reads),
        )

    def snapshot(self) -> Snapshot:
        return picture(self)
