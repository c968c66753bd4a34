"""What traffic promises is asked of the shards, and every verb says why."""

from __future__ import annotations

from designs.location_tracking.engine.traffic import TrackingTraffic
from designs.location_tracking.toggles import TOGGLES
from sdlab.lab import ManualClock, Operation
from tests.designs.location_tracking.conftest import HERE, MakeTracking


async def test_an_answer_is_honoured_until_the_shard_has_lost_it(
    tracking: MakeTracking, clock: ManualClock
) -> None:
    engine = await tracking(fleet=60)
    traffic = TrackingTraffic(engine)
    answer = await traffic.perform(Operation("drive", {"slice": 0, "nonce": 0}, "fleet"))
    assert len(answer["stored"]) == 4
    assert await traffic.honours(answer)
    bus = next(iter(answer["stored"]))
    at = engine.latest.of(bus)
    await engine.shards.drop(engine.shards.owner(at.cell), [at])
    assert not await traffic.honours(answer)
    assert engine.monitors["held"].violations == 0
    await engine.checker.check_bus(bus)
    assert engine.monitors["held"].violations == engine.monitors["one_shard"].violations == 1


async def test_what_traffic_does_is_not_by_hand(tracking: MakeTracking) -> None:
    engine = await tracking()
    await engine.nearby(*HERE, k=2)
    by_hand = engine.proximity.shown
    await TrackingTraffic(engine).perform(Operation("nearby", {"u": 0.5, "v": 0.5, "k": 5}, "parent-1"))
    assert engine.proximity.counters.queries == 2
    assert engine.proximity.shown is by_hand


async def test_every_verb_leaves_its_decision(tracking: MakeTracking, clock: ManualClock) -> None:
    for ordering, reason in (("checked", "times compared"), ("last_write", "the last write wins")):
        engine = await tracking(ordering=ordering)
        await engine.report("you", *HERE)
        assert reason in engine.feed.newest(1)[0].why
    await engine.nearby(*HERE)
    assert "looked at 1 of 1 points" in engine.feed.newest(1)[0].why
    fence = await engine.add_geofence("School", *HERE, 200)
    assert "1 of at most 20 geofences" in engine.feed.newest(1)[0].why
    await engine.where("you")
    await engine.track("you", 3)
    await engine.eta("you", "s11")
    await engine.follow("bus-2")
    assert all(one.why for one in engine.feed.newest(4))
    await engine.remove_geofence(fence.id)
    assert "0 buses are inside" in engine.feed.newest(1)[0].why


async def test_another_option_has_another_deciding_line(tracking: MakeTracking, clock: ManualClock) -> None:
    async def lines(verb: str, **config: str) -> set[tuple[str, int]]:
        engine = await tracking(fleet=60, **config)
        operation = {
            "drive": Operation("drive", {"slice": 1, "nonce": 0}, "fleet"),
            "nearby": Operation("nearby", {"u": 0.5, "v": 0.5, "k": 5}, "you"),
        }[verb]
        await TrackingTraffic(engine).perform(operation)
        trace = engine.traces.get(engine.feed.newest(1)[0].trace)
        assert trace is not None
        return {(one.file.rpartition("/")[2], one.line) for one in trace.decisions}

    for verb, toggle in (
        ("nearby", "index"),
        ("nearby", "neighbours"),
        ("drive", "ordering"),
        ("drive", "placement"),
        ("drive", "spread"),
    ):
        chosen = next(one for one in TOGGLES if one.id == toggle)
        seen = [await lines(verb, **{toggle: option.id}) for option in chosen.options]
        assert all(one - other for one in seen for other in seen if one is not other), toggle
