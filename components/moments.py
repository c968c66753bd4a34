"""Questions of the moment, and what a class says by itself; the scripts of both sides of a class share them."""

from __future__ import annotations

from components import (
    class_calls as class_calls,
)  # the script imports those of the calls, controls and live store
from components import controls as controls
from components.scripts import script

MOMENTS = script(__name__, "moments.jsx")
