"""Who can be there within the hour: open centres, their lines, the circle and the streets."""

from __future__ import annotations

from collections import Counter

from designs.local_delivery.config import Config
from designs.local_delivery.engine.nodes import TRAVEL
from designs.local_delivery.engine.strategies.allocating import REACHES, CandidateCentre
from designs.local_delivery.engine.world import CENTRES, PICKERS, PROMISE_MIN
from sdlab.blocks.city import HEIGHT, WIDTH, to_metres
from sdlab.lab import EngineContext, Invalid

SPARE_MIN = 2.0  # nobody promises to the minute


class Reach:
    """`lines` are the orders that wait or are picked, by centre; `pool` those that any may pick."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self.lines: Counter[int] = Counter()
        self.pool = 0

    def is_open(self, centre_id: int) -> bool:
        """Whether a centre takes orders."""
        node = self._context.nodes.get(CENTRES[centre_id].node)
        return node is not None and not node.down

    def open_centres(self) -> list[int]:
        """Those that take orders."""
        return [one for one in CENTRES if self.is_open(one)]

    def wait_min(self, centre_id: int) -> float:
        """How long an order that comes now waits for a picker there, and is picked, in minutes."""
        open_now = max(1, len(self.open_centres()))
        before = self.lines[centre_id] + self.pool / open_now
        return (before // PICKERS + 1) * self._context.config.pick_min

    def limit_min(self, centre_id: int, *, spent: float = 0.0) -> float:
        """How long the ride from there may take, when so many minutes of the hour are spent."""
        left = PROMISE_MIN - spent - SPARE_MIN
        return left - self._context.config.courier_min - self.wait_min(centre_id)

    def near(self, x: float, y: float) -> list[CandidateCentre]:
        """Open centres within the circle, with their rides, nearest first; nobody's request."""
        centres = self.open_centres()
        limits = {one: self.limit_min(one) for one in centres}
        waits = {one: self.wait_min(one) for one in centres}
        found = REACHES[self._context.config.reach].measure(self._context, x, y, limits, waits)
        return sorted(found, key=lambda one: (one.ride if one.ride >= 0 else one.metres / 100, one.centre_id))

    async def candidates(self, x: float, y: float, *, source: str) -> list[CandidateCentre]:
        """Open centres that reach the place within the hour, nearest first."""
        if not REACHES[self._context.config.reach].asks:
            return [one for one in self.near(x, y) if one.reaches]

        async def ask() -> list[CandidateCentre]:
            return self.near(x, y)

        found = await self._context.node(TRAVEL).call("how long", ask, source=source)
        return [one for one in found if one.reaches]


def place_of(lat: float, lng: float) -> tuple[float, float]:
    """Metres in the city, to a metre. `Invalid` for a place outside of it."""
    x, y = to_metres(lat, lng)
    if not (-1 <= x <= WIDTH + 1 and -1 <= y <= HEIGHT + 1):
        raise Invalid(
            "that is outside of the city: 48.000 to 48.054 north, 11.000 to 11.108 east", field="lat"
        )
    return round(min(WIDTH, max(0.0, x))), round(min(HEIGHT, max(0.0, y)))
