"""The catalogue: all labs that exist, by group."""

from __future__ import annotations

from itertools import groupby

import reflex as rx

from components.pictures import picture
from components.shell import CardFilter
from sdlab.lab import Design
from sdlab.pages.shell import page
from sdlab.registry import designs


def catalogue() -> rx.Component:
    """The page at `/`."""
    labs = designs()
    groups = [(name, list(found)) for name, found in groupby(labs, key=lambda one: one.group)]
    return page(
        rx.el.div(
            rx.el.h1(_headline(len(labs))),
            rx.el.p(
                "Use each one as you would the real thing. Watch its caches, queues, sketches and shards move "
                "because of you. Then take a protection away, and see what it was for.",
                class_name="sd-lede",
            ),
            CardFilter.create(*[_group(name, found) for name, found in groups], total=len(labs)),
            class_name="sd-home",
        ),
        crumbs=rx.el.span(class_name="sd-crumbs"),
    )


def _headline(count: int) -> str:
    if count < 2:
        return "See inside a system while it runs"
    return f"See inside {count} systems while they run"


def _group(name: str, labs: list[Design]) -> rx.Component:
    return rx.el.section(
        rx.el.h2(name, rx.el.small(str(len(labs)))),
        rx.el.ul(*[rx.el.li(_card(one), custom_attrs={"data-search": _words(one)}) for one in labs]),
        custom_attrs={"data-group": name},
    )


def _words(design: Design) -> str:
    said = (design.title, design.group, design.structures, design.teaser, design.question, design.problem)
    return " ".join((*said, *(toggle.question for toggle in design.toggles))).lower()


def _card(design: Design) -> rx.Component:
    return rx.el.a(
        rx.el.b(design.title),
        rx.el.span(design.structures, class_name="sd-structures"),
        picture(design.structures),
        rx.el.span(design.teaser, rx.el.span(" →", aria_hidden="true"), class_name="sd-teaser"),
        href=f"/labs/{design.slug}",
        class_name="sd-card sd-labcard",
    )
