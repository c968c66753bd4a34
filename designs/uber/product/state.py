"""What a visitor wants of Uber: another trip, a ride, none after all; and as a driver, yes or no."""

from __future__ import annotations

from designs.uber.engine.engine import Uber
from designs.uber.engine.streets import place_at
from sdlab.live.state import VerbState, verbs_of

SLUG = "uber"

verb = verbs_of(SLUG, Uber)


class UberState(VerbState):
    """Nothing of its own: where each side stands is in the live frames."""

    @verb(unusable="those are no coordinates")
    async def plan_trip(self, engine: Uber, x: float, y: float, to_x: float, to_y: float) -> None:
        """From that point of the map to that one, in metres from the corner of the city."""
        await engine.plan_trip(place_at(float(x), float(y)), place_at(float(to_x), float(to_y)))

    @verb
    async def ride_now(self, engine: Uber) -> None:
        """Ask for a ride."""
        await engine.ride_now()

    @verb
    async def cancel(self, engine: Uber) -> None:
        """No ride after all."""
        if engine.demo.ride:
            await engine.cancel(engine.demo.ride)

    @verb
    async def new_trip(self, engine: Uber) -> None:
        """Back to the map."""
        await engine.new_trip()

    @verb
    async def accept(self, engine: Uber, ride: str) -> None:
        """My car takes it."""
        await engine.answer(str(ride), yes=True)

    @verb
    async def deny(self, engine: Uber, ride: str) -> None:
        """My car does not."""
        await engine.answer(str(ride), yes=False)
