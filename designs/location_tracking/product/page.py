"""The product: a parent's map of school buses; and the arrangement of the lab's page."""

from __future__ import annotations

import reflex as rx

from components.classroom import only
from components.live import live, number
from components.tables import pill
from designs.location_tracking.config import Config
from designs.location_tracking.engine.fleet import CITY
from designs.location_tracking.inside.citymap import city_map
from designs.location_tracking.inside.panels import panels
from designs.location_tracking.inside.views import AlertView, BusView, FenceView, FollowView, Snapshot
from designs.location_tracking.product.state import TrackingState
from designs.location_tracking.workloads import WORKLOADS
from sdlab.lab import Design
from sdlab.lab.toggle import as_mapping
from sdlab.live.state import LabState
from sdlab.pages.lab import lab_page

INITIAL = Snapshot(config=as_mapping(Config()))
DRIVE = WORKLOADS[0]


def page(design: Design) -> rx.Component:
    """The lab of location tracking."""
    return lab_page(design, product=product(design.slug), panels=panels(live(INITIAL)))


def product(slug: str) -> rx.Component:
    """The map, the bus that is followed, and its alerts."""
    newest = live(INITIAL, newest=True)
    return rx.el.div(
        rx.el.div(rx.el.h2("Where is the bus?"), _traffic(newest, slug), class_name="cm-head"),
        rx.el.p("Choose a bus and your stop. Tap the map to ask which buses are near.", class_name="sd-hint"),
        city_map(
            CITY,
            label="The city",
            points=newest.points,
            query=newest.query,
            buses=newest.buses,
            own=newest.own,
            followed=newest.followed,
            fences=newest.fences,
            drive="/api/location-tracking/ws/bus/you",
            on_ask=TrackingState.ask,
        ),
        _journey(newest),
        class_name="cm-product",
    )


def _traffic(snap: Snapshot, slug: str) -> rx.Component:
    return only(
        "control",
        rx.cond(
            snap.workload.running,
            rx.el.button(
                "❚❚ Stop the buses",
                type="button",
                class_name="sd-btn small",
                on_click=LabState.stop_workload(slug),
            ),
            rx.el.button(
                "▶ Let the buses drive",
                type="button",
                class_name="sd-btn small p",
                on_click=LabState.start_workload(slug, DRIVE.id, DRIVE.rate, snap.seed),
            ),
        ),
    )


def _journey(snap: Snapshot) -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.foreach(snap.buses, lambda bus: _bus(bus, snap.followed.bus)),
            class_name="cm-buses",
            role="radiogroup",
            aria_label="Follow a bus",
        ),
        _stop(snap.followed),
        _arrival(snap.followed),
        rx.el.div(
            rx.foreach(snap.fences, lambda one: rx.cond(one.mine, _fence(one), "")), class_name="cm-row"
        ),
        rx.el.ul(rx.foreach(snap.alerts[:3], _alert), class_name="cm-alerts", aria_label="Alerts"),
        class_name="cm-follow",
    )


def _stop(followed: FollowView) -> rx.Component:
    return rx.el.div(
        rx.el.label(
            "My stop ",
            rx.el.select(
                rx.foreach(followed.stops, lambda stop: rx.el.option(stop.name, value=stop.id)),
                value=followed.stop,
                on_change=TrackingState.choose_stop,
                class_name="sd-select",
            ),
            class_name="cm-stop",
        ),
        rx.el.button(
            "Ring when it is near",
            type="button",
            class_name="sd-btn small",
            on_click=TrackingState.add_geofence,
        ),
        class_name="cm-row",
    )


def _arrival(followed: FollowView) -> rx.Component:
    return rx.el.div(
        rx.cond(
            followed.minutes >= 0,
            rx.fragment(
                rx.el.span(rx.el.b(number(followed.minutes, 1)), " min"),
                rx.el.span(number(followed.metres), " m to go along its route", class_name="sd-hint"),
            ),
            rx.el.span(rx.el.b("–"), " ", followed.why),
        ),
        class_name="cm-eta",
        aria_label="Arrival",
        role="status",
    )


def _alert(alert: AlertView) -> rx.Component:
    return rx.el.li(
        rx.el.time(alert.clock),
        pill(rx.cond(alert.entered, "arrives", "leaves"), tone=rx.cond(alert.entered, "ok", "none")),
        rx.el.span(alert.bus, ": ", alert.fence),
    )


def _bus(bus: BusView, followed: rx.Var[str]) -> rx.Component:
    return rx.el.button(
        bus.label,
        rx.cond(bus.stale, rx.el.span(" · silent"), ""),
        type="button",
        role="radio",
        class_name=rx.cond(bus.id == followed, "sd-btn small p", "sd-btn small"),
        on_click=TrackingState.follow(bus.id),
        custom_attrs={"aria-checked": rx.cond(bus.id == followed, "true", "false")},
    )


def _fence(fence: FenceView) -> rx.Component:
    return rx.el.button(
        "◎ ",
        fence.name,
        rx.cond(fence.inside != "", rx.el.span(" · ", fence.inside, " is there"), ""),
        " ✕",
        type="button",
        class_name="sd-btn small",
        aria_label=f"Stop ringing at {fence.name}",
        on_click=TrackingState.remove_geofence(fence.id),
    )
