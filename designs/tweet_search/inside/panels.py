"""The inside of tweet search: each panel is a function from the live snapshot to components and the same data as a table."""

from __future__ import annotations

import reflex as rx

from components.charts import histogram
from components.live import milliseconds, number
from components.panel import legend, panel
from components.postings import postings
from components.sources import computed, counted, in_memory, read
from components.tables import chips, column, data_table, pill
from designs.tweet_search.inside.likeplot import like_plot
from designs.tweet_search.inside.views import KeptView, SegmentView, Snapshot


def panels(snap: Snapshot) -> list[rx.Component]:
    """All panels, in reading order."""
    return [
        lists(snap),
        likes(snap),
        segments(snap),
        fresh(snap),
        shards(snap),
        pages(snap),
        hot(snap),
        score(snap),
        cost(snap),
        source(snap),
    ]


def _empty(text: str) -> rx.Component:
    return rx.el.p(text, class_name="sd-empty")


def lists(snap: Snapshot) -> rx.Component:
    """The lists of the words, and their intersection."""
    seen = snap.lists
    return panel(
        "Posting lists",
        id="postings",
        span=2,
        says="Under each term of the search on the page the ids of its tweets, and a walk to those that are in all lists.",
        source=(
            read("index", "the first ids and the length of each list"),
            computed("the walk over these first ids, the shortest list first"),
            in_memory("the archive's lists under the rule of words of now"),
        ),
        facts=(
            ("lists of the archive", number(seen.all_terms), ""),
            ("ids in all of those", number(seen.all_ids), ""),
            ("the longest", rx.cond(seen.longest == "", "–", seen.longest), ""),
            ("ids in that", number(seen.longest_ids), ""),
        ),
        figure=rx.cond(
            seen.lists.length() > 0,
            rx.el.span(
                rx.el.b(number(seen.matches)), " found, ", rx.el.b(number(seen.visited)), " looked at"
            ),
            "",
        ),
        body=rx.cond(
            seen.lists.length() > 0,
            rx.el.div(
                postings(
                    seen.lists, seen.steps, walk=seen.walk, label="Walk over the first ids", more=seen.more
                ),
                rx.el.p(
                    "The query is read in ",
                    rx.el.b(number(seen.readings)),
                    rx.cond(
                        seen.readings == 1, " way, the same in all languages; ", " ways, by the languages; "
                    ),
                    "these are the terms of the first.",
                    class_name="sd-hint",
                ),
                class_name="sd-stack",
            ),
            _empty("Search for something. Whoever scans has no lists."),
        ),
        table=data_table(
            seen.lists,
            [
                column("term", lambda one: one.label, mono=True),
                column("tweets", lambda one: number(one.total), numeric=True),
            ],
            label="Terms and the length of their lists",
        ),
    )


def likes(snap: Snapshot) -> rx.Component:
    """Approximate against true likes, and what it costs."""
    seen = snap.likes
    return panel(
        "Likes: true, and in the index",
        id="likes",
        says="The most liked of the tweets that were liked here: right of it the true likes, up what the index knows.",
        source=(
            read("valkey", "the most liked, HLEN of likes, LLEN of the queue"),
            read("index", "what it knows of their likes"),
            computed("recall, by a scan of the source of truth"),
            counted("since opened"),
        ),
        figure=rx.cond(seen.judged, rx.el.span("recall ", rx.el.b(number(seen.recall_pct)), " %"), "–"),
        facts=(
            ("likes given", number(seen.given), ""),
            ("index writes for them", number(seen.told), ""),
            ("tweets liked here", number(seen.liked), ""),
            ("waiting for the index", number(seen.queued), ""),
        ),
        body=rx.el.div(
            rx.cond(
                seen.points.length() > 0,
                like_plot(seen.points, label="Likes in the index over true likes"),
                _empty("Nothing was liked here yet. Like a tweet, or start the traffic."),
            ),
            rx.cond(
                seen.judged,
                rx.el.p(
                    "First page of ", seen.recall_of, " by likes: ", rx.el.b(number(seen.recall_pct, 1)),
                    " % of the true one, the best ", rx.el.b(number(seen.rerank)), " ranked again at most.",
                    class_name="sd-hint",
                ),
            ),
            class_name="sd-stack",
        ),
        legend=legend(("ok", "exact"), ("miss", "half: what a power of two may be behind")),
        table=data_table(
            seen.points,
            [
                column("tweet", lambda one: number(one.id), numeric=True),
                column("likes", lambda one: number(one.likes), numeric=True),
                column("in the index", lambda one: rx.cond(one.known < 0, "–", number(one.known)), numeric=True),
            ],
            label="Likes",
        ),
    )  # fmt: skip


