"""Where the visitor is within a page, in the address; the scripts of tabs and questions use it."""

from __future__ import annotations

from components import live as live  # the script imports that of the live store
from components.scripts import script

PLACES = script(__name__, "places.jsx")
