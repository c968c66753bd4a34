"""The slow lens of the dock."""

from __future__ import annotations

from components import replay as replay  # the script imports that of the replay
from components.scripts import script

LENS = script(__name__, "lens.jsx")
