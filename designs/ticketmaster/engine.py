"""The box office at work in one room: search, wait, hold, pay, and what goes on beside it."""

from __future__ import annotations

import secrets
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import sqlalchemy as sa

from designs.ticketmaster.box_office import Booking, BoxOffice, Declined, Hold
from designs.ticketmaster.config import Config, plan
from designs.ticketmaster.events import SEATS, programme
from designs.ticketmaster.holdings import HOLDINGS, Claimed, Holding, RedisLock, sold_among
from designs.ticketmaster.models import NewsRow
from designs.ticketmaster.queueing import Place, WaitingRoom
from designs.ticketmaster.search import EVENT, MOST_FOUND, Event, Index, like
from designs.ticketmaster.views import IndexView, LaneView, OfficeView, QueueView, Snapshot, StepView
from sdlab.lab import (
    Claim,
    Conflict,
    Engine,
    EvidenceView,
    Forbidden,
    Invalid,
    LabError,
    Node,
    NodeSpec,
    NotFound,
    Operation,
    Room,
    Unavailable,
)
from sdlab.stores.outbox import Change, Outbox

__all__ = ["Config", "Snapshot", "Ticketmaster"]

MOST_SEATS = 4
MAX_TITLE = 80
ADMIT_EVERY, CAPTURE_EVERY, AUDIT_EVERY, RECONCILE_EVERY = 0.1, 0.2, 0.5, 0.5
UNDER_WAY = 1.0
LANES, STEPS = 6, 8
ACTORS = 2_000
BATCH_OF_NEWS = 200


