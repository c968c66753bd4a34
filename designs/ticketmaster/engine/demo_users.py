"""Two buyers at the counter of the page, A and B: what each is looking at, holds, has paid for.

Where they stand is kept in Redis, so that a reload and a restart leave them where they were.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import orjson

from designs.ticketmaster.box_office import Booking, Hold
from designs.ticketmaster.events import PER_ROW, ROWS, SEATS
from designs.ticketmaster.queueing import Place
from designs.ticketmaster.seatboard import FREE
from sdlab.lab import Invalid, LabError, NotFound, Unavailable

if TYPE_CHECKING:
    from designs.ticketmaster.engine import Ticketmaster

NAMES = ("A", "B")
FIRST_EVENT = "e2"
MIDDLE_FIRST = sorted(
    SEATS, key=lambda seat: abs(int(seat[1:]) - (PER_ROW + 1) / 2) + 2 * abs(ROWS.index(seat[0]) - 3)
)
Step = Literal["search", "wait", "choose", "pay", "ticket"]
Tone = Literal["", "ok", "miss", "error"]


@dataclass(slots=True)
class Pane:
    """One buyer. `first` is the place in the queue at the beginning; `unsure` is a payment that may have failed."""

    name: str
    event_id: str = FIRST_EVENT
    token: str = ""
    first: int = 0
    place: Place | None = None
    hold: Hold | None = None
    booking: Booking | None = None
    unsure: bool = False
    busy: str = ""
    note: str = ""
    tone: Tone = ""

    @property
    def by(self) -> str:
        """How the lab calls this buyer."""
        return f"buyer {self.name}"

    def say(self, note: str, tone: Tone) -> None:
        """What this buyer is told."""
        self.note, self.tone = note, tone

    def leave(self) -> None:
        """Nothing is held or waited for any more."""
        self.token, self.first, self.place = "", 0, None
        self.hold = self.booking = None
        self.unsure = False


class Panes:
    """Both buyers of a room."""

    def __init__(self, engine: Ticketmaster) -> None:
        self._engine = engine
        self.both = tuple(Pane(name) for name in NAMES)
        self.on_screen = FIRST_EVENT
        self.inside = FIRST_EVENT
        self._key = engine.room.key("panes")

    def pane(self, number: int) -> Pane:
        """A buyer by number; `Invalid` for one that there is not."""
        if not 0 <= number < len(self.both):
            raise Invalid("there are two buyers, 0 and 1", field="pane")
        return self.both[number]

    async def open(self) -> None:
        """Both are where they were."""
        known = await self._engine.room.redis.hgetall(self._key)
        for pane in self.both:
            if pane.name in known:
                await self._restore(pane, orjson.loads(known[pane.name]))

    async def _restore(self, pane: Pane, kept: dict[str, str | int]) -> None:
        if kept["event"] and kept["event"] not in self._engine.catalogue.events:
            return
        pane.event_id, pane.token, pane.first = str(kept["event"]), str(kept["token"]), int(kept["first"])
        hold_id = str(kept["hold"])
        if hold_id:
            office = self._engine.selling.office
            pane.booking = await office.booking(hold_id)
            with suppress(NotFound):  # it ended so long ago that it is forgotten
                hold = await office.hold(hold_id)
                pane.hold = hold if hold.state == "held" else None
            pane.unsure = pane.hold is not None
        self.on_screen = self.inside = pane.event_id or self.on_screen

    async def _keep(self, pane: Pane) -> None:
        one = pane.booking or pane.hold
        kept = {
            "event": pane.event_id, "token": pane.token, "first": pane.first, "hold": one.id if one else ""
        }  # fmt: skip
        await self._engine.room.redis.hset(self._key, pane.name, orjson.dumps(kept).decode())
        self._engine.board.nudge()
        self._engine.changed()

    def step(self, pane: Pane) -> Step:
        """Where a buyer is on the way to a ticket."""
        if not pane.event_id:
            return "search"
        if pane.booking:
            return "ticket"
        if pane.hold:
            return "pay"
        event = self._engine.catalogue.events[pane.event_id]
        if self._engine.lobby.needed(event) and not (pane.place and pane.place.admitted):
            return "wait"
        return "choose"

    # What buyers do

    async def open_event(self, number: int, event_id: str) -> None:
        """Look at an event; for a popular one that means to stand in line."""
        pane = self.pane(number)
        event = self._engine.catalogue.event(event_id)
        await self._give_up(pane)
        pane.event_id = self.on_screen = self.inside = event.id
        pane.say("", "")
        if self._engine.lobby.needed(event):
            await self._queue(pane)
        await self._keep(pane)

    async def queue_again(self, number: int) -> None:
        """Stand in line once more."""
        pane = self.pane(number)
        await self._give_up(pane)
        pane.say("", "")
        await self._queue(pane)
        await self._keep(pane)

    async def _queue(self, pane: Pane) -> None:
        try:
            pane.place = await self._engine.join(pane.event_id, by=pane.by)
        except LabError as error:
            pane.say(error.detail, "error")
            return
        pane.token, pane.first = pane.place.token, pane.place.position

    async def back(self, number: int) -> None:
        """To the search; what was held or waited for is given up."""
        pane = self.pane(number)
        await self._give_up(pane)
        pane.event_id = ""
        pane.say("", "")
        await self._keep(pane)

    async def more(self, number: int) -> None:
        """Another ticket for the same event."""
        await self.open_event(number, self.pane(number).event_id)

    async def _give_up(self, pane: Pane) -> None:
        hold, token, event_id = pane.hold, pane.token, pane.event_id
        pane.leave()
        if hold:
            await self._engine.release(hold.id, by=pane.by)
        if token:
            await self._engine.lobby.leave(event_id, token)

    async def hold(self, number: int, seats: Sequence[str]) -> None:
        """Hold these seats."""
        pane = self.pane(number)
        pane.booking = None
        try:
            pane.hold = await self._engine.hold(pane.event_id, seats, token=pane.token, by=pane.by)
            pane.unsure = False
            pane.say("", "")
        except LabError as error:
            pane.say(error.detail, "error")
        await self._keep(pane)

    async def pay(self, number: int, outcome: str) -> None:
        """Pay with a test card that ends as it says."""
        pane = self.pane(number)
        if pane.hold is None or pane.busy:
            return
        pane.busy = "paying"
        pane.say("", "")
        self._engine.changed()
        try:
            pane.booking = await self._engine.book(
                pane.hold.id, outcome=outcome, key=f"{pane.name}-{pane.hold.id}", by=pane.by
            )
            pane.hold = None
        except Unavailable as error:
            pane.unsure = True
            pane.say(error.detail, "miss")
        except LabError as error:
            if error.status in (409, 410):
                pane.hold = None
            pane.say(error.detail, "error")
        finally:
            pane.busy = ""
        await self._keep(pane)

    async def release(self, number: int) -> None:
        """Give the seats back."""
        pane = self.pane(number)
        if pane.hold is None or pane.busy:
            return
        hold, pane.hold = pane.hold, None
        await self._engine.release(hold.id, by=pane.by)
        pane.say("", "")
        if hold.token:
            pane.token, pane.place = "", None
        await self._keep(pane)

    async def race(self, seats: Sequence[str]) -> None:
        """Both want the same seats of the event on screen at the same moment, and pay at once."""
        event_id = self.on_screen
        for number, pane in enumerate(self.both):
            if pane.event_id != event_id or pane.booking:
                await self.open_event(number, event_id)
            elif pane.hold:
                await self.release(number)
        board = await self._engine.board.refresh(event_id)
        wanted = list(seats) or [seat for seat in MIDDLE_FIRST if board.seats[seat].state == FREE][:1]
        if any(self.step(pane) == "wait" for pane in self.both):
            for pane in self.both:
                pane.say("Both must be inside first: this event is entered through its queue.", "miss")
            self._engine.changed()
            return
        numbers = range(len(self.both))
        await asyncio.gather(*(self.hold(number, wanted) for number in numbers))
        await asyncio.gather(*(self.pay(number, "ok") for number in numbers))

    # What happens to them

    async def refresh(self) -> None:
        """Notice a place that moved up, a hold that ended, a payment that was put right."""
        for pane in self.both:
            if pane.busy:
                continue
            if pane.hold:
                await self._look_after_hold(pane)
            elif pane.token and not pane.booking:
                await self._look_at_queue(pane)

    async def _look_at_queue(self, pane: Pane) -> None:
        was = pane.place
        try:
            pane.place = await self._engine.lobby.place(pane.event_id, pane.token)
        except NotFound:
            pane.token, pane.place = "", None
            pane.say("Your time to choose is over; somebody else has your place.", "miss")
            await self._keep(pane)
            return
        if was is None or was.admitted != pane.place.admitted:
            self._engine.changed()

    async def _look_after_hold(self, pane: Pane) -> None:
        assert pane.hold is not None
        ended = pane.hold.expires <= self._engine.clock.time()
        if not (ended or pane.unsure):
            return
        done = await self._engine.selling.office.booking(pane.hold.id)
        if done:
            pane.booking, pane.hold, pane.unsure = done, None, False
            pane.say("Put right after the crash: the payment was found, the seats are yours.", "ok")
            await self._keep(pane)
            return
        state = (await self._engine.selling.office.hold(pane.hold.id)).state
        if state == "held" and await self._engine.selling.office.payment(pane.hold.id) == "captured":
            return  # the money is there: reconciliation decides within a moment
        if ended or state != "held":
            pane.hold, pane.unsure = None, False
            pane.token, pane.place = "", None
            refunded = state == "lost"
            pane.say(
                "A seat was gone: your money went back."
                if refunded
                else "The hold has expired. Its seats are free for everybody again.",
                "miss",
            )
            await self._keep(pane)
