"""One panel or the path of a lab, alone: for a frame on somebody's page."""

from __future__ import annotations

import reflex as rx

from components import live as live  # the script imports that of the live store
from components.scripts import script

EMBED = script(__name__, "embed.jsx")


class Embed(rx.Component):
    """Children: the path, then the panels. Shows the one that the address names, and a link to the lab."""

    library = EMBED
    tag = "Embed"

    lab: rx.Var[str]
    title: rx.Var[str]
