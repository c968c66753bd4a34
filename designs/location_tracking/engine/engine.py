"""Location tracking at work in one room: positions in; neighbours, arrival times and alerts out."""

from __future__ import annotations

from dataclasses import asdict

from designs.location_tracking.config import Config
from designs.location_tracking.engine.arrivals import Arrival, Arrivals
from designs.location_tracking.engine.claims import CHECK_EVERY_S, CLAIMS, ClaimChecker
from designs.location_tracking.engine.connections import ConnectionManager
from designs.location_tracking.engine.demo_user import OWN_BUS, DemoUser
from designs.location_tracking.engine.driving import FleetDriver
from designs.location_tracking.engine.fanout import Fanout
from designs.location_tracking.engine.fleet import CITY, ROUTES, Fleet, bus_id
from designs.location_tracking.engine.geofences import Geofence, Geofences
from designs.location_tracking.engine.index import PositionIndex
from designs.location_tracking.engine.index_costs import IndexCosts
from designs.location_tracking.engine.ingestion import LEAVE_EVERY_S, Ingestion, ReportResult
from designs.location_tracking.engine.latest import LatestPositions
from designs.location_tracking.engine.moves import Moves
from designs.location_tracking.engine.nodes import BUSES, FLOWS, plan
from designs.location_tracking.engine.position import Position
from designs.location_tracking.engine.proximity import NearbyAnswer, NearbyRequest, Proximity
from designs.location_tracking.engine.reader import StoreReader
from designs.location_tracking.engine.retention import Retention
from designs.location_tracking.engine.shards import PositionShards
from sdlab.blocks import city as streets
from sdlab.lab import Engine, Node, NodeSpec, Room, Unavailable, amount
from sdlab.parts.idempotency import IdempotencyKeys


