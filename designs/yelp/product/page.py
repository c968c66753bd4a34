"""The product: a map of places with a search; and the arrangement of the lab's page."""

from __future__ import annotations

import reflex as rx

from components.citymap import geometry
from components.live import live
from designs.yelp.config import Config
from designs.yelp.engine.city_places import CITY
from designs.yelp.inside.panels import panels
from designs.yelp.inside.views import Snapshot
from designs.yelp.product.explore import Explore
from designs.yelp.product.state import YelpState
from sdlab.lab import Design
from sdlab.lab.toggle import as_mapping
from sdlab.pages.lab import lab_page

INITIAL = Snapshot(config=as_mapping(Config()))


def page(design: Design) -> rx.Component:
    """The lab of Yelp."""
    return lab_page(design, product=product(), panels=panels(live(INITIAL)))


def product() -> rx.Component:
    """Search, map, list, a place."""
    newest = live(INITIAL, newest=True)
    return Explore.create(
        city=geometry(CITY),
        explorer=newest.explorer,
        on_look=YelpState.look,
        on_open=YelpState.open_place,
        on_leave=YelpState.leave,
        on_rate=YelpState.rate,
    )
