"""From the running engine to the snapshot: arithmetic and bounds, no decisions."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

import orjson

from designs.live_comments.comments import Event
from designs.live_comments.config import BUS, STORE, VIEWERS
from designs.live_comments.history import cursor_of
from designs.live_comments.servers import Server
from designs.live_comments.strategies import (
    DELIVERIES,
    DISTRIBUTIONS,
    PAGINATIONS,
    POLL_BYTES,
    TRANSPORTS,
)
from designs.live_comments.streams import STREAMS
from designs.live_comments.viewers import Pane, SlowReader
from designs.live_comments.views import (
    BufferView,
    BusView,
    CommentView,
    DeliveryView,
    DispatcherView,
    DispatchRow,
    HeldView,
    MatrixView,
    PagingView,
    PaneView,
    PollingView,
    ServerView,
    Snapshot,
    StreamView,
    SubscriptionRow,
    TotalsView,
)
from sdlab.blocks.people import person
from sdlab.lab.views import DelayView, delay_view

if TYPE_CHECKING:
    from designs.live_comments.engine import LiveComments

SHOWN_COMMENTS = 16
SHOWN_STREAMS = 4
SHOWN_BUFFERS = 6
TYPICAL_BODY = 130
TYPICAL_SEQ = 1234


def picture(engine: LiveComments) -> Snapshot:
    """Everything that the panels may show of now."""
    _label_nodes(engine)
    watched = _watched(engine)
    streams = tuple(_stream(engine, name, watched) for name in STREAMS)
    return Snapshot(
        **engine.common(),
        now=round(engine.clock.time(), 3),
        stream=next(one for one in streams if one.id == engine.on_screen),
        streams=streams,
        panes=tuple(_pane(engine, pane) for pane in engine.panes),
        servers=tuple(_server(engine, one) for one in engine.hub.servers.values()),
        matrix=_matrix(engine),
        delay=_delay(engine),
        deliveries=_deliveries(engine),
        polling=_polling(engine),
        paging=_paging(engine),
        dispatcher=_dispatcher(engine),
        buffers=_buffers(engine),
        bus=_bus(engine),
        totals=_totals(engine),
    )


def _label_nodes(engine: LiveComments) -> None:
    engine.nodes[STORE].detail = f"{engine.intake.written:,} written"
    engine.nodes[BUS].detail = f"{engine.intake.published:,} told"
    engine.nodes[VIEWERS].detail = f"{len(engine.hub.viewers):,} watch"
    for server in engine.hub.servers.values():
        if server.id in engine.nodes:
            engine.nodes[server.id].detail = f"{server.connections:,} held"


def _watched(engine: LiveComments) -> Counter[str]:
    watched: Counter[str] = Counter({name: engine.hub.watching_stream(name) for name in STREAMS})
    for pane in engine.panes:
        watched[pane.stream] += pane.on
    for server in engine.hub.servers.values():
        for stream, feed in server.feeds.items():
            watched[stream] += sum(not isinstance(one, Pane) for one in feed.buffered.values())
    return watched


def _stream(engine: LiveComments, name: str, watched: Counter[str]) -> StreamView:
    return StreamView(
        id=name,
        title=STREAMS[name].title,
        host=person("hosts", list(STREAMS).index(name)).name,
        comments=engine.intake.tails[name],
        viewers=watched[name],
    )


def _pane(engine: LiveComments, pane: Pane) -> PaneView:
    shown = list(pane.shown)[-SHOWN_COMMENTS:]
    return PaneView(
        title=pane.title,
        on=pane.on,
        server=pane.server,
        via=engine.config.delivery,
        seen=max(0, pane.seen),
        cursor=cursor_of(shown[0].seq) if shown and shown[0].seq > 1 else "",
        rows=tuple(map(_comment, shown)),
    )


def _comment(event: Event) -> CommentView:
    said = orjson.loads(event.body)
    clock = datetime.fromtimestamp(event.at, UTC).strftime("%H:%M:%S")
    return CommentView(event.seq, said["author"], said["comment"], clock)


def _server(engine: LiveComments, server: Server) -> ServerView:
    kinds: Counter[str] = Counter()
    kinds["crowd"] = sum(len(feed.crowd) for feed in server.feeds.values())
    for feed in server.feeds.values():
        kinds.update(one.kind for one in feed.buffered.values())
    most = sorted(server.feeds.values(), key=lambda feed: -feed.watched)
    return ServerView(
        id=server.id,
        label=server.id.replace("-", " "),
        up=server.up,
        connections=server.connections,
        capacity=engine.config.capacity,
        simulated=kinds["crowd"],
        slow=kinds["slow"],
        panes=kinds["pane"],
        sse=kinds["sse"],
        websocket=kinds["websocket"],
        streams=len(server.feeds),
        held=tuple(HeldView(one.stream, one.watched, max(0, one.last)) for one in most[:SHOWN_STREAMS]),
        received=server.received,
        useful=server.useful,
        useful_pct=_pct(server.useful, server.received),
        delivered=server.delivered,
        dropped=server.dropped,
        stalled_ms=round(server.stalled_s * 1000),
    )


def _pct(part: float, whole: float) -> float:
    return round(100 * part / whole, 1) if whole else 0.0


def _matrix(engine: LiveComments) -> MatrixView:
    rows = []
    dispatched = DISTRIBUTIONS[engine.config.distribution].dispatched
    for server in engine.hub.servers.values():
        listening = server.reader.channels if server.up else set()
        signs = ""
        for stream in STREAMS:
            watched = stream in server.feeds
            table = engine.dispatcher.table.get(stream, {})
            listens = server.id in table if dispatched else stream in listening
            signs += "2" if watched and listens else "x" if watched else "1" if listens else "0"
        rows.append(SubscriptionRow(server.id.replace("-", " "), signs, len(listening), dispatched))
    received = sum(one.received for one in engine.hub.servers.values())
    useful = sum(one.useful for one in engine.hub.servers.values())
    return MatrixView(
        streams=tuple(STREAMS),
        rows=tuple(rows),
        subscriptions=sum(one.channels for one in rows),
        useful_pct=_pct(useful, received),
        received=received,
        useful=useful,
    )


def _delay(engine: LiveComments) -> DelayView:
    return delay_view(engine.hub.deliveries.delays.merged(engine.clock.monotonic()))


def _deliveries(engine: LiveComments) -> tuple[DeliveryView, ...]:
    counted = engine.hub.counted
    return tuple(
        DeliveryView(
            id=name,
            label=kind.label,
            used=name == engine.config.delivery,
            framing=kind.framing(TYPICAL_SEQ, TYPICAL_BODY) if kind.pushes else POLL_BYTES,
            deliveries=counted.by_kind[name],
            bytes=counted.bytes_by_kind[name],
            each=round(counted.bytes_by_kind[name] / max(1, counted.by_kind[name]), 1),
        )
        for name, kind in DELIVERIES.items()
    )


def _polling(engine: LiveComments) -> PollingView:
    counted = engine.hub.counted
    return PollingView(
        polls=counted.polls,
        empty_pct=_pct(counted.empty_polls, counted.polls),
        per_poll=POLL_BYTES,
        reads=counted.poll_reads,
    )


def _paging(engine: LiveComments) -> PagingView:
    paged = engine.history.paged
    return PagingView(
        form=PAGINATIONS[engine.config.pagination].label,
        pages=paged.pages,
        comments=paged.comments,
        reads=paged.reads,
        cached=paged.cached,
        cached_pages=engine.history.cached_pages,
        duplicates=paged.duplicates,
        gaps=paged.gaps,
    )


def _dispatcher(engine: LiveComments) -> DispatcherView:
    on = DISTRIBUTIONS[engine.config.distribution].dispatched
    rows = []
    for stream in STREAMS:
        table = sorted(one.removeprefix("server-") for one in engine.dispatcher.table.get(stream, {}))
        truth = sorted(
            one.id.removeprefix("server-")
            for one in engine.hub.servers.values()
            if one.up and stream in one.feeds
        )
        if table or truth:
            rows.append(DispatchRow(stream, " ".join(table) or "–", " ".join(truth) or "–", table == truth))
    return DispatcherView(
        on=on,
        stale=engine.dispatcher.stale,
        rows=tuple(rows) if on else (),
        wrong=sum(not one.right for one in rows) if on else 0,
        dispatched=engine.dispatcher.dispatched,
        to_nobody=engine.dispatcher.to_nobody,
    )


def _buffers(engine: LiveComments) -> tuple[BufferView, ...]:
    return tuple(_buffer(engine, one) for one in islice(engine.hub.slow, SHOWN_BUFFERS))


def _buffer(engine: LiveComments, one: SlowReader) -> BufferView:
    away = not one.server and engine.hub.now() < one.back_at
    return BufferView(
        name=f"viewer {one.id}",
        stream=one.stream,
        pace=one.pace,
        waiting=len(one.waiting),
        limit=one.limit,
        share=_pct(len(one.waiting), one.limit),
        behind_by=max(0, engine.intake.tails[one.stream] - max(0, one.seen)) if one.seen >= 0 else 0,
        dropped=one.dropped,
        state="live" if one.server else "away" if away else "behind",
    )


def _bus(engine: LiveComments) -> BusView:
    counted, tail = engine.hub.counted, engine.intake.tails[engine.on_screen]
    kept = min(tail, engine.config.log_kept) if TRANSPORTS[engine.config.transport].resumes else 0
    readers = [one.reader for one in engine.hub.servers.values()]
    return BusView(
        label=TRANSPORTS[engine.config.transport].label,
        first=tail - kept + 1 if kept else 0,
        last=tail if kept else 0,
        kept=kept,
        published=engine.intake.published,
        waiting=engine.intake.waiting,
        lost=sum(one.lost for one in readers) + engine.intake.never_published,
        read_again=sum(one.read_again for one in readers),
        log_reads=counted.log_reads,
        store_reads=counted.store_reads,
    )


def _totals(engine: LiveComments) -> TotalsView:
    hub, intake = engine.hub, engine.intake
    return TotalsView(
        comments=intake.written,
        batches=intake.batches,
        per_batch=round(intake.written / max(1, intake.batches), 1),
        refused=engine.authors.refused,
        rate=round(hub.deliveries.rate.rate(engine.clock.monotonic()), 1),
        delivered=hub.counted.delivered,
        viewers=len(hub.viewers),
        real=sum(
            one.kind in ("sse", "websocket")
            for server in hub.servers.values()
            for feed in server.feeds.values()
            for one in feed.buffered.values()
        ),
        returning=hub.returning,
        reconnects=hub.counted.reconnects,
        no_room=hub.counted.refused,
        dropped=hub.counted.dropped,
        told=hub.counted.told,
        missed=engine.truth.missed,
    )
