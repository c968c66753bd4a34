"""The tape of kept frames, as the dock shows it."""

from __future__ import annotations

from components import live as live  # the script imports that of the live store
from components.scripts import script

TAPE = script(__name__, "tape.jsx")
