"""The inside of Yelp: each panel is a function from the live snapshot to a picture and its table."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components.charts import trend
from components.live import number
from components.panel import legend, panel
from components.postings import postings
from components.sources import computed, counted, in_memory, read
from components.swimlanes import swim_lanes
from components.tables import column, data_table, facts_table, pill
from designs.yelp.engine.city_places import CITY
from designs.yelp.inside.placemap import place_map
from designs.yelp.inside.views import PartView, Snapshot


def panels(snap: Snapshot) -> list[rx.Component]:
    """All panels, in reading order."""
    return [
        cells(snap),
        candidates(snap),
        score(snap),
        average(snap),
        ratings(snap),
        index(snap),
        cache(snap),
    ]


def _known(count: Any, digits: int = 0) -> Any:
    """A number that was read, or a dash before it was."""
    return rx.cond(count >= 0, number(count, digits), "–")


def cells(snap: Snapshot) -> rx.Component:
    """Where the search of the page looked."""
    shown = snap.explorer
    return panel(
        "Cells visited over the map",
        id="map",
        span=2,
        says="The search of the page: the cells that were asked for, what was found, and what was measured in vain.",
        source=in_memory("the last answer on the page, with its cells and candidates"),
        unit="cells",
        figure=rx.el.span(
            rx.el.b(number(shown.cells_asked)),
            " cells of ",
            rx.el.b(number(shown.level)),
            " letters · ",
            rx.el.b(number(shown.found)),
            " found",
        ),
        legend=legend(("miss", "asked for; or measured in vain"), ("selected", "found")),
        body=place_map(CITY, shown, label="Cells that were asked for", span=3200, cells=True),
        table=data_table(
            shown.cells,
            [
                column("cell", lambda one: one.name, mono=True),
                column("candidates in it", lambda one: number(one.count), numeric=True),
            ],
            label="Cells that were asked for",
        ),
    )


def candidates(snap: Snapshot) -> rx.Component:
    """Words and cells meet."""
    shown = snap.candidates
    plan = data_table(
        shown.plan,
        [
            column("step of the plan", lambda one: one.text, mono=True),
            column("rows", lambda one: _known(one.rows), numeric=True),
            column("thrown away", lambda one: _known(one.removed), numeric=True),
            column("ms", lambda one: _known(one.ms, 2), numeric=True),
        ],
        label="The search in SQL, as the database performs it",
        empty="The database is asked for its plan every two seconds.",
    )
    return panel(
        "Words ∩ places: candidates",
        id="candidates",
        span=2,
        says="What the search of the page looked at, measured and found. Lists of our own grid are walked step by step; "
        "tantivy tells the lengths of its lists only.",
        source=(
            in_memory("the last answer on the page"),
            counted("since opened, for the means of searches that were worked out"),
            computed("by the database: EXPLAIN of the search in SQL"),
        ),
        figure=rx.el.span(
            rx.el.b(number(shown.found)), " found of ", rx.el.b(number(shown.touched)), " looked at"
        ),
        facts=[
            ("looked at", number(shown.touched), "rows or entries"),
            ("measured", number(shown.candidates), "places"),
            ("in vain", number(shown.in_vain), "places"),
            ("found", number(shown.found), "places"),
        ],
        body=rx.el.div(
            rx.cond(
                shown.steps.length() > 0,
                postings(
                    shown.lists, shown.steps, walk=shown.walk, label="Lists that were walked", more=shown.more
                ),
                data_table(
                    shown.lists,
                    [
                        column("word", lambda one: one.label),
                        column("places that have it", lambda one: number(one.total), numeric=True),
                    ],
                    label="Lists of the words",
                    empty="No list was used: the rows of the table were compared.",
                ),
            ),
            plan,
            class_name="sd-stack ye-words",
        ),
        table=facts_table(
            [
                ("searches worked out", number(shown.worked), ""),
                ("looked at, mean", number(shown.touched_each, 1), ""),
                ("measured, mean", number(shown.candidates_each, 1), ""),
                ("in vain, mean", number(shown.vain_each, 1), ""),
                ("cells, mean", number(shown.cells_each, 1), ""),
                ("mean time", number(shown.ms_each, 2), "ms"),
                ("time of the last", number(shown.ms, 2), "ms"),
            ],
            label="What searches look at",
        ),
    )


def score(snap: Snapshot) -> rx.Component:
    """One score, taken apart."""
    shown = snap.score
    return panel(
        "One score, taken apart",
        id="score",
        says="The place that was pressed last, or the first of the list: each part from 0 to 1, times its weight.",
        source=(
            in_memory("the parts that the answer was ordered by"),
            computed("idf from the index's frequencies"),
        ),
        figure=rx.el.span(rx.el.b(number(shown.score, 1)), " points"),
        body=rx.el.div(
            rx.el.p(rx.el.b(shown.name), class_name="ye-apart"),
            rx.el.ul(rx.foreach(shown.parts, _part), class_name="ye-bars"),
            data_table(
                shown.words,
                [
                    column("word", lambda one: one.word),
                    column("places that have it", lambda one: number(one.places), numeric=True),
                    column("idf", lambda one: number(one.idf, 2), numeric=True),
                ],
                label="Words of the search",
                empty="No index, so no word tells more than another.",
            ),
            class_name="sd-stack",
        ),
        table=data_table(
            snap.explorer.hits,
            [
                column("", lambda one: number(one.rank), numeric=True),
                column("place", lambda one: one.name),
                column("words", lambda one: number(one.text, 1), numeric=True),
                column("nearness", lambda one: number(one.near, 1), numeric=True),
                column("rating", lambda one: number(one.rated, 1), numeric=True),
                column("points", lambda one: number(one.score, 1), numeric=True),
            ],
            label="Scores of the list",
        ),
    )


def _part(part: PartView) -> rx.Component:
    return rx.el.li(
        rx.el.span(part.label),
        rx.el.span(
            rx.el.i(style={"width": f"calc({part.points} * 1%)"}, custom_attrs={"data-tone": part.tone}),
            class_name="ye-track",
        ),
        rx.el.b(number(part.points, 1)),
        rx.el.small(number(part.value, 2), " × weight ", number(part.weight, 2), " · ", part.why),
    )


def average(snap: Snapshot) -> rx.Component:
    """Stored sums beside the rows."""
    shown = snap.average
    return panel(
        "Average and truth",
        id="average",
        span=2,
        says="The place that is open, or was rated last: its stored sums beside those of its rows, read at one moment; "
        "and who read and wrote them when.",
        source=(
            read("postgres", "the stored sums, and COUNT and SUM of the rows"),
            in_memory("the steps of the last ratings, as measured"),
            counted("since opened, below"),
        ),
        figure=rx.cond(
            shown.off > 0,
            pill(rx.el.span("✕ ", number(shown.off), " ratings missing in stored sums"), tone="error"),
            rx.cond(shown.off == 0, pill("✓ all in the stored sums", tone="ok"), "–"),
        ),
        facts=[
            ("stored", _known(shown.stored), "ratings"),
            ("in truth", _known(shown.true), "ratings"),
            ("stored average", _known(shown.stored_average, 3), "★"),
            ("true average", _known(shown.true_average, 3), "★"),
            ("begun again", number(shown.versions), "for a version"),
            ("given up by the database", number(shown.retried), "40001"),
        ],
        body=rx.el.div(
            rx.el.p(rx.el.code(shown.does, class_name="mono"), class_name="ye-sql"),
            rx.cond(
                shown.lanes.length() > 0,
                swim_lanes(shown.lanes, label="Who read and wrote the sums, last ratings of one place"),
                rx.el.p("Nobody has read or written sums yet.", class_name="sd-empty"),
            ),
            trend(
                ("missing in stored sums", "average.off", "error"),
                label="Ratings missing in stored sums",
                height=64,
            ),
            class_name="sd-stack",
        ),
        table=facts_table(
            [
                ("place", shown.name),
                ("version of its sums", _known(shown.version)),
                ("first ratings", number(shown.first)),
                ("edits of ratings", number(shown.edits)),
                ("row locked after some tries", number(shown.locked)),
                ("batches", number(shown.batches)),
                ("under way", number(shown.under_way)),
            ],
            label="Ratings and sums",
        ),
    )


def ratings(snap: Snapshot) -> rx.Component:
    """One rating per person."""
    shown = snap.ratings
    return panel(
        "One rating per person",
        id="ratings",
        says="People with more than one rating of a place; and how the last ratings were written.",
        source=(
            read("postgres", "the table of ratings, GROUP BY place and person"),
            in_memory("the steps of the last ratings, as measured"),
        ),
        figure=rx.cond(
            shown.doubles > 0,
            pill(rx.el.span("✕ ", number(shown.doubles), " people twice"), tone="error"),
            rx.cond(shown.doubles == 0, pill("✓ nobody twice", tone="ok"), "–"),
        ),
        facts=[("rows of ratings", _known(shown.total), ""), ("people twice", _known(shown.doubles), "")],
        body=rx.el.div(
            rx.cond(
                shown.lanes.length() > 0,
                swim_lanes(shown.lanes, label="How the last ratings of one place were written"),
                rx.el.p("Nobody has rated yet.", class_name="sd-empty"),
            ),
            rx.cond(
                shown.database == "SQLite",
                rx.el.p("SQLite: one writer, no row locks", class_name="sd-hint"),
                "",
            ),
            class_name="sd-stack",
        ),
        table=data_table(
            shown.who,
            [
                column("place", lambda one: one.place),
                column("by", lambda one: one.by),
                column("ratings", lambda one: number(one.ratings), numeric=True),
            ],
            label="People with several ratings of a place",
            empty="Nobody has more than one.",
        ),
    )


def index(snap: Snapshot) -> rx.Component:
    """What is on its way to the index."""
    shown = snap.lag
    return panel(
        "Index lag",
        id="index",
        span=2,
        says="Changed places on their way to the index: in the outbox, in the queue, or lost; and what the index has wrong.",
        source=(
            read("postgres", "rows of places, and the outbox"),
            read("valkey", "LLEN of the queue, GET of the worker's position"),
            read("index", "the revisions of edited places"),
            counted("since opened: written, sent, lost, answered by the database"),
        ),
        figure=rx.cond(
            shown.wrong > 0,
            pill(rx.el.span("✕ ", number(shown.wrong), " places wrong in the index"), tone="error"),
            rx.cond(shown.places >= 0, pill("✓ as the database has it", tone="ok"), "–"),
        ),
        facts=[
            ("wait in the outbox", _known(shown.waiting), "changes"),
            ("the oldest for", number(shown.oldest_s, 1), "s"),
            ("wait in the queue", _known(shown.queued), "messages"),
            ("lost", number(shown.lost), "messages"),
            ("wrong in the index", number(shown.wrong), "places"),
        ],
        body=trend(
            ("wait in the outbox", "lag.waiting", "s0"),
            ("wait in the queue", "lag.queued", "s2"),
            ("wrong in the index", "lag.wrong", "error"),
            label="Changes on their way",
        ),
        table=facts_table(
            [
                ("places in the index", number(shown.indexed)),
                ("rows of places", _known(shown.places)),
                ("rows in the outbox", _known(shown.news)),
                ("the worker's position in it", _known(shown.applied)),
                ("changes written to the index", number(shown.written)),
                ("messages sent", number(shown.sent)),
                ("searches answered by the database instead", number(shown.fallback)),
                ("wrong", shown.named.join(", ")),
            ],
            label="The index and its changes",
        ),
    )


def cache(snap: Snapshot) -> rx.Component:
    """Answers that are kept."""
    shown = snap.cache
    return panel(
        "Result cache",
        id="cache",
        says="Searches that were answered without being worked out, and those of them that were wrong by then.",
        source=(in_memory("the cache"), counted("since opened")),
        unit="answers",
        figure=rx.el.span(rx.el.b(number(shown.hit_pct)), " % from the cache"),
        facts=[
            ("kept", number(shown.kept), "answers"),
            ("hits", number(shown.hits), ""),
            ("misses", number(shown.misses), ""),
            ("wrong when given", number(shown.stale), "answers"),
            ("emptied", number(shown.cleared), "times"),
        ],
        body=trend(
            ("from the cache", "cache.hit_pct", "ok"), label="Answers from the cache", unit="%", height=64
        ),
    )
