"""The product: a box office with two buyers; and the arrangement of the lab's page."""

from __future__ import annotations

from dataclasses import asdict

import reflex as rx

from components.classroom import only
from components.live import live
from designs.ticketmaster.config import Config
from designs.ticketmaster.engine.demo_users import NAMES
from designs.ticketmaster.engine.programme import CITIES, PER_ROW, ROWS, SEATS, TIERS
from designs.ticketmaster.inside.panels import panels
from designs.ticketmaster.inside.views import DemoUserView, HallView, Snapshot
from designs.ticketmaster.product.boxoffice import BoxOffice
from designs.ticketmaster.product.state import SLUG, TicketState
from sdlab.lab import Design
from sdlab.lab.toggle import as_mapping
from sdlab.live.state import LabState
from sdlab.pages.lab import lab_page

INITIAL = Snapshot(
    config=as_mapping(Config()),
    users=tuple(DemoUserView(name=name, step="loading") for name in NAMES),
    hall=HallView(seats="?" * len(SEATS)),
)
RUSH = "rush"


def page(design: Design) -> rx.Component:
    """The lab of the box office."""
    return lab_page(design, product=product(design), panels=panels(live(INITIAL)))


def product(design: Design) -> rx.Component:
    """Two buyers, and a thousand to compete with."""
    newest = live(INITIAL, newest=True)
    return rx.el.div(
        rx.el.div(
            rx.el.h2("Tickets, for two buyers"),
            _rush(newest, design.workload(RUSH).rate),
            class_name="bo-head",
        ),
        BoxOffice.create(
            api=f"/api/{design.slug}",
            users=newest.users,
            way=newest.config["delivery"].to(str),
            poll_s=newest.config["poll_s"].to(int),
            cities=sorted(CITIES),
            rows=ROWS,
            per_row=PER_ROW,
            tiers=[asdict(one) for one in TIERS],
            queue=newest.queue,
            featured=newest.featured,
            on_open=TicketState.open_event,
            on_back=TicketState.back,
            on_hold=TicketState.hold,
            on_pay=TicketState.pay,
            on_release=TicketState.release,
            on_more=TicketState.more,
            on_queue=TicketState.queue,
            on_race=TicketState.race,
        ),
        class_name="bo-product",
    )


def _rush(snap: Snapshot, rate: float) -> rx.Component:
    return only(
        "control",
        rx.cond(
            snap.workload.running,
            rx.el.button(
                "❚❚ Send the crowd home",
                type="button",
                class_name="sd-btn small",
                on_click=LabState.stop_workload(SLUG),
            ),
            rx.el.button(
                rx.el.span("▶ Send 1,000 buyers to ", rx.el.b(snap.featured.title)),
                type="button",
                class_name="sd-btn small p bo-crowd",
                on_click=LabState.start_workload(SLUG, RUSH, rate, snap.seed),
            ),
        ),
    )
