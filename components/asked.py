"""Which question of a lab is open; the scripts of questions, panels, tour and palette share it."""

from __future__ import annotations

from components import places as places  # the script imports those of places and the live store
from components.scripts import script

ASKED = script(__name__, "asked.jsx")
