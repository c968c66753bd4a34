"""Where boxes and arrows of the path of requests stand; the path's script draws them."""

from __future__ import annotations

from components.scripts import script

ROUTES = script(__name__, "routes.jsx")
