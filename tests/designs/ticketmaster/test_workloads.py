"""Traffic breaks what is unprotected, and nothing else."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from designs.ticketmaster.config import Config
from designs.ticketmaster.engine import Ticketmaster
from designs.ticketmaster.holdings import HOLDINGS
from designs.ticketmaster.toggles import KNOBS, TOGGLES
from designs.ticketmaster.workloads import WORKLOADS
from sdlab.lab import LabError
from tests.conftest import MakeRoom

AT_ONCE = 32


async def played(make_room: MakeRoom, workload: str, **config: object) -> dict[str, int]:
    engine = Ticketmaster(await make_room("ticketmaster"), replace(Config(payment_ms=0), **config))  # type: ignore[arg-type]
    await engine.start()
    operations = next(one for one in WORKLOADS if one.id == workload).sequence(7, 640)
    for start in range(0, len(operations), AT_ONCE):
        answers = await asyncio.gather(
            *[engine.perform(one) for one in operations[start : start + AT_ONCE]], return_exceptions=True
        )
        assert [
            one for one in answers if isinstance(one, BaseException) and not isinstance(one, LabError)
        ] == []
        await engine.lobby.admit()
    await engine.selling.audit()
    await engine.close()
    return {name: one.violations for name, one in engine.monitors.items()}


@pytest.mark.parametrize("workload", [one.id for one in WORKLOADS])
async def test_claims_hold_by_default(make_room: MakeRoom, workload: str) -> None:
    assert set((await played(make_room, workload)).values()) == {0}


@pytest.mark.parametrize("holding", list(HOLDINGS))
async def test_a_rush_sells_seats_twice_only_without_protection(make_room: MakeRoom, holding: str) -> None:
    found = await played(make_room, "rush", holding=holding, admission="free")
    broken = {name for name, violations in found.items() if violations}
    assert broken == ({"sold_once"} if holding == "none" else set())


def test_every_answer_is_a_field_of_the_config() -> None:
    config = Config()
    for one in (*TOGGLES, *KNOBS):
        assert getattr(config, one.id) == one.default