class Tracking(Engine[Config]):
    """Last positions in Redis by shard, an index of them in memory, tracks and geofences in SQL."""

    claims = CLAIMS
    flows = FLOWS

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        context = self.context
        self.fleet = Fleet(CITY, config.fleet, room.seed)
        self.parent = DemoUser(context, self.fleet)
        self.connections = ConnectionManager()
        self.geofences = Geofences(context)
        self.retention = Retention(context)
        self.shards = PositionShards(context)
        self.latest = LatestPositions(context, self.shards)
        self.index = PositionIndex(context, self.latest)
        self.index_costs = IndexCosts(context, self.index)
        self.proximity = Proximity(context, self.index, self.latest)
        self.arrivals = Arrivals(context, self.fleet, self.latest)
        self.moves = Moves()
        self.checker = ClaimChecker(context, self.shards, self.moves)
        self.ingestion = Ingestion(
            context,
            self.shards,
            self.latest,
            self.index,
            moves=self.moves,
            claims=self.checker,
            fanout=Fanout(self.connections, self.geofences, self.retention),
        )
        self.driver = FleetDriver(context, self.fleet, self.latest, self.ingestion)
        watched = [*(bus_id(number) for number in range(ROUTES)), OWN_BUS]
        self.reader = StoreReader(context, self.shards, self.retention, watched=watched)
        self._keys = IdempotencyKeys(context)

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    async def open(self) -> None:
        self.shards.arrange()
        await self.latest.load()
        self.index.build()
        await self.geofences.load()
        self.every("claims", CHECK_EVERY_S, self.checker.check_some, yields=True)
        self.every("leaving of shards", LEAVE_EVERY_S, self.ingestion.leave_behind)
        self.every(
            "index measurements", self.index_costs.interval, self.index_costs.measure_next, yields=True
        )

    async def reconfigure(self, before: Config) -> None:
        now = self.config
        if now.fleet != before.fleet:
            self.fleet.resize(now.fleet)
            gone = self.latest.retire()
            self.index.remove(gone)
            self.checker.retired(one.bus for one in gone)
            for shard, positions in self.shards.by_owner(gone).items():
                await self.shards.drop(shard, positions)
        if (now.shards, now.placement) != (before.shards, before.placement):
            await self.shards.reshard(before.shards)
        if _index_choices(now) != _index_choices(before):
            self.proximity.shown = None
            self.index.build()
        if now.ordering != before.ordering:
            self.monitors["no_step_back"].reset()

    async def fault_changed(self, node: Node) -> None:
        if node.id == BUSES:
            silent = self.driver.silent_percent
            node.detail = f"{silent:g} % silent" if silent else ""

    async def momentary(self, node: Node, kind: str, value: float) -> str:
        if kind == "cut":
            count = self.connections.cut_all()
            return (
                f"{count} open connections were dropped; whoever comes back resumes with the newest position"
            )
        self.latest.clear()
        self.index.build()  # empty, until the positions are read back
        await self.latest.load()
        self.index.build()
        return (
            f"the index lost its memory; {len(self.latest.by_bus)} positions were read back from the shards"
        )

    # Verbs

    async def report(self, bus: str, lat: float, lng: float, *, t: float | None = None) -> ReportResult:
        """A bus says where it is. A position older than the stored one is dropped and counted.

        `Invalid` for coordinates out of range, a bad id or a time in the future, `Unavailable`
        when the shard that owns the cell is down, `TooMany` for too many buses.
        """
        position = self.ingestion.checked(bus, lat, lng, t)
        async with self.request(f"position of {bus}", kind="position") as trace:
            [result] = await self.ingestion.take([position])
            if result.stored:
                street = CITY.name_of(*streets.to_metres(lat, lng))
                trace.sentence = f"{bus} is at {street} → cell {position.cell}, shard {result.shard}"
            elif result.shard < 0:
                raise Unavailable(result.why)
            else:
                trace.outcome = "miss"
                trace.sentence = f"position of {bus}: dropped, {result.why}"
            return result

    async def where(self, bus: str) -> Position:
        """The newest position of a bus; `NotFound` when there is none."""
        async with self.request("GET location") as trace:
            position = self.latest.of(bus)
            self.decide("the newest position is in memory: no shard is asked")
            trace.sentence = f"{bus}: {position.lat:.5f}, {position.lng:.5f}"
            return position

    async def track(self, bus: str, count: int) -> list[Position]:
        """Where a bus that people follow was, newest first."""
        async with self.request("GET track") as trace:
            found = await self.retention.newest(bus, count)
            trace.sentence = f"track of {bus}: {amount(len(found), 'position')}"
            return found

    async def nearby(self, lat: float, lng: float, *, k: int = 5, radius_m: float = 0.0) -> NearbyAnswer:
        """The `k` nearest buses, or all within `radius_m` but at most `k`, nearest first. `Invalid` out of range."""
        request = NearbyRequest(lat, lng, k, radius_m)
        request.check()
        async with self.request("GET nearby") as trace:
            searched = await self.proximity.search(request)
            self.context.answered()
            answer = self.proximity.audit(request, searched)
            self.checker.check_nearest(answer)
            trace.sentence = answer.sentence
            if answer.missed:
                trace.outcome = "miss"
            return answer

    async def eta(self, bus: str, stop: str) -> Arrival:
        """When a bus is at a stop. `NotFound` for unknown ids, `Gone` for a stale bus."""
        async with self.request("GET eta") as trace:
            arrival = self.arrivals.estimate(bus, stop)
            trace.sentence = f"{bus} is at {arrival.stop.name} in {arrival.seconds:.0f} s"
            return arrival

    async def follow(self, bus: str, stop: str = "") -> None:
        """The product shows that bus and the way to that stop; `NotFound` for one that there is none of."""
        async with self.request("follow") as trace:
            self.parent.follow(bus, stop)
            trace.sentence = f"the page follows {bus} to {self.parent.stop.name}"
        self.changed()

    async def add_geofence(
        self, name: str, lat: float, lng: float, radius_m: float, bus: str = "", *, key: str | None = None
    ) -> Geofence:
        """A circle that alerts once when a bus enters, and once when it leaves. `Invalid`, `TooMany`.

        The same idempotency `key` of the same user gives the same circle, and is `Invalid` for another one.
        """

        async def make() -> Geofence:
            fence = self.geofences.checked(name, lat, lng, radius_m, bus)
            await self.geofences.add(fence)
            return fence

        async with self.request("POST geofence") as trace:
            fence = await self._keys.once(
                key,
                operation="geofence",
                body={"name": name, "at": [lat, lng], "radius_m": radius_m, "bus": bus},
                work=make,
                dump=asdict,
                load=lambda answer: Geofence(**answer),
            )
            trace.sentence = f"geofence {fence.name}: {radius_m:.0f} m around {lat:.4f}, {lng:.4f}"
            return fence

    async def remove_geofence(self, id: str) -> None:
        """Take a geofence away. `NotFound` for an unknown one, `Forbidden` for somebody else's."""
        async with self.request("DELETE geofence") as trace:
            fence = self.geofences.of(id)
            await self.geofences.remove(fence)
            trace.sentence = f"geofence {fence.name} is gone"


def _index_choices(config: Config) -> tuple[object, ...]:
    return config.index, config.neighbours, config.precision, config.leaf
