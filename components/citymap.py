"""A made-up city on a canvas: what the maps of several labs draw it from, and the script that draws it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from components.scripts import script
from sdlab.blocks.city import HEIGHT, WIDTH, City
from sdlab.blocks.street_network import direction

CITYMAP = script(__name__, "citymap.jsx")


def geometry(city: City, *, one_way: bool = False) -> dict[str, Any]:
    """What the map draws of a city; places rounded to metres. With `one_way` also where cars may not go both ways."""
    drawn = asdict(city) | {"width": WIDTH, "height": HEIGHT}
    if one_way:
        drawn["ways"] = [
            [direction(n, len(lines)) for n in range(len(lines))] for lines in (city.xs, city.ys)
        ]
    drawn["river"] = [[round(x), round(y)] for x, y in city.river]
    return drawn