def segments(snap: Snapshot) -> rx.Component:
    """Segments on disk."""
    seen = snap.segments
    return panel(
        "Segments and merges",
        id="segments",
        says="A commit writes a segment, which never changes. Small ones are merged; what changed is deleted in its old one.",
        source=(read("disk", "the list of segments of each shard, and their files"), counted("since opened")),
        figure=rx.cond(seen.on, rx.el.span(rx.el.b(number(seen.total)), " segments"), ""),
        facts=(
            ("segments", number(seen.total), ""),
            ("entries in them", number(seen.documents), ""),
            ("of these deleted", number(seen.deleted), ""),
            ("on disk", number(seen.mib, 1), "MiB"),
            ("commits", number(seen.commits), ""),
            ("merges", number(seen.merges), ""),
        ),
        body=rx.cond(
            seen.on,
            rx.el.div(
                rx.el.ol(rx.foreach(seen.segments, _segment), class_name="ts-segments", aria_label="Segments"),
                rx.el.p(
                    "The last commit took ", rx.el.b(milliseconds(seen.commit_ms)), " ms; ",
                    rx.el.b(number(seen.written)), " entries written, ", rx.el.b(number(seen.rebuilt)),
                    " times built again.",
                    class_name="sd-hint",
                ),
                class_name="sd-stack",
            ),
            _empty("Only the search engine keeps segments on disk."),
        ),
        table=data_table(
            seen.segments,
            [
                column("segment", lambda one: one.id, mono=True),
                column("shard", lambda one: one.shard, numeric=True),
                column("entries", lambda one: number(one.documents), numeric=True),
                column("deleted", lambda one: number(one.deleted), numeric=True),
                column("KiB", lambda one: number(one.kib, 1), numeric=True),
            ],
            label="Segments",
        ),
    )  # fmt: skip


def _segment(one: SegmentView) -> rx.Component:
    return rx.el.li(
        rx.el.span("s", one.shard),
        rx.el.span(rx.el.i(style={"width": f"{one.share}%"}), class_name="bar"),
        rx.el.small(
            number(one.documents),
            rx.cond(one.deleted > 0, rx.el.span(" − ", number(one.deleted))),
            class_name="mono",
        ),
        custom_attrs={"data-shard": one.shard},
    )


def fresh(snap: Snapshot) -> rx.Component:
    """How soon new tweets are found."""
    seen = snap.fresh
    return panel(
        "From posted to found",
        id="fresh",
        says="How long it took from a tweet's row to the commit after which searches find it.",
        source=(counted("in the last 30 s"), in_memory("up to which tweet everything can be found")),
        unit="ms",
        figure=rx.cond(
            seen.delays.samples > 0, rx.el.span("p95 ", rx.el.b(milliseconds(seen.delays.p95)), " ms"), "–"
        ),
        facts=(
            ("commit every", number(seen.every_s, 1), "s"),
            ("promised within", number(seen.promise_s), "s"),
            ("found since opened", number(seen.found), ""),
            ("waiting", number(seen.waiting), ""),
        ),
        body=rx.cond(
            seen.delays.samples > 0,
            histogram(
                seen.delays.buckets,
                label="Time from posted to found",
                p50=seen.delays.p50,
                p95=seen.delays.p95,
                p99=seen.delays.p99,
            ),
            _empty("Nothing was posted in the last 30 s."),
        ),
        table=data_table(
            seen.delays.buckets,
            [
                column("from, ms", lambda one: milliseconds(one.low), numeric=True),
                column("to, ms", lambda one: milliseconds(one.high), numeric=True),
                column("tweets", lambda one: number(one.samples), numeric=True),
            ],
            label="Time from posted to found",
        ),
    )


