"""A made-up city on a canvas: what the maps of several labs draw it from, and the script that draws it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from components.scripts import script
from sdlab.blocks.city import HEIGHT, WIDTH, City

CITYMAP = script(__name__, "citymap.jsx")


def geometry(city: City) -> dict[str, Any]:
    """What the map draws of a city; places rounded to metres."""
    drawn = asdict(city) | {"width": WIDTH, "height": HEIGHT}
    drawn["river"] = [[round(x), round(y)] for x, y in city.river]
    return drawn
