"""The inside of Twitter: each panel is a function from the live snapshot to a picture and the same data as a table."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components.charts import trend
from components.live import milliseconds, number
from components.panel import legend, panel
from components.postings import postings as postings_picture
from components.sources import computed, counted, in_memory, read
from components.tables import column, data_table, facts_table, pill
from designs.twitter.inside.views import Snapshot


def panels(snap: Snapshot) -> list[rx.Component]:
    """All panels, in reading order."""
    return [
        counts(snap),
        writes(snap),
        once(snap),
        postings(snap),
        ranking(snap),
        paging(snap),
        pages(snap),
        removal(snap),
        lag(snap),
    ]


def _known(count: Any) -> Any:
    """A number that was read, or a dash before it was, or where it is lost."""
    return rx.cond(count >= 0, number(count), "–")


def _of(count: Any, figure: Any) -> Any:
    """What is figured from so many, or a dash while there are none."""
    return rx.cond(count > 0, figure, "–")


def _scrolling(table: rx.Component, label: str) -> rx.Component:
    """A table that may be wider than its panel."""
    return rx.el.div(table, class_name="sd-scroll", tab_index=0, role="region", aria_label=label)


def counts(snap: Snapshot) -> rx.Component:
    """Redis, the database, and the people, of the most liked tweet and of others."""
    shown = snap.counts
    rows = data_table(
        shown.stages,
        [
            column("tweet", lambda one: one.text),
            column("Redis", lambda one: rx.cond(one.exact >= 0, number(one.exact), "lost"), numeric=True),
            column("database", lambda one: number(one.flushed), numeric=True),
            column("people", lambda one: number(one.people), numeric=True),
            column("behind", lambda one: number(one.lag), numeric=True),
            column("allowed", lambda one: number(one.allowed), numeric=True),
        ],
        label="Tweets that were liked lately, what was liked by hand first",
        empty="Nothing was liked yet. Like the tweet on top.",
    )
    return panel(
        "Redis against the database",
        id="counts",
        says="The most liked tweet of late: the count in Redis goes on, the one in the database waits for its threshold.",
        source=(
            read("valkey", "HGET of the counts"),
            read("sqlite", "the stored counts, and COUNT of the likes"),
            computed("what the rule allows the database to be behind"),
        ),
        unit="likes",
        figure=rx.el.span(
            rx.el.b(_known(shown.exact)), " in Redis · ", rx.el.b(_known(shown.flushed)), " stored"
        ),
        facts=[
            ("people who like it", _known(shown.people), ""),
            ("next write at", number(shown.next), "likes"),
        ],
        body=rx.el.div(
            trend(
                ("Redis", "counts.exact", "s0"),
                ("database", "counts.flushed", "miss"),
                ("people", "counts.people", "ok"),
                label="Likes of the most liked tweet, each step up doubles",
                unit="likes",
                height=120,
                log=True,
            ),
            _scrolling(rows, "Tweets that were liked lately"),
            class_name="sd-stack",
        ),
        table=rows,
        span=2,
    )


def writes(snap: Snapshot) -> rx.Component:
    """What the rule saves."""
    shown = snap.writes
    return panel(
        "Database writes saved",
        id="writes",
        says="A like is a new row in any case; what is saved are the writes of the count, of one row that all want.",
        source=(counted("since opened"), computed("for a million likes, by the rule in force")),
        unit="writes",
        figure=rx.el.span(rx.el.b(number(shown.saved)), " saved"),
        facts=[
            ("changes counted", number(shown.likes), ""),
            ("writes of counts", number(shown.writes), ""),
            ("most liked tweet", number(shown.hot_likes), "likes"),
            ("its writes since opened", number(shown.hot_writes), ""),
            ("writes for a million", number(shown.for_million), ""),
        ],
        body=trend(
            ("changes", "writes.likes", "s0"),
            ("writes", "writes.writes", "error"),
            label="Changes and writes since opened, each step up doubles",
            height=84,
            log=True,
        ),
        table=facts_table(
            [("changes per write", _of(shown.writes, number(shown.per_write, 1)))],
            label="Database writes saved",
        ),
    )


def once(snap: Snapshot) -> rx.Component:
    """Presses, likes, people."""
    shown = snap.once
    return panel(
        "Likes and people",
        id="once",
        says="Of each press: did it count? And does the count of the most liked tweet equal the people who like it?",
        source=(
            counted("since opened"),
            read("valkey", "HGET of the count"),
            read("sqlite", "COUNT of the likes"),
        ),
        figure=rx.cond(
            shown.surplus > 0,
            pill(rx.el.span("✕ ", number(shown.surplus), " that nobody gave"), tone="error"),
            pill("✓ one per person", tone="ok"),
        ),
        facts=[
            ("presses", number(shown.presses), ""),
            ("counted", number(shown.counted), ""),
            ("pressed before", number(shown.repeats), ""),
            ("rows of likes", _known(shown.rows), ""),
            ("losses of Redis", number(shown.losses), ""),
            ("counts built again", number(shown.rebuilt), ""),
        ],
        body=trend(
            ("counted", "once.count_now", "s0"),
            ("people", "once.people_now", "ok"),
            label="Count and people of the most liked tweet",
            height=72,
        ),
        table=facts_table(
            [("count", number(shown.count_now)), ("people", number(shown.people_now))],
            label="Likes and people",
        ),
    )


def postings(snap: Snapshot) -> rx.Component:
    """The lists of the newest search."""
    shown = snap.postings
    lists = data_table(
        shown.lists,
        [
            column("word", lambda one: one.label, mono=True),
            column("in this room", lambda one: number(one.total), numeric=True),
            column("in the archive", lambda one: number(one.sealed), numeric=True),
        ],
        label="Posting lists",
        empty="No lists were read: nobody has searched, or every text was compared.",
    )
    return panel(
        "Inverted index",
        id="postings",
        says="The newest search: the list of each of its words in the growing segment, and the walk to what is in all.",
        source=(
            in_memory("the posting lists, and the walk of the newest search"),
            counted("since opened"),
        ),
        unit="entries",
        figure=rx.el.span(rx.el.b(_of(shown.searches, number(shown.per_search))), " looked at per search"),
        facts=[
            ("found", _of(shown.searches, number(shown.found)), "tweets"),
            ("looked at", _of(shown.searches, number(shown.looked_at)), "entries or rows"),
            ("searches", number(shown.searches), ""),
            ("terms", number(shown.terms), ""),
            ("in the growing segment", number(shown.documents), "tweets"),
        ],
        body=rx.el.div(
            rx.cond(
                shown.lists.length() > 0,
                postings_picture(
                    shown.lists,
                    shown.steps,
                    walk=shown.walk,
                    label="Lists of the newest search",
                    more=shown.more,
                ),
            ),
            rx.cond(shown.term != "", rx.el.p("“", shown.term, "”: ", shown.approach, class_name="sd-hint")),
            class_name="sd-stack",
        ),
        table=lists,
        span=2,
    )


def ranking(snap: Snapshot) -> rx.Component:
    """The first page by likes, against the rows."""
    shown = snap.ranking
    rows = data_table(
        shown.rows,
        [
            column("place", lambda one: one.place, numeric=True),
            column("tweet", lambda one: one.text),
            column("sorted by", lambda one: number(one.likes), numeric=True),
            column("stored", lambda one: number(one.stored), numeric=True),
            column("true", lambda one: number(one.true), numeric=True),
        ],
        label="First page of the newest search by likes",
        empty="Nobody has searched by likes yet.",
    )
    return panel(
        "Order by likes",
        id="ranking",
        says="The first page of the newest search by likes, against the rows a moment later.",
        source=(
            in_memory("the last first page that was judged"),
            counted("since opened, against the rows of likes"),
        ),
        unit="tweets",
        figure=rx.el.span(rx.el.b(_of(shown.judged, number(shown.per_page, 2))), " out of order per page"),
        facts=[
            ("first pages judged", number(shown.judged), ""),
            ("below one with fewer", number(shown.misplaced), "tweets"),
            ("not on the page", number(shown.missing), "tweets"),
            ("exact counts read", number(shown.counts_read), ""),
        ],
        body=_scrolling(rows, "First page of the newest search by likes"),
        table=rows,
    )


def paging(snap: Snapshot) -> rx.Component:
    """Repeats and gaps."""
    shown = snap.paging
    return panel(
        "Repeats and gaps",
        id="paging",
        says="What people who scrolled were shown twice or never, against what stood there before and after.",
        source=counted("since opened"),
        unit="tweets",
        figure=rx.el.span(rx.el.b(number(shown.repeats)), " twice · ", rx.el.b(number(shown.gaps)), " never"),
        facts=[
            ("scrolls", number(shown.scrolls), ""),
            ("pages", number(shown.pages), ""),
            ("questions asked", number(shown.reads), ""),
        ],
        body=trend(
            ("twice", "paging.repeats", "error"),
            ("never", "paging.gaps", "miss"),
            label="Tweets shown twice or never",
            height=64,
        ),
        legend=legend(("error", "shown twice"), ("miss", "never shown")),
        table=facts_table([("a page begins by", shown.form)], label="Repeats and gaps"),
    )


def pages(snap: Snapshot) -> rx.Component:
    """What is kept for those who scroll."""
    shown = snap.pages
    rows = data_table(
        shown.kept,
        [
            column("for", lambda one: one.label),
            column("from page", lambda one: number(one.began), numeric=True),
            column("tweets", lambda one: number(one.tweets), numeric=True),
            column("bytes", lambda one: number(one.size), numeric=True),
            column("given", lambda one: number(one.hits), numeric=True),
        ],
        label="Pages in the cache",
        empty="Nothing is kept: a cursor and an offset ask again for each page.",
    )
    return panel(
        "Pages in the cache",
        id="pages",
        says="What was read ahead for somebody who scrolls, and what that saves.",
        source=(in_memory("the page cache"), counted("since opened")),
        unit="bytes",
        figure=rx.el.span(rx.el.b(number(shown.bytes)), " bytes"),
        facts=[
            ("kept", number(shown.held), "answers"),
            ("hits", number(shown.hits), "pages"),
            ("misses", number(shown.misses), "pages"),
            ("pages given", number(shown.pages), ""),
            ("questions asked", number(shown.reads), ""),
            ("tweets read for them", number(shown.rows), ""),
        ],
        body=_scrolling(rows, "Pages in the cache"),
        table=rows,
    )


def removal(snap: Snapshot) -> rx.Component:
    """Where deleted tweets still are."""
    shown = snap.removal
    return panel(
        "Deleted, and still somewhere",
        id="removal",
        says="Of the tweets that were deleted: how many the index, kept pages and counts still have, and who saw them.",
        source=(
            read("sqlite", "COUNT of the rows that are marked"),
            in_memory("index and kept pages, for what was deleted since opened"),
            counted("since opened"),
        ),
        unit="tweets",
        figure=rx.cond(
            shown.leaked > 0,
            pill(rx.el.span("✕ shown ", number(shown.leaked), " times"), tone="error"),
            pill("✓ nowhere", tone="ok"),
        ),
        facts=[
            ("rows marked as deleted", _known(shown.deleted), ""),
            ("of those in the index", number(shown.in_index), ""),
            ("in kept pages", number(shown.in_pages), ""),
            ("in the counts", number(shown.in_counts), ""),
        ],
        body=trend(
            ("in the index", "removal.in_index", "miss"),
            ("shown", "removal.leaked", "error"),
            label="Deleted tweets that are still somewhere",
            height=64,
        ),
        table=facts_table([("shown afterwards", number(shown.leaked))], label="Deleted, and still somewhere"),
    )


def lag(snap: Snapshot) -> rx.Component:
    """How far the index is behind."""
    shown = snap.lag
    return panel(
        "Outbox and index",
        id="lag",
        says="Changes wait in the outbox until the indexer comes; a probe tweets and searches until it finds itself.",
        source=(read("sqlite", "COUNT of the outbox and of the tweets"), counted("since opened")),
        unit="changes",
        figure=rx.el.span(rx.el.b(_known(shown.waiting)), " waiting"),
        facts=[
            ("oldest", _of(shown.waiting, number(shown.oldest_s, 1)), "s"),
            ("rows of the outbox", _known(shown.news), ""),
            ("rows of tweets", _known(shown.tweets), ""),
            ("indexed", number(shown.put), "tweets"),
            ("removed", number(shown.removed), "tweets"),
            ("counts", number(shown.counted), ""),
            ("probes found", number(shown.probes), ""),
            ("found within, p50", _of(shown.probes, milliseconds(shown.p50)), "ms"),
            ("slowest", _of(shown.probes, milliseconds(shown.slowest)), "ms"),
        ],
        body=trend(("waiting", "lag.waiting", "miss"), label="Changes waiting", height=64),
        table=facts_table([("changes waiting", _known(shown.waiting))], label="Outbox and index"),
    )
