"""The product: a rider and a driver over one city; and the arrangement of the lab's page."""

from __future__ import annotations

import reflex as rx

from components.citymap import geometry
from components.live import live
from designs.uber.config import Config
from designs.uber.engine.streets import CITY, STADIUM
from designs.uber.inside.panels import panels
from designs.uber.inside.views import Snapshot
from designs.uber.product.cab import Cab
from designs.uber.product.state import UberState
from sdlab.lab import Design
from sdlab.lab.toggle import as_mapping
from sdlab.pages.lab import lab_page

INITIAL = Snapshot(config=as_mapping(Config()))


def page(design: Design) -> rx.Component:
    """The lab of Uber."""
    return lab_page(design, product=product(design), panels=panels(live(INITIAL)))


def product(design: Design) -> rx.Component:
    """A map, a rider, a driver."""
    newest = live(INITIAL, newest=True)
    return Cab.create(
        api=f"/api/{design.slug}",
        city=geometry(CITY, one_way=True) | {"stadium": STADIUM},
        points=newest.points,
        rider=newest.rider,
        driver=newest.driver,
        surges=newest.surges.cells,
        on_trip=UberState.plan_trip,
        on_order=UberState.ride_now,
        on_cancel=UberState.cancel,
        on_new=UberState.new_trip,
        on_accept=UberState.accept,
        on_deny=UberState.deny,
    )
