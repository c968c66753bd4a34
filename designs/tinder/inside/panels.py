"""The inside of the matchmaker: each panel is a function from the live snapshot to a picture and its table."""

from __future__ import annotations

import reflex as rx

from components.charts import bit_array, trend
from components.live import number
from components.panel import legend, panel
from components.sources import computed, counted, in_memory, read
from components.swimlanes import swim_lanes
from components.tables import column, data_table, facts_table, gauge, pill, stat_tiles
from designs.tinder.inside.candidates import card_queue, geo_grid, score_bars
from designs.tinder.inside.views import (
    FilterView,
    PartitionView,
    QueueView,
    RaceView,
    Snapshot,
    SourceView,
)
from sdlab.lab.views import StepView


def panels(snap: Snapshot) -> list[rx.Component]:
    """All panels, in reading order."""
    return [
        queue(snap),
        score(snap),
        area(snap),
        refills(snap),
        bloom(snap),
        race(snap),
        again(snap),
        partitions(snap),
        stale(snap),
    ]


def queue(snap: Snapshot) -> rx.Component:
    """The prepared feed of the phone that was used last."""
    one = snap.queue
    ready = trend(
        ("cards ready", "queue.size", "ok"),
        ("refilled below", "queue.refill_below", "s7"),
        label="Cards held ready for the phone used last",
    )
    return panel(
        "My feed, ready",
        id="queue",
        span=2,
        says="The cards that the server holds ready for the phone used last, next one first, with their points.",
        source=read("valkey", "GET and ZRANGE of the feed's keys"),
        unit="cards",
        figure=rx.el.span(rx.el.b(one.who), " · ", rx.el.b(number(one.size)), " of ", number(one.capacity)),
        legend=legend(("good", "filled"), ("miss", "being refilled"), ("error", "out: no longer fits")),
        body=rx.el.div(
            card_queue(one, label="Cards in the queue, next one first"),
            gauge(
                one.expires_in,
                maximum=rx.cond(one.ttl > 0, one.ttl, 1),
                label="may be served for",
                shown=rx.el.span("at most ", number(one.expires_in), " of ", number(one.ttl), " s"),
            ),
            ready,
            rx.el.p(
                _origin(one), " Refilled below ", number(one.refill_below), " cards.", class_name="sd-hint"
            ),
            class_name="sd-stack",
        ),
        table=data_table(
            one.cards,
            [
                column("card", lambda card: rx.el.span(card.name, ", ", number(card.age))),
                column("km", lambda card: number(card.km, 1), numeric=True),
                column("points", lambda card: number(card.score, 1), numeric=True),
                column("fits", lambda card: rx.cond(card.fits, "yes", "no")),
            ],
            label="The prepared queue",
        ),
    )


def _origin(one: QueueView) -> rx.Component:
    """When a queue was built, and from what."""
    end = rx.cond(one.complete, "; there is nobody else.", ".")
    return rx.cond(
        one.exists,
        rx.el.span("Built at ", one.built_at, " from the ", one.source, end),
        rx.el.span("Nothing is held ready: the next request builds its feed itself."),
    )


def score(snap: Snapshot) -> rx.Component:
    """Why the first card is the first."""
    return panel(
        "Why this card is next",
        id="score",
        says="The points that ranked the first card in the queue. Bars are as long as the part may be at most.",
        source=read("valkey", "the points kept with the feed when it was ranked"),
        unit="points of 100",
        body=score_bars(snap.score),
        table=data_table(
            snap.score.parts,
            [
                column("part", lambda one: one.label),
                column("points", lambda one: number(one.points, 1), numeric=True),
                column("at most", lambda one: number(one.most), numeric=True),
                column("because", lambda one: one.why),
            ],
            label="Parts of the score",
        ),
    )


def area(snap: Snapshot) -> rx.Component:
    """The location index and the last search."""
    view = snap.map
    return panel(
        "Location index",
        id="map",
        says="Forty by forty km from above. A search reads the cells that its circle touches, and no others.",
        source=in_memory("the location index itself, and its last search for this person"),
        unit="people per cell",
        figure=rx.el.span(rx.el.b(number(view.candidates)), " fit"),
        legend=legend(
            ("selected", "people"),
            ("miss", "cell read"),
            ("good", "in the queue"),
            ("s3", "other phone"),
        ),
        facts=[
            ("cells read", number(view.looked), ""),
            ("examined", number(view.examined), "people"),
            ("fit", number(view.candidates), "people"),
            ("fullest cell", number(view.fullest), "people"),
        ],
        body=geo_grid(view, label="The area"),
        table=data_table(
            view.cells,
            [
                column("cell", lambda one: one.name, mono=True),
                column("people", lambda one: number(one.people), numeric=True),
                column("read", lambda one: rx.cond(one.looked, "yes", "no")),
            ],
            label="Cells of the index",
        ),
    )


