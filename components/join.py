"""The form that leads into a class."""

from __future__ import annotations

import reflex as rx

from components import live as live  # the script imports that of the live store
from components.scripts import script

JOIN = script(__name__, "join.jsx")


class JoinForm(rx.Component):
    """Asks for the code, joins, and goes to the class's lab."""

    library = JOIN
    tag = "JoinForm"