def shards(snap: Snapshot) -> rx.Component:
    """Which shards answer."""
    return panel(
        "Shards answering",
        id="shards",
        says="Every search asks all shards; an answer is as late as the last of them, and lacks those that do not answer.",
        source=(
            in_memory("the shards' nodes, and how long the last search waited for each"),
            read("disk", "segments and entries of each"),
            counted("since opened"),
        ),
        figure=rx.cond(
            snap.screen.partial != "",
            pill(rx.el.span("without ", snap.screen.partial), tone="error"),
            rx.el.span(rx.el.b(number(snap.cost.partial)), " answers lacked a shard"),
        ),
        body=rx.el.div(
            rx.cond(
                snap.shards.length() > 0,
                data_table(
                    snap.shards,
                    [
                        column("shard", lambda one: one.label),
                        column(
                            "state",
                            lambda one: rx.cond(
                                one.state == "up",
                                pill("up", tone="ok"),
                                pill(rx.el.span("✕ ", one.state), tone="error"),
                            ),
                        ),
                        column("last, ms", lambda one: milliseconds(one.took_ms), numeric=True),
                        column("calls", lambda one: number(one.calls), numeric=True),
                        column("failed", lambda one: number(one.errors), numeric=True),
                    ],
                    label="Shards and their copies",
                ),
                _empty("There are no shards: one process finds everything."),
            ),
            class_name="sd-stack",
        ),
        facts=(
            ("answers that lacked a shard", number(snap.cost.partial), ""),
            ("tweets on the page", number(snap.screen.tweets.length()), ""),
            ("of all", number(snap.screen.total), ""),
        ),
        table=data_table(
            snap.shards,
            [
                column("shard", lambda one: one.label),
                column("segments", lambda one: number(one.segments), numeric=True),
                column("entries", lambda one: number(one.documents), numeric=True),
            ],
            label="What the shards hold",
        ),
    )


def pages(snap: Snapshot) -> rx.Component:
    """What is kept for next pages."""
    seen = snap.pages
    return panel(
        "Page cache, by time",
        id="pages",
        says="Ids that are kept for an hour: a list by time that all readers of a query share, or the pages of one reader.",
        source=(
            read("valkey", "lists, shared ones first, their length, first ids and TTL"),
            counted("since opened"),
        ),
        figure=rx.el.span(rx.el.b(number(seen.lists)), " lists"),
        facts=(
            ("lists", number(seen.lists), ""),
            ("ids in them", number(seen.listed), ""),
            ("hits", number(seen.hits), ""),
            ("misses", number(seen.misses), ""),
            ("made room", number(seen.evicted), ""),
        ),
        body=rx.cond(
            seen.kept.length() > 0,
            rx.el.ol(rx.foreach(seen.kept, _kept), class_name="ts-kept", aria_label="Lists"),
            _empty("Nothing is kept."),
        ),
        table=data_table(
            seen.kept,
            [
                column("query", lambda one: one.query),
                column("kept as", lambda one: one.kind),
                column("ids", lambda one: number(one.size), numeric=True),
                column(
                    "complete up to", lambda one: rx.cond(one.upto > 0, number(one.upto), "–"), numeric=True
                ),
                column("s left", lambda one: number(one.ttl_s), numeric=True),
            ],
            label="Lists in the cache",
        ),
    )


def _kept(one: KeptView) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.b(one.query),
            rx.el.small(one.kind, " · ", number(one.size), " ids · ", number(one.ttl_s), " s left"),
            class_name="head",
        ),
        rx.el.div(rx.foreach(one.ids, lambda id: rx.el.span(number(id))), class_name="ids mono"),
    )


