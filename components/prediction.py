"""A prediction of a class, as students, the projector and the results show it; loaded when there is one."""

from __future__ import annotations

from components import (
    class_calls as class_calls,
)  # the script imports those of the calls, controls and the countdown
from components import controls as controls
from components import moments as moments
from components.scripts import script

PREDICTION = script(__name__, "prediction.jsx")
