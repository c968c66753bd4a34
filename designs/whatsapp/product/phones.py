"""The phones: chats with ticks, typing, pictures, flight mode, and a second device."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import live as live  # the script imports those of the live store and the sheets
from components import sheets as sheets
from components.scripts import script

PHONES = script(__name__, "phones.jsx")


class Phones(rx.Component):
    """Everything that Ann, Ben and Cleo have before them."""

    library = PHONES
    tag = "Phones"

    phones: rx.Var[Any]
    api: rx.Var[str]
    on_write: rx.EventHandler[rx.event.passthrough_event_spec(str, str, str)]
    on_picture: rx.EventHandler[rx.event.passthrough_event_spec(str, str)]
    on_typing: rx.EventHandler[rx.event.passthrough_event_spec(str, str)]
    on_open: rx.EventHandler[rx.event.passthrough_event_spec(str, str)]
    on_flight: rx.EventHandler[rx.event.passthrough_event_spec(str, bool)]
    on_link: rx.EventHandler[rx.event.passthrough_event_spec(str)]
