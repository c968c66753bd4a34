"""The presenter's card of exercises; loaded on the presenter's page only."""

from __future__ import annotations

from components import exercise as exercise  # the script imports that of what students see
from components.scripts import script

SET_EXERCISE = script(__name__, "set_exercise.jsx")
