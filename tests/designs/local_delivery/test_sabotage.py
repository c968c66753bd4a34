"""Each claim fails when the lab is made to do what it says it does not."""

from __future__ import annotations

from collections.abc import Collection

import pytest
import sqlalchemy as sa

from designs.local_delivery.engine.engine import LocalDelivery
from designs.local_delivery.engine.models import UNIT
from designs.local_delivery.engine.stock import FREE, Stock, Wanted
from designs.local_delivery.engine.strategies.allocating import ByTime, CandidateCentre
from designs.local_delivery.engine.strategies.ordering import _Base
from designs.local_delivery.engine.upkeep import Upkeep
from tests.sabotage import Sabotage, sabotage_test


def sees_sold_units(patch: pytest.MonkeyPatch, engine: LocalDelivery) -> None:
    """Whoever looks for free units sees sold ones, too."""

    def any_unit(
        stock: Stock, want: Wanted, item: int, *, but: Collection[int] = ()
    ) -> sa.Select[tuple[int]]:
        shelf = sa.and_(
            UNIT.c.centre_id == want.centre_id, UNIT.c.item_id == item, UNIT.c.state.in_((FREE, "sold"))
        )
        return sa.select(UNIT.c.id).where(UNIT.c.room == stock._room.id, shelf, UNIT.c.id.not_in(list(but)))

    patch.setattr(Stock, "free", any_unit)


def forgets_a_line(patch: pytest.MonkeyPatch, engine: LocalDelivery) -> None:
    """Of an order's units the last gets no line."""
    lines = _Base._lines
    patch.setattr(_Base, "_lines", lambda self, sale, units: lines(self, sale, units[:-1]))


def sweeps_nothing(patch: pytest.MonkeyPatch, engine: LocalDelivery) -> None:
    """The sweeper comes round and leaves everything as it is."""

    async def nothing(_: Upkeep) -> int:
        return 0

    patch.setattr(Upkeep, "sweep", nothing)
    engine.workers.all["sweeper"].turn = engine.upkeep.sweep


def measures_in_a_straight_line(patch: pytest.MonkeyPatch, engine: LocalDelivery) -> None:
    """Every ride takes as long as the fastest courier needs for the distance."""
    measure = ByTime.measure

    def straight(*asked: object) -> list[CandidateCentre]:
        found = measure(*asked)  # type: ignore[arg-type]
        return [
            CandidateCentre(one.centre_id, one.metres, one.metres / 210, one.wait, one.limit) for one in found
        ]

    patch.setattr(ByTime, "measure", staticmethod(straight))


SABOTAGES = {
    "sold_once": Sabotage(breaks=sees_sold_units, workload="flash", rate=60),
    "whole": Sabotage(breaks=forgets_a_line, workload="evening", rate=10),
    "comes_back": Sabotage(
        breaks=sweeps_nothing, workload="carts", config={"reserve_s": 2, "sweep_s": 1}, rate=20, seconds=6
    ),
    "in_time": Sabotage(
        breaks=measures_in_a_straight_line, workload="evening", config={"courier_min": 45}, rate=20
    ),
}

test_every_claim_can_fail = sabotage_test("local-delivery", SABOTAGES)
