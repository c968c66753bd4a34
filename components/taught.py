"""What stays of a class, for who led it and for who was there; loaded on its own page only."""

from __future__ import annotations

import reflex as rx

from components import exercise as exercise  # the script imports those of exercises, moments and calls
from components import moments as moments
from components import prediction as prediction
from components.scripts import script

TAUGHT = script(__name__, "taught.jsx")


class Taught(rx.Component):
    """The whole page; its children are the logo and the switch between light and dark."""

    library = TAUGHT
    tag = "Taught"
