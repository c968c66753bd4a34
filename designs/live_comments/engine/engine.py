"""Live comments at work in one room: comment, read what was said before, and watch."""

from __future__ import annotations

from collections.abc import AsyncIterator

from designs.live_comments.config import Config
from designs.live_comments.engine.author_limits import COMMENT, AuthorLimits
from designs.live_comments.engine.bus import Bus
from designs.live_comments.engine.claims import CLAIMS, ClaimChecker
from designs.live_comments.engine.clients import Clients
from designs.live_comments.engine.comment_traces import CommentTraces
from designs.live_comments.engine.comment_writer import CommentWriter
from designs.live_comments.engine.comments import Comment, CommentStore, Event
from designs.live_comments.engine.connections import ConnectionManager
from designs.live_comments.engine.deliveries import Deliveries
from designs.live_comments.engine.demo_users import DemoUsers
from designs.live_comments.engine.dispatcher import Dispatcher
from designs.live_comments.engine.fan_out import FanOut
from designs.live_comments.engine.history import MAX_LIMIT, MAX_OFFSET, History, HistoryPage
from designs.live_comments.engine.history_readers import HistoryReaders
from designs.live_comments.engine.nodes import (
    BUS,
    DISPATCHER,
    FLOWS,
    SERVICE,
    STORE,
    VIEWERS,
    plan,
    server_ids,
)
from designs.live_comments.engine.polling import Polling
from designs.live_comments.engine.publisher import Publisher
from designs.live_comments.engine.replay import Replay
from designs.live_comments.engine.server_pool import ServerPool
from designs.live_comments.engine.simulated_viewers import SimulatedViewers
from designs.live_comments.engine.slow_viewers import SlowViewers
from designs.live_comments.engine.store_reader import StoreReader
from designs.live_comments.engine.strategies import DELIVERY_METHODS
from designs.live_comments.engine.streams import stream
from designs.live_comments.engine.viewer_checker import ViewerChecker
from designs.live_comments.engine.viewers import Kind, WireFormat
from designs.live_comments.engine.written import WireMeter
from sdlab.lab import Engine, Invalid, Node, NodeSpec, Room, acting, amount

PAGE = 20
LOOK_UP_EVERY = 0.5
REPORT_EVERY = 0.5
SLOW_VIEWERS_OF_FAULT = 5
REBUILDS = ("transport", "distribution", "servers", "delivery", "routing", "capacity")


