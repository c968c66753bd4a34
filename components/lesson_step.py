"""One step of a lesson of one's own: what it says and does, and the fields to change it."""

from __future__ import annotations

from components import live as live  # the script imports that of the live store
from components.scripts import script

LESSON_STEP = script(__name__, "lesson_step.jsx")
