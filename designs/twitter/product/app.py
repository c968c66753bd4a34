"""The product on the page: a timeline, a compose box, threads, people and a search."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import avatar as avatar  # the script imports those of avatar, controls and live store
from components import controls as controls
from components import live as live
from components.scripts import script

APP = script(__name__, "app.jsx")


class TwitterApp(rx.Component):
    """What whoever acts on the page sees. `api` is where threads, searches and older pages are read."""

    library = APP
    tag = "TwitterApp"

    api: rx.Var[str]
    known: rx.Var[bool]
    me: rx.Var[str]
    now: rx.Var[float]
    people: rx.Var[Any]
    home: rx.Var[Any]
    searches: rx.Var[Any]
    waiting: rx.Var[Any]
    refusal: rx.Var[str]
    refusals: rx.Var[int]
    answered: rx.Var[int]
    on_become: rx.EventHandler[rx.event.passthrough_event_spec(str)]
    on_post: rx.EventHandler[rx.event.passthrough_event_spec(str, str)]
    on_reply: rx.EventHandler[rx.event.passthrough_event_spec(str, str)]
    on_edit: rx.EventHandler[rx.event.passthrough_event_spec(str, str)]
    on_delete: rx.EventHandler[rx.event.passthrough_event_spec(str)]
    on_like: rx.EventHandler[rx.event.passthrough_event_spec(str, bool)]
    on_retweet: rx.EventHandler[rx.event.passthrough_event_spec(str)]
    on_follow: rx.EventHandler[rx.event.passthrough_event_spec(str, bool)]
    on_block: rx.EventHandler[rx.event.passthrough_event_spec(str, bool)]
    on_accept: rx.EventHandler[rx.event.passthrough_event_spec(str)]
    on_private: rx.EventHandler[rx.event.passthrough_event_spec(bool)]
