"""The product: a total and a button; and the arrangement of the lab's page."""

from __future__ import annotations

import reflex as rx

from components.live import live, number
from designs.web_crawler.config import Config
from designs.web_crawler.inside.panels import panels
from designs.web_crawler.inside.views import Snapshot
from designs.web_crawler.product.state import WebCrawlerState
from sdlab.lab import Design
from sdlab.lab.toggle import as_mapping
from sdlab.pages.lab import lab_page

INITIAL = Snapshot(config=as_mapping(Config()))


def page(design: Design) -> rx.Component:
    """The lab of the counter."""
    return lab_page(design, product=product(), panels=panels(live(INITIAL)))


def product() -> rx.Component:
    """What a visitor uses."""
    newest = live(INITIAL, newest=True)
    return rx.el.div(
        rx.el.h2("A counter"),
        rx.el.p("Counted so far: ", rx.el.b(number(newest.shown.total))),
        rx.el.button("Add", type="button", class_name="sd-btn p wide", on_click=WebCrawlerState.add),
        class_name="sd-productform",
    )
