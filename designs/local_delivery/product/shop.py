"""The shop: a pin on the city, a shelf, two carts with their time, and orders on their way."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import live as live
from components import sheets as sheets
from components.scripts import script
from designs.local_delivery.inside import streetmap as streetmap  # the script imports those of all four
from designs.local_delivery.product import things as things

SHOP = script(__name__, "shop.jsx")
PLACE = rx.event.passthrough_event_spec(float, float)
PUT = rx.event.passthrough_event_spec(str, int, int)
WHO = rx.event.passthrough_event_spec(str)
WHICH = rx.event.passthrough_event_spec(int)


class Shop(rx.Component):
    """What can be had at the pin, and what the two who shop there have."""

    library = SHOP
    tag = "Shop"

    city: rx.Var[dict]
    shop: rx.Var[Any]
    reach: rx.Var[Any]
    on_move: rx.EventHandler[PLACE]
    on_put: rx.EventHandler[PUT]
    on_pay: rx.EventHandler[WHO]
    on_empty: rx.EventHandler[WHO]
    on_race: rx.EventHandler[WHICH]