def refills(snap: Snapshot) -> rx.Component:
    """What GET /feed costs from each source."""
    view = snap.refill

    def measured(one: SourceView, ms: rx.Var[float]) -> rx.Component:
        return rx.cond(one.asked > 0, number(ms, 2), "–")

    costs = data_table(
        view.sources,
        [
            column("source", lambda one: rx.cond(one.chosen, rx.el.b("● ", one.label), one.label)),
            column("asked", lambda one: number(one.asked), numeric=True),
            column("p50, ms", lambda one: measured(one, one.p50), numeric=True),
            column("p99, ms", lambda one: measured(one, one.p99), numeric=True),
        ],
        label="What a refill costs",
    )
    return panel(
        "What a refill costs",
        id="refill",
        says="GET /feed at the server, by where its feed came from. Switch the source to fill the other rows.",
        source=counted("since opened"),
        unit="ms",
        figure=rx.el.span(rx.el.b(number(view.refills)), " refills"),
        facts=[
            ("cards sent", number(view.cards), ""),
            ("built in background", number(view.in_background), "feeds"),
            ("the last took", number(view.background_ms, 1), "ms"),
            ("came empty", number(view.dry), "refills"),
        ],
        body=costs,
        table=costs,
    )


def race(snap: Snapshot) -> rx.Component:
    """The last mutual like, step by step."""
    one = snap.race
    missed = rx.el.span(number(one.missed), " missed since opened")
    return panel(
        "A mutual like on a time line",
        id="race",
        span=2,
        says="The newest pair that liked each other: what each read and wrote, and when the other replica heard.",
        source=(
            in_memory("the steps of both swipes, as measured"),
            read("valkey", "both matches, HLEN of the log"),
        ),
        unit="ms",
        figure=rx.el.span(
            rx.el.b(number(one.matches)),
            " matches · ",
            pill(missed, tone=rx.cond(one.missed > 0, "error", "ok")),
        ),
        legend=legend(
            ("selected", "write"), ("good", "saw the like"), ("miss", "saw nothing"), ("moved", "on its way")
        ),
        body=rx.cond(
            one.exists,
            _two_swipes(one),
            rx.el.p(
                "No mutual like yet. Swipe right on each other, or press “Both at once”.",
                class_name="sd-empty",
            ),
        ),
        table=data_table(
            one.lanes,
            [
                column("who", lambda lane: lane.label),
                column("steps", lambda lane: rx.foreach(lane.segments, _step)),
            ],
            label="Steps of two swipes",
        ),
    )


def _two_swipes(one: RaceView) -> rx.Component:
    return rx.el.div(
        swim_lanes(one.lanes, label="Two swipes"),
        rx.el.p(
            rx.cond(one.matched, "✓ A match. ", "✕ Missed: neither saw the other. "),
            "The swipes began ",
            number(one.apart_ms, 1),
            " ms apart.",
            class_name="sd-hint",
        ),
        rx.el.p(rx.foreach(one.missed_pairs, lambda pair: rx.el.span("✕ ", pair)), class_name="td-missed"),
        class_name="sd-stack",
    )


def _step(step: StepView) -> rx.Component:
    return rx.el.span(step.label, " ", number(step.start_ms, 2), "–", number(step.end_ms, 2), " ms; ")


def bloom(snap: Snapshot) -> rx.Component:
    """One person's filter beside the truth."""
    one = snap.filter
    facts = [
        ("wrong yeses", _measured(one, number(one.measured, 2)), "%"),
        ("theory", _measured(one, number(one.theory, 2)), "%"),
        ("hidden from them", _measured(one, number(one.hidden)), "people"),
        ("bits set", number(one.fill, 1), "%"),
        ("size", number(one.bits), "bits"),
        ("probes", number(one.hashes), "each"),
    ]
    more = [
        ("whose", one.who, ""),
        ("swipes in it", number(one.added), ""),
        ("measured at", _measured(one, number(one.measured_at)), "swipes"),
        ("asked for, not swiped", _measured(one, number(one.probed)), "people"),
        ("filters in memory", number(one.filters), ""),
        ("filters built", number(one.built), ""),
        ("swipes read for them", number(one.reread), ""),
        ("the last took", number(one.built_ms, 2), "ms"),
    ]
    bits = bit_array(one.cells, label="Bits of the filter", full=9, height=76)
    return panel(
        "A Bloom filter",
        id="filter",
        says="Bits set by their swipes. Everybody in the area is asked for, and the wrong yeses are counted.",
        source=(in_memory("the filter itself"), computed("wrong yeses from a copy of one moment")),
        figure=rx.el.span(rx.el.b(one.who), " · ", rx.el.b(number(one.added)), " swipes"),
        legend=legend(("selected", "share of bits set")),
        body=rx.cond(one.exists, rx.el.div(bits, stat_tiles(*facts), class_name="sd-stack"), _no_filter(one)),
        table=facts_table([*more, *facts], label="Bloom filter"),
    )


