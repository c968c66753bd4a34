"""A box office with two buyers side by side, each with a seat map of its own."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import live as live
from components import sheets as sheets
from components.scripts import script
from designs.ticketmaster.inside import seatmap as seatmap
from designs.ticketmaster.inside import waiting as waiting  # the script imports those of all three

BOXOFFICE = script(__name__, "boxoffice.jsx")
WHO = rx.event.passthrough_event_spec(int)
WHO_WHAT = rx.event.passthrough_event_spec(int, str)
WHO_WHICH = rx.event.passthrough_event_spec(int, list[str])
WHICH = rx.event.passthrough_event_spec(list[str])


class BoxOffice(rx.Component):
    """Buyers `users` (`step` is search, wait, choose, pay or ticket) at the API below `api`.

    `featured` is the event that everybody wants. `way` says how seat maps are kept fresh:
    polling, long, websocket or sse. Handlers get the number of the buyer first.
    """

    library = BOXOFFICE
    tag = "BoxOffice"

    api: rx.Var[str]
    users: rx.Var[Any]
    way: rx.Var[str]
    poll_s: rx.Var[Any]
    cities: rx.Var[list]
    rows: rx.Var[str]
    per_row: rx.Var[int]
    tiers: rx.Var[Any]
    queue: rx.Var[Any]
    featured: rx.Var[Any]
    on_open: rx.EventHandler[WHO_WHAT]
    on_back: rx.EventHandler[WHO]
    on_hold: rx.EventHandler[WHO_WHICH]
    on_pay: rx.EventHandler[WHO_WHAT]
    on_release: rx.EventHandler[WHO]
    on_more: rx.EventHandler[WHO]
    on_queue: rx.EventHandler[WHO]
    on_race: rx.EventHandler[WHICH]
