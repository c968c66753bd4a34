"""The box office at work in one room: search, wait, hold, pay, and what goes on beside it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from designs.ticketmaster.box_office import Booking, Hold
from designs.ticketmaster.catalogue import Answer, Catalogue
from designs.ticketmaster.config import BOOKING, EDGE, LOCKS, Config, plan
from designs.ticketmaster.crowd import Crowd
from designs.ticketmaster.lobby import Lobby
from designs.ticketmaster.panes import Panes
from designs.ticketmaster.picture import picture
from designs.ticketmaster.queueing import Place
from designs.ticketmaster.race import Races
from designs.ticketmaster.search import Event, Question
from designs.ticketmaster.seatboard import SeatBoard
from designs.ticketmaster.selling import MOST_SEATS, Selling
from designs.ticketmaster.views import Snapshot
from sdlab.lab import (
    Claim,
    Engine,
    EvidenceView,
    Invalid,
    Node,
    NodeSpec,
    Operation,
    Room,
    Tally,
)

__all__ = ["MOST_SEATS", "Config", "Snapshot", "Ticketmaster"]

MAX_TERM = 80
ADMIT_EVERY, CAPTURE_EVERY, AUDIT_EVERY, RECONCILE_EVERY = 0.1, 0.2, 0.5, 0.5


@dataclass(slots=True)
class Counts:
    """What happened since the engine was opened."""

    attempts: int = 0
    holds: int = 0
    refused: int = 0
    outside: int = 0
    bookings: int = 0
    declined: int = 0
    reconciled: int = 0
    refunded: int = 0
    swept: int = 0
    blocked_s: float = 0.0
    locks_lost: int = 0
    searches: int = 0


class Ticketmaster(Engine[Config]):
    """Holds, bookings and payments are rows, locks and the queue are in Redis; only the index is in memory."""

    claims = (
        Claim("sold_once", "A seat is sold at most once"),
        Claim("money", "Every payment that was kept has a booking, and every booking a payment"),
        Claim("all_or_nothing", "A hold has all of its seats or none"),
        Claim(
            "inside", "At most one batch is inside, and nobody holds seats of a popular event from outside"
        ),
    )

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        self.counts = Counts()
        self.races = Races(room.clock)
        self.catalogue = Catalogue(self)
        self.lobby = Lobby(self)
        self.selling = Selling(self)
        self.board = SeatBoard(self)
        self.panes = Panes(self)
        self.crowd = Crowd(self)

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    # Life

    async def open(self) -> None:
        await self.catalogue.open()
        await self.selling.open()
        await self.panes.open()
        await self.board.refresh(self.panes.on_screen)
        for name, every, work in (
            ("admission", ADMIT_EVERY, self.lobby.admit),
            ("change capture", CAPTURE_EVERY, self.catalogue.capture),
            ("audit", AUDIT_EVERY, self.selling.audit),
            ("reconciliation", RECONCILE_EVERY, self.selling.reconcile),
            ("buyers at the counter", ADMIT_EVERY, self.panes.refresh),
        ):
            self.supervise(name, partial(self._every, every, work))
        self.supervise("seat map", self.board.refreshing)
        self.supervise("sweeper", self._sweeping)

    async def close(self) -> None:
        """Let go of whoever looks at a seat map, then stop the work beside it."""
        self.board.close()
        await super().close()

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            await self.clock.sleep(seconds)
            await work()

    async def _sweeping(self) -> None:
        while True:
            await self.clock.sleep(self.config.sweep_s)
            await self.selling.sweep()

    async def reconfigure(self, before: Config) -> None:
        self.lobby.reconfigure()
        if self.config.holding != before.holding:
            await self.selling.move(before.holding)
        if (self.config.cache, self.config.edge_s) != (before.cache, before.edge_s):
            self.catalogue.recache()
        if self.config.search != before.search:
            await self.catalogue.reconfigure(before=before.search)
        self.board.nudge()

    async def momentary(self, node: Node, kind: str, value: float) -> str:
        if node.id == EDGE:
            return f"the edge forgot {self.catalogue.answers.purge()} answers"
        if node.id != LOCKS:
            return await super().momentary(node, kind, value)
        gone = await self.selling.lose_locks(newest_only=kind == "fsync")
        self.counts.locks_lost += gone
        self.board.nudge()
        which = "of the last second" if kind == "fsync" else "that there were"
        return f"the lock store restarted: {gone} locks {which} are lost; what is sold, the database knows"

    def broke(self, claim: str, steps: Sequence[tuple[str, str]]) -> None:
        """A claim does not hold; `steps` are who did what."""
        now = self.clock.time()
        self.monitors[claim].broke([EvidenceView(now, actor, text) for actor, text in steps])

    def _asked(self, what: str) -> None:
        self.nodes[BOOKING].touch(what, "ok", source="visitor")

    # Search and events

    async def search(self, asked: Question, *, by: str = "visitor", by_hand: bool = True) -> Answer:
        """Events that answer a question, soonest first. `Invalid` for a term that is too long."""
        if len(asked.term) > MAX_TERM or len(asked.city) > MAX_TERM:
            raise Invalid(f"a search has at most {MAX_TERM} characters", field="term")
        async with self.request("GET events", by=by, by_hand=by_hand) as trace:
            self.counts.searches += 1
            found = await self.catalogue.search(asked)
            shown = f"“{asked.term}”" if asked.term else "everything"
            trace.sentence = f"{by} searched for {shown}: {len(found.events)} events from the {found.source}"
            return found

    async def edit(self, event_id: str, title: str, *, by: str = "visitor", by_hand: bool = True) -> Event:
        """Rename an event; how the index hears of it is the configuration's choice."""
        async with self.request("PATCH event", by=by, by_hand=by_hand) as trace:
            self._asked("edit")
            changed = await self.catalogue.edit(event_id, title)
            trace.sentence = f"{event_id} is now called “{changed.title}”"
            return changed

    def event(self, event_id: str) -> Event:
        """The event of that id; `NotFound` when there is none."""
        return self.catalogue.event(event_id)

    # The waiting room

    async def join(self, event_id: str, *, by: str = "visitor", by_hand: bool = True) -> Place:
        """Stand in line."""
        self.event(event_id)
        async with self.request("POST queue", by=by, by_hand=by_hand) as trace:
            self._asked("join")
            place = await self.lobby.join(event_id)
            trace.sentence = f"{by} joined the queue of {event_id} at place {place.position}"
            return place

    async def place(self, event_id: str, token: str) -> Place:
        """Where a token stands; `NotFound` for one that is over."""
        self.event(event_id)
        return await self.lobby.place(event_id, token)

    # Hold, book, release

    async def hold(
        self,
        event_id: str,
        seats: Sequence[str],
        *,
        token: str = "",
        by: str = "visitor",
        by_hand: bool = True,
    ) -> Hold:
        """Hold all of these seats or none.

        `Invalid` for none, more than four, or unknown ones; `Forbidden` for a popular event without
        an admitted token; `Conflict` names the seats that are taken.
        """
        async with self.request("POST holds", by=by, by_hand=by_hand) as trace:
            self._asked("hold")
            hold = await self.selling.hold(event_id, seats, token=token, by=by)
            trace.sentence = f"{by} holds {', '.join(hold.seats)} of {event_id} for {self.config.hold_s} s"
            return hold

    async def book(
        self, hold_id: str, *, outcome: str = "ok", key: str = "", by: str = "visitor", by_hand: bool = True
    ) -> Booking:
        """Pay for a hold; see `BoxOffice.book`."""
        async with self.request("POST bookings", by=by, by_hand=by_hand) as trace:
            self._asked("book")
            done = await self.selling.book(hold_id, outcome=outcome, key=key, by=by)
            trace.sentence = f"{done.buyer} bought {', '.join(done.seats)} of {done.event_id}"
            return done

    async def release(self, hold_id: str, *, by: str = "visitor", by_hand: bool = True) -> bool:
        """Give a hold up; whether it was still held."""
        async with self.request("DELETE holds", by=by, by_hand=by_hand) as trace:
            self._asked("release")
            hold, released = await self.selling.release(hold_id)
            trace.sentence = f"{by} gave {', '.join(hold.seats)} of {hold.event_id} back"
            return released

    # Workloads

    async def perform(self, operation: Operation) -> Any:
        args, by = operation.args, operation.actor
        if operation.verb == "search":
            found = await self.search(Question(term=args["term"]), by=by, by_hand=False)
            return len(found.events)
        if operation.verb == "edit":
            return asdict(await self.edit(args["event"], args["title"], by=by, by_hand=False))
        if operation.verb == "race":
            await self.panes.race(args["seats"])
            return None
        return await self.crowd.perform(operation)

    async def honours(self, answer: Any) -> bool:
        office = self.selling.office
        if not isinstance(answer, Mapping):
            return True
        if "title" in answer:
            return await self.catalogue.remembers(answer["id"], answer["title"])
        if "state" not in answer:
            done = await office.booking(answer["id"])
            return done is not None and list(done.seats) == list(answer["seats"])
        hold = await office.hold(answer["id"])
        if hold.state != "held" or hold.expires <= self.clock.time():
            return hold.state != "lost"
        if not self.selling.holding.constrained:
            return True
        owners = await self.selling.holding.holders(hold.event_id, hold.seats)
        return all(seat in owners and owners[seat].id == hold.id for seat in hold.seats)

    def tallies(self) -> tuple[Tally, ...]:
        answers, counts = self.catalogue.answers, self.counts
        asked = max(1, answers.hits + answers.misses)
        return (
            Tally("doubles", "Seats sold twice", "seats", len(self.selling.found.doubles)),
            Tally("sold", "Seats sold", "seats", self.selling.found.sold, "more"),
            Tally(
                "refused", "Holds refused", "% of attempts", 100 * counts.refused / max(1, counts.attempts)
            ),
            Tally("blocked", "Expired, still blocked", "seat-seconds", counts.blocked_s),
            Tally("cached", "Answers from a cache", "%", 100 * answers.hits / asked, "more"),
            Tally("stale", "Answers that were wrong", "answers", answers.stale),
            Tally("wrong", "Events wrong in the index", "events", self.catalogue.wrong()),
        )

    def snapshot(self) -> Snapshot:
        return picture(self)
