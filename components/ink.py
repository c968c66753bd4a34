"""The leader's pointer and pen over a lab's page; the script of the class shows it."""

from __future__ import annotations

from components import live as live  # the script imports that of the live store
from components.scripts import script

INK = script(__name__, "ink.jsx")
