"""What every page has around its content: header, palette, help, notices."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components.controls import theme_toggle
from components.shell import FindButton, Help, HelpButton, Keys, Palette
from sdlab.concepts import concepts
from sdlab.live.state import RoomState
from sdlab.registry import designs
from sdlab.settings import ROOT

FIRST = (ROOT / "components" / "first.js").read_text(encoding="utf-8")

HEAD = [
    rx.el.script(custom_attrs={"dangerouslySetInnerHTML": {"__html": FIRST}}),
    rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
    rx.el.link(rel="alternate icon", href="/favicon.ico", sizes="32x32"),
    rx.el.link(
        rel="preload",
        href="/fonts/inter.woff2",
        type="font/woff2",
        cross_origin="anonymous",
        custom_attrs={"as": "font"},
    ),
    rx.el.meta(name="color-scheme", content="light dark"),
]


def page(*content: rx.Component, crumbs: rx.Component, tools: tuple[rx.Component, ...] = ()) -> rx.Component:
    """A whole page: skip link, header with `crumbs` and `tools`, the content, dialogs."""
    return rx.el.div(
        rx.el.a("Skip to the content", href="#content", class_name="sd-skip"),
        header(crumbs, tools),
        rx.el.main(*content, id="content", tab_index=-1),
        notice(),
        Keys.create(),
        Palette.create(labs=_labs(), concepts=_concepts()),
        Help.create(),
        class_name="sd-page",
    )


def header(crumbs: rx.Component, tools: tuple[rx.Component, ...]) -> rx.Component:
    """The bar on top."""
    return rx.el.header(
        logo(),
        crumbs,
        rx.el.div(FindButton.create(), *tools, HelpButton.create(), theme_toggle(), class_name="sd-tools"),
        class_name="sd-header",
    )


def logo() -> rx.Component:
    """The name, leading home."""
    return rx.el.a("sd", rx.el.i("lab"), href="/", class_name="sd-logo", aria_label="sdlab, all labs")


def notice() -> rx.Component:
    """The server's last refusal, until dismissed."""
    return rx.el.div(
        rx.cond(
            RoomState.notice != "",
            rx.el.div(
                rx.el.span(RoomState.notice),
                rx.el.button(
                    "Dismiss", type="button", class_name="sd-btn small", on_click=RoomState.dismiss_notice
                ),
                class_name="sd-notice",
            ),
        ),
        role="status",
        class_name="sd-notices",
    )


def _labs() -> list[dict[str, Any]]:
    return [{"slug": one.slug, "title": one.title, "more": one.structures} for one in designs()]


def _concepts() -> list[list[str]]:
    """Id, title and other names of each."""
    return [[one.id, one.title, ", ".join(one.also)] for one in concepts()]
