"""The product: a shop that delivers within the hour; and the arrangement of the lab's page."""

from __future__ import annotations

import reflex as rx

from components.citymap import geometry
from components.live import live
from designs.local_delivery.config import Config
from designs.local_delivery.engine.world import CITY, ITEMS
from designs.local_delivery.inside.panels import panels
from designs.local_delivery.inside.views import ShopView, Snapshot, ThingView
from designs.local_delivery.product.shop import Shop
from designs.local_delivery.product.state import LocalDeliveryState
from sdlab.lab import Design
from sdlab.lab.toggle import as_mapping
from sdlab.pages.lab import lab_page

# The shelf is there from the beginning, without any figure, so that nothing moves when these come.
SHELF = tuple(ThingView(id=one.id, slug=one.slug, name=one.name) for one in ITEMS.values())
INITIAL = Snapshot(config=as_mapping(Config()), shop=ShopView(shelf=SHELF))


def page(design: Design) -> rx.Component:
    """The lab of local delivery."""
    return lab_page(design, product=product(), panels=panels(live(INITIAL)))


def product() -> rx.Component:
    """Pin, shelf, carts, orders."""
    newest = live(INITIAL, newest=True)
    return Shop.create(
        city=geometry(CITY),
        shop=newest.shop,
        reach=newest.reach,
        on_move=LocalDeliveryState.move,
        on_put=LocalDeliveryState.put,
        on_pay=LocalDeliveryState.pay,
        on_empty=LocalDeliveryState.empty,
        on_race=LocalDeliveryState.race,
    )
