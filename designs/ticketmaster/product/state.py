"""What two visitors want of the box office: open an event, wait, hold, pay, give back, or both at once."""

from __future__ import annotations

from designs.ticketmaster.engine.engine import Ticketmaster
from sdlab.live.state import VerbState, verbs_of

SLUG = "ticketmaster"

verb = verbs_of(SLUG, Ticketmaster)


class TicketState(VerbState):
    """Nothing of its own: where each buyer stands is in the live frames."""

    @verb
    async def open_event(self, engine: Ticketmaster, number: int, event_id: str) -> None:
        """Look at an event."""
        await engine.demo_users.open_event(number, event_id)

    @verb
    async def back(self, engine: Ticketmaster, number: int) -> None:
        """To the search."""
        await engine.demo_users.back(number)

    @verb
    async def queue(self, engine: Ticketmaster, number: int) -> None:
        """Stand in line once more."""
        await engine.demo_users.queue_again(number)

    @verb
    async def hold(self, engine: Ticketmaster, number: int, seats: list[str]) -> None:
        """Hold these seats."""
        await engine.demo_users.hold(number, seats)

    @verb
    async def pay(self, engine: Ticketmaster, number: int, outcome: str) -> None:
        """Pay with a test card."""
        await engine.demo_users.pay(number, outcome)

    @verb
    async def release(self, engine: Ticketmaster, number: int) -> None:
        """Give the seats back."""
        await engine.demo_users.release(number)

    @verb
    async def more(self, engine: Ticketmaster, number: int) -> None:
        """Another ticket for the same event."""
        await engine.demo_users.more(number)

    @verb
    async def race(self, engine: Ticketmaster, seats: list[str]) -> None:
        """Both buyers want the same seats at the same moment."""
        await engine.demo_users.race(seats)
