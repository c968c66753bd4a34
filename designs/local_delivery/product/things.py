"""Drawings of what the shop sells."""

from __future__ import annotations

from components.scripts import script

THINGS = script(__name__, "things.jsx")
