"""The product: a stock with its alerts; and the arrangement of the lab's page."""

from __future__ import annotations

import reflex as rx

from components.live import live
from designs.stock_alerts.config import Config
from designs.stock_alerts.inside.panels import panels
from designs.stock_alerts.inside.views import Snapshot
from designs.stock_alerts.product.screen import Screen
from designs.stock_alerts.product.state import StockAlertsState
from sdlab.lab import Design
from sdlab.lab.toggle import as_mapping
from sdlab.pages.lab import lab_page

INITIAL = Snapshot(config=as_mapping(Config()))


def page(design: Design) -> rx.Component:
    """The lab of stock alerts."""
    return lab_page(design, product=product(design), panels=panels(live(INITIAL)))


def product(design: Design) -> rx.Component:
    """What a visitor uses."""
    newest = live(INITIAL, newest=True)
    return Screen.create(
        api=f"/api/{design.slug}",
        screen=newest.screen,
        ready=newest.screen.price > 0,
        wrong=StockAlertsState.wrong,
        on_look=StockAlertsState.look,
        on_nudge=StockAlertsState.nudge,
        on_place=StockAlertsState.place,
        on_move=StockAlertsState.move,
        on_rearm=StockAlertsState.rearm,
        on_delete=StockAlertsState.delete,
    )
