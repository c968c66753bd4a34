"""From the running engine to the snapshot: arithmetic and bounds, no decisions."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import islice

import orjson

from designs.live_comments.engine.comments import Event
from designs.live_comments.engine.engine import LiveComments
from designs.live_comments.engine.nodes import BUS, STORE, VIEWERS
from designs.live_comments.engine.servers import Server
from designs.live_comments.engine.store_reader import StoredLog
from designs.live_comments.engine.strategies import DELIVERY_METHODS, PAGINATIONS, TRANSPORTS
from designs.live_comments.engine.streams import STREAMS
from designs.live_comments.engine.viewers import Connection, SlowViewer
from designs.live_comments.inside.views import (
    BufferView,
    BusView,
    CommentView,
    DeliveryMethodView,
    DemoUserView,
    DispatcherView,
    DispatchRow,
    MatrixView,
    PagingView,
    PollingView,
    ServerView,
    Snapshot,
    StreamHeldView,
    StreamView,
    SubscriptionRow,
    TotalsView,
)
from sdlab.blocks.people import person
from sdlab.lab import Tally
from sdlab.lab.views import delay_view, view_of

SHOWN_COMMENTS = 16
SHOWN_STREAMS = 4
SHOWN_BUFFERS = 6
SHOWN_HIDDEN = 100


def build_snapshot(engine: LiveComments) -> Snapshot:
    """Everything that the panels may show of now."""
    _label_nodes(engine)
    streams = tuple(_stream(engine, name) for name in STREAMS)
    return Snapshot(
        **engine.common(),
        now=round(engine.clock.time(), 3),
        stream=next(one for one in streams if one.id == engine.demo_users.stream),
        hidden=tuple(sorted(engine.checker.hidden.get(engine.demo_users.stream, ()))[-SHOWN_HIDDEN:]),
        streams=streams,
        demo_users=tuple(_demo_user(engine, number) for number in range(len(engine.demo_users.users))),
        servers=tuple(_server(engine, one) for one in engine.pool.servers.values()),
        matrix=_matrix(engine),
        delay=delay_view(engine.deliveries.delays.merged(engine.clock.monotonic())),
        methods=_methods(engine),
        polling=_polling(engine),
        paging=_paging(engine),
        dispatcher=_dispatcher(engine),
        buffers=tuple(_buffer(engine, one) for one in islice(engine.slow, SHOWN_BUFFERS)),
        bus=_bus(engine),
        totals=_totals(engine),
    )


def build_tallies(engine: LiveComments) -> tuple[Tally, ...]:
    """What tells the approaches apart."""
    counters, received, useful = engine.deliveries.counters, *_received(engine)
    delays = engine.deliveries.delays.merged(engine.clock.monotonic())
    inexact = engine.checker.duplicates + engine.checker.gaps
    return (
        Tally("missed", "comments missed", "", engine.checker.missed),
        Tally("paging", "duplicates and gaps of paging", "", inexact),
        Tally("useless", "messages nobody watched for", "", received - useful),
        Tally("delay_p50", "delivery delay, p50", "ms", round(delays.quantile(0.5), 1)),
        Tally("polls", "polls", "", counters.polls),
        Tally("received", "messages at servers", "", received),
        Tally("deliveries", "deliveries", "", counters.delivered, "same"),
        Tally("reads", "reads of the store", "", engine.store.reads),
    )


def _received(engine: LiveComments) -> tuple[int, int]:
    """Events that the servers received, and those that somebody there watched for."""
    stats = [one.stats for one in engine.pool.servers.values()]
    return sum(one.received for one in stats), sum(one.useful for one in stats)


def _pct(part: float, whole: float) -> float:
    return round(100 * part / whole, 1) if whole else 0.0


def _label_nodes(engine: LiveComments) -> None:
    engine.node(STORE).detail = f"{engine.writer.written:,} written"
    engine.node(BUS).detail = f"{engine.publisher.published:,} published"
    engine.node(VIEWERS).detail = f"{len(engine.connections.viewers):,} watch"
    for server in engine.pool.servers.values():
        if server.id in engine.nodes:
            engine.node(server.id).detail = f"{server.connections:,} held"


def _stream(engine: LiveComments, name: str) -> StreamView:
    return view_of(
        StreamView,
        STREAMS[name],
        host=person("hosts", list(STREAMS).index(name)).name,
        comments=engine.writer.tails[name],
        viewers=engine.connections.by_stream[name],
    )


def _demo_user(engine: LiveComments, number: int) -> DemoUserView:
    user, screens = engine.demo_users.users[number], list(engine.demo_users.screens[number].values())
    shown = [] if screens else list(user.shown)[-SHOWN_COMMENTS:]
    newest = screens[-1] if screens else None
    return view_of(
        DemoUserView,
        user,
        via=engine.config.delivery,
        server=newest.server if newest else user.server,
        seen=max(0, newest.seen if newest else user.seen),
        screens=len(screens) or int(engine.demo_users.polls(number)),
        bytes=newest.meter.own.bytes if newest else 0,
        events=newest.meter.own.events if newest else 0,
        rows=tuple(map(_comment, shown)),
    )


def _comment(event: Event) -> CommentView:
    said = orjson.loads(event.body)
    clock = datetime.fromtimestamp(event.at, UTC).strftime("%H:%M:%S")
    return CommentView(event.seq, said["author"], said["comment"], clock)


def _server(engine: LiveComments, server: Server) -> ServerView:
    feeds = server.feeds.values()
    kinds = Counter(one.kind for feed in feeds for one in feed.individual.values())
    most = sorted(feeds, key=lambda feed: -feed.watched)
    return view_of(
        ServerView,
        server.stats,
        id=server.id,
        label=server.id.replace("-", " "),
        up=server.up,
        connections=server.connections,
        capacity=engine.config.capacity,
        simulated=sum(len(feed.simulated) for feed in feeds),
        slow=kinds["slow"],
        demo=kinds["demo"],
        sse=kinds["sse"],
        websocket=kinds["websocket"],
        streams=len(server.feeds),
        held=tuple(StreamHeldView(one.stream, one.watched, max(0, one.last)) for one in most[:SHOWN_STREAMS]),
        useful_pct=_pct(server.stats.useful, server.stats.received),
        stalled_ms=round(server.stats.stalled_s * 1000),
    )


def _matrix(engine: LiveComments) -> MatrixView:
    rows = tuple(_subscriptions(engine, server) for server in engine.pool.servers.values())
    received, useful = _received(engine)
    return MatrixView(
        streams=tuple(STREAMS),
        rows=rows,
        subscriptions=sum(one.channels for one in rows),
        useful_pct=_pct(useful, received),
        received=received,
        useful=useful,
    )


def _subscriptions(engine: LiveComments, server: Server) -> SubscriptionRow:
    listening = server.reader.channels if server.up else set()
    dispatched, table = engine.dispatcher.used, engine.dispatcher.table
    signs = ""
    for stream in STREAMS:
        watched = stream in server.feeds
        listens = server.id in table.get(stream, {}) if dispatched else stream in listening
        signs += "2" if watched and listens else "x" if watched else "1" if listens else "0"
    return SubscriptionRow(server.id.replace("-", " "), signs, len(listening), dispatched)


def _methods(engine: LiveComments) -> tuple[DeliveryMethodView, ...]:
    counters, wire = engine.deliveries.counters, engine.deliveries.wire.by_method
    return tuple(
        DeliveryMethodView(
            id=id,
            label=method.label,
            used=id == engine.config.delivery,
            deliveries=counters.by_method[id],
            events=wire[id].events,
            bytes=wire[id].bytes,
            each=round(wire[id].bytes / max(1, wire[id].events), 1),
        )
        for id, method in DELIVERY_METHODS.items()
    )


def _polling(engine: LiveComments) -> PollingView:
    counters, real = engine.deliveries.counters, engine.deliveries.wire.polled
    polls = counters.polls + real.polls
    return PollingView(
        polls=polls,
        empty_pct=_pct(counters.empty_polls + real.empty, polls),
        real=real.polls,
        empty_bytes=round(real.empty_bytes / real.empty) if real.empty else 0,
        reads=counters.poll_reads + real.polls,
    )


def _paging(engine: LiveComments) -> PagingView:
    return view_of(
        PagingView,
        engine.history.counters,
        form=PAGINATIONS[engine.config.pagination].label,
        cached_pages=engine.history.cached_pages,
        rows=engine.reader.rows.last.rows,
        hidden=engine.reader.rows.last.hidden,
        duplicates=engine.checker.duplicates,
        gaps=engine.checker.gaps,
    )


def _dispatcher(engine: LiveComments) -> DispatcherView:
    dispatcher, rows = engine.dispatcher, []
    for stream in STREAMS if dispatcher.used else ():
        table = sorted(one.removeprefix("server-") for one in dispatcher.table.get(stream, {}))
        watched = sorted(
            one.id.removeprefix("server-")
            for one in engine.pool.servers.values()
            if one.up and stream in one.feeds
        )
        if table or watched:
            rows.append(
                DispatchRow(stream, " ".join(table) or "–", " ".join(watched) or "–", table == watched)
            )
    return view_of(
        DispatcherView,
        dispatcher,
        on=dispatcher.used,
        rows=tuple(rows),
        wrong=sum(not one.right for one in rows),
    )


def _buffer(engine: LiveComments, viewer: SlowViewer) -> BufferView:
    tail = engine.writer.tails[viewer.stream]
    return view_of(
        BufferView,
        viewer,
        name=f"viewer {viewer.id}",
        waiting=len(viewer.waiting),
        share=_pct(len(viewer.waiting), viewer.limit),
        behind_by=max(0, tail - viewer.seen) if viewer.seen >= 0 else 0,
        state="live" if viewer.server else "away" if viewer.away_s else "behind",
    )


def _bus(engine: LiveComments) -> BusView:
    transport, look = TRANSPORTS[engine.config.transport], engine.reader.log
    stored = look.last if look.last.stream == engine.demo_users.stream else StoredLog()
    readers = [one.reader for one in engine.pool.servers.values()]
    return BusView(
        label=transport.label,
        resumes=transport.resumes,
        silent=look.failed,
        first=stored.first,
        last=stored.last,
        kept=stored.entries,
        published=engine.publisher.published,
        waiting=engine.publisher.waiting,
        lost=sum(one.lost for one in readers) + engine.publisher.never_published,
        read_again=sum(one.read_again for one in readers),
        log_reads=engine.replay.log_reads,
        store_reads=engine.replay.store_reads,
    )


def _totals(engine: LiveComments) -> TotalsView:
    writer = engine.writer
    return view_of(
        TotalsView,
        engine.deliveries.counters,
        comments=writer.written,
        batches=writer.batches,
        per_batch=round(writer.written / max(1, writer.batches), 1),
        refused=engine.limits.refused,
        rate=round(engine.deliveries.rate.rate(engine.clock.monotonic()), 1),
        viewers=len(engine.connections.viewers),
        real=sum(isinstance(one, Connection) for one in engine.connections.viewers.values()),
        returning=engine.connections.returning,
        missed=engine.checker.missed,
    )
