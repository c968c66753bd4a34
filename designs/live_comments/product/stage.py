"""Screens with a moving picture and what is said over it, each with a connection of its own."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import avatar as avatar  # the script imports those of the avatar and the live store
from components import live as live
from components import sheets as sheets
from components.scripts import script
from designs.live_comments.product import scenes as scenes

STAGE = script(__name__, "stage.jsx")


class Stage(rx.Component):
    """A stream on several screens at once; the first is the host's."""

    library = STAGE
    tag = "Stage"

    api: rx.Var[str]
    stream: rx.Var[Any]
    streams: rx.Var[Any]
    demo_users: rx.Var[Any]
    by_offset: rx.Var[bool]
    poll_every: rx.Var[int]
    hidden: rx.Var[Any]
    ready: rx.Var[bool]
    wrong: rx.Var[str]
    wrong_user: rx.Var[int]
    accepted: rx.Var[list[int]]
    on_say: rx.EventHandler[rx.event.passthrough_event_spec(int, str)]
    on_hide: rx.EventHandler[rx.event.passthrough_event_spec(int)]
    on_switch: rx.EventHandler[rx.event.passthrough_event_spec(int)]
    on_watch: rx.EventHandler[rx.event.passthrough_event_spec(str)]
