"""What happens after the order: pickers take it, the courier leaves; promises are bound, closed centres emptied."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from designs.local_delivery.config import Config
from designs.local_delivery.engine.models import LINE, ORDER, UNIT
from designs.local_delivery.engine.nodes import ALLOCATOR
from designs.local_delivery.engine.order import Order, active, order_of
from designs.local_delivery.engine.reach import Reach
from designs.local_delivery.engine.stock import PROMISED, SOLD, ItemsGone, Stock, Wanted
from designs.local_delivery.engine.strategies.picking import choose
from designs.local_delivery.engine.transactions import Beaten
from designs.local_delivery.engine.world import CENTRES, MINUTE_S, PICKERS, PROMISE_MIN, ride_min
from sdlab.lab import EngineContext, Signal
from sdlab.stores.sessions import Session

URGENT_MIN = 2.0
MOST_AT_ONCE = 40
PICK_EVERY_S = 0.4


@dataclass(slots=True)
class Counters:
    """Since opened. `bound` promises, `swapped` of them to another centre; `moved` from a closed one; `left` at all."""

    bound: int = 0
    swapped: int = 0
    moved: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True)
class Move:
    """An order that changed its centre, or could not (`to` 0), at `at` (Unix seconds)."""

    order_id: str
    source: int
    to: int
    at: float


class Dispatch:
    """The lines of the centres, and the allocator. `left` tells of orders that have left: they are in `gone`."""

    def __init__(self, context: EngineContext[Config], stock: Stock, reach: Reach) -> None:
        self._context, self._stock, self._reach = context, stock, reach
        self._room, self._sql, self._clock = context.room.id, context.room.sql, context.clock
        self.counters = Counters()
        self.moves: list[Move] = []
        self.left = Signal()
        self.gone: list[Order] = []
        self.active: tuple[Order, ...] = ()

    async def _read(self) -> list[Order]:
        query = active(self._room)
        return [order_of(row) for row in await self._sql.read(lambda c: c.execute(query).all())]

    async def refresh(self) -> list[Order]:
        """Orders that have not left; the lines and the pool are counted from them."""
        orders = await self._read()
        self._reach.lines = Counter(one.centre_id for one in orders if one.state != "promised")
        self._reach.pool = sum(one.state == "promised" for one in orders)
        self.active = tuple(orders)
        return orders

    # Pickers

    async def picking(self) -> None:
        """Pickers look a few times a second, also while nobody watches: orders go on."""
        while True:
            await self._clock.sleep(PICK_EVERY_S)
            await self.pick()

    async def pick(self) -> None:
        """One look of the pickers of all centres: who is done hands over, who is free takes the next.

        Each takes an order when it was free and the order there, however late the look.
        """
        if not (self.active or self._reach.pool or self._reach.lines.total()):
            return
        orders, done, begun = await self.refresh(), [], []
        for centre_id in self._reach.open_centres():
            here = [one for one in orders if one.centre_id == centre_id]
            left, started = self._pick_at(here)
            done += left
            begun += started
        if done or begun:
            await self._write([*done, *begun])
        self.counters.left += len(done)
        for one in done:
            self._reach.lines[one.centre_id] -= 1
        if done:
            self.gone += done
            self.left()

    def _pick_at(self, here: Sequence[Order]) -> tuple[list[Order], list[Order]]:
        """Orders of a centre that have left by now, and those that are being picked from now on."""
        now, each = self._clock.time(), self._context.config.pick_min * MINUTE_S
        picking = [one for one in here if one.state == "picking"]
        left = [one for one in picking if one.picked <= now]
        free = [0.0] * (PICKERS - len(picking)) + [one.picked for one in left]
        heapq.heapify(free)
        begun = []
        for one in here:
            if one.state != "waiting" or not free:
                continue
            ready = max(one.queued, heapq.heappop(free)) + each
            if ready <= now:
                left.append(replace(one, picked=ready))
                heapq.heappush(free, ready)
            else:
                begun.append(replace(one, state="picking", picked=ready))
        return [replace(one, state="left", ride_s=one.ride_now()) for one in left], begun

    async def _write(self, orders: Sequence[Order]) -> None:
        statement = ORDER.update().where(
            ORDER.c.room == self._room,
            ORDER.c.id == sa.bindparam("of"),
            ORDER.c.centre_id == sa.bindparam("at_centre"),
        )
        statement = statement.values(
            state=sa.bindparam("to_state"), picked=sa.bindparam("to_picked"), ride_s=sa.bindparam("to_ride")
        )
        rows = [
            {
                "of": one.id,
                "at_centre": one.centre_id,
                "to_state": one.state,
                "to_picked": one.picked,
                "to_ride": one.ride_s,
            }
            for one in orders
        ]
        await self._sql.write(lambda c: c.execute(statement, rows) and None)

    # The allocator

    async def allocate(self) -> bool:
        """One turn: orders of closed centres go elsewhere, promises to whoever has a hand free. Whether any do."""
        if not self.active:
            return False
        orders = await self._read()
        closed = [one for one in orders if not self._reach.is_open(one.centre_id)]
        for one in closed[:MOST_AT_ONCE]:
            await self._move_away(one)
        promised = [one for one in orders if one.state == "promised" and one not in closed]
        if promised:
            await self._bind(promised, orders)
        return bool(closed or promised)

    async def _move_away(self, order: Order) -> None:
        async with self._context.request("an order changes its centre", by=ALLOCATOR, by_hand=False) as trace:
            source = CENTRES[order.centre_id].name
            for centre_id in await self._options(order):
                if await self._swap(order, centre_id, "promised" if order.state == "promised" else "waiting"):
                    self._context.decide("its centre is closed: the best that has everything takes it over")
                    self.counters.moved += 1
                    self._note(Move(order.id, order.centre_id, centre_id, self._clock.time()))
                    trace.sentence = (
                        f"{source} is closed: {order.shopper}'s order goes to {CENTRES[centre_id].name}"
                    )
                    return
            self._context.decide("its centre is closed, and nobody else has everything: it waits")
            self._note(Move(order.id, order.centre_id, 0, self._clock.time()))
            trace.sentence = f"{source} is closed, and nobody else has all of {order.shopper}'s order"

    def _note(self, move: Move) -> None:
        self.moves = [*self.moves[-63:], move]

    async def _options(self, order: Order) -> list[int]:
        """Open centres that have everything, those first that are in time, by way and line."""
        spent = (self._clock.time() - order.placed) / MINUTE_S
        centres = self._reach.open_centres()
        stock = await self._stock.free_at(centres, order.items)
        able = [one for one in centres if all(stock[one, item] >= n for item, n in order.items.items())]
        return sorted(able, key=lambda one: self._cost(order, one, spent))

    def _cost(self, order: Order, centre_id: int, spent: float) -> tuple[bool, float]:
        ride, wait = ride_min(centre_id, order.x, order.y), self._reach.wait_min(centre_id)
        total = spent + wait + order.courier_s / MINUTE_S + ride
        late = total > PROMISE_MIN
        return late, total if late else ride / 2 + wait

    async def _bind(self, promised: Sequence[Order], orders: Sequence[Order]) -> None:
        hands = Counter(dict.fromkeys(self._reach.open_centres(), PICKERS))
        hands.subtract(one.centre_id for one in orders if one.state != "promised")
        for order in promised[:MOST_AT_ONCE]:
            chosen = await self._free_hand(order, hands)
            if chosen:
                hands[chosen] -= 1
                await self._bind_to(order, chosen)

    async def _free_hand(self, order: Order, hands: Mapping[int, int]) -> int:
        """The centre that is to pick it now; 0 while it may wait."""
        spent = (self._clock.time() - order.placed) / MINUTE_S
        fixed = self._context.config.pick_min + order.courier_s / MINUTE_S
        slack = {
            one: PROMISE_MIN - spent - fixed - ride_min(one, order.x, order.y)
            for one in hands
            if hands[one] > 0
        }
        in_time = [one for one, left in slack.items() if left >= 0]
        if order.centre_id in in_time:
            return order.centre_id
        for one in sorted(in_time, key=lambda one: -slack[one]):
            stock = await self._stock.free_at([one], order.items)
            if all(stock[one, item] >= n for item, n in order.items.items()):
                return one
        left = PROMISE_MIN - spent - fixed - ride_min(order.centre_id, order.x, order.y)
        return order.centre_id if left < URGENT_MIN else 0

    async def _bind_to(self, order: Order, centre_id: int) -> None:
        async with self._context.request("a promise is bound", by=ALLOCATOR, by_hand=False) as trace:
            done = await self._swap(order, centre_id, "waiting")
            if done:
                self._context.decide("a picker is free there, and it is in time: the promise is bound")
                self.counters.bound += 1
                self.counters.swapped += centre_id != order.centre_id
            else:
                self._context.decide("what it needs was taken there meanwhile: it stays a promise")
            trace.sentence = f"{CENTRES[centre_id].name} picks {order.shopper}'s order: {order.said}"

    async def _swap(self, order: Order, centre_id: int, state: str) -> bool:
        """Bind the order to a centre, with units of it; whether that could be done."""
        try:
            await self._stock.transactions.run(
                lambda session: self._swapped(session, order, centre_id, state),
                source=ALLOCATOR,
                name="allocate",
                counted=False,
            )
        except (ItemsGone, Beaten):
            return False
        if self._reach.is_open(centre_id):
            self._context.node(CENTRES[centre_id].node).touch("order", "ok", source=ALLOCATOR)
        self._reach.lines[centre_id] += state != "promised"
        self._stock.touched((one, item) for one in {order.centre_id, centre_id} for item in order.items)
        return True

    async def _swapped(self, session: Session, order: Order, centre_id: int, state: str) -> None:
        mine = sa.and_(ORDER.c.room == self._room, ORDER.c.id == order.id, ORDER.c.state == order.state)
        moved = order.moved + (centre_id != order.centre_id)
        values = {
            "centre_id": centre_id,
            "state": state,
            "queued": self._clock.time(),
            "moved": moved,
            "picked": 0.0,
        }
        if not (await session.execute(ORDER.update().where(mine).values(values))).rowcount:
            raise ItemsGone({}, wanted={})  # somebody was faster with it
        unit_state = PROMISED if state == "promised" else SOLD
        if centre_id == order.centre_id:
            await session.execute(
                UNIT.update()
                .where(UNIT.c.room == self._room, UNIT.c.id.in_(self._lines(order)))
                .values(state=unit_state)
            )
            return
        want = Wanted(centre_id, order.items)
        units = await choose(self._context, self._stock, session, want, order_id=order.id, by=ALLOCATOR)
        taken = await session.execute(self._stock.sell_free(units, order.id, unit_state, ""))
        if taken.rowcount < len(units):
            raise Beaten
        old = sa.and_(
            UNIT.c.room == self._room, UNIT.c.id.in_(self._lines(order)), UNIT.c.order_id == order.id
        )
        await session.execute(UNIT.update().where(old).values(state="free", order_id="", until=0.0))
        await session.execute(LINE.delete().where(LINE.c.room == self._room, LINE.c.order_id == order.id))
        mine_now = sa.select(sa.literal(self._room), sa.literal(order.id), UNIT.c.id, UNIT.c.item_id)
        names = ["room", "order_id", "unit_id", "item_id"]
        await session.execute(sa.insert(LINE).from_select(names, mine_now.where(self._stock.mine(units))))

    def _lines(self, order: Order) -> sa.Select[tuple[int]]:
        return sa.select(LINE.c.unit_id).where(LINE.c.room == self._room, LINE.c.order_id == order.id)
