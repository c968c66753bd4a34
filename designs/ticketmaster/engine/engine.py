"""The box office at work in one room: search, wait, hold, pay."""

from __future__ import annotations

from collections.abc import Sequence

from designs.ticketmaster.config import Config
from designs.ticketmaster.engine.admission import AdmissionControl
from designs.ticketmaster.engine.attempts import AttemptLog
from designs.ticketmaster.engine.bookings import Booking, Bookings
from designs.ticketmaster.engine.box_office import BoxOffice
from designs.ticketmaster.engine.catalogue import Catalogue
from designs.ticketmaster.engine.claims import CLAIMS, ClaimChecker
from designs.ticketmaster.engine.demo_users import DemoUsers
from designs.ticketmaster.engine.event_search import EventSearch, SearchResult
from designs.ticketmaster.engine.holds import Hold, Holds
from designs.ticketmaster.engine.index_feed import IndexFeed
from designs.ticketmaster.engine.nodes import BOOKING, EDGE, FLOWS, LOCKS, plan
from designs.ticketmaster.engine.query_plan import QueryPlan
from designs.ticketmaster.engine.search_index import Event, SearchQuery
from designs.ticketmaster.engine.seat_maps import SeatMaps
from designs.ticketmaster.engine.transactions import Transactions
from designs.ticketmaster.engine.waiting_queue import QueuePosition
from designs.ticketmaster.engine.watchers import TEND_EVERY, Watchers
from sdlab.lab import Engine, Invalid, Node, NodeSpec, Room, amount

MAX_TERM = 80
ADMIT_EVERY, CAPTURE_EVERY, CHECK_EVERY, RECONCILE_EVERY, EXPLAIN_EVERY = 0.1, 0.2, 0.5, 0.5, 2.0


class Ticketmaster(Engine[Config]):
    """Holds, bookings and payments are rows, locks and the queue are in Redis; only the index is in memory."""

    claims = CLAIMS
    flows = FLOWS

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        context = self.context
        self.catalogue = Catalogue(context)
        self.event_search = EventSearch(context, self.catalogue)
        self.index_feed = IndexFeed(context, self.catalogue, self.event_search)
        self.admission = AdmissionControl(context, self.catalogue)
        self.attempts = AttemptLog(context)
        self.transactions = Transactions(context)
        self.holds = Holds(context, self.transactions, self.attempts)
        self.bookings = Bookings(context, self.transactions, self.attempts, self.holds)
        self.box_office = BoxOffice(
            context, self.catalogue, self.admission, self.holds, self.bookings, self.attempts
        )
        self.seat_maps = SeatMaps(context, self.holds)
        self.watchers = Watchers(context, self.catalogue, self.seat_maps)
        self.demo_users = DemoUsers(context, self.catalogue, self.admission, self.box_office, self.seat_maps)
        self.checker = ClaimChecker(
            context, self.catalogue, self.admission, self.holds, self.bookings, self.attempts
        )
        self.query_plan = QueryPlan(context, self.holds)
        self.box_office.seats_changed.connect(self.seat_maps.nudge)

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    # Life

    async def open(self) -> None:
        await self.catalogue.open()
        self.event_search.reindex()
        await self.holds.open()
        await self.checker.check()
        await self.demo_users.open()
        await self.seat_maps.refresh(self.demo_users.on_screen)
        self.every("admission", ADMIT_EVERY, self.admission.admit)
        self.every("buyers on the page", ADMIT_EVERY, self.demo_users.refresh)
        self.every("change capture", CAPTURE_EVERY, self.index_feed.capture)
        self.every("claims", CHECK_EVERY, self.checker.check, yields=True)
        self.every("reconciliation", RECONCILE_EVERY, self.box_office.reconcile)
        self.every("sweeper", lambda: self.config.sweep_s, self.box_office.sweep)
        self.every("query plan", EXPLAIN_EVERY, self._explain, yields=True)
        self.every("watchers", TEND_EVERY, self.watchers.tend)
        self.every("watchers who poll", self.watchers.until_poll, self.watchers.poll)
        self.supervise("seat maps", self.seat_maps.refreshing)

    async def _explain(self) -> None:
        await self.query_plan.refresh(holds=self.box_office.counters.attempts)

    async def close(self) -> None:
        """Let go of whoever looks at a seat map, then stop the work beside it."""
        await self.watchers.close()
        self.seat_maps.close()
        await super().close()

    async def reconfigure(self, before: Config) -> None:
        self.admission.reconfigure()
        if self.config.holding != before.holding:
            await self.holds.move(before.holding)
        if (self.config.cache, self.config.edge_s, self.config.search) != (
            before.cache, before.edge_s, before.search
        ):  # fmt: skip
            self.event_search.reset_cache()
        if self.config.search == "cdc" != before.search:
            self.event_search.reindex()
        await self.watchers.tend()
        self.seat_maps.nudge()

    async def momentary(self, node: Node, kind: str, value: float) -> str:
        if node.id == EDGE:
            return f"the edge forgot {self.event_search.cache.purge()} answers"
        if node.id == LOCKS:
            return await self.box_office.lose_locks(newest_only=kind == "fsync")
        return await super().momentary(node, kind, value)

    # Search and events

    async def search(self, query: SearchQuery) -> SearchResult:
        """Events that answer a query, soonest first. `Invalid` for a term that is too long."""
        if len(query.term) > MAX_TERM or len(query.city) > MAX_TERM:
            raise Invalid(f"a search has at most {MAX_TERM} characters", field="term")
        async with self.request("GET events") as trace:
            found = await self.event_search.search(query)
            shown = f"“{query.term}”" if query.term else "everything"
            count = amount(len(found.events), "event")
            trace.sentence = f"{trace.by} searched for {shown}: {count} from the {found.source}"
            return found

    async def edit(self, event_id: str, title: str) -> Event:
        """Rename an event; how the index hears of it is the configuration's choice."""
        async with self.request("PATCH event") as trace:
            self.node(BOOKING).touch("edit", "ok", source="visitor")
            before = self.event(event_id).title
            changed = await self.catalogue.rename(event_id, title)
            self.index_feed.renamed(changed)
            trace.sentence = f"{before} is now called “{changed.title}”"
            return changed

    def event(self, event_id: str) -> Event:
        """The event of that id; `NotFound` when there is none."""
        return self.catalogue.event(event_id)

    # Wait, hold, pay

    async def join(self, event_id: str) -> QueuePosition:
        """Stand in line."""
        return await self.box_office.join(event_id)

    async def position(self, event_id: str, token: str) -> QueuePosition:
        """Where one's own token stands; `NotFound` for one that is over."""
        return await self.admission.own_position(self.event(event_id).id, token)

    async def hold(self, event_id: str, seats: Sequence[str], *, token: str = "") -> Hold:
        """Hold all of these seats or none; see `BoxOffice.hold`."""
        return await self.box_office.hold(event_id, seats, token=token)

    async def book(self, hold_id: str, *, outcome: str = "ok", key: str | None = None) -> Booking:
        """Pay for a hold; see `BoxOffice.book`."""
        return await self.box_office.book(hold_id, outcome=outcome, key=key)

    async def release(self, hold_id: str) -> bool:
        """Give a hold up; whether it was still held."""
        return await self.box_office.release(hold_id)
