"""An exercise of a class, as students and the projector see it; loaded with the class."""

from __future__ import annotations

from components import moments as moments  # the script imports that of the countdown
from components.scripts import script

EXERCISE = script(__name__, "exercise.jsx")
