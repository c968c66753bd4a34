"""Claims are judged from a record of their own and from the shards, and never in the middle of a move."""

from __future__ import annotations

from dataclasses import replace

import pytest

from designs.location_tracking.engine.engine import Tracking
from sdlab.blocks import city as streets
from sdlab.blocks.geohash import encode
from sdlab.lab import ManualClock
from tests.designs.location_tracking.conftest import HERE, MakeTracking, drive


def elsewhere(engine: Tracking) -> tuple[float, float]:
    """A place whose cell another shard owns than that of `HERE`."""
    here = engine.shards.owner(encode(*HERE, 6))
    places = (streets.to_degrees(x, y) for x in range(100, 8000, 400) for y in range(100, 6000, 400))
    return next(one for one in places if engine.shards.owner(encode(*one, 6)) != here)


def violations(engine: Tracking) -> dict[str, int]:
    return {name: one.violations for name, one in engine.monitors.items() if one.violations}


async def test_a_bus_that_leaves_a_shard_is_judged_when_it_has_left(
    tracking: MakeTracking, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await tracking()
    await engine.report("you", *HERE)
    drop = engine.shards.drop

    async def looked_at_meanwhile(*arguments: object) -> None:
        await engine.checker.check_bus("you")
        await drop(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(engine.shards, "drop", looked_at_meanwhile)
    await engine.report("you", *elsewhere(engine))
    assert violations(engine) == {}
    await engine.checker.check_bus("you")
    assert engine.monitors["one_shard"].checked == 1
    assert violations(engine) == {}


async def test_a_position_that_is_just_being_stored_is_judged_afterwards(
    tracking: MakeTracking, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await tracking()
    await engine.report("you", *HERE)
    put = engine.shards.put

    async def looked_at_meanwhile(*arguments: object, **how: bool) -> list[bool]:
        stored = await put(*arguments, **how)  # type: ignore[arg-type]
        await engine.checker.check_bus("you")
        return stored

    monkeypatch.setattr(engine.shards, "put", looked_at_meanwhile)
    await engine.report("you", *elsewhere(engine))
    assert violations(engine) == {}


async def test_nobody_is_judged_while_cells_change_their_owners(
    tracking: MakeTracking, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await tracking(fleet=200)
    await drive(engine, clock)
    held = engine.shards.held

    async def after_a_change(bus: str) -> object:
        seen = await held(bus)
        monkeypatch.undo()
        await engine.configure(replace(engine.config, shards=6, placement="modulo"))
        return seen

    for bus in list(engine.latest.by_bus)[:40]:
        monkeypatch.setattr(engine.shards, "held", after_a_change)
        await engine.checker.check_bus(bus)
        await engine.configure(replace(engine.config, shards=4, placement="ring"))
    assert violations(engine) == {}


async def test_what_a_dead_shard_still_holds_goes_when_it_is_back(
    tracking: MakeTracking, clock: ManualClock
) -> None:
    engine = await tracking()
    await engine.report("you", *HERE)
    before = engine.shards.owner(encode(*HERE, 6))
    await engine.set_fault(f"shard-{before}", "down")
    assert (await engine.report("you", *elsewhere(engine))).stored
    assert (await engine.shards.held("you"))[before] is not None
    await engine.checker.check_bus("you")
    assert violations(engine) == {}
    await engine.clear_fault()
    await clock.advance(1.0)
    await engine.ingestion.leave_behind()
    assert (await engine.shards.held("you"))[before] is None
    await engine.checker.check_bus("you")
    assert engine.monitors["one_shard"].checked >= 1
    assert violations(engine) == {}


async def test_an_acknowledged_position_is_not_forgotten_with_the_index(tracking: MakeTracking) -> None:
    engine = await tracking()
    await engine.report("you", *HERE)
    for shard in range(engine.config.shards):
        await engine.room.redis.delete(engine.room.key("shard", shard))
    await engine.set_fault("index", "forget")
    assert "you" not in engine.latest.by_bus
    await engine.checker.check_bus("you")
    assert violations(engine) == {"held": 1, "one_shard": 1}
