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
    other = (ShortenerState.wrong_field != "url") & (ShortenerState.wrong_field != "alias")
    return rx.el.form(
        rx.el.h2("Shorten a link"),
        _field("url", URL_FIELD, "Long URL", "https://a-very-long-address.example/…", input_mode="url"),
        rx.el.div(
            _field("alias", ALIAS_FIELD, "Alias, optional", "alias (optional)"),
            rx.el.select(
                *[rx.el.option(f"expires: {name}", value=name) for name in LIFETIMES],
                name="lifetime",
                default_value="never",
                class_name="sd-select tall",
                aria_label="Expires",
            ),
            class_name="sd-formrow",
        ),
        _wrong("", other),
        rx.el.button("Shorten", type="submit", class_name="sd-btn p wide"),
        on_submit=ShortenerState.shorten,
        class_name="sd-productform",
        aria_label="Shorten a link",
        no_validate=True,
    )


def _field(name: str, id: str, label: str, placeholder: str, **more: Any) -> rx.Component:
    """A line to write in, with what was wrong with it."""
    here = ShortenerState.wrong_field == name
    written = rx.el.input(
        id=id,
        name=name,
        type="text",
        auto_complete="off",
        spell_check=False,
        placeholder=placeholder,
        class_name="sd-input",
        aria_label=label,
        aria_invalid=here,
        aria_describedby=f"wrong-{name}",
        **more,
    )
    return rx.el.div(written, _wrong(name, here), class_name="sd-field")


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
            _expiry(link),
            class_name="sd-itemline",
        ),
        _actions(link),
        rx.cond(
            ShortenerState.qr_code == link.code,
            rx.el.img(
                src=ShortenerState.qr_picture, alt=f"QR code that leads to {link.path}", class_name="sd-qr"
            ),
        ),
        custom_attrs={"data-new": ShortenerState.newest == link.code},
    )


def _expiry(link: LinkView) -> rx.Component:
    left = pill(
        rx.el.span("expires ", span(link.expires_in)), tone=rx.cond(link.expires_in < 60, "miss", "none")
    )
    return rx.cond(link.state != "live", pill("✕ expired", tone="error"), rx.cond(link.expires_at, left))


def _actions(link: LinkView) -> rx.Component:
    return rx.el.div(
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
    )
