"""Parts of a live stream: screens with a generated picture and what is said over it; who listens for what."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import (
    avatar as avatar,  # the script imports those of the avatar, the controls and the live store
)
from components import controls as controls
from components import live as live

STAGE = rx.asset("stage.jsx", shared=True).importable_path


class Stage(rx.Component):
    """A stream on several screens at once; the first is the host's."""

    library = STAGE
    tag = "Stage"

    api: rx.Var[str]
    stream: rx.Var[Any]
    streams: rx.Var[Any]
    panes: rx.Var[Any]
    by_offset: rx.Var[bool]
    wrong: rx.Var[str]
    wrong_pane: rx.Var[int]
    on_say: rx.EventHandler[rx.event.passthrough_event_spec(int, str)]
    on_hide: rx.EventHandler[rx.event.passthrough_event_spec(int)]
    on_switch: rx.EventHandler[rx.event.passthrough_event_spec(int)]
    on_watch: rx.EventHandler[rx.event.passthrough_event_spec(str)]


class ServerMap(rx.Component):
    """Servers with the streams that they hold connections for."""

    library = STAGE
    tag = "ServerMap"

    rows: rx.Var[Any]


class SubscriptionMatrix(rx.Component):
    """Servers by streams: who listens for what."""

    library = STAGE
    tag = "SubscriptionMatrix"

    streams: rx.Var[Any]
    rows: rx.Var[Any]
    label: rx.Var[str]


def server_map(rows: Any) -> rx.Component:
    """Servers `{label, up, connections, capacity, streams, held: {stream, viewers}, received, useful_pct}`."""
    return ServerMap.create(rows=rows)


def subscription_matrix(streams: Any, rows: Any, *, label: str) -> rx.Component:
    """Rows `{server, signs}` with one sign per stream.

    `2` listened for and watched, `1` listened for and not watched, `x` watched and not listened for.
    """
    return SubscriptionMatrix.create(streams=streams, rows=rows, label=label)
