"""A social feed on two sides of a page."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import avatar as avatar  # the script imports those of avatar, controls and live store
from components import controls as controls
from components import live as live
from components import sheets as sheets
from components.scripts import script

SOCIAL = script(__name__, "social.jsx")


class SocialFeed(rx.Component):
    """Two people of the same network side by side. `api` is where timelines are read."""

    library = SOCIAL
    tag = "SocialFeed"

    api: rx.Var[str]
    users: rx.Var[Any]
    star: rx.Var[str]
    refusal: rx.Var[str]
    refused_side: rx.Var[int]
    refusals: rx.Var[int]
    on_become: rx.EventHandler[rx.event.passthrough_event_spec(int, str)]
    on_post: rx.EventHandler[rx.event.passthrough_event_spec(int, str)]
    on_delete: rx.EventHandler[rx.event.passthrough_event_spec(int, int)]
    on_follow: rx.EventHandler[rx.event.passthrough_event_spec(int, str, bool)]