class LiveComments(Engine[Config]):
    """Comments are rows and a log; who watches is in memory, as connections are: they end with the process."""

    claims = CLAIMS
    flows = FLOWS

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        context = self.context
        self.limits = AuthorLimits(context)
        self.store = CommentStore(context)
        self.bus = Bus(context)
        self.dispatcher = Dispatcher(context)
        traces = CommentTraces()
        self.publisher = Publisher(context, self.bus, self.store, self.dispatcher, traces)
        self.writer = CommentWriter(context, self.store, self.publisher, traces)
        self.checker = ClaimChecker(context, self.store, self.writer)
        self.history = History(context, self.store)
        self.readers = HistoryReaders(context, self.history, self.checker)
        self.replay = Replay(context, self.bus, self.store, self.writer)
        self.deliveries = Deliveries(context, self.checker, traces)
        fan_out = FanOut(context, self.checker, self.deliveries)
        self.pool = ServerPool(context, self.bus, self.replay, self.dispatcher, self.deliveries, fan_out)
        self.polling = Polling(context, self.replay, self.deliveries, self.checker)
        self.connections = ConnectionManager(context, self.pool, self.replay, self.deliveries, self.polling)
        self.slow = SlowViewers(context, self.connections, self.replay, self.deliveries, self.checker)
        self.simulated = SimulatedViewers(context, self.connections, self.slow)
        self.viewer_checker = ViewerChecker(self.connections, self.checker)
        self.demo_users = DemoUsers(context, self.connections, self.replay, self.store)
        self.clients = Clients(
            context, self.connections, self.replay, self.deliveries, self.demo_users, self.checker
        )
        self.reader = StoreReader(context, self.bus, self.store, self.demo_users)

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    # Life

    async def open(self) -> None:
        await self.checker.open()
        await self.writer.open()
        self.pool.start()
        self.supervise("publishing of comments", self.publisher.run)
        self.supervise("reconnecting of viewers", self.connections.run)
        self.supervise("slow viewers", self.slow.run)
        self.supervise("polls", self.polling.run)
        self.every("reports to the dispatcher", REPORT_EVERY, self.pool.report)
        self.every("look-up of acknowledged comments", LOOK_UP_EVERY, self.checker.look_up, yields=True)
        self.every("look at those who are connected", LOOK_UP_EVERY, self.viewer_checker.check, yields=True)
        self.every("viewers without traffic", LOOK_UP_EVERY, self.simulated.go_home)
        self.every("demo users without a page", LOOK_UP_EVERY, self.demo_users.watch_for_absent)
        await self.demo_users.open()

    async def close(self) -> None:
        await self.pool.stop()
        await super().close()
        await self.writer.close()
        await self.bus.close()

    async def reconfigure(self, before: Config) -> None:
        if any(getattr(self.config, one) != getattr(before, one) for one in REBUILDS):
            await self.connections.restart()
        if self.config.viewers != before.viewers:
            await self.simulated.resize()

    async def fault_changed(self, node: Node) -> None:
        kinds = {fault.kind: fault.value for fault in node.faults()}
        if node.id == BUS:
            self.bus.loss = kinds.get("lossy", 0.0) / 100
        elif node.id == DISPATCHER:
            self.dispatcher.stale = "stale" in kinds
        elif node.id == VIEWERS:
            self.slow.leave(of_traffic=False)
            if "slow" in kinds:
                self.slow.arrive(self.demo_users.stream, SLOW_VIEWERS_OF_FAULT, pace=kinds["slow"])
        elif node.id in server_ids(self.config):
            if node.down:
                await self.connections.kill(node.id)
            else:
                self.pool.revive(node.id)

    async def settled(self) -> None:
        """Return when every acknowledged comment is on the bus and every server that is up has delivered it."""
        await self.publisher.settled()
        await self.connections.settled()
        for server in list(self.pool.servers.values()):
            await server.settled()

    # Comment

    async def comment(self, text: str, *, stream_id: str) -> Comment:
        """The comment, once it is stored; every viewer of the stream gets it after that.

        `Invalid` for a text that is blank or longer than 500 characters, `NotFound` for no
        stream, `TooMany` when this author comments too often, `Unavailable` without a store.
        """
        async with self.request("POST comment") as trace:
            author = acting().name
            said = " ".join(COMMENT.check(text).split())
            stream(stream_id)
            self.limits.allow(author)
            self.node(SERVICE).touch("POST comment", "ok", source="visitor")
            stored = await self.node(STORE).call(
                "INSERT", lambda: self.writer.submit(stream_id, author, said), source=SERVICE
            )
            trace.sentence = f"{author} on {stream_id}: comment {stored.seq} → 201"
            self.decide(f"stored as comment {stored.seq} of {stream_id}")
            self.publisher.explain(stored)
            return stored

    async def hide(self, stream_id: str, seq: int) -> bool:
        """The host takes a comment out of the history; whether it was there. `NotFound` for no stream."""
        async with self.request("hide comment") as trace:
            stream(stream_id)
            self.checker.hidden.setdefault(stream_id, set()).add(seq)
            gone = await self.node(STORE).call(
                "UPDATE hidden", lambda: self.store.hide(stream_id, seq), source=SERVICE
            )
            self.decide(f"its row stays, so that no other position changes; cached pages of {stream_id} go")
            self.history.forget(stream_id)
            self.demo_users.forget(stream_id, seq)
            trace.sentence = (
                f"{trace.by} hid comment {seq} of {stream_id}" if gone else f"comment {seq} is not there"
            )
            return gone

    # Read and watch

    async def read(
        self, stream_id: str, *, cursor: str | None = None, offset: int | None = None, limit: int = PAGE
    ) -> HistoryPage:
        """A page of what was said before, newest first. `offset` asks for the form that shifts.

        `Invalid` for a bad cursor, for both forms at once, or a number out of range.
        """
        async with self.request("GET comment-history") as trace:
            stream(stream_id)
            if not 1 <= limit <= MAX_LIMIT:
                raise Invalid(f"limit is from 1 to {MAX_LIMIT}", field="limit")
            if cursor and offset is not None:
                raise Invalid("cursor and offset exclude each other", field="offset")
            if offset is not None and not 0 <= offset <= MAX_OFFSET:
                raise Invalid(f"offset is from 0 to {MAX_OFFSET:,}", field="offset")
            self.node(SERVICE).touch("GET history", "ok", source="visitor")
            if offset is None:
                page = await self.history.by_cursor(stream_id, cursor, limit=limit)
            else:
                page = await self.history.by_offset(stream_id, offset, limit=limit)
            trace.sentence = f"history of {stream_id}: {amount(len(page.comments), 'comment')} → 200"
            return page

    async def admit(self, stream_id: str, kind: Kind, *, demo_user: int | None = None) -> None:
        """Refuse a connection before it is begun.

        `NotFound` for no stream or no such demo user, `Unavailable` without room.
        """
        async with self.request(f"watch by {DELIVERY_METHODS[kind].label}") as trace:
            stream(stream_id)
            who = trace.by if demo_user is None else self.demo_users.named(demo_user)
            DELIVERY_METHODS[kind].begin(who, self.decide)
            server = self.pool.route(stream_id)
            self.node(server.id).touch("connect", "ok", source="visitor")
            trace.sentence = f"{who} watches {stream_id} on {server.id}"

    def listen(
        self,
        stream_id: str,
        wire: WireFormat,
        *,
        after: int | None = None,
        meter: WireMeter | None = None,
        demo_user: int | None = None,
    ) -> AsyncIterator[bytes]:
        """Bytes for a real connection, which is held by one of the servers; see `Clients.listen`."""
        return self.clients.listen(stream_id, wire, after=after, meter=meter, demo_user=demo_user)

    async def poll(self, stream_id: str, *, after: int | None, demo_user: int | None = None) -> list[Event]:
        """What follows a position, at most `FILL` comments; without one, nothing yet. `NotFound` for no stream."""
        async with self.request("poll") as trace:
            stream(stream_id)
            if demo_user is not None:
                self.demo_users.screen_polled(demo_user)
            DELIVERY_METHODS["polling"].begin(trace.by, self.decide)
            self.node(SERVICE).touch("poll", "ok", source="visitor")
            events = [] if after is None else await self.replay.stored(stream_id, after)
            self.deliveries.read(events, by="polling")
            trace.sentence = f"poll of {stream_id}: {amount(len(events), 'comment')}"
            return events

    # The demo users of the page

    async def watch(self, stream_id: str) -> None:
        """Another stream comes on the screens of the demo users. `NotFound` for no stream."""
        async with self.request("watch another stream") as trace:
            stream(stream_id)
            await self.demo_users.watch(stream_id)
            trace.sentence = f"{stream_id} is on all screens"

    async def switch(self, number: int) -> None:
        """A demo user leaves, or joins late and is shown what was said before. `NotFound` for nobody."""
        async with self.request("leave or join") as trace:
            await self.demo_users.switch(number)
            user = self.demo_users.users[number]
            trace.sentence = f"{user.title} {'joined' if user.on else 'left'}"
