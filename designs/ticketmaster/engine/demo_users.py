"""The two buyers on the page, A and B: what each is looking at, holds, has paid for.

Where they stand is kept in Redis, so that a reload and a restart leave them where they were.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import orjson

from designs.ticketmaster.config import Config
from designs.ticketmaster.engine.admission import AdmissionControl
from designs.ticketmaster.engine.bookings import Booking
from designs.ticketmaster.engine.box_office import BoxOffice
from designs.ticketmaster.engine.catalogue import Catalogue
from designs.ticketmaster.engine.holds import Hold
from designs.ticketmaster.engine.programme import FIRST_EVENT, PER_ROW, ROWS, SEATS
from designs.ticketmaster.engine.seat_maps import FREE, SeatMaps
from designs.ticketmaster.engine.waiting_queue import QueuePosition
from sdlab.lab import EngineContext, Invalid, LabError, NotFound, Unavailable, as_user

NAMES = ("A", "B")
MIDDLE_FIRST = sorted(
    SEATS, key=lambda seat: abs(int(seat[1:]) - (PER_ROW + 1) / 2) + 2 * abs(ROWS.index(seat[0]) - 3)
)
Step = Literal["search", "wait", "choose", "pay", "ticket"]
ENGAGED = ("wait", "pay", "ticket")
Tone = Literal["", "ok", "miss", "error"]


@dataclass(slots=True)
class DemoUser:
    """One buyer. `first` is the first position in the queue; `unsure` is a payment that may have failed."""

    name: str
    event_id: str = FIRST_EVENT
    token: str = ""
    first: int = 0
    position: QueuePosition | None = None
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
        """What this buyer reads."""
        self.note, self.tone = note, tone

    def leave(self) -> None:
        """Nothing is held or waited for any more."""
        self.token, self.first, self.position = "", 0, None
        self.hold = self.booking = None
        self.unsure = False


class DemoUsers:
    """Both buyers of a room. `on_screen` is the event that one of them opened last."""

    def __init__(
        self,
        context: EngineContext[Config],
        catalogue: Catalogue,
        admission: AdmissionControl,
        box_office: BoxOffice,
        seat_maps: SeatMaps,
    ) -> None:
        self._context, self._catalogue, self._admission = context, catalogue, admission
        self._box_office, self._seat_maps = box_office, seat_maps
        self.both = tuple(DemoUser(name) for name in NAMES)
        self.on_screen = FIRST_EVENT
        self._key = context.room.key("users")

    def user(self, number: int) -> DemoUser:
        """A buyer by number; `Invalid` for one that there is not."""
        if not 0 <= number < len(self.both):
            raise Invalid("there are two buyers, 0 and 1", field="number")
        return self.both[number]

    async def open(self) -> None:
        """Both are where they were."""
        known = await self._context.room.redis.hgetall(self._key)
        for user in self.both:
            if user.name in known:
                await self._restore(user, orjson.loads(known[user.name]))

    async def _restore(self, user: DemoUser, kept: dict[str, str | int]) -> None:
        if kept["event"] and kept["event"] not in self._catalogue.events:
            return
        user.event_id, user.token, user.first = str(kept["event"]), str(kept["token"]), int(kept["first"])
        if hold_id := str(kept["hold"]):
            user.booking = await self._box_office.bookings.booking(hold_id)
            with suppress(NotFound):  # it ended so long ago that it is forgotten
                hold = await self._box_office.holds.hold(hold_id)
                user.hold = hold if hold.state == "held" else None
            user.unsure = user.hold is not None
        self.on_screen = self._seat_maps.shown = user.event_id or self.on_screen

    async def _persist(self, user: DemoUser) -> None:
        one = user.booking or user.hold
        kept = {
            "event": user.event_id,
            "token": user.token,
            "first": user.first,
            "hold": one.id if one else "",
        }
        await self._context.room.redis.hset(self._key, user.name, orjson.dumps(kept).decode())
        self._seat_maps.nudge()
        self._context.changed()

    def step(self, user: DemoUser) -> Step:
        """Where a buyer is on the way to a ticket."""
        if not user.event_id:
            return "search"
        if user.booking:
            return "ticket"
        if user.hold:
            return "pay"
        event = self._catalogue.events[user.event_id]
        if self._admission.needed(event) and not (user.position and user.position.admitted):
            return "wait"
        return "choose"

    # What buyers do

    async def open_event(self, number: int, event_id: str) -> None:
        """Look at an event; for a popular one that means to stand in line."""
        user, event = self.user(number), self._catalogue.event(event_id)
        await self._give_up(user)
        user.event_id = self.on_screen = self._seat_maps.shown = event.id
        user.say("", "")
        if self._admission.needed(event):
            await self._join(user)
        await self._persist(user)

    async def follow_crowd(self, event_id: str) -> None:
        """Many come to an event: it comes on screen, for whoever neither waits elsewhere nor holds anything."""
        self.on_screen = self._seat_maps.shown = event_id
        for number, user in enumerate(self.both):
            if user.event_id != event_id and not (user.busy or self.step(user) in ENGAGED):
                await self.open_event(number, event_id)

    async def queue_again(self, number: int) -> None:
        """Stand in line once more."""
        user = self.user(number)
        await self._give_up(user)
        user.say("", "")
        await self._join(user)
        await self._persist(user)

    async def _join(self, user: DemoUser) -> None:
        try:
            user.position = await as_user(user.by, self._box_office.join(user.event_id))
        except LabError as error:
            user.say(error.detail, "error")
            return
        user.token, user.first = user.position.token, user.position.position

    async def back(self, number: int) -> None:
        """To the search; what was held or waited for is given up."""
        user = self.user(number)
        await self._give_up(user)
        user.event_id = ""
        user.say("", "")
        await self._persist(user)

    async def more(self, number: int) -> None:
        """Another ticket for the same event."""
        await self.open_event(number, self.user(number).event_id)

    async def _give_up(self, user: DemoUser) -> None:
        hold, token, event_id = user.hold, user.token, user.event_id
        user.leave()
        if hold:
            await as_user(user.by, self._box_office.release(hold.id))
        if token:
            await self._admission.leave(event_id, token)

    async def hold(self, number: int, seats: Sequence[str]) -> None:
        """Hold these seats."""
        user = self.user(number)
        user.booking = None
        try:
            user.hold = await as_user(user.by, self._box_office.hold(user.event_id, seats, token=user.token))
            user.unsure = False
            user.say("", "")
        except LabError as error:
            user.say(error.detail, "error")
        await self._persist(user)

    async def pay(self, number: int, outcome: str) -> None:
        """Pay with a test card that ends as it says."""
        user = self.user(number)
        if user.hold is None or user.busy:
            return
        user.busy = "paying"
        user.say("", "")
        self._context.changed()
        key = f"{user.name}-{user.hold.id}"
        try:
            user.booking = await as_user(
                user.by, self._box_office.book(user.hold.id, outcome=outcome, key=key)
            )
            user.hold = None
        except Unavailable as error:
            user.unsure = True
            user.say(error.detail, "miss")
        except LabError as error:
            if error.status in (409, 410):
                user.hold = None
            user.say(error.detail, "error")
        finally:
            user.busy = ""
        await self._persist(user)

    async def release(self, number: int) -> None:
        """Give the seats back."""
        user = self.user(number)
        if user.hold is None or user.busy:
            return
        hold, user.hold = user.hold, None
        await as_user(user.by, self._box_office.release(hold.id))
        user.say("", "")
        if hold.token:
            user.token, user.position = "", None
        await self._persist(user)

    async def race(self, seats: Sequence[str]) -> None:
        """Both want the same seats of the event on screen at the same moment, and pay at once."""
        event_id = self.on_screen
        for number, user in enumerate(self.both):
            if user.event_id != event_id or user.booking:
                await self.open_event(number, event_id)
            elif user.hold:
                await self.release(number)
        seat_map = await self._seat_maps.refresh(event_id)
        wanted = list(seats) or [seat for seat in MIDDLE_FIRST if seat_map.seats[seat].state == FREE][:1]
        if any(self.step(user) == "wait" for user in self.both):
            for user in self.both:
                user.say("Both must be inside first: this event is entered through its queue.", "miss")
            self._context.changed()
            return
        numbers = range(len(self.both))
        await asyncio.gather(*(self.hold(number, wanted) for number in numbers))
        await asyncio.gather(*(self.pay(number, "ok") for number in numbers))

    # What happens to them

    async def refresh(self) -> None:
        """Notice a position that moved up, a hold that ended, a payment that was put right."""
        for user in self.both:
            if user.busy:
                continue
            if user.hold:
                await self._look_after_hold(user, user.hold)
            elif user.token and not user.booking:
                await self._look_at_queue(user)

    async def _look_at_queue(self, user: DemoUser) -> None:
        was = user.position
        try:
            user.position = await self._admission.position(user.event_id, user.token)
        except NotFound:
            user.token, user.position = "", None
            inside = was is not None and was.admitted
            user.say(
                "Your time to choose is over." if inside else "Your position in line is no longer valid.",
                "miss",
            )
            await self._persist(user)
            return
        if was is None or was.admitted != user.position.admitted:
            self._context.changed()

    async def _look_after_hold(self, user: DemoUser, hold: Hold) -> None:
        over = hold.expires <= self._context.clock.time()
        if not (over or user.unsure):
            return
        if done := await self._box_office.bookings.booking(hold.id):
            user.booking, user.hold, user.unsure = done, None, False
            user.say("Put right after the crash: the payment was found, the seats are yours.", "ok")
            await self._persist(user)
            return
        state = (await self._box_office.holds.hold(hold.id)).state
        paid = await self._box_office.bookings.payment(hold.id)
        if state == "booked" or (state == "held" and paid in ("captured", "settled")):
            return  # the money is there: reconciliation decides within a moment, or just has
        if over or state != "held":
            user.hold, user.unsure = None, False
            user.token, user.position = "", None
            said = {
                "lost": "A seat was gone: your money went back.",
                "released": "The seats were given back.",
            }
            user.say(said.get(state, "The hold has expired; its seats are no longer yours."), "miss")
            await self._persist(user)
