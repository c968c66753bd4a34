"""The product: two phones that can like each other; and the arrangement of the lab's page."""

from __future__ import annotations

import reflex as rx

from components.classroom import only
from components.live import live
from designs.tinder.config import Config
from designs.tinder.engine.people import INTERESTS, phone_people
from designs.tinder.engine.regions import REGIONS
from designs.tinder.engine.strategies.seen import SEEN
from designs.tinder.inside.panels import panels
from designs.tinder.inside.views import PhoneView, Snapshot
from designs.tinder.product.phones import PhonePair
from designs.tinder.product.state import TinderState
from sdlab.lab import Design
from sdlab.lab.toggle import as_mapping
from sdlab.live.state import LabState
from sdlab.pages.lab import lab_page

INITIAL = Snapshot(
    config=as_mapping(Config()),
    phones=tuple(
        PhoneView(id=one.id, name=one.name, face=f"1-{one.number}", age=one.age, region="city", km=one.km)
        for one in phone_people(0.0)
    ),
)
WITHOUT_CACHE = [name for name, check in SEEN.items() if not check.client]


def page(design: Design) -> rx.Component:
    """The lab of Tinder."""
    return lab_page(design, product=product(design), panels=panels(live(INITIAL)))


def product(design: Design) -> rx.Component:
    """Two phones, and what lets others swipe as well."""
    newest = live(INITIAL, newest=True)
    return rx.el.div(
        rx.el.div(rx.el.h2("Two phones"), _traffic(design, newest), class_name="td-head"),
        rx.el.p(
            "You are Alex. Drag a card, press ← → on it, or use the buttons. Sam, 400 m away, ranks high with you "
            "and you with Sam: like each other.",
            class_name="sd-hint",
        ),
        PhonePair.create(
            api=f"/api/{design.slug}",
            phones=newest.phones,
            born=newest.born,
            refill_at=newest.config["refill_at"].to(int),
            remembers=_remembers(newest),
            interests=list(INTERESTS),
            regions=[
                {"id": one.id, "label": one.label, "lat": round(one.at[0], 5), "lng": round(one.at[1], 5)}
                for one in REGIONS.values()
            ],
        ),
        rx.el.div(
            rx.el.button(
                "⚡ Both at once",
                type="button",
                class_name="sd-btn small",
                on_click=TinderState.like_each_other,
                title="Two strangers swipe right on each other in the same instant; see the time line",
            ),
            rx.el.span("two strangers like each other in the same instant", class_name="sd-hint"),
            class_name="td-row",
        ),
        class_name="td-product",
    )


def _remembers(snap: Snapshot) -> rx.Var[int]:
    """How many of its last swipes a phone keeps: none when only the database is asked."""
    forgets = rx.Var.create(WITHOUT_CACHE).contains(snap.config["again"].to(str))
    return rx.cond(forgets, 0, snap.config["recent"].to(int))


def _traffic(design: Design, snap: Snapshot) -> rx.Component:
    evening = design.workloads[0]
    return only(
        "control",
        rx.cond(
            snap.workload.running,
            rx.el.button(
                "❚❚ Stop the others",
                type="button",
                class_name="sd-btn small",
                on_click=LabState.stop_workload(design.slug),
            ),
            rx.el.button(
                "▶ Let others swipe",
                type="button",
                class_name="sd-btn small p",
                on_click=LabState.start_workload(design.slug, evening.id, evening.rate, snap.seed),
            ),
        ),
    )
