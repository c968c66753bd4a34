"""Simulated buyers: who arrived, who is inside, who holds what; operations name the nth of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from designs.ticketmaster.engine.engine import Ticketmaster
from designs.ticketmaster.engine.holds import remember
from designs.ticketmaster.engine.programme import FIRST_EVENT
from designs.ticketmaster.engine.search_index import SearchQuery
from sdlab.lab import Conflict, Forbidden, NotFound, Operation, Traffic, acting, acting_as, performs

ACTORS = 2_000
NEW_AFTER_S = 5.0
CROWD = 30  # so many are in line before the buyers on the page


class TicketmasterTraffic(Traffic[Ticketmaster]):
    """Buyers by name, with the tokens of their positions and the holds that they made."""

    def __init__(self, engine: Ticketmaster) -> None:
        super().__init__(engine)
        self._tokens: OrderedDict[str, str] = OrderedDict()
        self._names: OrderedDict[str, str] = OrderedDict()
        self._inside: OrderedDict[str, str] = OrderedDict()
        self._held: OrderedDict[str, str] = OrderedDict()
        self._came = -NEW_AFTER_S
        self._crowd = 0
        engine.admission.admitted.connect(self._admitted)

    def _admitted(self) -> None:
        """Some came in; those of our buyers among them may act."""
        for token in self.engine.admission.newest:
            if token in self._names:
                remember(self._inside, self._names[token], token, ACTORS)

    @performs("search")
    async def search(self, operation: Operation) -> int:
        """Look for events."""
        return len((await self.engine.search(SearchQuery(term=operation.args["term"]))).events)

    @performs("edit")
    async def edit(self, operation: Operation) -> dict[str, Any]:
        """Rename an event."""
        event_id = self._here(operation.args["event"])
        return asdict(await self.engine.edit(event_id, operation.args["title"]))

    @performs("race")
    async def race(self, operation: Operation) -> None:
        """Both buyers of the page want the same seats."""
        await self.engine.demo_users.race(operation.args["seats"])

    @performs("arrive")
    async def arrive(self, operation: Operation) -> None:
        """Come to an event; the panels follow many who come, and so do the buyers on the page."""
        event_id, now = operation.args["event"], self.engine.clock.monotonic()
        if now - self._came > NEW_AFTER_S:
            self.engine.seat_maps.shown, self._crowd = event_id, 0
        self._came = now
        self._crowd = number = self._crowd + 1
        await self._token(event_id)
        if number == CROWD:
            await self.engine.demo_users.follow_crowd(event_id)

    def _here(self, event_id: str) -> str:
        """Traffic is about the event on screen: that and the one first shown change places."""
        on_screen = self.engine.demo_users.on_screen
        return {FIRST_EVENT: on_screen, on_screen: FIRST_EVENT}.get(event_id, event_id)

    @performs("hold")
    async def hold(self, operation: Operation) -> dict[str, Any]:
        """Hold seats, with a position in the queue where one is needed."""
        args = {**operation.args, "event": self._here(operation.args["event"])}
        return await self._hold(args, await self._token(args["event"]))

    @performs("hold_inside")
    async def hold_inside(self, operation: Operation) -> dict[str, Any]:
        """One of those inside holds seats."""
        args = operation.args
        queued = self.engine.admission.needed(self.engine.event(args["event"]))
        name = _nth(self._inside if queued else self._tokens, args["nth"])
        try:
            with acting_as(name, by_hand=False):
                return await self._hold(args, self._tokens.get(name, ""))
        except Forbidden:
            self._inside.pop(name, None)  # the visit is over
            raise

    async def _hold(self, args: Mapping[str, Any], token: str) -> dict[str, Any]:
        hold = await self.engine.hold(args["event"], args["seats"], token=token)
        remember(self._held, hold.buyer, hold.id, ACTORS)
        return asdict(hold)

    @performs("book")
    async def book(self, operation: Operation) -> dict[str, Any]:
        """Pay for what the buyer holds."""
        return await self._book(operation.args["outcome"])

    @performs("book_held")
    async def book_held(self, operation: Operation) -> dict[str, Any]:
        """One of those who hold seats pays."""
        with acting_as(_nth(self._held, operation.args["nth"]), by_hand=False):
            return await self._book(operation.args["outcome"])

    async def _book(self, outcome: str) -> dict[str, Any]:
        name = acting().name
        done = await self.engine.book(self._hold_of(name), outcome=outcome)
        self._inside.pop(name, None)
        return asdict(done)

    @performs("release")
    async def release(self, operation: Operation) -> None:
        """Give back what the buyer holds."""
        await self.engine.release(self._hold_of(operation.actor))

    def _hold_of(self, name: str) -> str:
        if hold_id := self._held.pop(name, ""):
            return hold_id
        raise Conflict("this buyer holds nothing")

    async def _token(self, event_id: str) -> str:
        """The buyer's position in line, a new one if need be; nothing where nobody has to wait."""
        name = acting().name
        if not self.engine.admission.needed(self.engine.event(event_id)):
            remember(self._tokens, name, self._tokens.get(name, ""), ACTORS)
            return ""
        if token := self._tokens.get(name, ""):
            with suppress(NotFound):
                await self.engine.position(event_id, token)
                return token
        token = (await self.engine.join(event_id)).token
        remember(self._tokens, name, token, ACTORS)
        remember(self._names, token, name, ACTORS)
        return token

    async def honours(self, answer: Any) -> bool:
        """A booking is in the table of bookings, a hold that has not ended keeps its seats, a title was given."""
        if not isinstance(answer, Mapping):
            return True
        if "title" in answer:
            return await self.engine.catalogue.had_title(answer["id"], answer["title"])
        if "state" not in answer:
            done = await self.engine.bookings.booking(answer["id"])
            return done is not None and list(done.seats) == list(answer["seats"])
        hold = await self.engine.holds.hold(answer["id"])
        if hold.state != "held" or hold.expires <= self.engine.clock.time():
            return hold.state != "lost"
        return await self.engine.holds.keeps(hold)


def _nth(names: Mapping[str, str], number: int) -> str:
    """The nth of them, counted around; `Conflict` when there is nobody."""
    if not names:
        raise Conflict("nobody is there to act")
    return list(names)[number % len(names)]
