"""The inside of the counter: each panel is a function from the live snapshot to a picture and its table."""

from __future__ import annotations

import reflex as rx

from components.charts import trend
from components.live import number
from components.panel import panel
from components.sources import computed, read
from components.tables import pill
from designs.web_crawler.inside.views import Snapshot


def panels(snap: Snapshot) -> list[rx.Component]:
    """All panels, in reading order."""
    return [total(snap), journal(snap), lost(snap)]


def total(snap: Snapshot) -> rx.Component:
    """The counter beside its journal, now and over time: they part when an add is lost."""
    shown = snap.shown
    return panel(
        "Counter and journal",
        id="total",
        says="The counter's key beside the sum of the acknowledged rows, read in one look.",
        source=(read("valkey", "GET of the counter's key"), read("sqlite", "the rows of the journal")),
        figure=rx.el.b(number(shown.total)),
        body=trend(
            ("counter", "shown.total", "ok"), ("journal", "shown.journal", "miss"), label="Growth", height=84
        ),
        facts=[
            ("counter, read from Valkey", number(shown.total), ""),
            ("journal, read from SQL", number(shown.journal), ""),
        ],
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
        body=trend(("rows", "shown.adds", "ok"), label="Rows of the journal", height=84),
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
