"""The catalogue: what this is, where to begin, all labs by group, and paths through them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

import reflex as rx

from components.concepts import ConceptLive
from components.groups import group_icon
from components.pictures import picture
from components.progress import card_progress
from components.shell import CardFilter
from sdlab.concepts import PATHS, Concept, on_path
from sdlab.lab import Design
from sdlab.lab.mission import LEVELS
from sdlab.pages.shell import page
from sdlab.registry import designs

DAYS = 7


def catalogue() -> rx.Component:
    """The page at `/`."""
    labs = designs()
    groups = [(name, list(found)) for name, found in groupby(labs, key=lambda one: one.group)]
    return page(
        rx.el.div(
            _opening(labs),
            CardFilter.create(*[_group(name, found) for name, found in groups], total=len(labs)),
            _paths(labs),
            class_name="sd-home",
        ),
        crumbs=rx.el.span(class_name="sd-crumbs"),
    )


def _opening(labs: tuple[Design, ...]) -> rx.Component:
    """What this is, in one sentence and one picture of the real thing, and where to begin."""
    first = by_level(labs)[0]
    return rx.el.div(
        rx.el.div(
            rx.el.h1(_headline(len(labs))),
            rx.el.p(
                "Real systems, small: use the product, watch caches, queues, sketches and shards move because of "
                "you, then take a protection away and see what it was for.",
                class_name="sd-lede",
            ),
            rx.el.p(
                rx.el.a(
                    f"Start here: {first.title}", href=f"/labs/{first.slug}", class_name="sd-btn p sd-start"
                ),
                rx.el.a("All concepts", href="/concepts", class_name="sd-btn sd-start"),
                rx.el.a("Lessons of your own", href="/lessons", class_name="sd-btn sd-start"),
                class_name="sd-row",
            ),
        ),
        rx.el.figure(
            ConceptLive.create(
                src=f"/embed/{first.slug}?panel=path", title=f"{first.title}: its requests, live"
            ),
            rx.el.figcaption(f"Running now: {first.title}. Each dot is a request."),
            class_name="sd-livepart",
        ),
        class_name="sd-opening",
    )


def _headline(count: int) -> str:
    if count < 2:
        return "See inside a system while it runs"
    return f"See inside {count} systems while they run"


def by_level(labs: Iterable[Design]) -> list[Design]:
    """From easy to hard; within a level in the order of the catalogue."""
    return sorted(labs, key=lambda one: LEVELS.index(one.level))


def _group(name: str, labs: list[Design]) -> rx.Component:
    return rx.el.section(
        rx.el.h2(group_icon(name), name, rx.el.small(str(len(labs)))),
        rx.el.ul(*[rx.el.li(_card(one), custom_attrs={"data-search": _words(one)}) for one in labs]),
        custom_attrs={"data-group": name},
    )


def _words(design: Design) -> str:
    said = (design.title, design.group, design.structures, design.teaser, design.question, design.problem)
    return " ".join((*said, *(toggle.question for toggle in design.toggles))).lower()


def minutes(design: Design) -> int:
    """How long its tour takes, in whole minutes."""
    return round(design.lesson.minutes) if design.lesson else 0


def _card(design: Design) -> rx.Component:
    return rx.el.a(
        rx.el.b(design.title),
        rx.el.span(f"{minutes(design)} min · {design.level}", class_name="sd-effort"),
        rx.el.span(design.structures, class_name="sd-structures"),
        picture(design.structures),
        rx.el.span(design.teaser, rx.el.span(" →", aria_hidden="true"), class_name="sd-teaser"),
        card_progress(design),
        href=f"/labs/{design.slug}",
        class_name="sd-card sd-labcard",
    )


# Paths


def _paths(labs: tuple[Design, ...]) -> rx.Component:
    return rx.el.section(
        rx.el.h2("Paths"),
        rx.el.div(_week(labs), *[_path(name, on_path(name, labs)) for name in PATHS], class_name="sd-paths"),
        id="paths",
    )


def days(labs: tuple[Design, ...]) -> list[list[Design]]:
    """All labs, from easy to hard, over at most a week; no day is longer than the one before by more than one."""
    ordered = by_level(labs)
    count = min(DAYS, len(ordered))
    edges = [round(day * len(ordered) / count) for day in range(count + 1)]
    return [ordered[start:end] for start, end in zip(edges, edges[1:], strict=False)]


def _week(labs: tuple[Design, ...]) -> rx.Component:
    return rx.el.article(
        rx.el.h3("Interview in a week"),
        rx.el.ol(
            *[
                rx.el.li(
                    rx.el.small(f"Day {number}"),
                    rx.el.span(*[_lab_link(one) for one in today]),
                )
                for number, today in enumerate(days(labs), start=1)
            ]
        ),
        class_name="sd-card sd-path",
    )


def _path(name: str, found: list[tuple[Design, list[Concept]]]) -> rx.Component:
    return rx.el.article(
        rx.el.h3(name),
        rx.el.ol(
            *[
                rx.el.li(
                    rx.el.span(_lab_link(design)),
                    rx.el.small(
                        *[rx.el.a(one.title, href=f"/concepts/{one.id}") for one in shown],
                    ),
                )
                for design, shown in found
            ]
        ),
        class_name="sd-card sd-path",
    )


def _lab_link(design: Design) -> rx.Component:
    return rx.el.a(design.title, href=f"/labs/{design.slug}")
