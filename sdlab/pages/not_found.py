"""What is shown for an address where nothing is."""

from __future__ import annotations

import reflex as rx

from sdlab.pages.shell import page


def not_found() -> rx.Component:
    """The 404 page."""
    return page(
        rx.el.div(
            rx.el.p("404", class_name="sd-404 mono"),
            rx.el.h1("There is nothing at this address."),
            rx.el.p("The link may have expired, or a letter may be missing."),
            rx.el.a("All labs", href="/", class_name="sd-btn p"),
            class_name="sd-nothing",
        ),
        crumbs=rx.el.span(class_name="sd-crumbs"),
    )
