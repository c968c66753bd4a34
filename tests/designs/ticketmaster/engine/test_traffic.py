"""Traffic breaks what is unprotected, and nothing else."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from designs.ticketmaster.config import Config
from designs.ticketmaster.engine.engine import Ticketmaster
from designs.ticketmaster.engine.strategies import SEAT_LOCKS
from designs.ticketmaster.engine.traffic import TicketmasterTraffic
from designs.ticketmaster.toggles import KNOBS, TOGGLES
from designs.ticketmaster.workloads import WORKLOADS
from sdlab.lab import Conflict, LabError, ManualClock, Operation
from sdlab.stores.databases import Database
from tests.conftest import MakeRoom

AT_ONCE = 32


async def played(
    make_room: MakeRoom, workload: str, *, database: Database = "sqlite", **choices: object
) -> dict[str, int]:
    room, config = await make_room("ticketmaster", database=database), Config(payment_ms=0)
    engine = Ticketmaster(room, replace(config, **choices))  # type: ignore[arg-type]
    await engine.start()
    traffic = TicketmasterTraffic(engine)
    operations = next(one for one in WORKLOADS if one.id == workload).sequence(7, 640)
    for start in range(0, len(operations), AT_ONCE):
        answers = await asyncio.gather(
            *[traffic.perform(one) for one in operations[start : start + AT_ONCE]], return_exceptions=True
        )
        assert [
            one for one in answers if isinstance(one, BaseException) and not isinstance(one, LabError)
        ] == []
        await engine.admission.admit()
    await engine.checker.check()
    await engine.close()
    return {name: one.violations for name, one in engine.monitors.items()}


@pytest.mark.parametrize("workload", [one.id for one in WORKLOADS])
async def test_claims_hold_by_default(make_room: MakeRoom, workload: str) -> None:
    assert set((await played(make_room, workload)).values()) == {0}


@pytest.mark.parametrize("holding", list(SEAT_LOCKS))
async def test_a_rush_sells_seats_twice_only_without_protection(make_room: MakeRoom, holding: str) -> None:
    found = await played(make_room, "rush", database="postgres", holding=holding, admission="free")
    broken = {name for name, violations in found.items() if violations}
    assert broken == ({"sold_once"} if holding == "none" else set())


def test_every_answer_is_a_field_of_the_config() -> None:
    config = Config()
    for one in (*TOGGLES, *KNOBS):
        assert getattr(config, one.id) == one.default


async def test_those_inside_act_and_those_in_line_wait(make_room: MakeRoom) -> None:
    room = await make_room("ticketmaster", clock=ManualClock(), database="sqlite")
    engine = Ticketmaster(room, Config(payment_ms=0, batch=2))
    await engine.start()
    traffic = TicketmasterTraffic(engine)
    holding = Operation("hold_inside", {"event": "e1", "nth": 7, "seats": ["A1"]}, "buyers")
    with pytest.raises(Conflict, match="nobody"):
        await traffic.perform(holding)
    for number in range(1, 6):
        await traffic.perform(Operation("arrive", {"event": "e1"}, f"buyer {number}"))
    await engine.admission.admit()
    assert (engine.admission.inside, engine.admission.waiting) == (2, 3)
    held = await traffic.perform(holding)
    assert held["buyer"] in {"buyer 1", "buyer 2"}
    sold = await traffic.perform(Operation("book_held", {"nth": 3, "outcome": "ok"}, "buyers"))
    assert (sold["buyer"], sold["seats"]) == (held["buyer"], ("A1",))
    await engine.admission.admit()
    assert (engine.admission.inside, engine.admission.waiting) == (2, 2)
    await engine.close()
