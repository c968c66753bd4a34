"""Performs the operations of workloads: riders ask, cars drive and are looked at, a matcher ends."""

from __future__ import annotations

from typing import Any

from designs.uber.engine.engine import Uber
from designs.uber.engine.streets import STADIUM, Place, Trip, place_at
from sdlab.blocks.city import HEIGHT, WIDTH
from sdlab.lab import Invalid, NotFound, Operation, Traffic, performs

EDGE_M = 150.0
NEAR_M = 700.0
CROWD_M = 350.0


def _within(x: float, y: float) -> Place:
    return place_at(min(WIDTH - EDGE_M, max(EDGE_M, x)), min(HEIGHT - EDGE_M, max(EDGE_M, y)))


class UberTraffic(Traffic[Uber]):
    """An answer promises the ride that it names."""

    @performs("drive")
    async def drive(self, operation: Operation) -> dict[str, Any]:
        """The cars drive on for some seconds, and the app of the page's rider looks which of them are near."""
        await self.engine.nearby(self.engine.demo.trip.start)
        return {"ride": ""}

    @performs("request")
    async def request(self, operation: Operation) -> dict[str, Any]:
        """Somebody asks for a ride: anywhere, near the visitor, or at the stadium; a factor above `most` is too much.

        `u`, `v` are shares of where it begins, `to_u`, `to_v` of the city where it ends.
        """
        u, v, to_u, to_v = (operation.args[name] for name in ("u", "v", "to_u", "to_v"))
        around = operation.args["around"]
        if around == "city":
            start = _within(u * WIDTH, v * HEIGHT)
        else:
            x, y = STADIUM if around == "stadium" else self.engine.demo.trip.start.metres
            reach = CROWD_M if around == "stadium" else NEAR_M
            start = _within(x + (2 * u - 1) * reach, y + (2 * v - 1) * reach)
        try:
            fare = await self.engine.quote(Trip(start, _within(to_u * WIDTH, to_v * HEIGHT)))
        except Invalid:  # it ended where it began
            return {"ride": ""}
        if fare.surge > operation.args["most"]:
            self.engine.surge.declined += 1
            return {"ride": ""}
        return {"ride": (await self.engine.order(fare.id)).id}

    @performs("crash")
    async def crash(self, operation: Operation) -> dict[str, Any]:
        """A matcher ends in the middle of what it does, and is started again."""
        await self.engine.matchers.crash(operation.args["number"])
        return {"ride": ""}

    async def honours(self, answer: Any) -> bool:
        """Whether the ride is there."""
        if not answer.get("ride"):
            return True
        try:
            return bool(await self.engine.rides.find(answer["ride"]))
        except NotFound:
            return False
