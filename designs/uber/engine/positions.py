"""Where the cars said that they are: in Redis, in the index that is chosen, and in a full scan, which is the truth."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from designs.uber.config import Config
from designs.uber.engine.nodes import POSITIONS, SERVICE
from designs.uber.engine.search import BoxIndex, CarIndex, GeoIndex, RingIndex, TreeIndex
from designs.uber.engine.strategies import FRESHNESS, NEIGHBOURS, PROXIMITY
from designs.uber.engine.streets import Place
from sdlab.blocks.spatial import Found, FullScan, Hit
from sdlab.blocks.windows import SlidingCounter
from sdlab.lab import EngineContext, amount
from sdlab.parts.geo_index import Point, RedisGeoIndex

WANTED = 8
MOST_FOUND = 8192
SHOWN_OF_TRAFFIC = 5


@dataclass(frozen=True, slots=True)
class Report:
    """A car says where it is, at `t` (Unix seconds)."""

    driver: str
    place: Place
    t: float


@dataclass(frozen=True, slots=True)
class Searched:
    """Who was found near a place, nearest first, from `began` to `ended` (Unix seconds); the search alone took `ms`.

    `index` is the id of the one that was asked (`PROXIMITY`), and gives `cells` their meaning.
    `truth` is of the same moment; None where positions changed while the index was asked, since nothing
    can be said then. `ages` are seconds since those of `found` spoke.
    """

    index: str
    ride: str
    by: str
    at: Place
    found: tuple[Hit, ...]
    truth: tuple[Hit, ...] | None
    ages: tuple[float, ...]
    cells: tuple[str, ...]
    examined: int
    cars: int
    ms: float
    began: float
    ended: float


@dataclass(slots=True)
class Counters:
    """Since the engine was opened."""

    updates: int = 0
    searches: int = 0
    examined: int = 0
    cells: int = 0
    ms: float = 0.0
    missed: int = 0


class DriverPositions:
    """The newest position of every driver; `busy` has who drives which ride, `by_driver` what each said last."""

    def __init__(self, context: EngineContext[Config]) -> None:
        room = context.room
        self._context, self._redis = context, room.redis
        self.key, self.times_key = room.key("cars"), room.key("cars", "times")
        self.store = RedisGeoIndex(room.redis, self.key)
        self.truth = FullScan()
        self.by_driver: dict[str, Report] = {}
        self.busy: dict[str, str] = {}
        self.counters = Counters()
        self.rate = SlidingCounter(seconds=10)
        self.shown: Searched | None = None
        self.shown_ride = ""  # the visitor's ride, which the panel follows while it looks for a driver
        self._begun = self._ended = 0
        self._indexes: dict[str, CarIndex] = {
            "geo": GeoIndex(context, self.store, self.key),
            "sql": BoxIndex(context),
            "quadtree": TreeIndex(),
            "h3": RingIndex(),
        }

    @property
    def index(self) -> CarIndex:
        """The one in force."""
        return self._indexes[self._context.config.proximity]

    async def load(self) -> None:
        """Know again what Redis has."""
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hgetall(f"{self.key}:places")
            pipe.zrange(self.times_key, 0, -1, withscores=True)
            places, times = await pipe.execute()
        for driver, t in times:
            if driver in places:
                lat, lng = map(float, places[driver].split(" "))
                self._know(Report(driver, Place(lat, lng), t))
        await self.index.upsert(self.points())

    def points(self) -> list[Point]:
        """All that is known."""
        return [Point(one.driver, one.place.lat, one.place.lng) for one in self.by_driver.values()]

    def _know(self, report: Report) -> None:
        self.by_driver[report.driver] = report
        self.truth.upsert(report.driver, report.place.lat, report.place.lng)

    async def put(self, reports: Sequence[Report]) -> None:
        """These are the newest ones from now on."""
        points = [Point(one.driver, one.place.lat, one.place.lng) for one in reports]
        self._begun += 1
        try:
            await self.store.upsert(points)
            await self._redis.zadd(self.times_key, {one.driver: one.t for one in reports})
            await self.index.upsert(points)
            for one in reports:
                self._know(one)
        finally:
            self._ended += 1

    async def report(self, reports: Sequence[Report]) -> None:
        """Cars say where they are; `Unavailable` when the store does not take it."""
        if not reports:
            return
        await self._context.node(POSITIONS).call(
            "GEOADD",
            lambda: self.put(reports),
            source=SERVICE,
            detail=lambda _: amount(len(reports), "position"),
        )
        self.counters.updates += len(reports)
        self.rate.add(self._context.clock.monotonic(), len(reports))

    async def remove(self, drivers: Collection[str]) -> None:
        """These have gone home."""
        self._begun += 1
        try:
            await self.store.remove(drivers)
            if drivers:
                await self._redis.zrem(self.times_key, *drivers)
            for driver in drivers:
                self.by_driver.pop(driver, None)
                self.truth.remove(driver)
            await self.rebuild(self._context.config.proximity)
        finally:
            self._ended += 1

    async def rebuild(self, before: str) -> None:
        """The index in force is made of what is known; the one of before forgets."""
        self._begun += 1
        try:
            await self._indexes[before].clear()
            await self.index.upsert(self.points())
        finally:
            self._ended += 1

    def is_fresh(self, driver: str, now: float) -> bool:
        """Whether its position counts."""
        known = self.by_driver.get(driver)
        return known is not None and now - known.t < self._context.config.fresh_s

    async def nearest(
        self, at: Place, *, ride: str, asked: Collection[str], by: str, most: int = WANTED
    ) -> Searched:
        """The nearest free drivers within reach who were not asked yet, on behalf of the matcher `by`; so many at most."""
        searched: Searched = await self._context.node(POSITIONS).call(
            "GEOSEARCH",
            lambda: self._nearest(at, ride, asked, by, most),
            source=by,
            outcome=lambda one: "ok" if one.found else "miss",
            detail=lambda one: f"{amount(one.examined, 'car')} looked at, {len(one.found)} free and near",
        )
        self.counters.searches += 1
        self.counters.examined += searched.examined
        self.counters.cells += len(searched.cells)
        self.counters.ms += searched.ms
        if searched.truth is not None:
            ids = {hit.id for hit in searched.found}
            self.counters.missed += sum(hit.id not in ids for hit in searched.truth)
        return searched

    def show(self, searched: Searched) -> None:
        """The panel shows this search: each for the visitor's ride, of others some."""
        mine = searched.ride == self.shown_ride
        shown = self.shown is None or self.shown.ride != self.shown_ride or self.shown.at == searched.at
        if mine or self.shown is None or (shown and self.counters.searches % SHOWN_OF_TRAFFIC == 0):
            self.shown = searched

    async def _nearest(self, at: Place, ride: str, asked: Collection[str], by: str, most: int) -> Searched:
        clock, config = self._context.clock, self._context.config
        began, started, quiet = clock.time(), clock.monotonic(), self._begun
        settled = self._begun == self._ended
        fresh_only = FRESHNESS[config.freshness].checks
        wanted, examined = 2 * most + len(asked), 0
        while True:
            answer = await self.index.nearest(
                at.lat, at.lng, wanted, around=NEIGHBOURS[config.neighbours].looks
            )
            examined += answer.examined
            found = self._eligible(answer, asked, fresh_only=fresh_only)[:most]
            over = (
                len(answer.hits) < wanted or answer.hits[-1].metres > config.radius_m or wanted > MOST_FOUND
            )
            if len(found) >= most or over:
                break
            wanted *= 4
        ms, now = (clock.monotonic() - started) * 1000, clock.time()
        self._explain(answer, found, now)
        settled = settled and self._begun == quiet
        return Searched(
            config.proximity,
            ride,
            by,
            at,
            found,
            self._truth(at, asked, most) if settled else None,
            tuple(now - self.by_driver[hit.id].t for hit in found),
            answer.cells,
            examined,
            len(self.by_driver),
            ms,
            began,
            now,
        )

    def _explain(self, answer: Found, found: Sequence[Hit], now: float) -> None:
        config, decide = self._context.config, self._context.decide
        NEIGHBOURS[config.neighbours].explain(decide, len(answer.cells))
        old = sum(not self.is_fresh(hit.id, now) for hit in answer.hits)
        FRESHNESS[config.freshness].explain(decide, old)
        PROXIMITY[config.proximity].explain(decide, answer.examined, len(found))

    def _eligible(self, answer: Found, asked: Collection[str], *, fresh_only: bool) -> tuple[Hit, ...]:
        now, radius = self._context.clock.time(), self._context.config.radius_m
        return tuple(
            hit
            for hit in answer.hits
            if hit.id not in self.busy
            and hit.id not in asked
            and hit.metres <= radius
            and hit.id in self.by_driver
            and (not fresh_only or self.is_fresh(hit.id, now))
        )

    def _truth(self, at: Place, asked: Collection[str], most: int) -> tuple[Hit, ...]:
        """Looks at every car, and sorts as many of them as it takes to have enough that count."""
        wanted, reach = 2 * most + len(asked), self._context.config.radius_m
        while True:
            scanned = self.truth.nearest(at.lat, at.lng, wanted)
            found = self._eligible(scanned, asked, fresh_only=True)[:most]
            over = len(scanned.hits) < wanted or scanned.hits[-1].metres > reach
            if over or len(found) >= most:
                return found
            wanted *= 4
