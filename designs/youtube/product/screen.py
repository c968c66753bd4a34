"""The screen: a player, its network, an uploader, what is under way, and the shelf."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import controls as controls
from components import live as live  # the scripts import those of the controls and the live store
from components import sheets as sheets
from components.scripts import script
from designs.youtube.product.player import PLAYER as PLAYER
from designs.youtube.product.uploader import UPLOADER as UPLOADER

SCREEN = script(__name__, "screen.jsx")
HLS = "hls.js@1.7.4"


class Screen(rx.Component):
    """Everything that a visitor uses; the library that plays is loaded after the page is shown."""

    library = SCREEN
    tag = "Screen"
    lib_dependencies: list[str] = [HLS]

    screen: rx.Var[Any]
    ready: rx.Var[bool]
    wrong: rx.Var[str]
    on_give_up: rx.EventHandler[rx.event.passthrough_event_spec(str)]
