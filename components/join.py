"""The form that leads into a class."""

from __future__ import annotations

import reflex as rx

from components import live as live  # the script imports that of the live store

JOIN = rx.asset("join.jsx", shared=True).importable_path


class JoinForm(rx.Component):
    """Asks for the code, joins, and goes to the class's lab."""

    library = JOIN
    tag = "JoinForm"
