"""The web as a picture: sites with their pages around them, coloured by state, joined to the page that led there."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import citymap as citymap
from components import controls as controls
from components import (
    live as live,
)  # the script imports those of the city map, the controls and the live store
from components.scripts import script

WEBGRAPH = script(__name__, "webgraph.jsx")


class WebGraph(rx.Component):
    """`graph` is the view of that name."""

    library = WEBGRAPH
    tag = "WebGraph"

    graph: rx.Var[Any]
    label: rx.Var[str]
