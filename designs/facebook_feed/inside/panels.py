"""The inside of the feed: each panel is a function from the live snapshot to a picture and its table."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components.charts import histogram, trend
from components.live import milliseconds, number
from components.panel import legend, panel
from components.sources import counted, in_memory, read
from components.tables import column, data_table, facts_table, gauge, pill
from designs.facebook_feed.inside.layout import positions, sizes
from designs.facebook_feed.inside.spread import spread_graph
from designs.facebook_feed.inside.views import Snapshot


def panels(snap: Snapshot) -> list[rx.Component]:
    """All panels, in reading order."""
    return [
        graph(snap),
        approaches(snap),
        queue(snap),
        delay(snap),
        feed(snap),
        caches(snap),
        pages(snap),
        paging(snap),
        removal(snap),
    ]


def graph(snap: Snapshot) -> rx.Component:
    """The fan-out on the social graph."""
    return panel(
        "Fan-out on the graph",
        id="graph",
        says="Every member is a dot, larger with more followers. A line is an entry really written into a follower's feed.",
        source=counted("entry by entry as workers write them, of the newest posts"),
        unit="feed entries",
        figure=rx.el.span(rx.el.b(number(snap.queue.rate)), " entries/s"),
        body=spread_graph(
            positions=positions(),
            sizes=sizes(),
            deliveries=snap.deliveries,
            users=snap.users,
            label="Members of the room and the way of the newest posts",
        ),
        legend=legend(
            ("s0", "by worker 1"),
            ("s1", "worker 2"),
            ("s3", "worker 3"),
            ("miss", "merged when read"),
            ("error", "worker ended"),
        ),
        table=data_table(
            snap.deliveries,
            [
                column("post", lambda one: one.id.to_string(), mono=True),
                column("author", lambda one: one.name),
                column("followers", lambda one: number(one.followers), numeric=True),
                column("feeds written", lambda one: number(one.written), numeric=True),
                column("state", lambda one: one.state.replace("_", " ")),
                column("by", lambda one: rx.cond(one.worker != "", one.worker, "–")),
                column("ms", lambda one: milliseconds(one.ms), numeric=True),
            ],
            label="The newest posts",
        ),
        span=2,
    )


def _known(count: Any) -> Any:
    """A number that was read, or a dash before it was."""
    return rx.cond(count >= 0, number(count), "–")


def _or_dash(count: Any, shown: Any) -> Any:
    return rx.cond(count > 0, shown, "–")


def _scrolling(table: rx.Component, label: str) -> rx.Component:
    """A table that may be wider than its panel."""
    return rx.el.div(table, class_name="sd-scroll", tab_index=0, role="region", aria_label=label)


def _name_of_approach(one: Any) -> rx.Component:
    used = rx.cond(one.used, rx.el.span(" ", pill("in use", tone="selected")))
    return rx.el.span(one.label, used)


def approaches(snap: Snapshot) -> rx.Component:
    """What each approach cost."""
    columns = [
        column("approach", _name_of_approach),
        column("posts", lambda one: number(one.posts), numeric=True),
        column("writes/post", lambda one: _or_dash(one.posts, number(one.per_post, 1)), numeric=True),
        column("post p50", lambda one: _or_dash(one.posts, milliseconds(one.post_p50)), numeric=True),
        column("post p99", lambda one: _or_dash(one.posts, milliseconds(one.post_p99)), numeric=True),
        column("views", lambda one: number(one.views), numeric=True),
        column("lists/view", lambda one: _or_dash(one.views, number(one.per_view, 1)), numeric=True),
        column("view p50", lambda one: _or_dash(one.views, milliseconds(one.read_p50)), numeric=True),
        column("view p99", lambda one: _or_dash(one.views, milliseconds(one.read_p99)), numeric=True),
    ]
    totals = [
        *columns[:2],
        column("feed writes", lambda one: number(one.writes), numeric=True),
        column("lists read", lambda one: number(one.reads), numeric=True),
    ]
    popular, members = number(snap.totals.popular), number(snap.totals.members)
    return panel(
        "Who pays",
        id="approaches",
        says="Measured since the lab was opened, for each approach that was in use. Times in ms, as the caller waits.",
        source=(counted("since opened, per approach"), in_memory("follows, for who is popular now")),
        figure=rx.cond(
            snap.totals.popular >= 0, rx.el.span(rx.el.b(popular), " of ", members, " are popular"), ""
        ),
        body=_scrolling(data_table(snap.approaches, columns, label="Approaches"), "Approaches"),
        table=data_table(snap.approaches, totals, label="Approaches, totals"),
        span=2,
    )


def _state_of_worker(one: Any) -> rx.Component:
    tone = rx.cond(one.up, rx.cond(one.doing == "at work", "moved", "none"), "error")
    return pill(rx.cond(one.up, one.doing, "✕ ended"), tone=tone)


def queue(snap: Snapshot) -> rx.Component:
    """The fan-out queue and its workers."""
    workers = data_table(
        snap.workers,
        [
            column("worker", lambda one: one.label),
            column("state", _state_of_worker),
            column("holds", lambda one: _known(one.taken), numeric=True),
            column("done", lambda one: number(one.jobs), numeric=True),
            column("claimed", lambda one: number(one.claimed), numeric=True),
            column("entries/s", lambda one: number(one.rate), numeric=True),
        ],
        label="Workers",
    )
    shown = snap.queue
    return panel(
        "Queue and workers",
        id="queue",
        says="A job is a post to be written into all feeds. What an ended worker holds is claimed by another after a second.",
        source=(read("valkey", "XLEN and XPENDING of the job stream"), counted("since opened")),
        unit="jobs",
        figure=rx.el.span(rx.el.b(_known(shown.waiting)), " waiting"),
        facts=[
            ("not in the queue yet", number(shown.unsent), "jobs"),
            ("written", number(shown.written), "entries"),
            ("of them again", number(shown.rewritten), "entries"),
            ("checked", number(snap.totals.checked), "feeds"),
            ("lost", number(snap.totals.lost), "entries"),
        ],
        body=rx.el.div(
            trend(("waiting", "queue.waiting", "s0"), label="Jobs waiting", unit="jobs", height=64),
            _scrolling(workers, "Workers"),
            class_name="sd-stack",
        ),
        table=workers,
    )


def delay(snap: Snapshot) -> rx.Component:
    """How late feeds are."""
    seen = snap.delay
    facts = [
        ("p50", milliseconds(seen.p50), "ms"),
        ("p95", milliseconds(seen.p95), "ms"),
        ("p99", milliseconds(seen.p99), "ms"),
        ("chunks of entries", number(seen.samples), ""),
        ("entries written", number(snap.queue.written), ""),
    ]
    p50, p99 = rx.el.b(milliseconds(seen.p50)), rx.el.b(milliseconds(seen.p99))
    return panel(
        "Feed delay",
        id="delay",
        says="From the moment a post is stored until an entry is in a follower's feed; two minutes are allowed.",
        source=counted("in the last seconds"),
        unit="ms",
        figure=rx.el.span("p50 ", p50, " · p99 ", p99),
        body=rx.el.div(
            histogram(seen.buckets, label="Feed delay", p50=seen.p50, p95=seen.p95, p99=seen.p99, height=132),
            trend(("entries/s", "queue.rate", "s1"), label="Feed entries per second", height=64),
            class_name="sd-stack",
        ),
        table=facts_table(facts, label="Feed delay"),
    )


def _how_it_came(one: Any) -> rx.Component:
    return rx.cond(one.ahead, pill("✓ written ahead", tone="ok"), pill("◆ to be merged", tone="miss"))


def feed(snap: Snapshot) -> rx.Component:
    """The follower's feed table: precomputed and merged."""
    shown = snap.feed
    columns = [
        column("post", lambda one: one.id.to_string(), mono=True),
        column("author", lambda one: one.author),
        column("time", lambda one: one.clock, mono=True),
        column("came", _how_it_came),
    ]
    rows = data_table(
        shown.rows, columns, label="Feed", empty="Nothing is in this feed, nor in the lists beside it."
    )
    came = (number(shown.ahead), " ready + ", number(shown.merged), " merged · lists beside it: ")
    return panel(
        "Feed table of the follower",
        id="feed-table",
        says="What the stores hold for this reader now: entries that lie ready, and those that a page is merged from.",
        source=read("valkey", "ZREVRANGE and ZCARD of the feed, ZREVRANGE of the authors' lists"),
        unit="entries",
        figure=rx.el.span(rx.el.b(_known(shown.held)), " of ", number(shown.kept), " held"),
        body=rx.el.div(
            rx.el.p(rx.el.b(shown.name), ": ", *came, number(shown.lists), class_name="sd-hint"),
            rows,
            class_name="sd-stack sd-scroll",
            tab_index=0,
            role="region",
            aria_label="Feed of the follower",
        ),
        table=data_table(shown.rows, columns, label="Feed"),
    )


