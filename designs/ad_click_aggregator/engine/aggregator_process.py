"""An aggregator in its own process: reads partitions of the click log and counts windows of event time.

It keeps counts in memory only. What it was at is in the checkpoint, if there is one, and in the log.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import orjson

from sdlab.blocks.event_windows import EventWindows
from sdlab.parts.event_log import START, order_of
from sdlab.parts.worker_process import connected
from sdlab.parts.workers.peer import Handler, Peer

WINDOW_S = 2
DAY_S = 86_400
IDLE_S = 1.0  # without a click, after which the clock moves the watermark


@dataclass(slots=True)
class _Partition:
    number: int
    windows: EventWindows[int]
    position: str = START
    sink: str = START  # what the store had taken when this process began
    floor: float = float("-inf")  # windows before it were closed by a process before this one
    days: dict[int, Counter[int]] = field(default_factory=dict)
    done: dict[int, Counter[int]] = field(default_factory=dict)  # closed, not yet acknowledged by the store
    deltas: Counter[tuple[int, int]] = field(default_factory=Counter)
    dirty: bool = False
    taken: int = 0  # the number of the last click that was read, along its partition
    before: int = 0  # the number of the last click that a process before this one has read
    moved: float = 0.0
    reported: float | None = None  # the watermark that the store was told last

    @property
    def replaying(self) -> bool:
        return order_of(self.position) < order_of(self.sink)

    def state(self) -> bytes:
        return orjson.dumps(
            {
                "position": self.position,
                "taken": self.taken,
                "newest": _finite(self.windows.newest),
                "watermark": _finite(self.windows.watermark),
                "open": [
                    [s, k, n]
                    for s, c in (*self.done.items(), *self.windows.open.items())
                    for k, n in c.items()
                ],
                "days": [[s, k, n] for s, c in self.days.items() for k, n in c.items()],
            }
        )

    def load(self, stored: bytes | str) -> None:
        kept = orjson.loads(stored)
        self.position, self.taken = kept["position"], kept.get("taken", 0)
        self.windows.newest, self.windows.watermark = kept["newest"] or -1e18, kept["watermark"] or -1e18
        self.floor = self.windows.watermark
        for start, ad, count in kept["open"]:
            self.windows.open.setdefault(start, Counter())[ad] = count
        for start, ad, count in kept["days"]:
            self.days.setdefault(start, Counter())[ad] = count


def _finite(value: float) -> float | None:
    return value if abs(value) < 1e17 else None


def _bounded(value: float | None) -> float:
    return 0.0 if value is None else max(0.0, min(value, 1e12))


class AggregatorOfPartitions:
    """Counts the clicks of its partitions, in its memory."""

    def __init__(self, redis: str, streams: dict[str, str], checkpoint: str, parts: list[_Partition]) -> None:
        self._store = connected(redis)
        self._streams, self._checkpoint, self._parts = streams, checkpoint, parts

    async def begin(self, recovery: str) -> None:
        """Go on from where `recovery` says."""
        numbers = [str(one.number) for one in self._parts]
        stored = await self._store.hmget(self._checkpoint, numbers)
        committed = await self._store.hmget(f"{self._checkpoint}:read", numbers)
        for one, state, read in zip(self._parts, stored, committed, strict=True):
            one.before = int((read or START).partition("/")[2] or 0)
            if recovery == "checkpoint" and state:
                one.load(state)
            elif recovery == "none":
                position, _, taken = (read or START).partition("/")
                one.position, one.taken, one.sink = position, int(taken or 0), START

    def _count(self, one: _Partition, fields: Any, late: str) -> int:
        at, ad = float(fields["a" if late == "arrival" else "t"]), int(fields["k"])
        one.days.setdefault(int(at // DAY_S) * DAY_S, Counter())[ad] += 1
        start = one.windows.start(at)
        if one.replaying:  # what the store has taken is brought to the same totals, whatever was late then
            if start + WINDOW_S > one.floor:
                held = one.done if start in one.done else one.windows.open
                held.setdefault(start, Counter())[ad] += 1
                one.windows.newest = max(one.windows.newest, at)
            return 0
        if one.windows.add(at, ad):
            return 0
        if late != "drop":
            if start in one.done:
                one.done[start][ad] += 1
            else:
                one.deltas[start, ad] += 1
        return 1

    async def turn(self, *, now: float, limit: int, late: str, lateness: float) -> dict[str, Any]:
        """Read at most `limit` clicks of each partition, count them, and close what the watermark has passed."""
        read = again = lates = 0
        places = {}
        for one in self._parts:
            one.windows.lateness = lateness
            found = await self._store.xrange(
                self._streams[str(one.number)], f"({one.position}", "+", count=limit
            )
            for position, fields in found:
                again += int(fields.get("n", 0)) <= one.before
                lates += self._count(one, fields, late)
                one.position, one.taken, one.moved = position, int(fields.get("n", 0)), now
            read += len(found)
            one.dirty = one.dirty or bool(found)
            if found:
                places[str(one.number)] = f"{one.position}/{one.taken}"
            if not one.replaying:
                one.windows.advance(one.windows.newest - lateness)
                if not found and now - one.moved > IDLE_S:
                    one.windows.advance(now - lateness)
                closed = one.windows.close()
                one.done.update(closed)
                one.dirty = one.dirty or bool(closed)
        if places:
            await self._store.hset(f"{self._checkpoint}:read", mapping=places)
        return {
            "read": read,
            "again": again,
            "late": lates,
            "dirty": any(one.dirty for one in self._parts),
            "places": places,
            "open": [
                [one.number, s, c.total()] for one in self._parts for s, c in sorted(one.windows.open.items())
            ][:40],
            "watermark": min(_bounded(one.windows.watermark) for one in self._parts),
            "reported": min(_bounded(one.reported) for one in self._parts),
            "replaying": any(one.replaying for one in self._parts),
        }

    async def flush(self) -> list[dict[str, Any]]:
        """What the store is to hold: totals of windows, and for closed ones what came late."""
        return [
            {
                "part": one.number,
                "position": one.position,
                "watermark": _finite(one.windows.watermark),
                "rows": [
                    ["w", s, k, n, closed]
                    for closed, some in ((True, one.done), (False, one.windows.open))
                    for s, c in some.items()
                    for k, n in c.items()
                ]
                + [["d", s, k, n, False] for s, c in one.days.items() for k, n in c.items() if one.dirty],
                "deltas": [[s, k, n] for (s, k), n in one.deltas.items()],
            }
            for one in self._parts
            if not one.replaying and (one.dirty or _finite(one.windows.watermark) != one.reported)
        ]

    async def acknowledged(self, *, keeps: bool) -> int:
        """The store has taken the last flush: closed windows are forgotten, and a checkpoint says so. Its bytes."""
        states = {}
        for one in self._parts:
            if not one.replaying:
                one.reported = _finite(one.windows.watermark)
                one.done.clear()
                one.deltas.clear()
                if one.dirty:
                    states[str(one.number)] = one.state()
                one.dirty = False
        if states and keeps:
            await self._store.hset(self._checkpoint, mapping=states)
            return sum(len(state) for state in states.values())
        return 0


async def make(
    parent: Peer,
    *,
    redis: str,
    streams: dict[str, str],
    checkpoint: str,
    sink: dict[str, str],
    recovery: str,
    lateness: float,
) -> dict[str, Handler]:
    """Makes an aggregator of these partitions; `recovery` says from where it goes on."""
    parts = [
        _Partition(int(number), EventWindows(WINDOW_S, lateness), sink=sink.get(number, START))
        for number in streams
    ]
    one = AggregatorOfPartitions(redis, streams, checkpoint, parts)
    await one.begin(recovery)
    return {"turn": one.turn, "flush": one.flush, "acknowledged": one.acknowledged}
