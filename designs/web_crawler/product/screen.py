"""The crawler's desk: a form, the web as it grows, the newest pages, and one of them to be read."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import controls as controls
from components import (
    live as live,
)  # the script imports those of the controls, the live store and the picture of the web
from components.scripts import script
from designs.web_crawler.inside import webgraph as webgraph

SCREEN = script(__name__, "screen.jsx")


class Screen(rx.Component):
    """A crawl, and what can be asked for."""

    library = SCREEN
    tag = "Screen"

    screen: rx.Var[Any]
    graph: rx.Var[Any]
    robots: rx.Var[Any]
    proposed: rx.Var[str]
    ready: rx.Var[bool]
    wrong: rx.Var[str]
    page_id: rx.Var[int]
    page_title: rx.Var[str]
    page_url: rx.Var[str]
    page_language: rx.Var[str]
    page_charset: rx.Var[str]
    page_text: rx.Var[str]
    page_copy: rx.Var[bool]
    on_start: rx.EventHandler[rx.event.passthrough_event_spec(str, str, str)]
    on_pause: rx.EventHandler[rx.event.passthrough_event_spec(str)]
    on_resume: rx.EventHandler[rx.event.passthrough_event_spec(str)]
    on_read: rx.EventHandler[rx.event.passthrough_event_spec(int)]
    on_shut: rx.EventHandler[rx.event.no_args_event_spec]
    on_explain: rx.EventHandler[rx.event.passthrough_event_spec(str)]