def _load_of_node(one: Any) -> rx.Component:
    return gauge(
        one.asked,
        maximum=one.capacity,
        label=rx.cond(one.up, one.label, one.label + ", down"),
        shown=f"{number(one.asked)} asked · {number(one.refused)} refused",
        tone=rx.cond(one.refused > 0, "error", rx.cond(one.up, "selected", "miss")),
    )


def caches(snap: Snapshot) -> rx.Component:
    """Load per cache node."""
    store = snap.store
    columns = [
        column("node", lambda one: one.label),
        column("up", lambda one: rx.cond(one.up, "yes", "no")),
        column("held", lambda one: number(one.held), numeric=True),
        column("asked/s", lambda one: number(one.asked, 1), numeric=True),
        column("served/s", lambda one: number(one.served, 1), numeric=True),
        column("refused/s", lambda one: number(one.refused, 1), numeric=True),
        column("capacity/s", lambda one: number(one.capacity), numeric=True),
        column("served, %", lambda one: number(one.hits_pct, 1), numeric=True),
    ]
    return panel(
        "Cache nodes",
        id="caches",
        says="A bar is what a node is asked for, against what it can answer. What it refuses is read from the post store.",
        source=(
            in_memory("the cache nodes"),
            counted("in the last seconds; store reads since opened"),
            read("sqlite", "COUNT of the rows of posts"),
        ),
        unit="posts/s",
        figure=rx.el.span(rx.el.b(number(store.rate)), " /s from the store"),
        facts=[
            ("rows in the store", _known(snap.totals.posts), "posts"),
            ("store reads", number(store.total), "posts"),
            ("most read there", rx.cond(store.hottest > 0, f"post {store.hottest.to_string()}", "–"), ""),
            ("that often", number(store.hottest_reads), "×"),
        ],
        body=rx.cond(
            snap.caches.length() > 0,
            rx.el.div(rx.foreach(snap.caches, _load_of_node), class_name="sd-stack"),
            rx.el.p("No cache: every post is read from the store.", class_name="sd-empty"),
        ),
        table=data_table(snap.caches, columns, label="Cache nodes"),
    )