@dataclass(slots=True)
class Counts:
    """What happened since the engine was opened."""

    attempts: int = 0
    holds: int = 0
    refused: int = 0
    bookings: int = 0
    declined: int = 0
    reconciled: int = 0
    refunded: int = 0
    swept: int = 0
    admitted: int = 0
    missed: int = 0
    degraded: int = 0


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
        self.office = BoxOffice(room)
        self.office.constrained = lambda: HOLDINGS[self.config.holding].constrained
        self.holdings: dict[str, Holding] = {name: kind(room) for name, kind in HOLDINGS.items()}
        self.counts = Counts()
        self.events: dict[str, Event] = {}
        self.index = Index()
        self.outbox = Outbox(
            NewsRow.__table__,  # type: ignore[attr-defined]
            room=room.id,
            sql=room.sql,
            redis=room.redis,
            cursor=room.key("captured"),
        )
        self.queues: dict[str, WaitingRoom] = {}
        self.sold = 0
        self.doubles: list[str] = []
        self.sizes = (0, 0)
        self.lag = (0, 0.0)
        self._most_inside = config.batch
        self.lanes: OrderedDict[str, deque[StepView]] = OrderedDict()
        self._held: OrderedDict[str, str] = OrderedDict()
        self._tokens: OrderedDict[str, str] = OrderedDict()
        self._token_of: OrderedDict[str, str] = OrderedDict()

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    # Life

    async def open(self) -> None:
        query = sa.select(EVENT).where(EVENT.c.room == self.room.id)
        rows = await self.room.sql.read(lambda c: [dict(row._mapping) for row in c.execute(query)])
        if not rows:
            found = programme(self.room.rng("programme"), self.clock.time())
            rows = [{"room": self.room.id, **asdict(one)} for one in found]
            await self.room.sql.write(lambda c: c.execute(EVENT.insert(), rows) and None)
        self.events = {row["id"]: Event(**{k: v for k, v in row.items() if k != "room"}) for row in rows}
        self.queues = {
            one: WaitingRoom(self.room.redis, self.room.key("queue", one), clock=self.clock)
            for one in self.events
        }
        await self.outbox.open()
        self.index.put(self.events.values())
        await self._audit()
        for name, every, work in (
            ("admission", ADMIT_EVERY, self._admit),
            ("change capture", CAPTURE_EVERY, self._capture),
            ("audit", AUDIT_EVERY, self._audit),
            ("reconciliation", RECONCILE_EVERY, self._reconcile),
        ):
            self.supervise(name, partial(self._every, every, work))
        self.supervise("sweeper", self._sweeping)

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            await self.clock.sleep(seconds)
            await work()

    async def reconfigure(self, before: Config) -> None:
        self._most_inside = max(self._most_inside, self.config.batch)
        if self.config.holding != before.holding:
            old, new = self.holdings[before.holding], self.holdings[self.config.holding]
            for hold in await self.office.open_holds():
                wish = Claimed(hold.id, hold.event_id, hold.seats, hold.expires)
                await old.give_back(wish)
                with suppress(Conflict):  # promised twice without protection: the first keeps it
                    await new.take(wish)
        if self.config.search == "cdc" and before.search != "cdc":
            self.index.put(self.events.values())

    async def momentary(self, node: Node, kind: str, value: float) -> str:
        locks = self.holdings["redis"]
        if node.id == "locks" and kind == "lose" and isinstance(locks, RedisLock):
            gone = await locks.lose(list(self.events), SEATS)
            return f"the lock store restarted: {gone} locks are lost; only the database knows what is sold"
        return await super().momentary(node, kind, value)

    # Search and events

    async def search(
        self, term: str, *, city: str = "", by: str = "visitor", by_hand: bool = True
    ) -> list[Event]:
        """Events with every word of `term`; the database answers when the index does not."""
        if len(term) > MAX_TITLE:
            raise Invalid(f"a search has at most {MAX_TITLE} characters", field="term")
        async with self.request("GET events", by=by, by_hand=by_hand) as trace:
            ids = await self._find(term)
            found = [self.events[one] for one in ids if one in self.events]
            found = [one for one in found if not city or one.city.lower() == city.lower()]
            trace.sentence = f"{by} searched for “{term}”: {len(found)} events"
            return found[:MOST_FOUND]

    async def _find(self, term: str) -> list[str]:
        if self.config.search != "like":
            try:
                self.nodes["index"].touch("search", "ok", source="booking")
                return self.index.find(term)
            except Unavailable:
                self.counts.degraded += 1
                self.decide("the index does not answer: the database scans instead")
        return await self.nodes["database"].call(
            "scan", lambda: self.room.sql.read(lambda c: like(c, self.room.id, term)), source="booking"
        )

    async def edit(self, event_id: str, title: str, *, by: str = "visitor", by_hand: bool = True) -> Event:
        """Rename an event; how the index hears of it is the configuration's choice."""
        if not 0 < len(title) <= MAX_TITLE:
            raise Invalid(f"a title has 1 to {MAX_TITLE} characters", field="title")
        async with self.request("PATCH event", by=by, by_hand=by_hand) as trace:
            changed = replace(self.event(event_id), title=title)

            def write(connection: Any) -> None:
                connection.execute(
                    EVENT.update()
                    .where(EVENT.c.room == self.room.id, EVENT.c.id == event_id)
                    .values(title=title)
                )
                self.outbox.put(connection, [("event", asdict(changed))], now=self.clock.time())

            await self.nodes["database"].call("update", lambda: self.room.sql.write(write), source="booking")
            self.events[event_id] = changed
            if self.config.search == "dual":
                try:
                    self.nodes["index"].touch("write", "ok", source="booking")
                    self.index.put([changed])
                except Unavailable:
                    self.counts.missed += 1
                    self.decide("the database has it, the index has not: nobody will tell it again")
            trace.sentence = f"{event_id} is now called “{title}”"
            return changed

    def event(self, event_id: str) -> Event:
        """The event of that id; `NotFound` when there is none."""
        try:
            return self.events[event_id]
        except KeyError:
            raise NotFound(f"no event {event_id!r}") from None

    async def seats(self, event_id: str) -> dict[str, str]:
        """Every seat of an event: free, held or sold."""
        self.event(event_id)
        sold = await self.room.sql.read(lambda c: sold_among(c, self.room.id, event_id, SEATS))
        held = await self.holdings[self.config.holding].holders(event_id, SEATS)
        return {seat: "sold" if seat in sold else "held" if seat in held else "free" for seat in SEATS}

    # The waiting room

    async def join(self, event_id: str, *, by: str = "visitor", by_hand: bool = True) -> Place:
        """Stand in line."""
        self.event(event_id)
        async with self.request("POST queue", by=by, by_hand=by_hand) as trace:
            token = await self.queues[event_id].join()
            trace.sentence = f"{by} joined the queue of {event_id}"
            return await self.place(event_id, token)

    async def place(self, event_id: str, token: str) -> Place:
        """Where a token stands; `NotFound` for one that is over."""
        self.event(event_id)
        return await self.queues[event_id].place(token, batch=self.config.batch, visit_s=self.config.hold_s)

    async def _admit(self) -> None:
        for one in self.events.values():
            if one.popular and self.config.admission == "queue":
                queue = self.queues[one.id]
                admitted = await queue.admit(batch=self.config.batch, visit_s=self.config.hold_s)
                self.counts.admitted += len(admitted)
                self.sizes = await queue.sizes()
                self._inside(self.sizes[1])

    def _inside(self, inside: int) -> None:
        """After a smaller batch was set, those who were inside before may finish their visit."""
        if inside <= self.config.batch:
            self._most_inside = self.config.batch
        if inside <= self._most_inside:
            self.monitors["inside"].hold()
        else:
            self._broke(
                "inside", [("queue", f"{self._most_inside} may be inside"), ("audit", f"{inside} are")]
            )

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
        wanted = tuple(dict.fromkeys(seats))
        if not 0 < len(wanted) <= MOST_SEATS or not set(wanted) <= set(SEATS):
            raise Invalid(f"a hold has 1 to {MOST_SEATS} seats of the hall", field="seats")
        event = self.event(event_id)
        async with self.request("POST holds", by=by, by_hand=by_hand) as trace:
            self.counts.attempts += 1
            began = self.clock.monotonic()
            tone = "error"
            try:
                if event.popular and self.config.admission == "queue":
                    if not (token and await self.queues[event_id].admitted(token)):
                        raise Forbidden("wait in the queue first; X-Queue-Token is not admitted")
                    self.monitors["inside"].hold()
                hold = await self._hold(event_id, wanted, by)
                tone = "ok"
            except LabError:
                self.counts.refused += 1
                raise
            finally:
                self._step(by, f"hold {', '.join(wanted)}", began, tone)
            self.counts.holds += 1
            if token:
                _remember(self._token_of, hold.id, token)
            trace.sentence = f"{by} holds {', '.join(wanted)} of {event_id} for {self.config.hold_s} s"
            return hold

    async def _hold(self, event_id: str, seats: tuple[str, ...], by: str) -> Hold:
        wish = Claimed(secrets.token_urlsafe(12), event_id, seats, self.clock.time() + self.config.hold_s)
        holding = self.holdings[self.config.holding]
        part = "locks" if isinstance(holding, RedisLock) else "database"
        await self.nodes[part].call("hold", lambda: holding.take(wish), source="booking")
        hold = Hold(wish.id, event_id, seats, by, wish.expires, "held")
        try:
            await self.nodes["database"].call("write hold", lambda: self.office.put(hold), source="booking")
        except BaseException:
            await holding.give_back(wish)
            raise
        if HOLDINGS[self.config.holding].constrained:
            owners = await holding.holders(event_id, seats)
            mine = sum(owners.get(seat) == wish.id for seat in seats)
            if mine in (0, len(seats)):  # none: its time, or the lock store's memory, is over already
                self.monitors["all_or_nothing"].hold()
            else:
                self._broke("all_or_nothing", [(by, f"asked for {len(seats)} seats"), (by, f"got {mine}")])
        return hold

    async def book(
        self, hold_id: str, *, outcome: str = "ok", key: str = "", by: str = "visitor", by_hand: bool = True
    ) -> Booking:
        """Pay for a hold; see `BoxOffice.book`."""
        if outcome not in ("ok", "declined", "crash"):
            raise Invalid("outcome is ok, declined or crash", field="outcome")
        async with self.request("POST bookings", by=by, by_hand=by_hand) as trace:
            dies = outcome == "ok" and any(one.kind == "crash" for one in self.nodes["booking"].faults())
            began, tone = self.clock.monotonic(), "error"
            try:
                done = await self.nodes["database"].call(
                    "book",
                    lambda: self.office.book(hold_id, outcome="crash" if dies else outcome, key=key),
                    source="booking",
                )
                tone = "ok"
            except Declined:
                self.counts.declined += 1
                raise
            finally:
                self._step(by, "pay and book", began, tone)
            self.counts.bookings += not done.repeated
            await self._over(await self.office.hold(hold_id))
            trace.sentence = f"{done.buyer} bought {', '.join(done.seats)} of {done.event_id}"
            return done

    async def release(self, hold_id: str, *, by: str = "visitor", by_hand: bool = True) -> bool:
        """Give a hold up; whether it was still held."""
        async with self.request("DELETE holds", by=by, by_hand=by_hand) as trace:
            hold = await self.office.hold(hold_id)
            released = await self.office.release(hold_id)
            if released:
                await self._over(hold)
            trace.sentence = f"{by} gave {', '.join(hold.seats)} of {hold.event_id} back"
            return released

    async def _over(self, hold: Hold) -> None:
        wish = Claimed(hold.id, hold.event_id, hold.seats, hold.expires)
        await self.holdings[self.config.holding].give_back(wish)
        if token := self._token_of.pop(hold.id, ""):
            await self.queues[hold.event_id].leave(token)

    # Beside it

    async def _sweeping(self) -> None:
        while True:
            await self.clock.sleep(self.config.sweep_s)
            self.counts.swept += await self.holdings["status"].sweep()

    async def _capture(self) -> None:
        capture, index = self.nodes.get("capture"), self.nodes.get("index")
        if capture is not None and index is not None and capture.state == "up" and not index.down:
            await self.outbox.drain(self._apply, BATCH_OF_NEWS)
        self.lag = await self.outbox.lag(self.clock.time())

    async def _apply(self, changes: Sequence[Change]) -> None:
        self.index.put([Event(**one.body) for one in changes])

    async def _reconcile(self) -> None:
        for hold, what in await self.office.reconcile(older_than=UNDER_WAY):
            self.counts.reconciled += 1
            self.counts.refunded += what == "refunded"
            self.feed.say(
                f"payment without a booking: {hold.buyer}'s {', '.join(hold.seats)} {what}",
                now=self.clock.time(),
            )

    async def _audit(self) -> None:
        self.sold, doubles, apart = await self.office.audit()
        fresh = sorted(set(doubles) - set(self.doubles))
        for seat in fresh[:1]:
            buyers = await self.office.buyers(*seat.split(" "))
            self._broke("sold_once", [(buyer, f"bought {seat}") for buyer in buyers])
        if not doubles:
            self.monitors["sold_once"].hold()
        self.doubles = doubles
        if apart:
            self._broke("money", [("ledger", f"{apart} apart"), ("audit", "no partner was found")])
        else:
            self.monitors["money"].hold()

    def _broke(self, claim: str, steps: list[tuple[str, str]]) -> None:
        now = self.clock.time()
        self.monitors[claim].broke([EvidenceView(now, actor, text) for actor, text in steps])

    def _step(self, by: str, label: str, began: float, tone: str) -> None:
        start, end = (began - self.opened_at) * 1000, (self.clock.monotonic() - self.opened_at) * 1000
        lane = self.lanes.setdefault(by, deque(maxlen=STEPS))
        lane.append(StepView(label, round(start, 2), round(end, 2), tone))
        self.lanes.move_to_end(by)
        while len(self.lanes) > LANES:
            self.lanes.popitem(last=False)

    # Workloads

    async def perform(self, operation: Operation) -> Any:
        args, by = operation.args, operation.actor
        if operation.verb == "search":
            return len(await self.search(args["term"], by=by, by_hand=False))
        if operation.verb == "edit":
            return asdict(await self.edit(args["event"], args["title"], by=by, by_hand=False))
        if operation.verb == "hold":
            token = await self._token(args["event"], by)
            hold = await self.hold(args["event"], args["seats"], token=token, by=by, by_hand=False)
            _remember(self._held, by, hold.id)
            return asdict(hold)
        hold_id = self._held.pop(by, "")
        if not hold_id:
            raise Conflict("this buyer holds nothing")
        if operation.verb == "release":
            await self.release(hold_id, by=by, by_hand=False)
            return None
        return asdict(await self.book(hold_id, outcome=args["outcome"], by=by, by_hand=False))

    async def _token(self, event_id: str, by: str) -> str:
        if not self.event(event_id).popular or self.config.admission != "queue":
            return ""
        token = self._tokens.get(by, "")
        if token:
            with suppress(NotFound):
                await self.place(event_id, token)
                return token
        token = (await self.join(event_id, by=by, by_hand=False)).token
        _remember(self._tokens, by, token)
        return token

    async def honours(self, answer: Any) -> bool:
        if not isinstance(answer, Mapping) or "seats" not in answer:
            return True
        if "state" not in answer:
            done = await self.office.booking(answer["id"])
            return done is not None and list(done.seats) == list(answer["seats"])
        hold = await self.office.hold(answer["id"])
        if hold.state != "held" or hold.expires <= self.clock.time():
            return hold.state != "lost"
        if not HOLDINGS[self.config.holding].constrained:
            return True
        owners = await self.holdings[self.config.holding].holders(hold.event_id, hold.seats)
        return all(owners.get(seat) == hold.id for seat in hold.seats)

    def snapshot(self) -> Snapshot:
        counts = self.counts
        return Snapshot(
            **self.common(),
            office=OfficeView(
                counts.attempts, counts.holds, counts.refused, counts.bookings, counts.declined,
                counts.reconciled, counts.refunded, counts.swept, self.sold, len(self.doubles),
            ),
            queue=QueueView(*self.sizes, self.config.batch, counts.admitted),
            index=IndexView(self.lag[0], round(self.lag[1], 1), counts.missed, counts.degraded),
            race=tuple(LaneView(name, tuple(steps)) for name, steps in self.lanes.items()),
        )  # fmt: skip


def _remember(known: OrderedDict[str, str], name: str, value: str) -> None:
    known[name] = value
    while len(known) > ACTORS:
        known.popitem(last=False)
