"""From the running engine to the snapshot: arithmetic and bounds, no decisions."""

from __future__ import annotations

import base64
import math
from array import array
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from designs.facebook_feed.cast import Seat
from designs.facebook_feed.config import FEEDS, POSTS, QUEUE
from designs.facebook_feed.fanout import Worker
from designs.facebook_feed.graph import member
from designs.facebook_feed.hotposts import CacheNode
from designs.facebook_feed.ledger import Flight, Measured
from designs.facebook_feed.lists import FEED_KEPT
from designs.facebook_feed.postrows import Post
from designs.facebook_feed.strategies import CURSORS, FANOUTS, PAGE_CACHES, REMOVALS
from designs.facebook_feed.views import (
    ApproachView,
    CacheView,
    FeedRowView,
    FeedView,
    FlightView,
    OwnPostView,
    PagesView,
    PagingView,
    QueueView,
    RemovalView,
    SeatView,
    Snapshot,
    StoreView,
    TotalsView,
    WorkerView,
)
from sdlab.lab.views import DelayView, delay_view

if TYPE_CHECKING:
    from designs.facebook_feed.engine import Feed

SHOWN_FLIGHTS = 4
SHOWN_OWN = 8
SHOWN_ROWS = 10
MOST_LIT = 1500


def picture(engine: Feed) -> Snapshot:
    """Everything that the panels may show."""
    _label_nodes(engine)
    return Snapshot(
        **engine.common(),
        now=round(engine.clock.time(), 3),
        seats=tuple(_seat(engine, seat) for seat in engine.seats),
        flights=tuple(_flight(engine, one) for one in engine.ledger.flights.newest(SHOWN_FLIGHTS)),
        approaches=tuple(_approach(engine, name, one) for name, one in engine.ledger.measured.items()),
        delay=_delay(engine),
        queue=_queue(engine),
        workers=tuple(_worker(engine, one) for one in engine.fanout.workers.values()),
        feed=_feed(engine),
        caches=tuple(_cache(engine, one) for one in engine.hot.nodes.values()),
        store=_store(engine),
        pages=_pages(engine),
        paging=_paging(engine),
        removal=_removal(engine),
        totals=_totals(engine),
    )


