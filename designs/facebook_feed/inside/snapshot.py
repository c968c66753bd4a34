"""From the running engine to the snapshot: arithmetic and bounds, no decisions."""

from __future__ import annotations

import base64
import math
from array import array
from datetime import UTC, datetime

from designs.facebook_feed.engine.costs import ApproachCosts
from designs.facebook_feed.engine.deliveries import Delivery
from designs.facebook_feed.engine.demo_users import DemoUser
from designs.facebook_feed.engine.engine import Feed
from designs.facebook_feed.engine.feed_table import FEED_KEPT
from designs.facebook_feed.engine.hot_posts import CacheNode
from designs.facebook_feed.engine.members import member
from designs.facebook_feed.engine.nodes import FEEDS, POSTS, QUEUE
from designs.facebook_feed.engine.post_store import Post
from designs.facebook_feed.engine.reader import Looked
from designs.facebook_feed.engine.strategies import CURSORS, FANOUTS, PAGE_CACHES, REMOVALS
from designs.facebook_feed.engine.workers import Worker
from designs.facebook_feed.inside.views import (
    ApproachView,
    CacheView,
    DeliveryView,
    DemoUserView,
    FeedRowView,
    FeedView,
    OwnPostView,
    PagesView,
    PagingView,
    QueueView,
    RemovalView,
    Snapshot,
    StoreView,
    TotalsView,
    WorkerView,
)
from sdlab.lab import Tally, amount
from sdlab.lab.views import delay_view, view_of

SHOWN_DELIVERIES = 4
SHOWN_OWN = 8
MOST_REACHED = 1500


def build_snapshot(engine: Feed) -> Snapshot:
    """Everything that the panels may show."""
    looked = engine.reader.look.last
    _label_nodes(engine, looked)
    now = engine.clock.monotonic()
    return Snapshot(
        **engine.common(),
        now=round(engine.clock.time(), 3),
        users=tuple(_user(engine, looked, user) for user in engine.users.users),
        deliveries=tuple(_delivery(one) for one in engine.deliveries.recent.newest(SHOWN_DELIVERIES)),
        approaches=tuple(
            _approach(name, one, used=name == engine.config.fanout)
            for name, one in engine.costs.by_approach.items()
        ),
        delay=delay_view(engine.costs.delays.merged(now)),
        queue=_queue(engine, looked, now),
        workers=tuple(_worker(engine, looked, one, now) for one in engine.workers.all.values()),
        feed=_feed(engine.users.users[-1], looked),
        caches=tuple(_cache(engine, one, now) for one in engine.hot.nodes.values()),
        store=_store(engine, now),
        pages=_pages(engine),
        paging=view_of(PagingView, engine.pages.counts, form=CURSORS[engine.config.cursor].label),
        removal=_removal(engine, looked),
        totals=_totals(engine, looked),
    )


def build_tallies(engine: Feed) -> tuple[Tally, ...]:
    """What tells the approaches apart."""
    costs = engine.costs.by_approach.values()
    posts, views = sum(one.posts for one in costs), sum(one.views for one in costs)
    writes, reads = sum(one.writes for one in costs), sum(one.reads for one in costs)
    delays = engine.costs.delays.merged(engine.clock.monotonic())
    return (
        Tally("writes", "feed entries written", "", writes),
        Tally("per_post", "feed writes per post", "", round(writes / max(1, posts), 1)),
        Tally("per_view", "lists read per view", "", round(reads / max(1, views), 1)),
        Tally("waiting", "jobs waiting at the end", "", engine.relay.waiting),
        Tally("delay", "feed delay, p50", "ms", round(delays.quantile(0.5), 1)),
        Tally("store_reads", "posts read from the store", "", engine.hot.rows.total),
        Tally("unseen", "posts hidden by old pages", "", engine.page_cache.unseen),
        Tally("lost", "feed entries lost", "", engine.checker.lost),
    )


