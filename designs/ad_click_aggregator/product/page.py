"""The product: a news page with ads, and an advertiser's dashboard; and the arrangement of the lab's page."""

from __future__ import annotations

import reflex as rx

from components.live import live
from designs.ad_click_aggregator.config import Config
from designs.ad_click_aggregator.inside.panels import panels
from designs.ad_click_aggregator.inside.views import Snapshot
from designs.ad_click_aggregator.product.newsroom import Newsroom
from designs.ad_click_aggregator.product.state import AdClickState
from sdlab.lab import Design
from sdlab.lab.toggle import as_mapping
from sdlab.pages.lab import lab_page

INITIAL = Snapshot(config=as_mapping(Config()))


def page(design: Design) -> rx.Component:
    """The lab of the ad click aggregator."""
    return lab_page(design, product=product(design), panels=panels(live(INITIAL)))


def product(design: Design) -> rx.Component:
    """What a reader and an advertiser see."""
    newest = live(INITIAL, newest=True)
    return Newsroom.create(
        api=f"/api/{design.slug}",
        screen=newest.screen,
        ready=newest.screen.advertiser != "",
        wrong=AdClickState.wrong,
        on_look=AdClickState.look,
    )
