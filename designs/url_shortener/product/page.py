"""The product: shorten, copy, follow, count, delete; and the arrangement of the lab's page."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components.controls import CopyOwnLink, OwnLink
from components.live import live, number, span
from components.tables import pill
from designs.url_shortener.inside.panels import panels
from designs.url_shortener.inside.views import LinkView, Snapshot
from designs.url_shortener.product.state import ALIAS_FIELD, LIFETIMES, URL_FIELD, ShortenerState
from sdlab.lab import Design
from sdlab.pages.lab import lab_page


def page(design: Design) -> rx.Component:
    """The URL shortener's lab."""
    return lab_page(design, product=product(), panels=panels(live(Snapshot())))


def product() -> rx.Component:
    """The form, and below it what it made."""
    return rx.el.div(_form(), _links(live(Snapshot(), newest=True).my_links))


def _form() -> rx.Component:
    return rx.el.form(
        rx.el.h2("Shorten a link"),
        _field(
            "url",
            rx.el.input(
                id=URL_FIELD,
                name="url",
                type="text",
                input_mode="url",
                auto_complete="off",
                spell_check=False,
                placeholder="https://a-very-long-address.example/…",
                class_name="sd-input",
                aria_label="Long URL",
                aria_invalid=ShortenerState.wrong_field == "url",
                aria_describedby="wrong-url",
            ),
        ),
        rx.el.div(
            _field(
                "alias",
                rx.el.input(
                    id=ALIAS_FIELD,
                    name="alias",
                    type="text",
                    auto_complete="off",
                    spell_check=False,
                    placeholder="alias (optional)",
                    class_name="sd-input",
                    aria_label="Alias, optional",
                    aria_invalid=ShortenerState.wrong_field == "alias",
                    aria_describedby="wrong-alias",
                ),
            ),
            rx.el.select(
                *[rx.el.option(f"expires: {name}", value=name) for name in LIFETIMES],
                name="lifetime",
                default_value="never",
                class_name="sd-select tall",
                aria_label="Expires",
            ),
            class_name="sd-formrow",
        ),
        _wrong("", (ShortenerState.wrong_field != "url") & (ShortenerState.wrong_field != "alias")),
        rx.el.button("Shorten", type="submit", class_name="sd-btn p wide"),
        on_submit=ShortenerState.shorten,
        class_name="sd-productform",
        aria_label="Shorten a link",
        no_validate=True,
    )


def _field(name: str, control: rx.Component) -> rx.Component:
    return rx.el.div(control, _wrong(name, ShortenerState.wrong_field == name), class_name="sd-field")


def _wrong(name: str, here: Any) -> rx.Component:
    text = rx.cond(here, ShortenerState.wrong, "")
    return rx.el.p(text, id=f"wrong-{name}", role="alert", class_name="sd-fielderror")


def _links(links: Any) -> rx.Component:
    return rx.cond(
        links.length() > 0,
        rx.el.ul(rx.foreach(links, _link), class_name="sd-items", aria_label="My links, newest first"),
        rx.el.p("Your links appear here, with their clicks.", class_name="sd-empty sd-itemsempty"),
    )


def _link(link: LinkView) -> rx.Component:
    dead = link.state != "live"
    return rx.el.li(
        rx.el.div(
            OwnLink.create(path=link.path),
            rx.el.span(
                rx.el.b(number(link.clicks)),
                rx.cond(link.clicks == 1, " click", " clicks"),
                class_name="sd-clicks",
            ),
            class_name="sd-itemline",
        ),
        rx.el.div(
            rx.el.span(link.url, class_name="sd-longurl", title=link.url),
            rx.cond(
                dead,
                pill("✕ expired", tone="error"),
                rx.cond(
                    link.expires_at,
                    pill(
                        rx.el.span("expires ", span(link.expires_in)),
                        tone=rx.cond(link.expires_in < 60, "miss", "none"),
                    ),
                ),
            ),
            class_name="sd-itemline",
        ),
        rx.el.div(
            CopyOwnLink.create(path=link.path, name=f"Copy {link.code}"),
            rx.el.button(
                "QR",
                type="button",
                class_name="sd-btn small",
                aria_label=f"QR code of {link.code}",
                aria_expanded=ShortenerState.qr_code == link.code,
                on_click=ShortenerState.toggle_qr(link.code, link.path),
            ),
            rx.el.button(
                "Delete",
                type="button",
                class_name="sd-btn small",
                aria_label=f"Delete {link.code}",
                on_click=ShortenerState.delete(link.code),
            ),
            class_name="sd-itemactions",
        ),
        rx.cond(
            ShortenerState.qr_code == link.code,
            rx.el.img(
                src=ShortenerState.qr_picture, alt=f"QR code that leads to {link.path}", class_name="sd-qr"
            ),
        ),
        custom_attrs={"data-new": ShortenerState.newest == link.code},
    )