def clock_of(at: float) -> str:
    """The time of day, UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")


def _label_nodes(engine: Feed) -> None:
    engine.nodes[POSTS].detail = f"{engine.posts:,} posts"
    engine.nodes[QUEUE].detail = f"{engine.fanout.waiting:,} waiting"
    engine.nodes[FEEDS].detail = f"{engine.fanout.written:,} written"
    for worker in engine.fanout.workers.values():
        if worker.id in engine.nodes:
            engine.nodes[worker.id].detail = f"{worker.jobs:,} jobs"
    for node in engine.hot.nodes.values():
        if node.id in engine.nodes:
            engine.nodes[node.id].detail = f"{len(node.held):,} held"


def _seat(engine: Feed, seat: Seat) -> SeatView:
    other = next(one for one in engine.seats if one is not seat)
    person, graph = member(seat.member), engine.graph
    followers = graph.popularity(seat.member)
    rule = FANOUTS[engine.config.fanout]
    return SeatView(
        title=seat.title,
        id=person.handle,
        name=person.name,
        number=seat.member,
        followers=followers,
        following=len(graph.followees(seat.member)),
        follows_other=graph.follows(seat.member, other.member),
        merged=not rule.pushes(followers, engine.config.threshold),
        arrived=tuple(seat.arrived),
        version=seat.version,
        own=tuple(_own(engine, one) for one in engine.own.get(seat.member, [])[:SHOWN_OWN]),
    )


def _own(engine: Feed, post: Post) -> OwnPostView:
    followers = engine.graph.popularity(post.author)
    ledger = engine.ledger
    flight, cut = ledger.flights.get(post.id), ledger.cut.get(post.id)
    written = min(followers, len(flight.lit)) if flight is not None else followers
    if cut is not None and flight is None:
        written = cut.written
    waits = flight is None and (post.id in ledger.at_work or not ledger.placed_before(post.id, math.inf))
    state = "cut" if cut is not None else "flying" if waits else _state(flight, pushed=True)
    return OwnPostView(
        id=post.id,
        text=post.text,
        clock=clock_of(post.at),
        followers=followers,
        written=0 if not post.pushed or waits else written,
        state=state if post.pushed else "merged",
    )


def _state(flight: Flight | None, *, pushed: bool) -> str:
    if not pushed:
        return "merged"
    if flight is not None and flight.cut_short:
        return "cut"
    return "flying" if flight is not None and len(flight.lit) < flight.followers else "done"


def _flight(engine: Feed, flight: Flight) -> FlightView:
    pushed = flight.post.pushed
    return FlightView(
        id=flight.post.id,
        author=flight.post.author,
        name=member(flight.post.author).name,
        followers=flight.followers,
        written=len(flight.lit),
        lit=base64.b64encode(array("H", flight.lit[:MOST_LIT]).tobytes()).decode() if pushed else "",
        state=_state(flight, pushed=pushed),
        by=flight.by.replace("-", " "),
        ms=round(max(0.0, flight.ended - flight.began) * 1000, 1),
    )


def _approach(engine: Feed, name: str, one: Measured) -> ApproachView:
    return ApproachView(
        id=name,
        label=FANOUTS[name].label,
        used=name == engine.config.fanout,
        posts=one.posts,
        writes=one.writes,
        per_post=round(one.writes / max(1, one.posts), 1),
        views=one.views,
        reads=one.reads,
        per_view=round(one.reads / max(1, one.views), 1),
        post_p50=round(one.posting.quantile(0.50), 2),
        post_p99=round(one.posting.quantile(0.99), 2),
        read_p50=round(one.reading.quantile(0.50), 2),
        read_p99=round(one.reading.quantile(0.99), 2),
    )


def _delay(engine: Feed) -> DelayView:
    return delay_view(engine.ledger.delays.merged(engine.clock.monotonic()))


def _queue(engine: Feed) -> QueueView:
    fanout = engine.fanout
    return QueueView(
        waiting=fanout.waiting,
        taken=sum(fanout.taken.values()),
        rate=round(fanout.writes.rate(engine.clock.monotonic()), 1),
        written=fanout.written,
        rewritten=fanout.rewritten,
        claimed=sum(one.claimed for one in fanout.workers.values()),
    )


def _worker(engine: Feed, worker: Worker) -> WorkerView:
    return WorkerView(
        id=worker.id,
        label=worker.id.replace("-", " "),
        up=worker.task is not None,
        doing="at work" if worker.doing not in ("", "asks") else "waits" if worker.task else "ended",
        taken=engine.fanout.taken.get(worker.id, 0),
        jobs=worker.jobs,
        claimed=worker.claimed,
        rate=round(worker.writes.rate(engine.clock.monotonic()), 1),
        capacity=engine.config.worker_rate,
    )


def _feed(engine: Feed) -> FeedView:
    reader = engine.seats[-1].member
    page = engine.looked.get(reader)
    if page is None:
        return FeedView(name=member(reader).name, kept=FEED_KEPT)
    return FeedView(
        name=member(reader).name,
        held=page.held,
        kept=FEED_KEPT,
        ahead=page.precomputed,
        merged=page.merged,
        lists_read=page.lists_read,
        cached_s=page.cached_s,
        rows=tuple(
            FeedRowView(post.id, member(post.author).name, clock_of(post.at), post.id in page.ahead)
            for post in page.posts[:SHOWN_ROWS]
        ),
    )


def _cache(engine: Feed, node: CacheNode) -> CacheView:
    now = engine.clock.monotonic()
    asked, served = node.asked.rate(now), node.served.rate(now)
    return CacheView(
        id=node.id,
        label=node.id.replace("-", " "),
        up=node.id not in engine.nodes or not engine.nodes[node.id].down,
        held=len(node.held),
        asked=round(asked, 1),
        served=round(served, 1),
        refused=round(node.refused.rate(now), 1),
        capacity=engine.config.node_rate,
        hits_pct=round(100 * served / asked, 1) if asked else 0.0,
    )


def _store(engine: Feed) -> StoreView:
    hottest = max(engine.hot.hottest.newest(200), key=lambda one: one[1].value, default=None)
    return StoreView(
        rate=round(engine.hot.rows.rate(engine.clock.monotonic()), 1),
        total=engine.hot.rows.total,
        hottest=hottest[0] if hottest else 0,
        hottest_reads=hottest[1].value if hottest else 0,
    )


def _pages(engine: Feed) -> PagesView:
    seen = engine.timelines.staleness
    return PagesView(
        on=PAGE_CACHES[engine.config.page_cache].kept > 0,
        readers=engine.timelines.readers_cached,
        ttl=engine.config.cache_ttl,
        hits=seen.hits,
        misses=seen.misses,
        stale_views=seen.stale_views,
        unseen=seen.unseen,
        oldest_s=seen.oldest_s,
    )


def _paging(engine: Feed) -> PagingView:
    paged = engine.truth.paged
    return PagingView(
        form=CURSORS[engine.config.cursor].label,
        scrolls=paged.scrolls,
        pages=paged.pages,
        posts=paged.posts,
        twice=paged.twice,
        never=paged.never,
    )


def _removal(engine: Feed) -> RemovalView:
    return RemovalView(
        form=REMOVALS[engine.config.removal].label,
        purged=engine.removal.purged,
        filtered=engine.timelines.filtered,
        backfilled=engine.removal.backfilled,
        leaked=engine.monitors["gone"].violations,
    )


def _totals(engine: Feed) -> TotalsView:
    return TotalsView(
        members=engine.graph.size,
        follows=engine.graph.ties.follows,
        posts=engine.posts,
        popular=engine.popular(),
        checked=engine.truth.checked_feeds,
        lost=engine.truth.lost,
        to_audit=len(engine.ledger.to_audit),
    )
