"""What must hold, and the checker that looks for it: in the stores, and in a scan of every bus."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from designs.location_tracking.config import Config
from designs.location_tracking.engine.moves import Moves
from designs.location_tracking.engine.position import Position
from designs.location_tracking.engine.proximity import NearbyAnswer
from designs.location_tracking.engine.shards import PositionShards
from sdlab.lab import Claim, EngineContext, EvidenceView, read_step, write_step

SAMPLE = 16
CHECK_EVERY_S = 1.0
ROUNDING_S = 0.001
SAID = "is told that its position is stored"

CLAIMS = (
    Claim(
        "nearest_exact",
        "nearest are the nearest",
        "The buses found near are those that a look at every bus finds",
    ),
    Claim("no_step_back", "no step back", "No bus goes back to where it was before"),
    Claim("held", "no position lost", "An acknowledged position, or a newer one, is in the store"),
    Claim("one_shard", "one shard per bus", "Each bus is on the shard that owns its cell, and on no other"),
)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A position whose bus was told that it is stored; stored from `began` to `ended` (Unix seconds)."""

    position: Position
    began: float
    ended: float


class ClaimChecker:
    """Keeps its own record of what buses were told, and compares some of it with the shards each second."""

    def __init__(self, context: EngineContext[Config], shards: PositionShards, moves: Moves) -> None:
        self._context, self._shards, self._moves = context, shards, moves
        self._rng: Random = context.room.rng("claims")
        self._accepted: dict[str, Accepted] = {}

    def check_nearest(self, answer: NearbyAnswer) -> None:
        """An answer has the hits of the full scan, in its order."""
        monitor = self._context.monitors["nearest_exact"]
        if answer.found.ids == answer.truth.ids:
            monitor.passed()
            return
        request = answer.request
        found = ", ".join(f"{hit.id} {hit.metres:.0f} m" for hit in answer.found.hits) or "nobody"
        asked = f"asks for {request.k} near {request.lat:.5f}, {request.lng:.5f}"
        looked = (
            f"looks at {answer.found.examined} of {answer.points} points in {len(answer.found.cells)} cells"
        )
        began, ended, audited = answer.began, answer.ended, answer.audited
        monitor.violated(
            [
                *self._told(answer.missed[:1]),
                EvidenceView(began, answer.by, asked, ended),
                read_step("index", looked, began, ended, saw=found, lost=True),
                read_step(
                    "full scan",
                    f"looks at all {answer.points} points",
                    ended,
                    audited,
                    saw=_difference(answer),
                ),
            ]
        )

    def _told(self, buses: Iterable[str]) -> list[EvidenceView]:
        """When these were told that their positions are stored."""
        known = (self._accepted[bus] for bus in buses if bus in self._accepted)
        return [
            write_step(one.position.bus, SAID, one.began, one.ended, wrote=_stamped(one.position))
            for one in known
        ]

    def accepted(self, after: Position, began: float) -> None:
        """A bus is told that its position is stored. It was not measured before the one that it was told of last."""
        known, now = self._accepted.get(after.bus), self._context.clock.time()
        self._accepted[after.bus] = Accepted(after, began, now)
        if known is None:
            return
        monitor, before = self._context.monitors["no_step_back"], known.position
        if after.t >= before.t:
            monitor.passed()
            return
        monitor.violated(
            [
                EvidenceView(after.t, after.bus, f"is at {after.lat:.5f}, {after.lng:.5f}; this is late"),
                EvidenceView(before.t, before.bus, f"is at {before.lat:.5f}, {before.lng:.5f}"),
                write_step(
                    "store",
                    "stores the newer position",
                    known.began,
                    known.ended,
                    wrote=_stamped(before),
                    lost=True,
                ),
                write_step("store", "stores the late one over it", began, now, wrote=_stamped(after)),
            ]
        )

    def retired(self, buses: Iterable[str]) -> None:
        """These drive no longer: nothing is claimed of them."""
        for bus in buses:
            self._accepted.pop(bus, None)

    async def check_some(self) -> None:
        """Compare some buses with what the shards hold."""
        for bus in self._rng.sample(list(self._accepted), min(SAMPLE, len(self._accepted))):
            await self.check_bus(bus)

    async def check_bus(self, bus: str) -> None:
        """The shards hold the newest position of a bus, once, and where its cell belongs.

        Nothing is said of a bus that is being stored or moved, or whose shards change, meanwhile.
        """
        accepted, before = self._accepted.get(bus), self._settled(bus)
        if accepted is None or before is None:
            return
        began = self._context.clock.time()
        held = await self._shards.held(bus)
        if self._settled(bus) != before or self._accepted.get(bus) is not accepted:
            return
        [told] = self._told([bus])
        self._check_held(accepted.position, told, held, began)
        self._check_shard(accepted.position, told, held, began)

    def _settled(self, bus: str) -> tuple[int, int] | None:
        stored = self._moves.settled(bus)
        return None if stored is None or not self._shards.gate.is_open else (stored, self._shards.arranged)

    def _check_held(
        self, position: Position, told: EvidenceView, held: Sequence[Position | None], began: float
    ) -> None:
        monitor, now = self._context.monitors["held"], self._context.clock.time()
        newest = max((one for one in held if one is not None), key=lambda one: one.t, default=None)
        if newest is not None and newest.t >= position.t - ROUNDING_S:
            monitor.passed()
            return
        saw = "nothing of it" if newest is None else _stamped(newest)
        monitor.violated([told, read_step("shards", "hold", began, now, saw=saw, lost=True)])

    def _check_shard(
        self, position: Position, told: EvidenceView, held: Sequence[Position | None], began: float
    ) -> None:
        monitor, now = self._context.monitors["one_shard"], self._context.clock.time()
        owner = self._shards.owner(position.cell)
        found_on = [shard for shard, one in enumerate(held) if one is not None]
        if found_on == [owner]:
            monitor.passed()
            return
        wrong = [
            read_step(f"shard {shard}", "holds it as well", began, now, saw=_stamped(one), lost=True)
            for shard, one in enumerate(held)
            if one is not None and shard != owner
        ]
        there = held[owner]
        owning = f"owns cell {position.cell}"
        saw = "nothing of it" if there is None else _stamped(there)
        monitor.violated(
            [told, read_step(f"shard {owner}", owning, began, now, saw=saw, lost=there is None), *wrong]
        )


def _stamped(position: Position) -> str:
    """A position with the time of its measurement."""
    at = datetime.fromtimestamp(position.t, UTC)
    return f"{position.lat:.5f}, {position.lng:.5f} of {at:%H:%M:%S}.{at.microsecond // 1000:03d} UTC"


def _difference(answer: NearbyAnswer) -> str:
    """The first thing that the truth says otherwise."""
    for hit in answer.truth.hits:
        if hit.id not in answer.found.ids:
            return f"{hit.id} is {hit.metres:.0f} m away"
    unknown = next((hit.id for hit in answer.found.hits if hit.id not in answer.truth.ids), "")
    return f"knows of no {unknown} there" if unknown else f"the order is {', '.join(answer.truth.ids)}"
