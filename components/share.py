"""Takes a panel along: as PNG, as SVG, or as a frame for somebody's page."""

from __future__ import annotations

from components.controls import CONTROLS as CONTROLS
from components.scripts import script

SHARE = script(__name__, "share.jsx")
