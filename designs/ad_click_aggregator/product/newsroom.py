"""A news page whose ads can be clicked, and the dashboard of one advertiser."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import controls as controls
from components import live as live
from components import (
    sheets as sheets,
)  # the script imports those of the controls, the live store and the sheets
from components.scripts import script

NEWSROOM = script(__name__, "newsroom.jsx")


class Newsroom(rx.Component):
    """Asks for impressions and follows clicks by itself, over the lab's API, as any page would."""

    library = NEWSROOM
    tag = "Newsroom"

    api: rx.Var[str]
    screen: rx.Var[Any]
    ready: rx.Var[bool]
    wrong: rx.Var[str]
    on_look: rx.EventHandler[rx.event.passthrough_event_spec(str)]
