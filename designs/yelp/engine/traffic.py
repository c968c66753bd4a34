"""Performs the operations of workloads: people search, look, rate; owners rename."""

from __future__ import annotations

import asyncio
from typing import Any

from designs.yelp.engine.city_places import CENTRE, KINDS, OWNER
from designs.yelp.engine.engine import Yelp
from designs.yelp.engine.place import Rating, query_of
from sdlab.blocks import city as streets
from sdlab.lab import Operation, Traffic, performs


class YelpTraffic(Traffic[Yelp]):
    """An answer promises the rating that it names as stored."""

    @performs("search")
    async def search(self, operation: Operation) -> dict[str, Any]:
        """Somebody looks for something; `x` and `y` are metres from the centre of the city."""
        x, y = streets.to_metres(*CENTRE)
        lat, lng = streets.to_degrees(x + operation.args["x"], y + operation.args["y"])
        query = query_of(operation.args["term"], lat, lng, operation.args["radius_m"])
        answer = await self.engine.search(query)
        return {"found": len(answer.found)}

    @performs("open")
    async def open(self, operation: Operation) -> dict[str, Any]:
        """Somebody looks at a place that is on the screen."""
        place, _ = await self.engine.place(self.engine.explorer.nth(operation.args["nth"]))
        return {"place": place.id}

    @performs("rate")
    async def rate(self, operation: Operation) -> dict[str, Any]:
        """Somebody rates a place that is on the screen."""
        return await self._rate(operation.args["nth"], operation.args["stars"])

    @performs("rate_twice")
    async def rate_twice(self, operation: Operation) -> dict[str, Any]:
        """A double click: the same rating is sent twice at the same moment."""
        nth, stars = operation.args["nth"], operation.args["stars"]
        both = await asyncio.gather(self._rate(nth, stars), self._rate(nth, stars))
        return both[0]

    async def _rate(self, nth: int, stars: int) -> dict[str, Any]:
        rating, _ = await self.engine.rate(self.engine.explorer.nth(nth), stars)
        return {"place_id": rating.place_id, "by": rating.by, "at": rating.at}

    @performs("rename")
    async def rename(self, operation: Operation) -> dict[str, Any]:
        """An owner gives a place on the screen another name; with `nth` below 0 any place of the city."""
        nth, known = operation.args["nth"], self.engine.catalogue.places
        place_id = self.engine.explorer.nth(nth) if nth >= 0 else 1 + operation.args["pick"] % len(known)
        if place_id not in known or known[place_id].by != OWNER:
            place_id = 1
        kind = self.engine.catalogue.place(place_id).kind
        noun = KINDS[kind][1][0] if kind in KINDS else ""
        place = await self.engine.rename(place_id, f"{operation.args['name']} {noun}".strip())
        return {"place": place.id}

    async def honours(self, answer: Any) -> bool:
        """Whether a rating that was acknowledged, or a newer one of that person, is in its table."""
        if "at" not in answer:
            return True
        return await self.engine.ratings.has(
            Rating(answer["place_id"], answer["by"], 1, "", answer["at"] - 1e-6)
        )
