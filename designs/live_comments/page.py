"""The product: a live stream on three screens; and the arrangement of the lab's page."""

from __future__ import annotations

import reflex as rx

from components.live import live
from designs.live_comments.design import DESIGN
from designs.live_comments.panels import panels
from designs.live_comments.product.stage import Stage
from designs.live_comments.state import CommentsState
from designs.live_comments.views import PaneView, Snapshot, StreamView
from sdlab.lab.toggle import as_mapping
from sdlab.pages.lab import lab_page

INITIAL = Snapshot(
    config=as_mapping(DESIGN.config()),
    stream=StreamView("harbour", "Lights over the harbour"),
    streams=(StreamView("harbour", "Lights over the harbour"),),
    panes=tuple(PaneView(title=title, via="sse") for title in ("Host", "Viewer A", "Viewer B")),
)


def page() -> rx.Component:
    """The lab of live comments."""
    return lab_page(DESIGN, product=product(), panels=panels(live(INITIAL)))


def product() -> rx.Component:
    """The stream, and what is said over it."""
    newest = live(INITIAL, newest=True)
    return Stage.create(
        api=f"/api/{DESIGN.slug}",
        stream=newest.stream,
        streams=newest.streams,
        panes=newest.panes,
        by_offset=newest.config["pagination"].to(str) == "offset",
        wrong=CommentsState.wrong,
        wrong_pane=CommentsState.wrong_pane,
        on_say=CommentsState.say,
        on_hide=CommentsState.hide,
        on_switch=CommentsState.switch_pane,
        on_watch=CommentsState.watch,
    )
