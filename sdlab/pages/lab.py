"""The page of a lab: the product on the left, its inside on the right, the dock below."""

from __future__ import annotations

from collections.abc import Sequence

import reflex as rx

from components.address import address, scenario_menu
from components.classroom import TeachButton, class_room, only
from components.compare import compare
from components.controls import CopyAddress
from components.debrief import Debrief
from components.dock import dock
from components.feed import Feed
from components.groups import group_icon
from components.live import Known, LiveConnection, RoomName, live_root
from components.missions import missions
from components.needs import needs
from components.questions import arranged, questions
from components.sheets import sheet
from components.shell import Tab, tabs
from components.strip import strip
from components.tour import tour_bar, tour_button
from sdlab.lab import Design
from sdlab.live.state import RoomState
from sdlab.pages.embed import embed_page, embedding, package_of
from sdlab.pages.examples import examples
from sdlab.pages.notes import notes
from sdlab.pages.numbers import numbers
from sdlab.pages.panel_names import only_names
from sdlab.pages.quiz import quiz
from sdlab.pages.shell import page


def lab_page(design: Design, *, product: rx.Component, panels: Sequence[rx.Component]) -> rx.Component:
    """A lab. `product` is what a visitor uses; `panels` show its inside, in reading order."""
    if only_names(panels):
        return rx.fragment()
    if embedding():
        return embed_page(design, panels)
    return page(
        LiveConnection.create(lab=design.slug, on_arrive=RoomState.arrived),
        address(design),
        title(design),
        needs(design),
        live_root(_tabs(design, product, panels), package=package_of(design)),
        dock(design),
        crumbs=crumbs(design),
        tools=(
            room(),
            scenario_menu(design),
            CopyAddress.create(label="Copy link"),
            TeachButton.create(lab=design.slug),
        ),
    )


def _tabs(design: Design, product: rx.Component, panels: Sequence[rx.Component]) -> rx.Component:
    return tabs(
        [
            Tab("lab", "Lab", bench(design, product, panels)),
            Tab("compare", "Compare", only("control", compare(design))),
            Tab("numbers", "Numbers", numbers(design)),
            Tab("notes", "Notes", notes(design, panels)),
            Tab("quiz", "Quiz", quiz(design)),
            Tab("api", "API", examples(design)),
        ],
        *_teaching(design),
    )


def bench(design: Design, product: rx.Component, panels: Sequence[rx.Component]) -> rx.Component:
    """The Lab tab."""
    return rx.el.div(
        rx.el.div(
            sheet("product", _product(product)),
            sheet("feed", Feed.create(lab=design.slug), Debrief.create(lab=design.slug)),
            sheet("missions", missions(design)),
            class_name="sd-left",
        ),
        rx.el.div(
            sheet("question", questions(design)),
            strip(design, shrinks=True),
            sheet("panels", arranged(design, panels)),
            class_name="sd-inside",
        ),
        class_name="sd-bench",
        custom_attrs={"data-lab": design.slug},
    )


def _product(product: rx.Component) -> rx.Component:
    return rx.el.section(
        Known.create(only("verb", product)), class_name="sd-card sd-product", aria_label="The product"
    )


def _teaching(design: Design) -> list[rx.Component]:
    """The tour's button for the tab bar, the tour, and what a class adds; a lab without a lesson has no tour."""
    if design.lesson is None:
        return [rx.fragment(), class_room(design)]
    return [tour_button(design, design.lesson), tour_bar(design, design.lesson), class_room(design)]


def title(design: Design) -> rx.Component:
    """Name and problem."""
    return rx.el.div(rx.el.h1(design.title), rx.el.p(design.problem), class_name="sd-title")


def crumbs(design: Design) -> rx.Component:
    """Where this lab stands in the catalogue."""
    return rx.el.nav(
        rx.el.ol(
            rx.el.li(rx.el.a("Labs", href="/")),
            rx.el.li(group_icon(design.group), design.group, class_name="sd-group"),
            rx.el.li(design.title, custom_attrs={"aria-current": "page"}),
        ),
        class_name="sd-crumbs",
        aria_label="Breadcrumb",
    )


def room() -> rx.Component:
    """Which room this tab works in."""
    return rx.el.span(
        RoomName.create(),
        class_name="sd-pill sd-room",
        title="Your data is in a room of its own. Whoever has its full name can enter.",
    )
