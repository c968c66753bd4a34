"""What must hold, as chips in the dock; the dock's script draws them."""

from __future__ import annotations

from components import controls as controls
from components import evidence as evidence
from components import live as live  # the script imports those of controls, evidence and the live store
from components.scripts import script

CLAIMS = script(__name__, "claims.jsx")
