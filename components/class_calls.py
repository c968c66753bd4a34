"""The calls of a class, which the scripts of its parts share."""

from __future__ import annotations

from components import live as live  # the script imports that of the live store
from components.scripts import script

CLASS_CALLS = script(__name__, "class_calls.jsx")