def _measured(one: FilterView, shown: rx.Component) -> rx.Component:
    """A figure of the measurement, once there is one."""
    return rx.cond(one.measured_at >= 0, shown, "–")


def _no_filter(one: FilterView) -> rx.Component:
    return rx.el.p(
        rx.el.b(one.who),
        " has ",
        number(one.history),
        " swipes; a filter is built from ",
        number(one.begins_at),
        " on, with “+ Bloom filter” chosen.",
        class_name="sd-empty",
    )


def again(snap: Snapshot) -> rx.Component:
    """The two ways to be wrong."""
    one = snap.again
    return panel(
        "Twice, or never",
        id="again",
        figure=one.by,
        says="A way to know who was swiped errs to one side: somebody is shown again, or never at all.",
        source=counted("since opened"),
        unit="people",
        facts=[
            ("shown again", number(one.shown_again), "cards"),
            ("hidden by a wrong yes", number(one.hidden), "people"),
            ("dropped by phones", number(one.by_phone), "cards"),
            ("asked a replica", number(one.by_replica), "times"),
            ("asked a filter", number(one.by_filter), "times"),
            ("a filter said yes", number(one.filter_yes), "times"),
            ("let through", number(one.let_through), "to be caught"),
        ],
        body=trend(
            ("shown again", "again.shown_again", "error"),
            ("hidden", "again.hidden", "miss"),
            label="Shown again and hidden since the lab was opened",
        ),
    )


def partitions(snap: Snapshot) -> rx.Component:
    """Where swipes lie."""
    store = snap.store
    return panel(
        "Swipe partitions",
        id="partitions",
        says="A person's swipes lie together, on the partition of whoever swiped. Two replicas tell each other.",
        source=(read("valkey", "HLEN of everybody's swipes, LLEN of both queues"), counted("since opened")),
        figure=rx.el.span(rx.el.b(number(store.total)), " swipes"),
        facts=[
            ("repeats since opened", number(store.repeats), "not counted"),
            ("on the way from west", number(store.behind_west), ""),
            ("from east", number(store.behind_east), ""),
            ("last lag", number(store.lag_ms), "ms"),
            ("now", number(store.per_second, 1), "swipes/s"),
        ],
        body=rx.el.ul(rx.foreach(store.partitions, _partition), class_name="td-bars"),
        table=data_table(
            store.partitions,
            [
                column("partition", lambda one: one.label),
                column("swipes", lambda one: number(one.swipes), numeric=True),
                column("people", lambda one: number(one.people), numeric=True),
                column(
                    "served by the pair partition of this number", lambda one: number(one.turns), numeric=True
                ),
            ],
            label="Swipes by partition",
        ),
    )


def _partition(one: PartitionView) -> rx.Component:
    return rx.el.li(
        rx.el.span(one.label),
        rx.el.span(rx.el.i(style={"width": f"calc({one.share} * 100%)"})),
        rx.el.span(number(one.swipes), " of ", number(one.people), " people"),
    )


def stale(snap: Snapshot) -> rx.Component:
    """Cards out of place."""
    one = snap.stale
    return panel(
        "Out of place: shown or taken out",
        id="stale",
        span=2,
        says="After a change of filters, location or age: cards shown that no longer fit, against those taken out.",
        source=(counted("since opened"), read("sqlite", "the outbox, for changes that wait")),
        unit="cards",
        figure=rx.cond(
            one.waiting > 0,
            pill(
                rx.el.span(number(one.waiting), rx.cond(one.waiting == 1, " change waits", " changes wait")),
                tone="miss",
            ),
            "",
        ),
        facts=[
            ("stale, shown", number(one.shown), "cards"),
            ("dropped", number(one.dropped), "own filters"),
            ("evicted", number(one.evicted), "others changed"),
            ("changes waiting", number(one.waiting), ""),
            ("in the outbox", number(one.news), "newest kept"),
            ("capture lag", number(one.lag_s, 1), "s"),
            ("changes applied", number(one.applied), ""),
            ("changed cell", number(one.crossed), "people"),
        ],
        body=trend(
            ("stale, shown", "stale.shown", "error"),
            ("dropped", "stale.dropped", "ok"),
            label="Stale cards since the lab was opened",
        ),
    )
