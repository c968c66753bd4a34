"""Location tracking at work in one room: positions in, neighbours, arrival times and alerts out."""

from __future__ import annotations

import asyncio
import itertools
import math
import re
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np

from designs.location_tracking.config import (
    BUSES,
    GATEWAY,
    HISTORY,
    INDEX,
    MOST_BUSES,
    Config,
    plan,
)
from designs.location_tracking.engine.fleet import ROUNDS, Fleet, Stop, number_of
from designs.location_tracking.engine.retention import Keeping
from designs.location_tracking.inside.snapshot import Overlay, picture
from designs.location_tracking.engine.index_costs import Race
from designs.location_tracking.engine.shards import Position, Shards
from designs.location_tracking.engine.strategies import INDEXES, NEIGHBOURS, ORDERINGS, PLACEMENTS, SPREADS
from designs.location_tracking.inside.views import Snapshot
from designs.location_tracking.engine.watch import Alert, Fence, Fences, Followers
from sdlab.blocks import city as streets
from sdlab.blocks.quadtree import Quadtree
from sdlab.blocks.spatial import MAX_LAT, Found, FullScan, GeohashIndex, SpatialIndex
from sdlab.blocks.windows import SlidingCounter
from sdlab.lab import (
    Claim,
    Engine,
    EvidenceView,
    Gone,
    Invalid,
    Node,
    NodeSpec,
    NotFound,
    Operation,
    Room,
    Tally,
    TooMany,
    Unavailable,
)

__all__ = ["Config", "Snapshot", "Tracking"]

NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
OWN = "you"
CITY_SEED = 7
CITY = streets.make_city(CITY_SEED)
SLICES = 10
MAX_STRIDE = 4.0
MAX_BUSES = MOST_BUSES + 500
MAX_K = 50
MAX_RADIUS_M = 20_000.0
MAX_FENCES = 20
MAX_FUTURE_S = 60.0
ALERTS = 12
LATE_BY = 6.0
DIGITS = 7
AUDITED = 16
AUDIT_EVERY = 1.0
RACE_EVERY = 0.4
SPEED_SMOOTH = 0.3
USUAL_SPEED = 9.0
CHECKS_PER_SECOND = 60


@dataclass(frozen=True, slots=True)
class Reported:
    """What became of a position. `why` is empty when it was stored."""

    bus: str
    t: float
    stored: bool
    shard: int
    why: str


@dataclass(frozen=True, slots=True)
class Nearby:
    """An answer beside the truth."""

    lat: float
    lng: float
    k: int
    radius_m: float
    found: Found
    truth: Found
    ms: float
    by: str

    @property
    def missed(self) -> tuple[str, ...]:
        """Who should have been found and was not."""
        return tuple(id for id in self.truth.ids if id not in self.found.ids)

    @property
    def difference(self) -> str:
        """The first thing that the truth says otherwise."""
        for hit in self.truth.hits:
            if hit.id not in self.found.ids:
                return f"{hit.id} is {hit.metres:.0f} m away"
        known = next((hit.id for hit in self.found.hits if hit.id not in self.truth.ids), "")
        return f"knows of no {known} there" if known else f"the order is {', '.join(self.truth.ids)}"


@dataclass(slots=True)
class Counts:
    """Since the engine was opened."""

    stored: int = 0
    dropped: int = 0
    refused: int = 0
    moved: int = 0
    rearranged: int = 0
    queries: int = 0
    missed: int = 0
    examined: int = 0
    returned: int = 0
    alerts: int = 0
    homes: int = 0
    update_s: float = 0.0
    split_before: int = 0
    alerted: deque[Alert] = field(default_factory=lambda: deque(maxlen=ALERTS))


