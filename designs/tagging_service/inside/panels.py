"""The inside of the tagging service: each panel is a function from the live snapshot to a picture and its table."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components.live import milliseconds, number
from components.panel import legend, panel
from components.plan_tree import plan_tree
from components.postings import postings as postings_picture
from components.sources import computed, counted, in_memory, read
from components.tables import column, data_table, gauge, pill
from designs.tagging_service.inside.views import CopyView, ShardView, SizeView, Snapshot, TagView


def panels(snap: Snapshot) -> list[rx.Component]:
    """All panels, in reading order."""
    return [
        postings(snap),
        plan(snap),
        copies(snap),
        shards(snap),
        counts(snap),
        sizes(snap),
        hot(snap),
        pairs(snap),
    ]


def postings(snap: Snapshot) -> rx.Component:
    """The lists of the query on the wall, and the walk over them."""
    walk = snap.walk
    return panel(
        "Posting lists, step by step",
        id="postings",
        span=2,
        says="The lists of the query on the wall on one axis of ids. Arcs are skip pointers; dashed ones lead too far. "
        "This walk is the textbook's; bitmaps do it in whole words.",
        source=(
            in_memory("the bitmaps, read out as sorted ids"),
            computed("by a walk with skip pointers over them"),
            read("valkey", "SCARD and MEMORY USAGE of the sets"),
        ),
        figure=rx.el.span(
            rx.el.b(number(walk.visited)), " ids looked at, ", rx.el.b(number(walk.skipped)), " skipped"
        ),
        legend=legend(("s0", "looked at"), ("s3", "skip"), ("s2", "too far"), ("s1", "in the answer")),
        body=rx.cond(
            walk.lists.length() > 0,  # type: ignore[attr-defined]
            postings_picture(
                walk.lists,
                walk.steps,
                walk=walk.name,
                more=walk.more,
                label="Posting lists and a walk over them",
            ),
            rx.el.p("Everything is on the wall: no list is read. Choose a tag.", class_name="sd-empty"),
        ),
        table=data_table(
            walk.lists,
            [
                column("list", lambda one: one.label),
                column("ids", lambda one: number(one.total), numeric=True),
                column("raw, 4 bytes each", lambda one: number(one.raw), numeric=True),
                column("gaps in varints", lambda one: number(one.packed), numeric=True),
                column("roaring", lambda one: number(one.bitmap), numeric=True),
                column("ids in Valkey", lambda one: number(one.in_valkey), numeric=True),
                column("set in Valkey", lambda one: number(one.set_bytes), numeric=True),
            ],
            label="Posting lists and their bytes",
            empty="No list is read.",
        ),
    )


def plan(snap: Snapshot) -> rx.Component:
    """What PostgreSQL says of the query on the wall."""
    shown = snap.plan
    return panel(
        "Query plan",
        id="plan",
        span=2,
        says="The join for the query on the wall, performed and explained by the database, and below it the other way "
        "round: the tags of picture 1. Lines are as wide as rows are many; the bar below a box is its own share of the time.",
        source=read("postgres", "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)"),
        figure=rx.el.span(rx.el.b(number(shown.looked_at)), " rows looked at"),
        legend=legend(("selected", "reads a table or an index"), ("miss", "own share of the time")),
        body=rx.cond(
            shown.steps.length() > 0,  # type: ignore[attr-defined]
            plan_tree(shown.steps, label="Query plan"),
            rx.el.p("Nobody has such a tag: nothing is asked.", class_name="sd-empty"),
        ),
        facts=[
            ("rows looked at", number(shown.looked_at), ""),
            ("execution", milliseconds(shown.ms), "ms"),
            ("planning", milliseconds(shown.planning_ms), "ms"),
            ("tags of picture 1", number(shown.item_pages), "pages"),
            ("found by", rx.cond(shown.item_by == "", "a scan", shown.item_by), ""),
            ("database", snap.database, ""),
        ],
        table=data_table(
            shown.steps,
            [
                column("step", lambda one: one.node),
                column("on", lambda one: one.on),
                column("condition", lambda one: one.condition, mono=True),
                column("rows", lambda one: number(one.rows), numeric=True),
                column("thrown away", lambda one: number(one.removed), numeric=True),
                column("loops", lambda one: number(one.loops), numeric=True),
                column("ms", lambda one: milliseconds(one.ms), numeric=True),
                column("pages hit", lambda one: number(one.hit), numeric=True),
                column("pages read", lambda one: number(one.read), numeric=True),
            ],
            label="Steps of the plan, outermost first",
            empty="Nothing is asked.",
        ),
    )


def copies(snap: Snapshot) -> rx.Component:
    """Four copies of one truth."""
    return panel(
        "Four copies",
        id="copies",
        says="All four are kept; one answers queries. Pairs and arrays are read at one moment; bitmaps and sets lack then "
        "what waits in the outbox. What one has otherwise while nothing is written is marked.",
        source=(
            read("postgres", "rows, array elements and pg_relation_size"),
            read("valkey", "SCARD and MEMORY USAGE of all sets"),
            in_memory("the bitmaps"),
            counted("since opened; writes by the mean of the last 200"),
        ),
        figure=rx.el.span(rx.el.b(number(snap.queries.asked)), " queries"),
        body=data_table(
            snap.copies,
            [
                column("copy", lambda one: one.id),
                column("pairs", lambda one: _pairs_of(one), numeric=True),
                column("bytes", lambda one: number(one.bytes), numeric=True),
                column("write, ms", lambda one: milliseconds(one.write_ms), numeric=True),
                column("answered", lambda one: number(one.answered), numeric=True),
            ],
            label="Copies of the pairs",
        ),
        facts=[
            ("waiting in the outbox", number(snap.pairs.waiting), ""),
            ("a query", milliseconds(snap.queries.ms), "ms"),
            ("a query for three tags", milliseconds(snap.queries.ms3), "ms"),
        ],
        table=data_table(
            snap.copies,
            [
                column("copy", lambda one: one.label),
                column("pairs", lambda one: number(one.pairs), numeric=True),
                column("away from the pair table", lambda one: number(one.apart), numeric=True),
                column("bytes", lambda one: number(one.bytes), numeric=True),
                column("writes", lambda one: number(one.writes), numeric=True),
                column("a write, ms", lambda one: milliseconds(one.write_ms), numeric=True),
                column("queries answered", lambda one: number(one.answered), numeric=True),
            ],
            label="Copies of the pairs, in full",
        ),
    )


def _pairs_of(one: CopyView) -> rx.Component:
    return rx.el.span(
        number(one.pairs),
        rx.cond(one.apart > 0, rx.el.span(" ", pill(rx.el.span("±", number(one.apart)), tone="error"))),
    )


def shards(snap: Snapshot) -> rx.Component:
    """Where the bitmaps lie, and whom the last query asked."""
    shown = snap.shards
    return panel(
        "Shards of the bitmap index",
        id="shards",
        says="How even the load is, and whom the last query for bitmaps asked. Queries that others answer ask none.",
        source=(
            in_memory("the bitmaps of each shard"),
            counted("since opened; load in the last ten seconds"),
        ),
        figure=rx.el.span(rx.el.b(number(shown.hottest)), " % on the busiest"),
        body=rx.el.div(
            rx.foreach(shown.shards, _shard),
            rx.el.p(
                rx.cond(
                    shown.asked > 0,
                    rx.el.span(
                        "The last query asked ",
                        number(shown.asked),
                        " of ",
                        number(shown.shards.length()),  # type: ignore[attr-defined]
                        " for ",
                        number(shown.lists),
                        " lists; ",
                        number(shown.travelled),
                        " bytes of ids travelled.",
                    ),
                    "No query has asked them yet.",
                ),
                class_name="sd-hint",
            ),
            class_name="sd-stack",
        ),
        table=data_table(
            shown.shards,
            [
                column("shard", lambda one: one.label),
                column("lists", lambda one: number(one.lists), numeric=True),
                column("ids", lambda one: number(one.ids), numeric=True),
                column("writes", lambda one: number(one.writes), numeric=True),
                column("reads", lambda one: number(one.reads), numeric=True),
                column("load, last 10 s", lambda one: number(one.load), numeric=True),
                column("gave the last query", lambda one: number(one.gave), numeric=True),
            ],
            label="Shards",
        ),
    )


def _shard(one: ShardView) -> rx.Component:
    tone = rx.cond(one.state == "down", "error", rx.cond(one.share > 60, "miss", "selected"))
    asked = rx.cond(one.asked, rx.el.span(" · asked, gave ", number(one.gave)), "")
    return gauge(
        one.share,
        maximum=100,
        label=one.label,
        shown=rx.el.span(number(one.share), " % of the load · ", number(one.lists), " lists", asked),
        tone=tone,
    )


def counts(snap: Snapshot) -> rx.Component:
    """Told beside counted."""
    shown = snap.counts
    return panel(
        "Counts: told and true",
        id="counts",
        says="What the tag cloud tells beside what the pairs say in the same look. The bound of an estimate holds for "
        "95 of 100 tags; that of a remembered count is what has changed since.",
        source=(
            read("postgres", "COUNT over the pairs"),
            computed("as the question says: counted, remembered in Valkey, or estimated from a TABLESAMPLE"),
        ),
        figure=rx.el.span(
            rx.el.b(number(shown.wrong)), " off, by ", rx.el.b(number(shown.largest)), " at most"
        ),
        facts=[
            ("tags that are off", number(shown.wrong), ""),
            ("largest error", number(shown.largest), ""),
            ("beyond the bound", number(shown.beyond), ""),
            ("age", number(shown.age_s, 1), "s"),
        ],
        table=data_table(
            snap.cloud,
            [
                column("tag", lambda one: one.name),
                column("told", lambda one: number(one.told), numeric=True),
                column("counted", lambda one: number(one.exact), numeric=True),
                column("off by", lambda one: _off(one), numeric=True),
                column("bound", lambda one: number(one.bound), numeric=True),
            ],
            label="Counts of the tag cloud",
        ),
    )


def _off(one: TagView) -> rx.Component:
    return rx.cond(one.within, rx.el.span(number(one.off)), pill(number(one.off), tone="error"))


def sizes(snap: Snapshot) -> rx.Component:
    """What tables and indexes take."""
    return panel(
        "Tables, indexes, bytes",
        id="sizes",
        says="What the database keeps for this room. Indexes are made and dropped as the question is answered.",
        source=read("postgres", "pg_relation_size, and the rows of pairs"),
        figure=rx.el.span(rx.el.b(number(snap.sizes.length())), " relations"),  # type: ignore[attr-defined]
        body=rx.cond(
            snap.sizes.length() > 0,  # type: ignore[attr-defined]
            rx.el.div(rx.foreach(snap.sizes, _size), class_name="sd-stack"),
            rx.el.p("SQLite keeps one file for all rooms and cannot say.", class_name="sd-empty"),
        ),
        facts=[
            ("pairs", number(snap.pairs.pairs), ""),
            ("heap and indexes for a pair", number(snap.pairs.pair_bytes, 1), "bytes"),
        ],
        table=data_table(
            snap.sizes,
            [
                column("relation", lambda one: one.name),
                column("bytes", lambda one: number(one.bytes), numeric=True),
            ],
            label="Tables and indexes",
            empty="Not known.",
        ),
    )


def _size(one: SizeView) -> rx.Component:
    return gauge(one.share, maximum=100, label=one.name, shown=rx.el.span(number(one.bytes), " bytes"))


def hot(snap: Snapshot) -> rx.Component:
    """The partial index and its two queries."""
    shown = snap.hot
    return panel(
        "Partial index: who can use it",
        id="hot",
        says="The query on the wall with and without “active only”. An index over the active part can only serve the "
        "one that says so.",
        source=read("postgres", "EXPLAIN of both queries, pg_relation_size"),
        figure=rx.cond(
            shown.bytes > 0, rx.el.span(rx.el.b(number(shown.bytes)), " bytes"), rx.el.span("there is none")
        ),
        body=rx.el.div(
            _query("active only", shown.active_by, shown.active_looked_at, uses=shown.active_uses),
            _query("all of them", shown.other_by, shown.other_looked_at, uses=shown.other_uses),
            class_name="sd-stack",
        ),
        facts=[
            ("active items", number(shown.share, 1), "%"),
            ("partial index", number(shown.bytes), "bytes"),
            ("whole (tag, item)", number(shown.whole_bytes), "bytes"),
        ],
        table=data_table(
            snap.sizes,
            [
                column("relation", lambda one: one.name),
                column("bytes", lambda one: number(one.bytes), numeric=True),
            ],
            label="Indexes beside it",
            empty="Not known.",
        ),
    )


def _query(name: str, by: Any, looked_at: Any, *, uses: Any) -> rx.Component:
    return rx.el.p(
        rx.el.b(name),
        ": ",
        by,
        ", ",
        number(looked_at),
        " rows looked at ",
        rx.cond(uses, pill("partial index", tone="ok"), pill("cannot use it", tone="none")),
    )


def pairs(snap: Snapshot) -> rx.Component:
    """The rows themselves, and what merges did to them."""
    shown = snap.pairs
    return panel(
        "Pairs",
        id="pairs",
        says="Doubled pairs are there twice; stranded ones lie under a tag that was merged into another, where no query "
        "finds them.",
        source=(
            read("postgres", "the rows of items, tags, pairs and the outbox"),
            counted("since opened"),
        ),
        figure=rx.el.span(rx.el.b(number(shown.pairs)), " pairs"),
        facts=[
            ("items", number(shown.pictures), ""),
            ("tags and synonyms", number(shown.tags), ""),
            ("pairs", number(shown.pairs), ""),
            ("doubled", number(shown.doubled), ""),
            ("stranded", number(shown.stranded), ""),
            ("in the outbox", number(shown.waiting), ""),
            ("put on", number(shown.added), ""),
            ("taken off", number(shown.removed), ""),
            ("merges", number(shown.merges), ""),
            ("moved by merges", number(shown.moved), ""),
            ("renames", number(shown.renames), ""),
        ],
    )
