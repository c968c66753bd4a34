"""The card of a box on the path of requests; the path's script shows it."""

from __future__ import annotations

from components import controls as controls
from components import faults as faults
from components import live as live  # the script imports those of controls, faults and the live store
from components.scripts import script

BOXCARD = script(__name__, "boxcard.jsx")
