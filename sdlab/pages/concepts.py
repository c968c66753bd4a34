"""The concepts: a map of them and of the labs that run them, and a page for each."""

from __future__ import annotations

import reflex as rx

from components.concepts import ConceptLive
from sdlab.concepts import PATHS, Concept, concepts, runs
from sdlab.lab import Design, Runs
from sdlab.pages.concept_map import HEIGHT, WIDTH, ConceptMap, Spot, concept_map
from sdlab.pages.notes import render
from sdlab.pages.shell import page
from sdlab.registry import designs

LIVE_RATE = 5


def concepts_page() -> rx.Component:
    """The page at `/concepts`."""
    return page(
        rx.el.div(
            rx.el.h1("Concepts"),
            rx.el.p(
                "Each structure and pattern once: the idea, the real thing at work, and every lab where it runs.",
                class_name="sd-lede",
            ),
            drawing(concept_map(designs())),
            *[_path(name) for name in PATHS],
            class_name="sd-home sd-concepts",
        ),
        crumbs=crumbs("Concepts"),
    )


def concept_page(one: Concept) -> rx.Component:
    """The page at `/concepts/<id>`."""
    where = runs(one.id, designs())
    html = render(one.idea)
    first = where[0] if where else None
    return page(
        rx.el.article(
            rx.el.h1(one.title),
            rx.el.p(f"also: {', '.join(one.also)}", class_name="sd-lede") if one.also else rx.fragment(),
            rx.el.div(
                rx.el.div(custom_attrs={"dangerouslySetInnerHTML": {"__html": html}}, class_name="sd-prose"),
                _where(where),
                class_name="sd-concept",
            ),
            _live(one, *first) if first else rx.fragment(),
            class_name="sd-home sd-conceptpage",
        ),
        crumbs=crumbs("Concepts", one.title),
    )


def crumbs(*trail: str) -> rx.Component:
    """Where this page stands."""
    *above, last = trail
    return rx.el.nav(
        rx.el.ol(
            rx.el.li(rx.el.a("Labs", href="/")),
            *[rx.el.li(rx.el.a(name, href="/concepts")) for name in above],
            rx.el.li(last, custom_attrs={"aria-current": "page"}),
        ),
        class_name="sd-crumbs",
        aria_label="Breadcrumb",
    )


def _path(name: str) -> rx.Component:
    mine = [one for one in concepts() if name in one.paths]
    return rx.el.section(
        rx.el.h2(name, rx.el.small(str(len(mine))), id=f"path-{name.lower()}"),
        rx.el.ul(
            *[
                rx.el.li(
                    rx.el.a(one.title, href=f"/concepts/{one.id}"),
                    rx.el.small(", ".join(design.title for design, _ in runs(one.id, designs()))),
                )
                for one in mine
            ],
            class_name="sd-conceptlist",
        ),
    )


def _where(where: list[tuple[Design, Runs]]) -> rx.Component:
    return rx.el.section(
        rx.el.h2("Where it runs"),
        rx.el.ul(*[rx.el.li(*_use(design, one)) for design, one in where], class_name="sd-uses"),
        class_name="sd-card sd-pad",
    )


def _use(design: Design, one: Runs) -> tuple[rx.Component, ...]:
    question = next((toggle.question for toggle in design.toggles if toggle.id == one.toggle), "")
    return (
        rx.el.a(design.title, href=f"/labs/{design.slug}#{one.panel}"),
        rx.el.span(question) if question else rx.fragment(),
    )


def _live(one: Concept, design: Design, use: Runs) -> rx.Component:
    """A panel of the first lab that runs it, under that lab's first traffic."""
    traffic = design.workloads[0]
    rate = min(LIVE_RATE, traffic.rate)
    return rx.el.section(
        rx.el.h2("The real thing"),
        rx.el.p(
            f"From the lab {design.title}, running now: {traffic.label}, {rate:g} operations a second.",
            class_name="sd-hint",
        ),
        ConceptLive.create(
            src=f"/embed/{design.slug}?panel={use.panel}", title=f"{one.title}, live in {design.title}"
        ),
        class_name="sd-livepart",
    )


# The map


def drawing(found: ConceptMap) -> rx.Component:
    """An SVG of links; the lists below it say the same in words."""
    return rx.el.div(
        rx.el.svg(
            *[_line(found, start, end) for start, end in found.lines],
            *[_spot(one) for one in found.spots],
            view_box=f"0 0 {WIDTH:g} {HEIGHT:g}",
            role="group",
            aria_label="Map of labs and concepts",
        ),
        class_name="sd-conceptmap",
        tab_index=0,
        role="region",
        aria_label="Map of labs and concepts",
    )


def _line(found: ConceptMap, start: int, end: int) -> rx.Component:
    one, other = found.spots[start], found.spots[end]
    return rx.el.line(x1=str(one.x), y1=str(one.y), x2=str(other.x), y2=str(other.y), class_name="sd-mapline")


def _spot(one: Spot) -> rx.Component:
    radius = "7" if one.kind == "lab" else "4"
    return rx.el.a(
        rx.el.circle(cx=str(one.x), cy=str(one.y), r=radius),
        rx.el.text(
            one.title, x=str(one.x), y=str(one.y - (12 if one.kind == "lab" else 9)), text_anchor="middle"
        ),
        href=one.href,
        class_name=f"sd-spot {one.kind}",
    )
