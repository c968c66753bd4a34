"""The inside of location tracking: each panel is a function from the live snapshot to a picture and its table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import reflex as rx

from components.charts import hash_ring, trend
from components.live import number
from components.panel import legend, panel
from components.sources import computed, counted, in_memory, read
from components.tables import column, data_table, facts_table, pill, stat_tiles
from designs.location_tracking.engine.fleet import CITY
from designs.location_tracking.inside.citymap import city_map
from designs.location_tracking.inside.views import ApproachView, ShardsView, ShardView, Snapshot

AGES = ("< 0.5 s", "0.5–1 s", "1–2 s", "2–5 s", "5–10 s", "10–30 s", "> 30 s")


def panels(snap: Snapshot) -> list[rx.Component]:
    """All panels, in reading order."""
    return [
        index_map(snap),
        examined(snap),
        costs(snap),
        density(snap),
        buses(snap),
        shards(snap),
        connections(snap),
    ]


def index_map(snap: Snapshot) -> rx.Component:
    """The cells of the index over the city, and where the last query looked."""
    query = snap.query
    return panel(
        "The index over the map",
        id="map",
        span=2,
        says="Cells that hold points, darker with more of them. Tap the map on the left: the cells that were looked into.",
        source=in_memory("the index; a full scan of the same points for what was missed"),
        unit=snap.index_label,
        figure=rx.cond(
            snap.density.cells > 0,
            rx.el.span(rx.el.b(number(snap.cells_shown)), " cells drawn of ", number(snap.density.cells)),
            rx.cond(
                snap.cells_shown > 0,
                rx.el.span(rx.el.b(number(snap.cells_shown)), " cells drawn: looked into, or of a geofence"),
                "",
            ),
        ),
        legend=legend(
            ("selected", "cell with points"),
            ("miss", "looked into"),
            ("s1", "found"),
            ("error", "missed, or silent"),
        ),
        body=city_map(
            CITY,
            label="Cells of the index",
            points=snap.points,
            cells=snap.cells,
            query=query,
            fences=snap.fences,
        ),
        table=data_table(
            query.hits,
            [
                column("bus", lambda one: one.id),
                column("metres", lambda one: number(one.metres), numeric=True),
                column(
                    "answer",
                    lambda one: rx.cond(
                        one.missed, "missed", rx.cond(one.right, "right", "not among the nearest")
                    ),
                ),
            ],
            label="The last query's answer",
        ),
    )


def examined(snap: Snapshot) -> rx.Component:
    """What the last query cost."""
    query = snap.query
    return panel(
        "Looked at for one answer",
        id="examined",
        says="The last query: points the index looked at, beside those it returned and those there are.",
        source=(
            in_memory("the last answer, of the moment it was asked for"),
            counted("since opened, for the mean"),
        ),
        figure=rx.cond(query.missed > 0, pill(rx.el.span(number(query.missed), " missed"), tone="error"), ""),
        facts=[
            ("looked at", number(query.examined), "points"),
            ("in", number(query.cells), "cells"),
            ("returned", number(query.returned), "buses"),
            ("of all", number(query.total), "points"),
            ("search", number(query.ms, 3), "ms"),
            ("mean looked at", number(snap.totals.examined_each, 1), "points"),
        ],
        body=trend(
            ("looked at per query", "totals.examined_each", "s0"),
            label="Points looked at per query, mean since the lab was opened",
            digits=1,
        ),
        table=facts_table([("asked by", query.by), ("missed", number(query.missed))], label="The last query"),
    )


def costs(snap: Snapshot) -> rx.Component:
    """All five indexes on the same points."""
    return panel(
        "What each index costs",
        id="costs",
        span=2,
        says="Each index was built once, of as many points; some are moved, some asked, in turn. "
        "A bar is a share of the dearest in its own column.",
        source=computed(
            "from timed runs on points of their own, spread as the buses are; distance and order by all alike"
        ),
        unit="µs",
        figure=rx.cond(
            snap.config["measured"].to(float) > 0,
            rx.el.span(rx.el.b(number(snap.config["measured"])), " points"),
            "",
        ),
        legend=legend(("s0", "an update"), ("s3", "five nearest")),
        body=rx.el.div(
            _axis(
                snap, "µs per update", "", lambda one: one.update_share, lambda one: number(one.update_us, 2)
            ),
            _axis(snap, "µs per query", "two", lambda one: one.query_share, lambda one: number(one.query_us)),
            class_name="cm-axes",
        ),
        table=data_table(
            snap.approaches,
            [
                column("index", lambda one: one.label),
                column(
                    "µs per update", lambda one: _if_measured(one, number(one.update_us, 2)), numeric=True
                ),
                column("µs per query", lambda one: _if_measured(one, number(one.query_us, 1)), numeric=True),
                column("looked at", lambda one: _if_measured(one, number(one.examined, 1)), numeric=True),
                column("cells", lambda one: _if_measured(one, number(one.cells, 1)), numeric=True),
                column(
                    "splits and merges per update",
                    lambda one: _if_measured(one, number(one.splits, 3)),
                    numeric=True,
                ),
                column(
                    "right",
                    lambda one: _if_measured(one, rx.el.span(number(one.right), " of ", number(one.asked))),
                    numeric=True,
                ),
                column("points", lambda one: _if_measured(one, number(one.points)), numeric=True),
            ],
            label="Costs of each index",
        ),
    )


def _if_measured(one: ApproachView, shown: Any) -> Any:
    return rx.cond(one.asked > 0, shown, "–")


def _axis(
    snap: Snapshot,
    title: str,
    tone: str,
    share: Callable[[ApproachView], Any],
    shown: Callable[[ApproachView], Any],
) -> rx.Component:
    """One measure of all indexes, on an axis of its own."""

    def cost(one: ApproachView) -> rx.Component:
        bar = rx.el.i(class_name=tone, style={"width": f"calc({share(one)} * 1%)"})
        return rx.el.li(
            rx.el.span(one.label),
            rx.el.span(rx.cond(one.asked > 0, bar, "")),
            rx.el.span(_if_measured(one, shown(one))),
            custom_attrs={"data-chosen": rx.cond(one.chosen, "true", "false")},
        )

    return rx.el.div(
        rx.el.p(title, class_name="sd-hint"),
        rx.el.ul(rx.foreach(snap.approaches, cost), class_name="cm-bars"),
    )


def density(snap: Snapshot) -> rx.Component:
    """How evenly points fill the cells."""
    shown = snap.density
    facts = [
        ("cells with points", number(shown.cells), ""),
        ("splits", number(shown.splits), ""),
        ("merges", number(shown.merges), ""),
        ("both", number(shown.rate, 1), "per s"),
    ]
    bars = rx.el.div(
        rx.foreach(
            shown.counts,
            lambda count: rx.el.i(style={"height": f"calc({count} / max(1, {shown.fullest}) * 100%)"}),
        ),
        class_name="cm-density",
        role="img",
        aria_label="Points in the forty fullest cells",
    )
    return panel(
        "How full the cells are",
        id="density",
        says="The forty fullest cells, fullest first. A grid keeps its cells; a tree splits the full ones.",
        source=in_memory("the index's cells"),
        unit="points",
        figure=rx.el.span(
            "fullest ", rx.el.b(number(shown.fullest)), " · mean ", rx.el.b(number(shown.mean, 1))
        ),
        body=rx.cond(
            shown.counts.length() > 0,
            rx.el.div(bars, stat_tiles(*facts), class_name="sd-stack"),
            rx.el.p("This index has no cells of its own, or no points yet.", class_name="sd-empty"),
        ),
        table=facts_table(
            [
                *facts,
                ("in the fullest", number(shown.fullest), "points"),
                ("in the mean cell", number(shown.mean, 1), "points"),
            ],
            label="Density of the index",
        ),
    )


def shards(snap: Snapshot) -> rx.Component:
    """Which shard holds whom."""
    shown = snap.shards
    ring = hash_ring(
        shown.segments,
        label="Key space by shard",
        centre=number(shown.shards.length()),
        unit="shards",
        size=120,
    )
    loads = rx.el.ul(rx.foreach(shown.shards, _shard), class_name="cm-bars", style={"flex": "1 1 180px"})
    return panel(
        "Shards of last positions",
        id="shards",
        says="A cell's name, hashed, leads to the shard of its buses. A bus that leaves its cell may change shard.",
        source=(
            read("valkey", "HLEN of each shard's hash"),
            in_memory("cells with buses, and who owns them"),
            counted("since opened, for moves"),
        ),
        unit="buses",
        figure=rx.el.span(rx.el.b(number(shown.moved)), " moved"),
        body=rx.el.div(
            rx.el.div(ring, loads, class_name="cm-row"),
            rx.cond(shown.resharded_of > 0, _resharded(shown)),
            class_name="sd-stack",
        ),
        table=data_table(
            shown.shards,
            [
                column("shard", lambda one: one.label),
                column("buses", lambda one: rx.cond(one.buses >= 0, number(one.buses), "–"), numeric=True),
                column("cells", lambda one: number(one.cells), numeric=True),
                column("share", lambda one: rx.el.span(number(one.part, 1), " %"), numeric=True),
                column("state", lambda one: rx.cond(one.up, "up", "down")),
            ],
            label="Shards",
        ),
    )


def _resharded(shown: ShardsView) -> rx.Component:
    return rx.el.p(
        "The last change of the shards moved ",
        rx.el.b(number(shown.resharded)),
        " of ",
        number(shown.resharded_of),
        " positions.",
        class_name="sd-hint",
    )


def _shard(one: ShardView) -> rx.Component:
    return rx.el.li(
        rx.el.span(one.label),
        rx.el.span(rx.el.i(style={"width": f"calc({one.part} * 1%)"})),
        rx.el.span(
            rx.cond(one.up, rx.cond(one.buses >= 0, rx.el.span(number(one.buses), " buses"), "–"), "✕ down")
        ),
    )


def connections(snap: Snapshot) -> rx.Component:
    """How fresh the positions are, and who is connected."""
    shown, sums = snap.connections, snap.totals
    return panel(
        "Freshness and connections",
        id="connections",
        span=3,
        says="Ages of the last positions of the fleet; positions that came too late; open WebSockets of this room.",
        source=(
            in_memory("ages of the newest positions; the open sockets"),
            counted("since opened; rates in the last 10 s"),
        ),
        unit="s",
        figure=rx.cond(
            shown.age_p50 >= 0,
            rx.el.span(
                "age p50 ",
                rx.el.b(number(shown.age_p50, 1)),
                " · p99 ",
                rx.el.b(number(shown.age_p99, 1)),
                " s",
            ),
            "no position yet",
        ),
        facts=[
            ("positions", number(sums.rate), "per s"),
            ("dropped as late", number(sums.dropped), ""),
            ("stale buses", number(shown.stale), ""),
            ("send", number(shown.sending), "sockets"),
            ("follow", number(shown.following), "sockets"),
            (
                "cut · back for the same bus",
                rx.el.span(number(shown.dropped), " · ", number(shown.resumed)),
                "",
            ),
        ],
        body=trend(
            ("positions per second", "totals.rate", "s0"),
            ("dropped per second", "totals.drop_rate", "error"),
            label="Positions",
            unit="per s",
        ),
        table=facts_table(
            [
                *[(f"buses with an age of {name}", number(shown.ages[n])) for n, name in enumerate(AGES)],
                ("positions refused", number(sums.refused)),
                ("messages sent to followers", number(shown.sent)),
                ("bytes of them", number(shown.sent_bytes)),
                ("overwritten before they were sent", number(shown.overwritten)),
            ],
            label="Ages and messages",
        ),
    )


def buses(snap: Snapshot) -> rx.Component:
    """The buses that people follow."""
    table = data_table(
        snap.buses,
        [
            column("bus", lambda one: one.label),
            column("near", lambda one: one.where),
            column("cell", lambda one: one.cell, mono=True),
            column("shard", lambda one: rx.cond(one.shards != "", one.shards, "–"), numeric=True),
            column("km/h", lambda one: rx.cond(one.kmh >= 0, number(one.kmh), "–"), numeric=True),
            column(
                "age",
                lambda one: rx.cond(
                    one.age < 0,
                    "–",
                    rx.cond(one.stale, pill("✕ silent", tone="error"), rx.el.span(number(one.age, 1), " s")),
                ),
                numeric=True,
            ),
        ],
        label="Buses with a route",
    )
    return panel(
        "Last positions",
        id="buses",
        span=2,
        says="The newest positions of the six buses with a route, as the shards hold them; their tracks are rows.",
        source=(
            read("valkey", "HMGET of these buses on every shard"),
            read("sqlite", "COUNT of the track rows"),
            in_memory("speeds"),
        ),
        figure=rx.el.span(rx.el.b(_known(snap.totals.track_rows)), " rows of track"),
        body=table,
        table=facts_table(
            [
                ("buses known, in memory", number(snap.totals.known)),
                ("positions stored, since opened", number(snap.totals.stored)),
                ("rows of track", _known(snap.totals.track_rows)),
                ("alerts, since opened", number(snap.totals.alerts)),
            ],
            label="Last positions",
        ),
    )


def _known(count: Any) -> Any:
    """A number that was read, or a dash before it was."""
    return rx.cond(count >= 0, number(count), "–")
