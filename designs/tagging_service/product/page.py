"""The product: a wall of pictures with its query and its tags; and the arrangement of the lab's page."""

from __future__ import annotations

import reflex as rx

from components.live import live
from designs.tagging_service.config import Config
from designs.tagging_service.inside.panels import panels
from designs.tagging_service.inside.views import Snapshot
from designs.tagging_service.product.state import TaggingState
from designs.tagging_service.product.wall import Wall
from sdlab.lab import Design
from sdlab.lab.toggle import as_mapping
from sdlab.pages.lab import lab_page

INITIAL = Snapshot(config=as_mapping(Config()))


def page(design: Design) -> rx.Component:
    """The lab of the tagging service."""
    return lab_page(design, product=product(design), panels=panels(live(INITIAL)))


def product(design: Design) -> rx.Component:
    """What a visitor uses."""
    newest = live(INITIAL, newest=True)
    return rx.el.div(
        rx.el.h2("A wall of pictures"),
        Wall.create(
            api=f"/api/{design.slug}", wall=newest.wall, cloud=newest.cloud, on_show=TaggingState.show
        ),
        class_name="tw-product",
    )
