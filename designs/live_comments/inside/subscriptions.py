"""Who listens for what: servers with their streams, and servers by streams."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import live as live  # the script imports that of the live store
from components.scripts import script

SUBSCRIPTIONS = script(__name__, "subscriptions.jsx")


class ServerMap(rx.Component):
    """Servers with the streams that they hold connections for."""

    library = SUBSCRIPTIONS
    tag = "ServerMap"

    rows: rx.Var[Any]


class SubscriptionMatrix(rx.Component):
    """Servers by streams: who listens for what."""

    library = SUBSCRIPTIONS
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
