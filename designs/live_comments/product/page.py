"""The product: a live stream on three screens; and the arrangement of the lab's page."""

from __future__ import annotations

import reflex as rx

from components.live import live
from designs.live_comments.config import Config
from designs.live_comments.engine.demo_users import TITLES
from designs.live_comments.engine.streams import MAIN, STREAMS
from designs.live_comments.inside.panels import panels
from designs.live_comments.inside.views import DemoUserView, Snapshot, StreamView
from designs.live_comments.product.stage import Stage
from designs.live_comments.product.state import CommentsState
from sdlab.lab import Design
from sdlab.lab.toggle import as_mapping
from sdlab.pages.lab import lab_page

FIRST = StreamView(MAIN, STREAMS[MAIN].title)
INITIAL = Snapshot(
    config=as_mapping(Config()),
    stream=FIRST,
    streams=(FIRST,),
    demo_users=tuple(DemoUserView(title=title, via="sse") for title in TITLES),
)


def page(design: Design) -> rx.Component:
    """The lab of live comments."""
    return lab_page(design, product=product(design), panels=panels(live(INITIAL)))


def product(design: Design) -> rx.Component:
    """The stream, and what is said over it."""
    newest = live(INITIAL, newest=True)
    return Stage.create(
        api=f"/api/{design.slug}",
        stream=newest.stream,
        streams=newest.streams,
        demo_users=newest.demo_users,
        by_offset=newest.config["pagination"].to(str) == "offset",
        poll_every=newest.config["poll_s"].to(int),
        hidden=newest.hidden,
        ready=newest.now > 0,
        wrong=CommentsState.wrong,
        wrong_user=CommentsState.wrong_user,
        accepted=CommentsState.accepted,
        on_say=CommentsState.say,
        on_hide=CommentsState.hide,
        on_switch=CommentsState.switch_user,
        on_watch=CommentsState.watch,
    )