def _clock_of(at: float) -> str:
    """The time of day, UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S UTC")


def _label_nodes(engine: Feed, looked: Looked) -> None:
    engine.node(POSTS).detail = "" if looked.posts is None else amount(looked.posts, "post")
    engine.node(QUEUE).detail = "" if looked.queue is None else f"{looked.queue.total:,} waiting"
    engine.node(FEEDS).detail = f"{engine.writer.written:,} written"
    for worker in engine.workers.all.values():
        if worker.id in engine.nodes:
            engine.node(worker.id).detail = amount(worker.jobs, "job")
    for node in engine.hot.nodes.values():
        if node.id in engine.nodes:
            engine.node(node.id).detail = f"{len(node.held):,} held"


def _user(engine: Feed, looked: Looked, user: DemoUser) -> DemoUserView:
    other = next(one for one in engine.users.users if one is not user)
    person, graph = member(user.member), engine.graph
    followers = graph.popularity(user.member)
    return view_of(
        DemoUserView,
        user,
        known=True,
        id=person.handle,
        name=person.name,
        number=user.member,
        followers=followers,
        following=len(graph.followees(user.member)),
        follows_other=graph.follows(user.member, other.member),
        merged=not FANOUTS[engine.config.fanout].pushes(followers, engine.config.threshold),
        arrived=tuple(user.arrived),
        own=tuple(_own(engine, looked, one) for one in user.own[:SHOWN_OWN]),
    )


def _own(engine: Feed, looked: Looked, post: Post) -> OwnPostView:
    """With the number of feeds that held it at the last look."""
    followers, written = engine.graph.popularity(post.author), looked.reached.get(post.id)
    return view_of(
        OwnPostView,
        post,
        clock=_clock_of(post.at),
        followers=followers,
        written=0 if written is None or not post.pushed else written,
        state=_state_of_own(engine, post, followers, written) if post.pushed else "merged",
    )


def _state_of_own(engine: Feed, post: Post, followers: int, written: int | None) -> str:
    deliveries = engine.deliveries
    if written is None:
        return "unknown"
    if written >= followers:
        return "done"
    if deliveries.interrupted.get(post.id) is not None:
        return "interrupted"
    arrived = deliveries.placed_before(post.id, math.inf) and post.id not in deliveries.at_work
    return "lacking" if arrived else "under_way"


def _state(delivery: Delivery | None) -> str:
    """How far a post has come that is written ahead."""
    if delivery is None:
        return "done"
    if delivery.interrupted:
        return "interrupted"
    return "under_way" if len(delivery.reached) < delivery.followers else "done"


def _delivery(delivery: Delivery) -> DeliveryView:
    post = delivery.post
    reached = array("H", delivery.reached[:MOST_REACHED]).tobytes() if post.pushed else b""
    return DeliveryView(
        id=post.id,
        author=post.author,
        name=member(post.author).name,
        followers=delivery.followers,
        written=len(delivery.reached),
        reached=base64.b64encode(reached).decode(),
        state=_state(delivery) if post.pushed else "merged",
        worker=delivery.worker.replace("-", " "),
        ms=round(max(0.0, delivery.ended - delivery.began) * 1000, 1),
    )


def _approach(name: str, costs: ApproachCosts, *, used: bool) -> ApproachView:
    return view_of(
        ApproachView,
        costs,
        id=name,
        label=FANOUTS[name].label,
        used=used,
        per_post=round(costs.writes / max(1, costs.posts), 1),
        per_view=round(costs.reads / max(1, costs.views), 1),
        post_p50=round(costs.posting.quantile(0.50), 2),
        post_p99=round(costs.posting.quantile(0.99), 2),
        read_p50=round(costs.reading.quantile(0.50), 2),
        read_p99=round(costs.reading.quantile(0.99), 2),
    )


def _queue(engine: Feed, looked: Looked, now: float) -> QueueView:
    writer, queue = engine.writer, looked.queue
    return view_of(
        QueueView,
        writer,
        waiting=-1 if queue is None else queue.total,
        unsent=engine.relay.unsent,
        taken=0 if queue is None else sum(queue.taken.values()),
        rate=round(writer.writes.rate(now), 1),
        claimed=sum(one.claimed for one in engine.workers.all.values()),
    )


def _worker(engine: Feed, looked: Looked, worker: Worker, now: float) -> WorkerView:
    return view_of(
        WorkerView,
        worker,
        label=worker.id.replace("-", " "),
        up=worker.task is not None,
        doing="at work" if worker.at_work else "waits" if worker.task else "ended",
        taken=-1 if looked.queue is None else looked.queue.taken.get(worker.id, 0),
        rate=round(worker.writes.rate(now), 1),
        capacity=engine.config.worker_rate,
    )


def _feed(reader: DemoUser, looked: Looked) -> FeedView:
    feed, name = looked.feed, member(reader.member).name
    if feed is None or feed.member != reader.member:
        return FeedView(name=name, kept=FEED_KEPT)
    rows = tuple(
        FeedRowView(
            one.position.id,
            member(one.author).name,
            _clock_of(one.position.at),
            one.position.id in feed.ahead,
        )
        for one in feed.newest
    )
    ahead = sum(row.ahead for row in rows)
    return FeedView(
        name=name,
        held=feed.held,
        kept=FEED_KEPT,
        ahead=ahead,
        merged=len(rows) - ahead,
        lists=feed.lists,
        rows=rows,
    )


def _cache(engine: Feed, node: CacheNode, now: float) -> CacheView:
    asked, served = node.asked.rate(now), node.served.rate(now)
    return CacheView(
        id=node.id,
        label=node.id.replace("-", " "),
        up=node.id not in engine.nodes or not engine.node(node.id).down,
        held=len(node.held),
        asked=round(asked, 1),
        served=round(served, 1),
        refused=round(node.refused.rate(now), 1),
        capacity=engine.config.node_rate,
        hits_pct=round(100 * served / asked, 1) if asked else 0.0,
    )


def _store(engine: Feed, now: float) -> StoreView:
    hottest = max(engine.hot.hottest.newest(200), key=lambda one: one[1].value, default=None)
    return StoreView(
        rate=round(engine.hot.rows.rate(now), 1),
        total=engine.hot.rows.total,
        hottest=hottest[0] if hottest else 0,
        hottest_reads=hottest[1].value if hottest else 0,
    )


def _pages(engine: Feed) -> PagesView:
    on = PAGE_CACHES[engine.config.page_cache].kept > 0
    return view_of(PagesView, engine.page_cache, on=on, ttl=engine.config.cache_ttl)


def _removal(engine: Feed, looked: Looked) -> RemovalView:
    return RemovalView(
        form=REMOVALS[engine.config.removal].label,
        purged=engine.removal.purged + engine.changes.purged,
        filtered=engine.timelines.filtered,
        backfilled=engine.changes.backfilled,
        leaked=engine.monitors["gone"].violations,
        deleted=-1 if looked.deleted is None else looked.deleted,
    )


def _totals(engine: Feed, looked: Looked) -> TotalsView:
    return TotalsView(
        members=engine.graph.size,
        follows=engine.graph.edges.follows,
        posts=-1 if looked.posts is None else looked.posts,
        popular=engine.graph.popular(engine.config.threshold),
        checked=engine.checker.checked_feeds,
        lost=engine.checker.lost,
        to_check=len(engine.checker.to_check),
    )
