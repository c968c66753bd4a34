"""The inside of the counter: each panel is a function from the live snapshot to a picture and its table."""

from __future__ import annotations

import reflex as rx

from components.charts import trend
from components.live import number
from components.panel import legend, panel
from components.sources import computed, read
from components.tables import pill
from sdlab.template.sprout.inside.views import Snapshot


def panels(snap: Snapshot) -> list[rx.Component]:
    """All panels, in reading order."""
    return [total(snap), growth(snap), journal(snap), lost(snap)]


def total(snap: Snapshot) -> rx.Component:
    """The counter beside its journal."""
    shown = snap.shown
    return panel(
        "Counter and journal",
        id="total",
        says="The counter's key beside the sum of the acknowledged rows, read in one look.",
        source=(read("valkey", "GET of the counter's key"), read("sqlite", "the rows of the journal")),
        figure=rx.el.b(number(shown.total)),
        facts=[
            ("counter", number(shown.total), ""),
            ("journal", number(shown.journal), ""),
            ("lost", number(shown.lost), "adds"),
        ],
    )


def growth(snap: Snapshot) -> rx.Component:
    """Both over time."""
    shown = snap.shown
    return panel(
        "As it grew",
        id="growth",
        says="Counter and journal in the frames that this page has seen. They part when an add is lost.",
        source=(read("valkey", "GET of the counter's key"), read("sqlite", "the rows of the journal")),
        body=trend(
            ("counter", "shown.total", "ok"), ("journal", "shown.journal", "miss"), label="Growth", height=84
        ),
        legend=legend(("good", "counter"), ("s2", "journal")),
        facts=[("counter", number(shown.total), ""), ("journal", number(shown.journal), "")],
    )


def journal(snap: Snapshot) -> rx.Component:
    """How many rows."""
    shown = snap.shown
    return panel(
        "Journal",
        id="journal",
        says="One row per acknowledged add.",
        source=read("sqlite", "the rows of the journal"),
        unit="rows",
        figure=rx.el.b(number(shown.adds)),
        facts=[("rows", number(shown.adds), ""), ("what they come to", number(shown.journal), "")],
    )


def lost(snap: Snapshot) -> rx.Component:
    """What the race has cost."""
    shown = snap.shown
    return panel(
        "Lost adds",
        id="lost",
        says="What the journal has and the counter has not.",
        source=computed("from one look at both stores"),
        figure=rx.cond(
            shown.lost > 0,
            pill(rx.el.span("✕ ", number(shown.lost), " lost"), tone="error"),
            pill("✓ none", tone="ok"),
        ),
        body=trend(("lost", "shown.lost", "error"), label="Lost adds", height=84),
        facts=[("lost", number(shown.lost), "adds")],
    )
