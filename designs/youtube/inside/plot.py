"""The plot of a player: network and chosen rendition above, the buffer below, stalls as red bars."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components import controls as controls
from components import live as live  # the script imports those of the controls and the live store
from components.scripts import script

PLOT = script(__name__, "plot.jsx")


class PlayerPlot(rx.Component):
    """One player, moment by moment."""

    library = PLOT
    tag = "PlayerPlot"

    points: rx.Var[Any]
    ladder: rx.Var[Any]
    target: rx.Var[int]
