"""Live comments at work in one room: comment, watch, read what was said before, and the truth beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from designs.live_comments.authors import Authors, acceptable
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
from designs.live_comments.connections import Farewell, FrameOf, listen
from designs.live_comments.dispatcher import Dispatcher
from designs.live_comments.history import (
    MAX_LIMIT,
    MAX_OFFSET,
    History,
    Page,
    place_of,
)
from designs.live_comments.hub import Hub
from designs.live_comments.intake import Intake
from designs.live_comments.picture import picture
from designs.live_comments.streams import MAIN, STREAMS, stream
from designs.live_comments.traffic import TrafficVerbs
from designs.live_comments.truth import Truth
from designs.live_comments.viewers import UNKNOWN, Kind, Pane
from designs.live_comments.views import Snapshot
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
)

__all__ = ["Config", "LiveComments", "Snapshot"]

PAGE = 20
JOIN_SHOWS = 20
ROWS_KEPT = 2
AUDIT_EVERY = 0.5
AUDITED = 20
SLOW_VIEWERS_OF_FAULT = 5
PANES = ("Host", "Viewer A", "Viewer B")


class LiveComments(Engine[Config]):
    """Comments are rows and a log; who watches is memory, as connections are: they end with the process."""

    claims = (
        Claim("seen_once", "Each viewer sees every comment once, in order"),
        Claim("unhindered", "A slow viewer makes nobody else wait"),
        Claim("pages_exact", "Paging shows no comment twice and skips none"),
        Claim("acknowledged_kept", "Acknowledged comments are in the history"),
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
        self.counts: dict[str, int] = dict.fromkeys(STREAMS, 0)
        self.authors = Authors(self._config, self.decide)
        self._audited = 0
        self._traffic_verbs = TrafficVerbs(self)

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
            self.hub.slow.leave()
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
            said = acceptable(text)
            stream(stream_id)
            self.authors.allow(by, now=self.clock.monotonic())
            self.nodes[SERVICE].touch("POST comment", "ok", source="visitor")
            stored = await self.nodes[STORE].call(
                "INSERT", lambda: self.intake.submit(stream_id, by, said), source=SERVICE
            )
            self.counts[stream_id] += 1
            trace.sentence = f"{by} on {stream_id}: comment {stored.seq} → 201"
            self.decide(f"stored as comment {stored.seq} of {stream_id}; the bus is told next")
            return stored

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
        farewell: Farewell,
        reset: bytes = b"",
        after: int | None = None,
    ) -> AsyncIterator[bytes]:
        """Bytes for a real connection, which is held by one of the servers; see `listen`."""
        return listen(
            self.hub, stream_id, kind=kind, frame=frame, farewell=farewell, reset=reset, after=after
        )

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
        return await self._traffic_verbs.perform(operation)

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
        delays = self.hub.deliveries.delays.merged(self.clock.monotonic())
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