class Tracking(Engine[Config]):
    """Last positions in Redis by shard, an index of them in memory, tracks in SQL."""

    claims = (
        Claim("nearest_exact", "The buses found near are those that a look at every bus finds"),
        Claim("no_step_back", "No bus goes back to where it was before"),
        Claim("held", "An acknowledged position, or a newer one, is in the store"),
        Claim("one_home", "Each bus is on the shard that owns its cell, and on no other"),
    )

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        self.city = CITY
        self.fleet = Fleet(CITY, config.fleet, room.seed)
        self.shards = Shards(room.redis, room.key)
        self.keeping = Keeping(room)
        self.followers = Followers()
        self.fences = Fences()
        self.known: dict[str, Position] = {}
        self.before: dict[str, Position] = {}
        self.speeds: dict[str, float] = {}
        self.truth = FullScan()
        self.index: SpatialIndex = FullScan()
        self.seen = np.zeros(MOST_BUSES)
        self.counts = Counts()
        self.race = Race()
        self.overlay = Overlay()
        self.query: Nearby | None = None
        self.followed, self.stop = "bus-1", self.fleet.rounds[0].stops[0]
        self.stops = {stop.id: stop for one in self.fleet.rounds for stop in one.stops}
        self.positions = SlidingCounter(seconds=10)
        self.dropped = SlidingCounter(seconds=10)
        self._silent = 0.0
        self._moved_at = [0.0] * SLICES
        self._chance = room.rng("late")
        self._checks = SlidingCounter(seconds=1)
        self._fence_numbers = itertools.count(1)
        self._changed = False
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._open_gate = asyncio.Event()
        self._open_gate.set()

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    # Life

    async def open(self) -> None:
        self._arrange()
        await self._load()
        for fence in await self.keeping.fences():
            self.fences.fences[fence.id] = fence
            self._fence_numbers = itertools.count(int(fence.id.removeprefix("f")) + 1)
        await self.keeping.count()
        self.supervise("audit", self._audit)
        self.supervise("index measurements", self._measure)

    def _arrange(self) -> None:
        self.shards.arrange(self.config.shards, ring=PLACEMENTS[self.config.placement].ring)

    async def _load(self) -> None:
        """Read the shards; where two hold a bus the newer position counts, and the other goes."""
        for shard, positions in (await self.shards.everything(self.config.shards)).items():
            for one in positions:
                other = self.known.get(one.bus)
                if other is None or one.t > other.t:
                    self.known[one.bus] = one
                if other is not None:
                    older, place = (
                        (one, shard) if one.t <= other.t else (other, self.shards.owner(other.home))
                    )
                    await self.shards.drop(place, [older])
        for one in self.known.values():
            self.truth.upsert(one.bus, one.lat, one.lng)
            self._saw(one)
        self._build()

    def _build(self) -> float:
        """Make the index again out of the known positions; seconds that it took."""
        began = self.clock.monotonic()
        self.index = INDEXES[self.config.index].make(
            precision=self.config.precision,
            leaf=self.config.leaf,
            neighbours=NEIGHBOURS[self.config.neighbours].looks,
        )
        for one in self.known.values():
            self.index.upsert(one.bus, one.lat, one.lng)
        self.overlay.stale()
        return self.clock.monotonic() - began

    async def reconfigure(self, before: Config) -> None:
        now = self.config
        if now.fleet != before.fleet:
            self.fleet.resize(now.fleet)
            await self._retire()
        if (now.shards, now.placement) != (before.shards, before.placement):
            await self._rearrange(before)
        if (now.index, now.neighbours, now.precision, now.leaf) != (
            before.index,
            before.neighbours,
            before.precision,
            before.leaf,
        ):
            self.query = None
            self._build()
        if now.ordering != before.ordering:
            self.monitors["no_step_back"].reset()

    async def _rearrange(self, before: Config) -> None:
        """Cells get new owners while nothing is being stored."""
        self._open_gate.clear()
        try:
            await self._idle.wait()
            self._arrange()
            most = max(before.shards, self.config.shards)
            self.counts.rearranged = await self.shards.rearrange(most, self.config.shards)
            self.counts.homes = len(self.known)
        finally:
            self._open_gate.set()

    async def _retire(self) -> None:
        """Forget the buses beyond the size of the fleet."""
        gone = [
            bus for bus in self.known if (number := number_of(bus)) is not None and number >= self.fleet.size
        ]
        homes: defaultdict[int, list[Position]] = defaultdict(list)
        for bus in gone:
            left = self.known.pop(bus)
            homes[self.shards.owner(left.home)].append(left)
            self.index.remove(bus)
            self.truth.remove(bus)
        for shard, some in homes.items():
            await self.shards.drop(shard, some)
        self.seen[self.fleet.size :] = 0
        self.overlay.stale()

    async def fault_changed(self, node: Node) -> None:
        if node.id == BUSES:
            self._silent = next((f.value for f in node.faults() if f.kind == "silent"), 0.0)
            node.detail = f"{self._silent:g} % silent" if self._silent else ""

    async def momentary(self, node: Node, kind: str, value: float) -> str:
        if kind == "cut":
            names = {f"bus {OWN}"} if self.followers.sending else set()
            count = self.followers.cut_all(names)
            return (
                f"{count} open connections were dropped; whoever comes back resumes with the newest position"
            )
        self.known.clear()
        self.truth = FullScan()
        self._build()  # empty, like the truth, until both are read back
        await self._load()
        return f"the index lost its memory; {len(self.known)} positions were read back from the shards"

    # Positions

    async def report(
        self,
        bus: str,
        lat: float,
        lng: float,
        *,
        t: float | None = None,
        by: str = "visitor",
        by_hand: bool = True,
    ) -> Reported:
        """A bus says where it is. A position older than the stored one is dropped and counted.

        `Invalid` for coordinates out of range, a bad id or a time in the future, `Unavailable`
        when the shard that owns the place is down, `TooMany` for too many buses.
        """
        position = self._checked(bus, lat, lng, t)
        async with self.request(f"position of {bus}", by=by, by_hand=by_hand) as trace:
            [said] = await self._take([position])
            if said.stored:
                name = self.city.name_of(*streets.to_metres(lat, lng))
                trace.sentence = f"{bus} is at {name} → cell {position.home}, shard {said.shard}"
            elif said.shard < 0:
                raise Unavailable(said.why)
            else:
                trace.outcome = "miss"
                trace.sentence = f"position of {bus}: dropped, {said.why}"
            return said

    def _checked(self, bus: str, lat: float, lng: float, t: float | None) -> Position:
        if not NAME.fullmatch(bus):
            raise Invalid("a bus id has 1 to 40 letters, digits, - or _", field="bus_id")
        check_place(lat, lng)
        now = self.clock.time()
        stamp = now if t is None else t
        if not math.isfinite(stamp) or stamp < 0 or stamp > now + MAX_FUTURE_S:
            raise Invalid(f"t is Unix seconds, at most {MAX_FUTURE_S:g} s ahead", field="t")
        if bus not in self.known and len(self.known) >= MAX_BUSES:
            raise TooMany(f"this room knows {MAX_BUSES:,} buses already")
        return Position(bus, round(stamp, 3), round(lat, DIGITS), round(lng, DIGITS))

    async def _take(self, positions: Sequence[Position]) -> list[Reported]:
        """Store positions, shard by shard; then index, tracks, followers and circles get those that count."""
        await self._open_gate.wait()
        self._under_way += 1
        self._idle.clear()
        try:
            answers: list[Reported] = await self.nodes[GATEWAY].call(
                "positions", lambda: self._store(positions), source=BUSES
            )
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()
        return answers

    async def _store(self, positions: Sequence[Position]) -> list[Reported]:
        checks = ORDERINGS[self.config.ordering].checks
        answers: dict[Position, Reported] = {}
        homes: defaultdict[int, list[Position]] = defaultdict(list)
        for one in positions:
            known = self.known.get(one.bus)
            if checks and known is not None and known.t > one.t:
                answers[one] = self._dropped(one, known.t)
            else:
                homes[self.shards.owner(one.home)].append(one)
        outcomes = await asyncio.gather(
            *(self._on_shard(shard, some, checks) for shard, some in homes.items())
        )
        for found in outcomes:
            answers.update(found)
        accepted = [one for one in positions if answers[one].stored]
        await self._accepted(accepted, checks)
        return [answers[one] for one in positions]

    def _dropped(self, position: Position, newest: float) -> Reported:
        self.counts.dropped += 1
        self.dropped.add(self.clock.monotonic())
        late = newest - position.t
        self.decide(f"stamped {late:.1f} s before the stored position")
        shard = self.shards.owner(position.home)
        return Reported(position.bus, position.t, False, shard, f"{late:.1f} s older than the stored one")

    async def _on_shard(
        self, shard: int, positions: list[Position], checks: bool
    ) -> dict[Position, Reported]:
        node = self.nodes.get(f"shard-{shard}")
        if node is None:  # the number of shards has just changed
            raise Unavailable("positions are being moved; try again", retry_after=1)
        try:
            kept = await node.call(
                "store",
                lambda: self.shards.put(shard, positions, checked=checks),
                source=GATEWAY,
                detail=lambda _: f"{len(positions)} positions",
            )
        except Unavailable as error:
            self.counts.refused += len(positions)
            return {one: Reported(one.bus, one.t, False, -1, error.detail) for one in positions}
        return {
            one: Reported(one.bus, one.t, True, shard, "")
            if stored
            else self._dropped(one, self.known[one.bus].t if one.bus in self.known else one.t)
            for one, stored in zip(positions, kept, strict=True)
        }

    async def _accepted(self, positions: list[Position], checks: bool) -> None:
        leaving: defaultdict[int, list[Position]] = defaultdict(list)
        fresh: list[Position] = []
        for one in positions:
            known = self.known.get(one.bus)
            home = self.shards.owner(one.home)
            if known is not None and checks and known.t > one.t:  # a newer one came while this was stored
                if self.shards.owner(known.home) != home:
                    leaving[home].append(one)
                continue
            if known is not None and (old := self.shards.owner(known.home)) != home:
                leaving[old].append(known)
                self.counts.moved += 1
            self._step(known, one)
            fresh.append(one)
        for shard, some in leaving.items():
            await self.shards.drop(shard, some)
        self._index(fresh)
        watched = [one for one in fresh if self._watched(one.bus)]
        for one in watched:
            await self._ring(one)
        if watched:
            await self.nodes[HISTORY].call("append", lambda: self.keeping.track(watched), source=GATEWAY)

    def _step(self, known: Position | None, one: Position) -> None:
        if known is not None:
            monitor = self.monitors["no_step_back"]
            if one.t < known.t:
                monitor.broke(
                    [
                        EvidenceView(known.t, one.bus, f"stored: {known.lat:.5f}, {known.lng:.5f}"),
                        EvidenceView(
                            one.t, one.bus, f"arrived later, {known.t - one.t:.1f} s older, and replaced it"
                        ),
                    ]
                )
            else:
                monitor.hold()
                self._speed(known, one)
            self.before[one.bus] = known
        self.known[one.bus] = one
        self._saw(one)
        self.counts.stored += 1
        self.followers.tell(one)

    def _saw(self, one: Position) -> None:
        number = number_of(one.bus)
        if number is not None and number < MOST_BUSES:
            self.seen[number] = one.t

    def _speed(self, known: Position, one: Position) -> None:
        seconds = one.t - known.t
        if seconds > 0.05 and self._watched(one.bus):
            (ax, ay), (bx, by) = (
                streets.to_metres(known.lat, known.lng),
                streets.to_metres(one.lat, one.lng),
            )
            speed = min(40.0, (abs(ax - bx) + abs(ay - by)) / seconds)
            before = self.speeds.get(one.bus, speed)
            self.speeds[one.bus] = before + SPEED_SMOOTH * (speed - before)

    def _index(self, positions: list[Position]) -> None:
        began = self.clock.monotonic()
        for one in positions:
            self.index.upsert(one.bus, one.lat, one.lng)
        self.counts.update_s += self.clock.monotonic() - began
        for one in positions:
            self.truth.upsert(one.bus, one.lat, one.lng)
        self.positions.add(self.clock.monotonic(), len(positions))
        self._changed = self._changed or bool(positions)
        if positions:
            self.nodes[INDEX].touch("upsert", "ok", source=GATEWAY, detail=f"{len(positions)} points")

    def _watched(self, bus: str) -> bool:
        number = number_of(bus)
        return number is None or number < ROUNDS

    async def _ring(self, position: Position) -> None:
        for alert in self.fences.crossed(position):
            self.counts.alerts += 1
            self.counts.alerted.appendleft(alert)
            verb = "enters" if alert.entered else "leaves"
            self.feed.say(
                f"{alert.bus} {verb} {alert.fence}: {alert.metres:.0f} m from its middle",
                now=self.clock.time(),
                kind="alert",
            )
            self.changed()

    # Questions

    async def nearby(
        self,
        lat: float,
        lng: float,
        *,
        k: int = 5,
        radius_m: float = 0.0,
        by: str = "visitor",
        by_hand: bool = True,
    ) -> Nearby:
        """The `k` nearest buses, or all within `radius_m` but at most `k`, nearest first. `Invalid` out of range."""
        check_place(lat, lng)
        if not 1 <= k <= MAX_K:
            raise Invalid(f"k is from 1 to {MAX_K}", field="k")
        if not 0 <= radius_m <= MAX_RADIUS_M:
            raise Invalid(f"radius_m is from 0 to {MAX_RADIUS_M:g}", field="radius_m")
        async with self.request("GET nearby", by=by, by_hand=by_hand) as trace:
            said: Nearby = await self.nodes[GATEWAY].call(
                "nearby", lambda: self._search(lat, lng, k, radius_m, by), source="visitor"
            )
            self._judge(said)
            if by_hand or self.query is None or self._checks.total % 20 == 0:
                self.query = said
                self.overlay.stale()
            what = ", ".join(f"{hit.id} {hit.metres:.0f} m" for hit in said.found.hits[:3]) or "nobody"
            missed = f"; missed {', '.join(said.missed[:3])}" if said.missed else ""
            trace.sentence = f"near {lat:.4f}, {lng:.4f}: {what}{missed}"
            if said.missed:
                trace.outcome = "miss"
            return said

    async def _search(self, lat: float, lng: float, k: int, radius_m: float, by: str) -> Nearby:
        began = self.clock.monotonic()
        found = self._ask(self.index, lat, lng, k, radius_m)
        ms = (self.clock.monotonic() - began) * 1000
        self.nodes[INDEX].touch(
            "search", "ok", source=GATEWAY, detail=f"{len(found.cells)} cells, {found.examined} points"
        )
        self.decide(
            f"looked at {found.examined} of {len(self.known)} points in {len(found.cells)} cells for {len(found.hits)}"
        )
        truth = self._ask(self.truth, lat, lng, k, radius_m)
        return Nearby(lat, lng, k, radius_m, found, truth, ms, by)

    @staticmethod
    def _ask(index: SpatialIndex, lat: float, lng: float, k: int, radius_m: float) -> Found:
        if not radius_m:
            return index.nearest(lat, lng, k)
        found = index.within(lat, lng, radius_m)
        return found._replace(hits=found.hits[:k])

    def _judge(self, said: Nearby) -> None:
        self._checks.add(self.clock.monotonic())
        self.counts.queries += 1
        self.counts.examined += said.found.examined
        self.counts.returned += len(said.found.hits)
        self.counts.missed += len(said.missed)
        monitor = self.monitors["nearest_exact"]
        if said.found.ids == said.truth.ids:
            monitor.hold()
            return
        now = self.clock.time()
        answered = ", ".join(f"{hit.id} {hit.metres:.0f} m" for hit in said.found.hits) or "nobody"
        monitor.broke(
            [
                EvidenceView(now, said.by, f"asked for {said.k} near {said.lat:.5f}, {said.lng:.5f}"),
                EvidenceView(now, "index", f"answered {answered}"),
                EvidenceView(now, "full scan", said.difference),
            ]
        )

    def eta(self, bus: str, stop: str) -> tuple[Stop, float, float, float]:
        """The stop, metres to go, metres per second, seconds. `NotFound` for unknown ids, `Gone` for a stale bus."""
        position = self.position(bus)
        where = self._stop(stop)
        if self.clock.time() - position.t > self.config.stale_s:
            raise Gone(f"{bus} has sent nothing for {self.clock.time() - position.t:.0f} s")
        number = number_of(bus)
        at = streets.to_metres(position.lat, position.lng)
        if number is None or number >= self.fleet.size:
            metres = abs(where.x - at[0]) + abs(where.y - at[1])
        else:
            metres = self.fleet.left_to(number, where, at)
        speed = max(1.0, self.speeds.get(bus, USUAL_SPEED))
        return where, metres, speed, metres / speed

    def position(self, bus: str) -> Position:
        """The newest position of a bus; `NotFound` when there is none."""
        if bus not in self.known:
            raise NotFound(f"no position of a bus {bus!r}")
        return self.known[bus]

    def _stop(self, stop: str) -> Stop:
        if stop not in self.stops:
            raise NotFound(f"no stop {stop!r}; stops are {', '.join(list(self.stops)[:5])}, …")
        return self.stops[stop]

    def follow(self, bus: str, stop: str = "") -> None:
        """The product shows that bus and the way to that stop; a bus with a round shows one of its own."""
        number = number_of(bus)
        if bus != OWN and (number is None or number >= ROUNDS):
            raise NotFound(f"no bus {bus!r} to follow")
        if stop:
            self.stop = self._stop(stop)
        elif number is not None and self.stop not in self.fleet.rounds[number].stops:
            self.stop = self.fleet.rounds[number].stops[0]
        self.followed = bus
        self.changed()

    # Geofences

    async def add_fence(
        self, name: str, lat: float, lng: float, radius_m: float, bus: str = "", *, by: str = "visitor"
    ) -> Fence:
        """A circle that rings once when a bus enters, and once when it leaves. `TooMany` beyond `MAX_FENCES`."""
        check_place(lat, lng)
        if not 20 <= radius_m <= 5000:
            raise Invalid("radius_m is from 20 to 5000", field="radius_m")
        if bus and not NAME.fullmatch(bus):
            raise Invalid("a bus id has 1 to 40 letters, digits, - or _", field="bus")
        if not name.strip() or len(name) > 60:
            raise Invalid("a name has 1 to 60 characters", field="name")
        if len(self.fences.fences) >= MAX_FENCES:
            raise TooMany(f"a room has at most {MAX_FENCES} geofences")
        async with self.request("POST geofence", by=by) as trace:
            fence = Fence(f"f{next(self._fence_numbers)}", name.strip(), lat, lng, radius_m, bus)
            self.fences.fences[fence.id] = fence
            try:
                await self.nodes[HISTORY].call(
                    "insert", lambda: self.keeping.fence(fence, self.clock.time()), source=GATEWAY
                )
            except BaseException:
                self.fences.forget(fence.id)
                raise
            trace.sentence = f"geofence {fence.name}: {radius_m:.0f} m around {lat:.4f}, {lng:.4f}"
            self.overlay.stale()
            return fence

    async def remove_fence(self, fence: str, *, by: str = "visitor") -> None:
        """Take a circle away. `NotFound` for an unknown one."""
        if fence not in self.fences.fences:
            raise NotFound(f"no geofence {fence!r}")
        async with self.request("DELETE geofence", by=by) as trace:
            await self.nodes[HISTORY].call("delete", lambda: self.keeping.unfence(fence), source=GATEWAY)
            trace.sentence = f"geofence {self.fences.fences[fence].name} is gone"
            self.fences.forget(fence)
            self.overlay.stale()

    # Traffic

    async def perform(self, operation: Operation) -> Any:
        verbs: dict[str, Callable[..., Awaitable[Any]]] = {
            "drive": self._drive,
            "nearby": self._somebody_asks,
            "late": self._late,
        }
        return await verbs[operation.verb](operation.actor, **operation.args)

    async def _drive(self, actor: str, slice: int, jitter_m: float = 0.0, nonce: int = 0) -> dict[str, Any]:
        """A tenth of the fleet drives on, and its buses report where that is due."""
        now, mono = self.clock.time(), self.clock.monotonic()
        stride = min(MAX_STRIDE, mono - self._moved_at[slice]) if self._moved_at[slice] else 1.0
        self._moved_at[slice] = mono
        numbers = np.arange(slice, self.fleet.size, SLICES)
        self.fleet.advance(numbers, stride, SPREADS[self.config.spread].pull)
        due = numbers[self.seen[numbers] <= now - self.config.interval_s + 0.02]
        due = due[(due * 37) % 100 >= self._silent]
        positions = self._positions(due, now, jitter_m, nonce)
        if not positions:
            return {"stored": {}}
        async with self.request("WS positions", by=actor, by_hand=False) as trace:
            said = await self._take(positions)
            stored = [one for one in said if one.stored]
            trace.sentence = f"{len(stored)} of {len(said)} buses said where they are"
            if len(stored) < len(said):
                trace.outcome = "miss"
            return {"stored": {one.bus: one.t for one in stored[:4]}}

    def _positions(self, numbers: np.ndarray, now: float, jitter_m: float, nonce: int) -> list[Position]:
        x, y = self.fleet.x[numbers], self.fleet.y[numbers]
        if jitter_m:
            noise = np.random.default_rng(nonce)
            x = x + noise.normal(0, jitter_m, len(numbers))
            y = y + noise.normal(0, jitter_m, len(numbers))
        lats, lngs = streets.to_degrees(x, y)  # type: ignore[arg-type]
        stamp = round(now, 3)
        rows = zip(
            numbers.tolist(), np.round(lats, DIGITS).tolist(), np.round(lngs, DIGITS).tolist(), strict=True
        )
        return [Position(f"bus-{number + 1}", stamp, lat, lng) for number, lat, lng in rows]

    async def _somebody_asks(self, actor: str, u: float, v: float, k: int) -> dict[str, Any]:
        lat, lng = streets.to_degrees(u * streets.WIDTH, v * streets.HEIGHT)
        said = await self.nearby(lat, lng, k=k, by=actor, by_hand=False)
        return {"found": list(said.found.ids)}

    async def _late(self, actor: str, pick: int, **_: Any) -> dict[str, Any]:
        """A position that was on its way for some seconds arrives after newer ones."""
        bus = self.fleet.id(pick % self.fleet.size)
        if bus not in self.known:
            return {"stored": {}}
        past = self.before.get(bus, self.known[bus])
        t = max(0.0, self.known[bus].t - LATE_BY)
        said = await self.report(bus, past.lat, past.lng, t=t, by=actor, by_hand=False)
        return {"stored": {}, "late": said.stored}

    async def honours(self, answer: Any) -> bool:
        for bus, t in answer.get("stored", {}).items():
            held = [await self.shards.get(shard, bus) for shard in range(self.config.shards)]
            if not any(one is not None and one.t >= t - 0.001 for one in held):
                return False
        return True

    # Beside

    async def _audit(self) -> None:
        """Compare some buses with what the shards hold."""
        chance = self.room.rng("audit")
        while True:
            await self.clock.sleep(AUDIT_EVERY)
            if not self.known or not self._open_gate.is_set():
                continue
            for bus in chance.sample(list(self.known), min(AUDITED, len(self.known))):
                await self._audit_one(bus)

    async def _audit_one(self, bus: str) -> None:
        before = self.known.get(bus)
        if before is None:
            return
        held = [await self.shards.get(shard, bus) for shard in range(self.config.shards)]
        if self.known.get(bus) is not before:  # it moved while we looked
            return
        now, owner = self.clock.time(), self.shards.owner(before.home)
        places = [shard for shard, one in enumerate(held) if one is not None]
        newest = max((one.t for one in held if one is not None), default=0.0)
        if newest >= before.t - 0.001:
            self.monitors["held"].hold()
        else:
            seen = EvidenceView(before.t, bus, "position acknowledged")
            self.monitors["held"].broke([seen, EvidenceView(now, "audit", f"the shards hold {newest:.3f}")])
        if places == [owner]:
            self.monitors["one_home"].hold()
        elif before.bus in self.known and self.known[bus] is before:
            seen = EvidenceView(before.t, bus, f"cell {before.home} belongs to shard {owner}")
            self.monitors["one_home"].broke([seen, EvidenceView(now, "audit", f"found on shards {places}")])

    async def _measure(self) -> None:
        chance: Random = self.room.rng("measurements")
        names = itertools.cycle(INDEXES)
        while True:
            await self.clock.sleep(RACE_EVERY)
            if self._changed:
                name = next(names)
                self._changed = name != "scan"
                self.race.run(
                    name, self.truth, chance, precision=self.config.precision, leaf=self.config.leaf
                )

    def tallies(self) -> tuple[Tally, ...]:
        queries = max(1, self.counts.queries)
        return (
            Tally("examined", "Points looked at per query", "points", self.counts.examined / queries),
            Tally("update", "Index update", "µs", self.counts.update_s / max(1, self.counts.stored) * 1e6),
            Tally("missed", "Near buses missed", "buses", self.counts.missed),
            Tally("moved", "Positions that changed shard", "positions", self.counts.moved, "same"),
        )

    def stale(self) -> int:
        """Buses of the fleet that reported once and then fell silent."""
        seen = self.seen[: self.fleet.size]
        return int(np.count_nonzero((seen > 0) & (seen < self.clock.time() - self.config.stale_s)))

    def tree(self) -> Quadtree | None:
        """The index, if it is a tree."""
        return self.index if isinstance(self.index, Quadtree) else None

    def grid(self) -> GeohashIndex | None:
        """The index, if it is a grid."""
        return self.index if isinstance(self.index, GeohashIndex) else None

    def snapshot(self) -> Snapshot:
        return picture(self)


def check_place(lat: float, lng: float) -> None:
    """`Invalid` for what is no place of the index."""
    if not (math.isfinite(lat) and -MAX_LAT <= lat <= MAX_LAT):
        raise Invalid(f"lat is from -{MAX_LAT:g} to {MAX_LAT:g}", field="lat")
    if not (math.isfinite(lng) and -180 <= lng <= 180):
        raise Invalid("lng is from -180 to 180", field="lng")
