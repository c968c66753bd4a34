"""What must hold, and the checker that looks for it: in the rows, in the open offers, and in a scan of every car."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from designs.uber.config import Config
from designs.uber.engine.models import ACCEPTANCE, RIDE, STEP
from designs.uber.engine.offers import Offer
from designs.uber.engine.positions import Searched
from designs.uber.engine.streets import driver_name
from sdlab.lab import Claim, EngineContext, EvidenceView, cause_step, read_step, write_step

CHECK_EVERY_S = 1.0
GRACE_S = 2.0
MOST_LOOKED_AT = 400
REPORTED = 2000
LOOK_BACK_S = 3.0

CLAIMS = (
    Claim("one_driver", "one driver per ride", "A ride is given to one driver and to no second one"),
    Claim("one_offer", "one offer per driver", "A driver is asked for one ride at a time"),
    Claim(
        "in_time",
        "a driver, or told so",
        "A ride has a driver, or says clearly that there is none, before its time to give up is over",
    ),
    Claim(
        "nearest",
        "nearest is nearest",
        "The free drivers found near are the nearest of all whose position still counts",
    ),
    Claim(
        "states", "only along its states", "A ride goes from state to state only as its state machine allows"
    ),
)
# The state machine once more, as the sheet has it: what judges the rides does not ask the code that moves them.
ALLOWED = {
    ("", "requested"),
    ("requested", "accepted"),
    ("requested", "failed"),
    ("requested", "cancelled"),
    ("accepted", "arrived"),
    ("accepted", "cancelled"),
    ("arrived", "in_ride"),
    ("arrived", "cancelled"),
    ("in_ride", "completed"),
}


class ClaimChecker:
    """Looks at the rows once a second while rides go on, and at each search and each offer when it is made."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context, self._sql, self._room = context, context.room.sql, context.room.id
        self._since = self._patient_since = 0.0
        self._waiting = False
        self._judged: dict[tuple[str, str], None] = {}

    @property
    def unsettled(self) -> bool:
        """Whether some ride still waited when the rows were looked at last."""
        return self._waiting

    def _once(self, claim: str, ride: str) -> bool:
        """Whether nothing was said of that ride yet."""
        new = (claim, ride) not in self._judged
        self._judged[claim, ride] = None
        while len(self._judged) > REPORTED:
            del self._judged[next(iter(self._judged))]
        return new

    # At once

    def check_nearest(self, searched: Searched) -> None:
        """The answer of the index is that of the full scan; nothing is said where cars moved meanwhile."""
        if searched.truth is None:
            return
        monitor = self._context.monitors["nearest"]
        found, truth = [hit.id for hit in searched.found], [hit.id for hit in searched.truth]
        if found == truth:
            monitor.passed()
            return
        old = next((n for n, age in enumerate(searched.ages) if age >= self._context.config.fresh_s), None)
        missed = next((hit for hit in searched.truth if hit.id not in found), None)
        if old is not None:
            said = (
                f"{driver_name(found[old])} has been silent for {searched.ages[old]:.0f} s and does not count"
            )
        elif missed is not None:
            said = f"{driver_name(missed.id)} is free, {missed.metres:.0f} m away"
        else:
            said = "another order"
        shown = (
            ", ".join(f"{driver_name(hit.id)} {hit.metres:.0f} m" for hit in searched.found[:3]) or "nobody"
        )
        looked = f"looks at {searched.examined} of {searched.cars} cars"
        monitor.violated(
            [
                EvidenceView(
                    searched.began, searched.by, f"asks who is near {searched.at.name}", searched.ended
                ),
                read_step("index", looked, searched.began, searched.ended, saw=shown, lost=True),
                read_step(
                    "full scan",
                    f"looks at all {searched.cars} cars",
                    searched.ended,
                    self._context.clock.time(),
                    saw=said,
                ),
            ]
        )

    def check_offers(self, offers: Sequence[Offer], others: Sequence[Offer]) -> None:
        """Whom these offers ask is asked nothing else, as the store of open offers has it."""
        monitor = self._context.monitors["one_offer"]
        for offer in offers:
            other = next((one for one in others if one.driver == offer.driver), None)
            if other is None:
                monitor.passed()
                continue
            name = driver_name(offer.driver)
            now = self._context.clock.time()
            monitor.violated(
                [
                    write_step(
                        other.matcher,
                        f"asks {name} first",
                        other.began,
                        min(other.ends, now),
                        wrote=other.ride,
                    ),
                    write_step(
                        offer.matcher, f"asks {name} as well", offer.began, now, wrote=offer.ride, lost=True
                    ),
                    read_step(name, "has two offers at a time", now, now, saw="2 offers"),
                ]
            )

    # In the rows

    async def check_rows(self, endings: Sequence[tuple[str, float, tuple[str, ...]]]) -> None:
        """Look at the rides that have changed lately; `endings` are matchers that ended: who, when, with which rides."""
        now = self._context.clock.time()
        recent = sa.select(RIDE.c.id).where(
            RIDE.c.room == self._room, RIDE.c.changed_at >= self._since - LOOK_BACK_S
        )
        waiting = sa.select(RIDE).where(
            RIDE.c.room == self._room,
            RIDE.c.status == "requested",
            RIDE.c.requested_at < now - self._context.config.give_up_s - GRACE_S,
            RIDE.c.requested_at >= self._patient_since,
        )

        requested = sa.select(RIDE.c.id).where(RIDE.c.room == self._room, RIDE.c.status == "requested")

        def look(connection: sa.Connection) -> tuple[Sequence[sa.Row[Any]], ...]:
            ids = list(connection.execute(recent.limit(MOST_LOOKED_AT)).scalars().all())
            return (
                connection.execute(_of(ACCEPTANCE, self._room, ids).order_by(ACCEPTANCE.c.at)).all(),
                connection.execute(_of(STEP, self._room, ids).order_by(STEP.c.ride, STEP.c.n)).all(),
                connection.execute(waiting.limit(MOST_LOOKED_AT)).all(),
                connection.execute(requested.limit(1)).all(),
            )

        told, steps, overdue, left = await self._sql.read(look)
        self._check_drivers(told)
        self._check_steps(steps)
        self._check_ended(steps)
        self._check_overdue(overdue, endings, now)
        self._since, self._waiting = now, bool(left)

    def _check_drivers(self, told: Sequence[sa.Row[Any]]) -> None:
        by_ride: dict[str, list[sa.Row[Any]]] = {}
        for row in told:
            by_ride.setdefault(row.ride, []).append(row)
        monitor = self._context.monitors["one_driver"]
        for ride, rows in by_ride.items():
            if len(rows) == 1:
                if self._once("given", ride):
                    monitor.passed()
            elif self._once("one_driver", ride):
                evidence = []
                for n, row in enumerate(rows[:3]):
                    name = driver_name(row.driver)
                    evidence += [
                        read_step(name, "looks: has the ride a driver?", row.began, row.at, saw="nobody"),
                        write_step(
                            name, "is told: it is yours", row.at, row.at + 1e-4, wrote=name, lost=n == 0
                        ),
                    ]
                monitor.violated(evidence)

    def _check_steps(self, steps: Sequence[sa.Row[Any]]) -> None:
        monitor = self._context.monitors["states"]
        before, ride = "", ""
        for row in steps:
            before = before if row.ride == ride else ""
            ride = row.ride
            if (before, row.status) in ALLOWED:
                if self._once(f"step {row.n}", ride):
                    monitor.passed()
            elif self._once(f"wrong {row.n}", ride):
                monitor.violated(
                    [
                        cause_step(
                            "state machine",
                            f"knows no step from {before or 'nothing'} to {row.status}",
                            row.at,
                        ),
                        write_step(
                            driver_name(row.by),
                            f"writes {row.status} after {before or 'nothing'}",
                            row.at,
                            row.at + 1e-4,
                            wrote=row.status,
                            lost=True,
                        ),
                    ]
                )
            before = row.status

    def _check_overdue(
        self,
        overdue: Sequence[sa.Row[Any]],
        endings: Sequence[tuple[str, float, tuple[str, ...]]],
        now: float,
    ) -> None:
        monitor = self._context.monitors["in_time"]
        for row in overdue:
            if not self._once("in_time", row.id):
                continue
            ended = [
                cause_step(matcher, "ended, and had the ride in its memory alone", at)
                for matcher, at, rides in endings
                if row.id in rides
            ]
            monitor.violated(
                [
                    write_step(
                        row.rider, "asks for a ride", row.requested_at, row.requested_at + 1e-3, wrote=row.id
                    ),
                    *ended[:1],
                    read_step(
                        "rides",
                        f"looks for it after {now - row.requested_at:.0f} s",
                        now,
                        self._context.clock.time(),
                        saw="still requested",
                        lost=True,
                    ),
                ]
            )

    def _check_ended(self, steps: Sequence[sa.Row[Any]]) -> None:
        """Rides that got a driver or failed: it was in time."""
        began: dict[str, float] = {}
        riders: dict[str, str] = {}
        monitor, longest = self._context.monitors["in_time"], self._context.config.give_up_s + GRACE_S
        for row in steps:
            if row.status == "requested":
                began[row.ride], riders[row.ride] = row.at, row.by
            elif row.status in ("accepted", "failed") and began.get(row.ride, 0.0) >= self._patient_since:
                took = row.at - began[row.ride]
                if not self._once("ended", row.ride):
                    continue
                if took <= longest:
                    monitor.passed()
                else:
                    monitor.violated(
                        [
                            write_step(
                                riders[row.ride],
                                "asks for a ride",
                                began[row.ride],
                                began[row.ride] + 1e-3,
                                wrote=row.ride,
                            ),
                            write_step(
                                driver_name(row.by),
                                f"writes {row.status} after {took:.0f} s",
                                row.at,
                                row.at + 1e-3,
                                wrote=row.status,
                                lost=True,
                            ),
                        ]
                    )

    def patience_changed(self) -> None:
        """The time to give up is another: rides that asked before are not judged by it."""
        self._patient_since = self._context.clock.time()


def _of(table: sa.Table, room: str, rides: Sequence[str]) -> sa.Select[tuple[object, ...]]:
    return sa.select(table).where(table.c.room == room, table.c.ride.in_(rides))
