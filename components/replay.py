"""Replay of one request's trace on the strip; the strip's script does the drawing."""

from __future__ import annotations

from components import controls as controls
from components import live as live  # the script imports those of the controls and the live store
from components.scripts import script

REPLAY = script(__name__, "replay.jsx")
