"""What must hold, judged from the inbox as it is stored, held against the ledger of the market."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from designs.stock_alerts.config import Config
from designs.stock_alerts.engine.exchange import Poller
from designs.stock_alerts.engine.firing_queue import FiringQueue
from designs.stock_alerts.engine.inbox import Inbox, Notification, notification_of
from designs.stock_alerts.engine.ledger import Crossing, Ledger
from designs.stock_alerts.engine.notifier import Notifier
from designs.stock_alerts.engine.stocks import STOCKS, money
from designs.stock_alerts.engine.strategies.delivery import CAPS
from designs.stock_alerts.engine.strategies.feeds import FEEDS
from designs.stock_alerts.engine.tick_log import PARTITIONS, TickLog
from sdlab.lab import (
    Claim,
    EngineContext,
    EvidenceView,
    cause_step,
    fault_steps,
    read_step,
    setting_steps,
    unknown_cause,
    write_step,
)
from sdlab.parts.event_log import START, order_of

CLAIMS = (
    Claim("fires", "crossed, so it fires", "An alert that the market has crossed is told to its owner"),
    Claim("once", "fires once", "An alert that was armed once is told once"),
    Claim(
        "crossed", "nothing uncrossed", "Nothing is told that the market has not crossed since it was armed"
    ),
    Claim("capped", "at most 50 a day", "With the cap on, nobody is rung more than 50 times a day"),
)
PAGE = 2_000
REMEMBERED = 200_000
SENT_AFTERWARDS_S = 2.5
MOST_FAULTS = 4


@dataclass(slots=True)
class Cohort:
    """Crossings of one look, on their way: first past the log, then past the queue, then they must be there."""

    crossings: list[Crossing]
    made: float
    tails: list[str] = field(default_factory=list)
    queue_tail: str = ""
    past_queue: float = 0.0


@dataclass(slots=True)
class Marks:
    """How far everything is, read in this order."""

    tails: list[str]
    checkpoints: dict[int, str]
    queue_tail: str
    queue_done: str


class ClaimChecker:
    """Reads every entry of the inbox; a crossing is missed when the system is done with all up to it, and it is not there."""

    def __init__(
        self,
        context: EngineContext[Config],
        ledger: Ledger,
        *,
        log: TickLog,
        queue: FiringQueue,
        inbox: Inbox,
        poller: Poller,
        notifier: Notifier,
    ) -> None:
        self._context, self._ledger, self._log = context, ledger, log
        self._queue, self._inbox, self._poller, self._notifier = queue, inbox, poller, notifier
        self._redis = context.room.redis
        self._cursor = START
        self._told: dict[tuple[int, int], Notification] = {}
        self._days: Counter[tuple[str, str]] = Counter()
        self._cohorts: deque[Cohort] = deque()
        self.missed = 0
        self.false = 0
        self.twice = 0

    async def open(self) -> None:
        """Checking begins with what comes from now on; what waits in the queue was found before."""
        newest = await self._redis.xrevrange(self._inbox.key, count=1)
        self._cursor = newest[0][0] if newest else START
        position = await self._queue.position()
        while found := await self._queue.read(position, limit=PAGE, source="notifier"):
            for message in found:
                self._ledger.trust((one.alert.key for one in message.hits), message.hits[0].tick)
            position = found[-1].id

    async def check(self) -> None:
        """What has arrived, and what should have."""
        self._context.monitors["capped"].applies = bool(CAPS[self._context.config.cap].per_day)
        if not self._context.monitors["capped"].applies:
            self._days.clear()
        await self._read_inbox()
        if self._ledger.new:
            self._cohorts.append(Cohort(list(self._ledger.new), self._context.clock.time()))
            self._ledger.new.clear()
        if self._cohorts:
            marks = await self._marks()
            for cohort in list(self._cohorts):
                self._advance(cohort, marks)
            await self._read_inbox()
            while self._cohorts and self._due(self._cohorts[0]):
                self._judge(self._cohorts.popleft())

    # What has arrived

    async def _read_inbox(self) -> None:
        while found := await self._redis.xrange(self._inbox.key, f"({self._cursor}", "+", count=PAGE):
            self._cursor = found[-1][0]
            for _, fields in found:
                self._arrived(notification_of(fields))
            if len(found) < PAGE:
                return

    def _arrived(self, told: Notification) -> None:
        monitors = self._context.monitors
        if first := self._told.get(told.key):
            self.twice += 1
            monitors["once"].violated(self._twice(first, told))
        else:
            monitors["once"].passed()
        crossing = self._ledger.crossings.get(told.key)
        if crossing is None and told.key not in self._ledger.withdrawn:
            self.false += 1
            monitors["crossed"].violated(self._false(told))
        else:
            monitors["crossed"].passed()
        self._told[told.key] = told
        while len(self._told) > REMEMBERED:
            del self._told[next(iter(self._told))]
        if not told.quiet and monitors["capped"].applies:
            self._count(told)

    def _count(self, told: Notification) -> None:
        day = (told.user, datetime.fromtimestamp(told.sent_at, UTC).strftime("%Y%m%d"))
        self._days[day] += 1
        monitor, most = self._context.monitors["capped"], CAPS["on"].per_day
        if self._days[day] <= most:
            monitor.passed()
            return
        monitor.violated(
            [
                *self._market_step(told),
                write_step(
                    "notifier",
                    f"rang {told.user} once more",
                    told.sent_at,
                    told.sent_at,
                    wrote=self._days[day],
                ),
            ]
        )

    # What should have

    async def _marks(self) -> Marks:
        pipe = self._redis.pipeline(transaction=False)
        for partition in range(PARTITIONS):
            pipe.xrevrange(self._log.log.key_of(partition), count=1)
        pipe.hgetall(self._log.checkpoint_key)
        pipe.xrevrange(self._queue.log.key_of(), count=1)
        pipe.get(self._queue.position_key)
        answers = await pipe.execute()
        tails = [found[0][0] if found else START for found in answers[:PARTITIONS]]
        stored, queued, done = answers[PARTITIONS:]
        checkpoints = {int(one): place.partition("/")[0] for one, place in stored.items()}
        return Marks(tails, checkpoints, queued[0][0] if queued else START, done or START)

    def _advance(self, cohort: Cohort, marks: Marks) -> None:
        if not cohort.tails:
            waits = FEEDS[self._context.config.feed].polls and self._poller.polled_at <= cohort.made
            cohort.tails = [] if waits else marks.tails
        elif not cohort.queue_tail:
            if _past_log(cohort.tails, marks):
                cohort.queue_tail = marks.queue_tail
        elif not cohort.past_queue and (
            order_of(marks.queue_done) >= order_of(cohort.queue_tail) or marks.queue_tail == START
        ):
            cohort.past_queue = self._context.clock.monotonic()

    def _due(self, cohort: Cohort) -> bool:
        wait = SENT_AFTERWARDS_S if self._context.config.ack == "before" else 0.0
        return bool(cohort.past_queue) and self._context.clock.monotonic() - cohort.past_queue >= wait

    def _judge(self, cohort: Cohort) -> None:
        monitor = self._context.monitors["fires"]
        missing = [
            one
            for one in cohort.crossings
            if one.alert.key not in self._told and one.alert.key not in self._ledger.withdrawn
        ]
        monitor.passed(len(cohort.crossings) - len(missing))
        for one in missing:
            self.missed += 1
            monitor.violated(self._missing(one))

    # Evidence

    def _missing(self, one: Crossing) -> list[EvidenceView]:
        now, tick = self._context.clock.time(), one.tick
        symbol = STOCKS[tick.stock].symbol
        return [
            write_step("market", f"{symbol} reaches {money(one.alert.price)}", tick.at, tick.at, wrote=money(tick.price)),
            *self._whys(tick.at, now, ack="before"),
            read_step("claim checker", f"looks for it in {one.alert.user}'s inbox", now, now, saw="nothing", lost=True),
        ]  # fmt: skip

    def _false(self, told: Notification) -> list[EvidenceView]:
        side = "above" if told.above else "below"
        symbol = STOCKS[told.stock].symbol
        return [
            write_step("market", f"{symbol}, tick {told.seq}", told.tick_at, told.tick_at, wrote=money(told.price)),
            *self._whys(told.tick_at, told.sent_at),
            write_step(
                "notifier", f"rang {told.user}: {side} {money(told.threshold)}, which was never reached since it was armed",
                told.sent_at, told.sent_at, wrote=money(told.price), lost=True,
            ),
        ]  # fmt: skip

    def _twice(self, first: Notification, again: Notification) -> list[EvidenceView]:
        return [
            *self._market_step(first),
            write_step("notifier", f"rang {first.user}", first.sent_at, first.sent_at, wrote=money(first.price)),
            *self._whys(first.tick_at, again.sent_at, once="off"),
            write_step(
                "notifier", f"rang {again.user} again for the same arming", again.sent_at, again.sent_at,
                wrote=money(again.price), lost=True,
            ),
        ]  # fmt: skip

    def _market_step(self, told: Notification) -> Iterable[EvidenceView]:
        return [
            write_step(
                "market", f"{STOCKS[told.stock].symbol} reaches {money(told.threshold)}", told.tick_at, told.tick_at,
                wrote=money(told.price),
            )
        ]  # fmt: skip

    def _whys(self, since: float, until: float, **to_die_with: str) -> list[EvidenceView]:
        """What was recorded of a tick that came at `since`: faults that were set, how it came to its consumer, deaths.

        A death of the notifier does harm with the settings `to_die_with`; so those are named with it.
        """
        record = self._context.settings
        came = setting_steps(record, since, since, feed="poll", order=("any", "any_newest"))
        faults = fault_steps(self._context.nodes.values(), since, until)[-MOST_FAULTS:]
        deaths = [
            cause_step("notifier", "its process ended", at)
            for at in self._notifier.deaths_at
            if since <= at <= until
        ]
        open_to = setting_steps(record, since, until, **to_die_with) if deaths else []
        return [*came, *faults, *open_to, *deaths[-2:]] or [unknown_cause(until)]


def _past_log(tails: list[str], marks: Marks) -> bool:
    """Whether the consumers are done with all up to these places, or the log is gone."""
    return all(
        order_of(marks.checkpoints.get(partition, START)) >= order_of(tail) or marks.tails[partition] == START
        for partition, tail in enumerate(tails)
    )
