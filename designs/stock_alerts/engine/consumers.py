"""The consumers of ticks: each reads its partitions, finds what was crossed, and puts it into the queue."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from designs.stock_alerts.config import Config
from designs.stock_alerts.engine.alert_book import AlertBook
from designs.stock_alerts.engine.counters import Counters
from designs.stock_alerts.engine.firing_queue import FiringQueue
from designs.stock_alerts.engine.market import Market
from designs.stock_alerts.engine.matching_cost import MatchingCost
from designs.stock_alerts.engine.nodes import LOG
from designs.stock_alerts.engine.strategies.finding import FINDINGS, Finding
from designs.stock_alerts.engine.strategies.ordering import ORDERS
from designs.stock_alerts.engine.tick_log import PARTITIONS, Known, LoggedTick, TickLog, home_of
from designs.stock_alerts.engine.ticks import ArmedAlert, Hit, Move
from designs.stock_alerts.engine.worker import Worker
from sdlab.lab import EngineContext, amount

BATCH = 16  # of each partition
REMEMBERED = 150_000
MOST_CONSUMERS = 4
BANDS = 6


@dataclass(frozen=True, slots=True)
class Band:
    """A move that crossed something: from, to, and how many alerts."""

    stock: int
    old: int
    new: int
    fired: int
    at: float
    consumer: str


class Matching:
    """What the consumers share: the copy of alerts in force, what it costs to search, and the newest bands."""

    def __init__(self, context: EngineContext[Config], book: AlertBook) -> None:
        self._context, self._book = context, book
        self.cost = MatchingCost()
        self.finding: Finding = FINDINGS[context.config.matching](context)
        self.bands: deque[Band] = deque(maxlen=BANDS)
        self._fresh: list[list[ArmedAlert]] = [[] for _ in range(MOST_CONSUMERS)]
        self._fired: deque[ArmedAlert] = deque(maxlen=REMEMBERED)
        self._meanwhile: list[tuple[bool, list[ArmedAlert]]] | None = None

    async def rebuild(self) -> None:
        """The copy anew, from the rows, by the approach in force; what is armed meanwhile is not forgotten."""
        self._meanwhile = []
        finding = FINDINGS[self._context.config.matching](self._context)
        await finding.open(await self._book.armed())
        for armed, alerts in self._meanwhile:
            (finding.arm if armed else finding.disarm)(alerts)
        finding.fired(self._fired)
        self._meanwhile = None
        self.cost.begin()
        self.finding = finding

    def arm(self, alerts: Iterable[ArmedAlert]) -> None:
        """These are in force from now on."""
        some = list(alerts)
        self.finding.arm(some)
        if self._meanwhile is not None:
            self._meanwhile.append((True, some))

    def disarm(self, alerts: Iterable[ArmedAlert]) -> None:
        """These were taken back."""
        some = list(alerts)
        self.finding.disarm(some)
        if self._meanwhile is not None:
            self._meanwhile.append((False, some))

    def fired(self, alerts: Iterable[ArmedAlert]) -> None:
        """These were found: they leave the copy after the replication delay."""
        some = list(alerts)
        self.finding.fired(some)
        self._fired.extend(some)

    def spread(self, alerts: Iterable[ArmedAlert]) -> bool:
        """To whoever takes their stock: these became visible. Whether there were any."""
        some = list(alerts)
        for one in some:
            self._fresh[home_of(one.stock) % self._context.config.consumers].append(one)
        return bool(some)

    def share_anew(self) -> None:
        """There are more or fewer consumers from now on."""
        waiting = [one for some in self._fresh for one in some]
        self._fresh = [[] for _ in range(MOST_CONSUMERS)]
        self.spread(waiting)

    def fresh(self, number: int) -> list[ArmedAlert]:
        """What became visible and that consumer has not dealt with; ticks that it took before may have passed them."""
        self.spread(self.finding.take_fresh())
        return list(self._fresh[number])

    def dealt_with(self, number: int, count: int) -> None:
        """So many of its fresh ones, the first, are done."""
        del self._fresh[number][:count]


class Consumer(Worker):
    """Reads the partitions whose number is its own modulo the number of consumers.

    In memory it has the last price of each stock that it has seen, and which armings it has found.
    """

    def __init__(
        self,
        context: EngineContext[Config],
        number: int,
        *,
        log: TickLog,
        matching: Matching,
        queue: FiringQueue,
        market: Market,
        counters: Counters,
    ) -> None:
        super().__init__(context, f"consumer-{number + 1}")
        self.number = number
        self._log, self._matching, self._queue = log, matching, queue
        self._market, self._counters = market, counters
        self._known: Known = {}
        self._found: dict[tuple[int, int], None] = {}

    @property
    def partitions(self) -> list[int]:
        """Which partitions are its own now."""
        return [one for one in range(PARTITIONS) if one % self.context.config.consumers == self.number]

    def forget(self) -> None:
        self._known, self._found = {}, {}
        self._counters.consumer_deaths += 1

    def renew(self) -> None:
        """Other partitions, or another order: it goes on from the checkpoint, and forgets no alert."""
        self._known = {}
        self.leave()

    async def live(self) -> None:
        """Batch after batch, from the last checkpoint."""
        stored = await self._log.checkpoints()
        places = {one: stored[one] for one in self.partitions}
        if not places:
            await asyncio.Event().wait()
        while True:
            heard = self._log.bell.rings
            batch: list[LoggedTick] = []
            if self._log.ahead_of(places):
                batch = await self._log.read(places, limit=BATCH, source=self.id)
            if not batch and not self._matching.fresh(self.number):
                await self._log.bell.beyond(heard)
                continue
            moved = dict(places)
            for one in batch:
                moved[one.partition] = (one.position, moved[one.partition][1] + 1)
            async with self.context.request("match", by=self.id, by_hand=False, kind="Match ticks") as trace:
                found = await self.context.node(self.id).call(
                    f"match {len(batch)}", partial(self._take, batch, moved), source=LOG
                )
                took, crossed = amount(len(batch), "tick"), amount(found, "alert")
                trace.sentence = f"{self.id.replace('-', ' ')} took {took} and found {crossed}"
            places = moved

    async def _take(self, batch: Sequence[LoggedTick], places: dict[int, tuple[str, int]]) -> int:
        order, known = ORDERS[self.context.config.order], dict(self._known)
        moves = await order.moves([one.tick for one in batch], known, self._log, self._counters)
        hits: list[Hit] = []
        if moves:
            hits = await self._matching.finding.crossed(moves, self._matching.cost, source=self.id)
        else:
            self.context.decide("no tick of these is news")
        if order.numbered:
            hits = [one for one in hits if one.tick.seq > one.alert.since]
        fresh = self._matching.fresh(self.number)
        if order.exact:
            hits += await self._passed_by(fresh, known)
        new = {one.alert.key: one for one in reversed(hits) if one.alert.key not in self._found}
        chosen = list(reversed(new.values()))
        if chosen:
            await self._queue.put(chosen, source=self.id)
        await self._log.checkpoint(places, known if order.exact else {})
        self._known = known
        self._matching.dealt_with(self.number, len(fresh))
        self._done(moves, chosen)
        return len(chosen)

    async def _passed_by(self, fresh: Sequence[ArmedAlert], known: Known) -> list[Hit]:
        """Those of the fresh ones that a tick has crossed which was taken before they were visible."""
        known |= await self._log.known(list({one.stock for one in fresh} - known.keys()))
        return [
            Hit(alert, tick)
            for alert in fresh
            if known[alert.stock][0] > alert.since
            for tick in self._market.quotes[alert.stock].recent
            if tick.meets(alert) and tick.seq <= known[alert.stock][0]
        ]

    def _done(self, moves: Sequence[Move], chosen: Sequence[Hit]) -> None:
        self._matching.fired(one.alert for one in chosen)
        self._matching.cost.found += len(chosen)
        self._counters.matched += len(moves)
        self._counters.found += len(chosen)
        for one in chosen:
            self._found[one.alert.key] = None
        while len(self._found) > REMEMBERED:
            del self._found[next(iter(self._found))]
        by_tick = Counter(one.tick for one in chosen)
        for move in moves:
            if fired := by_tick[move.tick]:
                tick = move.tick
                self._matching.bands.append(Band(tick.stock, move.old, tick.price, fired, tick.at, self.id))