def pages(snap: Snapshot) -> rx.Component:
    """The page cache and its staleness."""
    shown = snap.pages
    unseen = rx.el.span(rx.el.b(number(shown.unseen)), " ready and not shown")
    return panel(
        "Page cache and its age",
        id="pages",
        says="Posts that were ready in a feed when its reader was shown older pages instead.",
        source=(in_memory("the page cache"), counted("since opened, against feeds and lists in Valkey")),
        unit="posts",
        figure=rx.cond(shown.on, unseen, "pages are not kept"),
        facts=[
            ("readers kept", number(shown.readers), ""),
            ("hits", number(shown.hits), "pages"),
            ("misses", number(shown.misses), "pages"),
            ("stale first pages", number(shown.stale_views), ""),
            ("oldest", number(shown.oldest_s, 1), f"s of {number(shown.ttl)}"),
        ],
        body=trend(("not shown", "pages.unseen", "miss"), label="Posts not shown", height=64),
        table=facts_table([("posts not shown", number(shown.unseen))], label="Posts not shown"),
    )


def paging(snap: Snapshot) -> rx.Component:
    """What scrolling found."""
    shown = snap.paging
    twice, never = number(shown.twice), number(shown.never)
    return panel(
        "Pages against the post store",
        id="paging",
        says="What readers who scrolled were shown twice or never, compared with the posts in the store.",
        source=counted("since opened, against the rows of posts"),
        unit="posts",
        figure=rx.el.span(rx.el.b(twice), " twice · ", rx.el.b(never), " never"),
        facts=[
            ("scrolls", number(shown.scrolls), ""),
            ("pages", number(shown.pages), ""),
            ("posts on them", number(shown.posts), ""),
        ],
        body=trend(
            ("twice", "paging.twice", "error"),
            ("never", "paging.never", "miss"),
            label="Posts shown twice or never",
            height=64,
        ),
        legend=legend(("error", "shown twice"), ("miss", "never shown")),
        table=facts_table(
            [("cursor", shown.form), ("shown twice", twice), ("never shown", never)],
            label="Pages against the post store",
        ),
    )


def removal(snap: Snapshot) -> rx.Component:
    """Unfollow and delete."""
    shown = snap.removal
    return panel(
        "Removed entries",
        id="removal",
        says="Entries taken out of feeds, entries that readers were kept from, and pages that showed what was gone.",
        source=(counted("since opened"), read("sqlite", "COUNT of the rows that are marked")),
        unit=shown.form,
        figure=rx.el.span(rx.el.b(number(shown.leaked)), " pages leaked"),
        facts=[
            ("rows marked as deleted", _known(shown.deleted), "posts"),
            ("taken out", number(shown.purged), "entries"),
            ("filtered", number(shown.filtered), "entries"),
            ("brought in by follows", number(shown.backfilled), "entries"),
        ],
        body=trend(
            ("filtered", "removal.filtered", "s0"),
            ("leaked", "removal.leaked", "error"),
            label="Filtered and leaked",
            height=64,
        ),
        legend=legend(("s0", "filtered"), ("error", "leaked")),
        table=facts_table(
            [("pages that showed what was gone", number(shown.leaked))], label="Unfollowed and deleted"
        ),
        span=2,
    )
