"""Small inputs that failed, and what is right; and pictures that follow the stores."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from designs.location_tracking.inside.snapshot import build_snapshot
from sdlab.blocks import city as streets
from sdlab.lab import Forbidden, Invalid, ManualClock, as_user
from tests.designs.location_tracking.conftest import HERE, MakeTracking, drive

ROOT = "/api/location-tracking"
CIRCLE = {"name": "School", "lat": HERE[0], "lng": HERE[1], "radius_m": 200}


@pytest.mark.parametrize(
    "body", [{"lat": True, "lng": False}, {"lat": "48", "lng": 11}, {"lat": 48, "lng": None}]
)
async def test_c9_a_boolean_is_no_coordinate(client: httpx.AsyncClient, body: dict) -> None:
    assert (await client.put(f"{ROOT}/buses/ty/location", json=body)).status_code == 422
    assert (await client.get(f"{ROOT}/buses/ty/location")).status_code == 404


@pytest.mark.parametrize("name", ["\u200b", "\u00ad", " \u2060 ", "\u202eabc"])
async def test_c10_a_name_that_shows_nothing_is_refused(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.post(f"{ROOT}/geofences", json=CIRCLE | {"name": name})).status_code == 422


@pytest.mark.parametrize("name", ["👩‍💻 office", "می‌خواهم", "Cafe\u0301"])
async def test_c5_a_name_of_any_script_is_kept(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.post(f"{ROOT}/geofences", json=CIRCLE | {"name": name})).status_code == 201


async def test_c4_a_key_belongs_to_the_caller_and_to_the_request(client: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "1"}
    first = await client.post(f"{ROOT}/geofences", json=CIRCLE, headers=key)
    again = await client.post(f"{ROOT}/geofences", json=CIRCLE, headers=key)
    other = await client.post(f"{ROOT}/geofences", json=CIRCLE | {"radius_m": 300}, headers=key)
    bobs = await client.post(f"{ROOT}/geofences", json=CIRCLE, headers=key | {"X-SDLab-User": "bob"})
    assert [one.status_code for one in (first, again, other, bobs)] == [201, 201, 422, 201]
    assert first.json() == again.json()
    assert bobs.json()["id"] != first.json()["id"]
    assert first.json()["id"] not in other.text


async def test_a_repeat_is_answered_again_when_the_room_is_full(tracking: MakeTracking) -> None:
    engine = await tracking()
    made = [await engine.add_geofence(f"n{number}", *HERE, 100, key=f"k{number}") for number in range(20)]
    assert await engine.add_geofence("n3", *HERE, 100, key="k3") == made[3]
    both = await asyncio.gather(
        *(engine.remove_geofence(made[0].id), engine.add_geofence("n3", *HERE, 100, key="k3"))
    )
    assert both[1] == made[3]
    with pytest.raises(Invalid):
        await engine.add_geofence("n3", *HERE, 101, key="k3")


async def test_c3_a_circle_is_seen_and_taken_away_by_who_made_it(client: httpx.AsyncClient) -> None:
    ann, bob = {"X-SDLab-User": "ann"}, {"X-SDLab-User": "bob"}
    made = (await client.post(f"{ROOT}/geofences", json=CIRCLE, headers=ann)).json()
    assert made["owner"] == "ann"
    assert (await client.get(f"{ROOT}/geofences", headers=bob)).json() == []
    assert (await client.delete(f"{ROOT}/geofences/{made['id']}", headers=bob)).status_code == 403
    assert (await client.get(f"{ROOT}/geofences", headers=ann)).json() == [made]
    assert (await client.delete(f"{ROOT}/geofences/{made['id']}", headers=ann)).status_code == 204


async def test_its_owner_is_known_after_a_restart(tracking: MakeTracking) -> None:
    engine = await tracking(room="owners")
    made = await as_user("ann", engine.add_geofence("School", *HERE, 200))
    again = await tracking(room="owners")
    with pytest.raises(Forbidden):
        await as_user("bob", again.remove_geofence(made.id))
    await as_user("ann", again.remove_geofence(made.id))


async def test_panels_that_read_follow_what_is_deleted_behind_them(
    tracking: MakeTracking, clock: ManualClock
) -> None:
    engine = await tracking(fleet=100)
    await drive(engine, clock)
    before = build_snapshot(engine)
    assert {one.buses for one in before.shards.shards} == {-1}
    assert before.totals.track_rows == -1
    await engine.refresh_looks(now=True)
    before = build_snapshot(engine)
    assert sum(one.buses for one in before.shards.shards) == 100
    assert before.totals.track_rows == 6
    assert all(one.age >= 0 and one.shards for one in before.buses)
    for shard in range(engine.config.shards):
        await engine.room.redis.delete(engine.room.key("shard", shard))
    await engine.room.sql.forget(engine.room.id, engine.room.slug)
    await engine.refresh_looks(now=True)
    after = build_snapshot(engine)
    assert {one.buses for one in after.shards.shards} == {0}
    assert after.totals.track_rows == 0
    assert all(one.age < 0 and not one.shards for one in after.buses)


async def test_a_bus_that_two_shards_hold_is_shown_on_both(
    tracking: MakeTracking, clock: ManualClock
) -> None:
    engine = await tracking(fleet=10)
    await drive(engine, clock)
    text = "1700000000.000|48.0000000|11.0000000"
    for shard in range(engine.config.shards):
        key = engine.room.key("shard", shard)
        if not await engine.room.redis.hexists(key, "bus-1"):
            await engine.room.redis.hset(key, "bus-1", text)
    await engine.refresh_looks(now=True)
    assert build_snapshot(engine).buses[0].shards == "0, 1, 2, 3"


async def test_an_answer_is_of_the_moment_it_was_asked_for(tracking: MakeTracking) -> None:
    engine = await tracking()
    await engine.report("b1", *HERE)
    answer = await engine.nearby(*HERE, k=1)
    await engine.report("b1", *streets.to_degrees(7000, 5000))
    await engine.report("b2", *HERE)
    shown = build_snapshot(engine).query
    x, y = streets.to_metres(*HERE)
    assert (shown.hits[0].x, shown.hits[0].y) == (round(x, 1), round(y, 1))
    assert (shown.total, answer.places["b1"][2:]) == (1, HERE)


async def test_the_scan_for_the_truth_takes_no_time_of_the_query(
    tracking: MakeTracking, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await tracking()
    await engine.report("b1", *HERE)
    audit, late = engine.proximity.audit, clock.monotonic() + 5.0

    def slowly(*arguments: object) -> object:
        monkeypatch.setattr(clock, "monotonic", lambda: late)
        return audit(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(engine.proximity, "audit", slowly)
    await engine.nearby(*HERE, k=1)
    assert engine.feed.newest(1)[0].ms < 1000


async def test_arrival_is_told_from_what_the_bus_said(tracking: MakeTracking, clock: ManualClock) -> None:
    engine = await tracking(fleet=10)
    route = engine.fleet.routes[0]
    here, there = (engine.fleet.city.corner(*route.corners[n]) for n in (0, 2))
    stop = next(one for one in route.stops if (one.column, one.row) != route.corners[0])
    left = []
    for at in (here, there):
        await clock.advance(1.0)
        await engine.report("bus-1", *streets.to_degrees(*at))
        left.append((await engine.eta("bus-1", stop.id)).metres)
    # The bus that is drawn has not moved: only its reports count.
    assert left[0] - left[1] == pytest.approx(abs(here[0] - there[0]) + abs(here[1] - there[1]), abs=0.1)


async def test_c12_alerts_are_told_in_the_time_of_the_city(tracking: MakeTracking) -> None:
    engine = await tracking()
    await engine.add_geofence("School", *HERE, 200, "you")
    await engine.report("you", *HERE)
    assert build_snapshot(engine).alerts[0].clock == "09:00:00 CET"


async def test_no_speed_is_shown_before_there_are_two_positions(tracking: MakeTracking) -> None:
    engine = await tracking()
    await engine.report("bus-1", *HERE)
    await engine.refresh_looks(now=True)
    assert build_snapshot(engine).buses[0].kmh == -1


async def test_cells_of_a_tree_are_counted_even_when_not_all_are_drawn(
    tracking: MakeTracking, clock: ManualClock
) -> None:
    engine = await tracking(index="quadtree", leaf=2, fleet=2000)
    await drive(engine, clock)
    snapshot = build_snapshot(engine)
    assert snapshot.cells_shown == 260 < snapshot.density.cells
    assert snapshot.density.mean * snapshot.density.cells == pytest.approx(2000, rel=0.1)
