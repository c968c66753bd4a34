"""Where notifications arrive: a stream in Redis, and from there at whoever listens."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson

from designs.stock_alerts.config import Config
from designs.stock_alerts.engine.counters import Counters
from designs.stock_alerts.engine.ledger import Ledger
from designs.stock_alerts.engine.nodes import INBOX, NOTIFIER
from designs.stock_alerts.engine.ticks import Hit
from sdlab.lab import EngineContext
from sdlab.parts.connections import BoundedBuffer, ResumableLog
from sdlab.parts.event_log import order_of

SCRIPT = Path(__file__).with_name("deliver.lua")
KEPT = 120_000
NEWS_KEPT = 2_000
BUFFER = 256
RECENT = 12
TWICE, QUIET = "twice", "quiet"
MOST_USERS = 500


@dataclass(frozen=True, slots=True)
class Notification:
    """What a user is told. `delay_ms` is from the tick that crossed to the inbox."""

    user: str
    alert: int
    arming: int
    stock: int
    above: bool
    threshold: int
    price: int
    seq: int
    tick_at: float
    sent_at: float
    delay_ms: float
    quiet: bool = False

    @property
    def key(self) -> tuple[int, int]:
        """Which arming it is about."""
        return self.alert, self.arming


@dataclass(slots=True)
class Listener:
    """An event stream of one user; what waits for it is bounded."""

    user: str
    waiting: BoundedBuffer[tuple[str, Notification]]


class Inbox:
    """Sends in one script: key, counter of the day and entry change together, or not at all."""

    def __init__(self, context: EngineContext[Config], ledger: Ledger, counters: Counters) -> None:
        self._context, self._ledger, self._counters = context, ledger, counters
        self.key = context.room.key("inbox")
        self.news: ResumableLog[Notification] = ResumableLog(NEWS_KEPT)
        self.recent: deque[Notification] = deque(maxlen=RECENT)
        self.today: dict[str, None] = {}
        self._script = context.room.redis.register_script(SCRIPT.read_text(encoding="utf-8"))
        self._listeners: list[Listener] = []

    def key_of(self, hit: Hit) -> str:
        """The key that guards an arming."""
        return self._context.room.key("sent", *hit.alert.key)

    def day_key(self, user: str) -> str:
        """Today's counter of a user."""
        day = datetime.fromtimestamp(self._context.clock.time(), UTC).strftime("%Y%m%d")
        return self._context.room.key("day", day, user)

    def own_key(self, user: str) -> str:
        """The list of places of what a user was told, newest first."""
        return self._context.room.key("told", user)

    async def deliver(self, hits: Sequence[Hit], *, ttl_s: int, per_day: int) -> list[str]:
        """Send them; of each whether it was `sent`, is there `twice`, or kept `quiet`. `Unavailable` while it is down.

        Without a `ttl_s` no key is asked or set, without `per_day` nothing is counted.
        """
        now = self._context.clock.time()
        told = [self._notification(one, now) for one in hits]
        arguments: list[str | int] = [
            self._context.room.key("sent") + ":", ttl_s, self.day_key(""), per_day, KEPT, repr(now),
            self.own_key(""),
        ]  # fmt: skip
        for one in told:
            arguments += [f"{one.alert}:{one.arming}", one.user, _body(one)]
        answer = await self._context.node(INBOX).call(
            f"send {len(hits)}", lambda: self._script(keys=[self.key], args=arguments), source=NOTIFIER
        )
        codes = [one if isinstance(one, str) else one.decode() for one in answer]
        for branch in dict.fromkeys(codes):
            self._context.decide(f"{codes.count(branch)} × {branch}", script=SCRIPT, branch=branch)
        self._arrived(told, codes)
        return codes

    def _notification(self, hit: Hit, now: float) -> Notification:
        alert, tick = hit.alert, hit.tick
        crossing = self._ledger.crossings.get(alert.key)
        crossed_at = crossing.tick.at if crossing else tick.at
        return Notification(
            alert.user, alert.id, alert.arming, alert.stock, alert.above, alert.price, tick.price, tick.seq,
            tick.at, now, max(0.0, (now - crossed_at) * 1000),
        )  # fmt: skip

    def _arrived(self, told: Sequence[Notification], codes: Sequence[str]) -> None:
        now, counters = self._context.clock.monotonic(), self._counters
        counters.capped += codes.count(QUIET)
        for one, code in zip(told, codes, strict=True):
            if code == QUIET:
                self._seen(one.user)
            if code != "sent":
                continue
            counters.sent += 1
            counters.sent_rate.add(now)
            counters.delay.add(now, one.delay_ms)
            counters.delays.add(one.delay_ms)
            self._seen(one.user)
            self.recent.append(one)
            self._tell(one)

    def _seen(self, user: str) -> None:
        self.today.pop(user, None)
        self.today[user] = None
        if len(self.today) > MOST_USERS:
            del self.today[next(iter(self.today))]

    def _tell(self, one: Notification) -> None:
        self.news.append(one)
        if not self._listeners:
            return
        mark = self.news.mark
        for listener in self._listeners:
            if listener.user == one.user and not listener.waiting.push((mark, one)):
                listener.waiting.end("you read too slowly")

    async def listen(
        self, user: str, *, after: str | None, frame: Callable[[str, Notification], bytes], reset: bytes
    ) -> AsyncIterator[bytes]:
        """A user's notifications as they come, behind the mark `after` where it is known, else `reset` first."""
        listener = Listener(user, BoundedBuffer(BUFFER))
        missed: list[Notification] = []
        first = b""
        if after:
            position = self.news.position_of(after)
            if position is None or not self.news.reaches(position):
                first = reset
            else:
                missed = [one for one in self.news.since(position) if one.user == user]
        mark = self.news.mark
        self._listeners.append(listener)
        try:
            if first:
                yield first
            for one in missed:
                yield frame(mark, one)
            while True:
                batch = await listener.waiting.batch()
                if not batch:
                    return
                for at, one in batch:
                    yield frame(at, one)
        finally:
            self._listeners.remove(listener)

    async def entries(self, after: str, *, limit: int) -> list[tuple[str, Notification]]:
        """What the stream has behind a position, oldest first."""
        found = await self._context.room.redis.xrange(self.key, f"({after}", "+", count=limit)
        return [(position, notification_of(fields)) for position, fields in found]

    async def of(self, user: str, *, before: str = "+", limit: int) -> list[tuple[str, Notification]]:
        """The newest of a user, newest first, before a position: however much others were told since."""
        redis = self._context.room.redis
        places = await redis.lrange(self.own_key(user), 0, -1)
        if before != "+":
            places = [one for one in places if order_of(one) < order_of(before)]
        return await self.at(places[:limit])

    async def at(self, places: Sequence[str]) -> list[tuple[str, Notification]]:
        """The entries at these places; what was trimmed is left out."""
        if not places:
            return []
        pipe = self._context.room.redis.pipeline(transaction=False)
        for place in places:
            pipe.xrange(self.key, place, place)
        return [(at, notification_of(fields)) for found in await pipe.execute() for at, fields in found]

    def close(self) -> None:
        """Whoever listens is let go."""
        for listener in self._listeners:
            listener.waiting.end("the lab closes")


def _body(one: Notification) -> str:
    return orjson.dumps(
        [one.stock, one.above, one.threshold, one.price, one.seq, one.tick_at, one.delay_ms]
    ).decode()


def notification_of(fields: dict[str, str]) -> Notification:
    """An entry of the stream."""
    stock, above, threshold, price, seq, tick_at, delay_ms = orjson.loads(fields["body"])
    alert, _, arming = fields["key"].partition(":")
    return Notification(
        fields["user"], int(alert), int(arming), stock, above, threshold, price, seq, tick_at,
        float(fields["at"]), delay_ms, fields["quiet"] == "1",
    )  # fmt: skip