def hot(snap: Snapshot) -> rx.Component:
    """What is searched all the time."""
    seen = snap.hot
    return panel(
        "Hot terms",
        id="hot",
        says="How often terms were searched, each counting half after 10 s; what hot queries find is kept until a commit.",
        source=(in_memory("heat of the terms, and the kept answers"), counted("since opened")),
        figure=rx.el.span(rx.el.b(number(seen.hits)), " answered from here"),
        facts=(
            ("answered from here", number(seen.hits), ""),
            ("kept now", number(seen.kept), ""),
            ("emptied by commits", number(seen.forgotten), ""),
        ),
        body=rx.cond(
            seen.terms.length() > 0,
            chips(
                seen.terms,
                lambda one: one.term,
                tone=lambda one: rx.cond(one.hot, "miss", "none"),
                count=lambda one: rx.el.span(" ", number(one.heat, 1)),
                label="Terms, hottest first",
            ),
            _empty("Nothing was searched."),
        ),
        legend=legend(("miss", "hot")),
        table=data_table(
            seen.terms,
            [
                column("term", lambda one: one.term, mono=True),
                column("heat", lambda one: number(one.heat, 1), numeric=True),
                column("hot", lambda one: rx.cond(one.hot, "yes", "")),
            ],
            label="Hot terms",
        ),
    )


def score(snap: Snapshot) -> rx.Component:
    """BM25 by its parts."""
    return panel(
        "BM25, part by part",
        id="score",
        says="How well the first tweets on the page fit the words: rare terms count more, repeats less and less.",
        source=computed("from the archive's lists: in how many tweets a term is, how long tweets are"),
        figure=rx.cond(
            snap.scores.length() > 0, rx.el.span(rx.el.b(number(snap.scores.length())), " parts"), ""
        ),
        body=data_table(
            snap.scores,
            [
                column("tweet", lambda one: number(one.id), numeric=True),
                column("term", lambda one: one.term, mono=True),
                column("idf", lambda one: number(one.idf, 2), numeric=True),
                column("times", lambda one: one.frequency, numeric=True),
                column("saturation", lambda one: number(one.saturation, 2), numeric=True),
                column("adds", lambda one: number(one.score, 2), numeric=True),
            ],
            label="Parts of the scores",
            empty="Search for something.",
        ),
        table=data_table(
            snap.scores,
            [
                column("tweet", lambda one: one.text),
                column("term", lambda one: one.term, mono=True),
                column("adds", lambda one: number(one.score, 2), numeric=True),
            ],
            label="What each term adds",
        ),
    )


def cost(snap: Snapshot) -> rx.Component:
    """What searches cost."""
    seen = snap.cost
    return panel(
        "What searches cost",
        id="cost",
        says="Entries that were looked at whenever the index or the rows were asked; of shards, what their collectors saw.",
        source=counted("since opened"),
        figure=rx.el.span(rx.el.b(number(seen.per_search, 1)), " looked at each time"),
        facts=(
            ("first pages", number(seen.searches), ""),
            ("pages", number(seen.pages), ""),
            ("times asked", number(seen.asked), ""),
            ("looked at each time", number(seen.per_search, 1), "entries"),
            ("searches now", number(seen.searches_per_s, 1), "per s"),
        ),
    )


def source(snap: Snapshot) -> rx.Component:
    """The source of truth."""
    seen = snap.source
    return panel(
        "Source of truth",
        id="source",
        says="An archive that all rooms share and nobody changes, and the rows of the tweets that were posted here.",
        source=(
            read("sqlite", "COUNT of the rows of tweets and of news"),
            in_memory("the archive's columns, and the own index's lists"),
        ),
        figure=rx.cond(
            seen.building,
            pill("the index is being built", tone="miss"),
            rx.el.span(rx.el.b(number(seen.rows)), " rows"),
        ),
        facts=(
            ("tweets in the archive", number(seen.archive), ""),
            ("tweets posted here", number(seen.rows), ""),
            ("news kept", number(seen.news), ""),
            ("archive", number(seen.archive_mib, 1), "MiB, shared"),
            ("own index's lists", number(seen.lists_mib, 1), "MiB, shared"),
        ),
    )
