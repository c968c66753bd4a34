"""The script of the page's player: hls.js, with the lab's own rule for the next rendition."""

from __future__ import annotations

from components import controls as controls
from components import live as live  # the script imports those of the controls and the live store
from components.scripts import script

PLAYER = script(__name__, "player.jsx")
