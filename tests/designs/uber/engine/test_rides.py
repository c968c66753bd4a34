"""Rides from the request to the end, with everything that may come between."""

from __future__ import annotations

import asyncio

import pytest

from designs.uber.engine.rides import COMPLETED, FAILED
from designs.uber.engine.streets import OWN_CAR
from sdlab.lab import Conflict, Forbidden, Invalid, NotFound, as_user
from tests.designs.uber.conftest import FAR, MIDDLE, Opener, ask, broken, play, until

pytestmark = pytest.mark.virtual_time


async def test_a_ride_goes_through_its_states_to_the_end(opener: Opener) -> None:
    engine = await opener(fleet=200)
    ride = await until(engine, await ask(engine), COMPLETED, seconds=200)
    steps = [row.status for row in await engine.rides.steps(ride.id)]
    assert steps == ["requested", "accepted", "arrived", "in_ride", "completed"]
    assert engine.positions.busy == {}
    told = [one.data["status"] for one in engine.news._channel(f"ride {ride.id}")]
    assert told == steps
    await engine.clock.sleep(3)
    assert broken(engine) == set()


async def test_of_one_fare_there_is_one_ride_and_it_is_its_riders_alone(opener: Opener) -> None:
    engine = await opener()
    from designs.uber.engine.streets import Trip

    fare = await as_user("ann", engine.quote(Trip(MIDDLE, FAR)))
    one, other = await asyncio.gather(*[as_user("ann", engine.order(fare.id)) for _ in range(2)])
    assert one.id == other.id
    with pytest.raises(NotFound):
        await as_user("bob", engine.order(fare.id))
    with pytest.raises(NotFound):
        await as_user("bob", engine.ride(one.id))
    with pytest.raises(Forbidden):
        await as_user("bob", engine.cancel(one.id))
    with pytest.raises(Invalid):
        await engine.quote(Trip(MIDDLE, MIDDLE))


async def test_a_ride_without_a_driver_in_reach_fails_and_says_so(opener: Opener) -> None:
    engine = await opener(radius_m=300, give_up_s=3.0, fleet=20)
    ride = await ask(engine)
    failed = await until(engine, ride, FAILED, seconds=5)
    assert failed.changed_at - failed.requested_at == pytest.approx(3, abs=0.6)
    await engine.clock.sleep(2)
    assert engine.monitors["in_time"].checked == 1
    assert broken(engine) == set()


async def test_the_visitors_car_is_asked_and_its_answers_count_once(opener: Opener) -> None:
    engine = await opener(fleet=20)
    seat = engine.positions.by_driver[OWN_CAR].place
    ride = await ask(engine, start=seat)
    [offer] = await engine.driver_app.offers_of(OWN_CAR, wait_s=3)
    assert offer.ride == ride.id
    await asyncio.gather(*[engine.driver_app.accept(ride.id, OWN_CAR) for _ in range(2)])
    assert (await engine.rides.find(ride.id)).driver == OWN_CAR
    with pytest.raises(Forbidden):
        await as_user("bob", engine.driver_app.accept(ride.id, OWN_CAR))
    with pytest.raises(Conflict):
        await engine.driver_app.deny(ride.id, OWN_CAR)
    with pytest.raises(Conflict, match="does not become"):
        await engine.progress(ride.id, "completed")
    await until(engine, ride, COMPLETED, seconds=200)


async def test_who_does_not_answer_is_followed_by_the_next_and_a_late_yes_does_not_count(
    opener: Opener,
) -> None:
    engine = await opener(fleet=200, offer_s=1.0)
    seat = engine.positions.by_driver[OWN_CAR].place
    ride = await ask(engine, start=seat)
    await engine.driver_app.offers_of(OWN_CAR, wait_s=3)
    await engine.clock.sleep(1.2)
    with pytest.raises(Conflict):
        await engine.driver_app.accept(ride.id, OWN_CAR)
    taken = await until(engine, ride, "accepted")
    assert taken.driver != OWN_CAR
    assert taken.round >= 2


async def test_a_cancelled_ride_frees_its_driver(opener: Opener) -> None:
    engine = await opener(fleet=200)
    ride = await until(engine, await ask(engine), "accepted")
    assert ride.driver in engine.positions.busy
    await as_user("ann", engine.cancel(ride.id))
    assert engine.positions.busy == {}
    assert engine.world.journeys == {}


@pytest.mark.parametrize("intake", ["queue", "direct"])
async def test_a_matcher_that_ends_in_the_middle_of_an_offer(opener: Opener, intake: str) -> None:
    engine = await opener(fleet=200, intake=intake, give_up_s=6.0)
    ride = await ask(engine)
    while not engine.offers.steps:
        await engine.clock.sleep(0.02)
    [holder] = [one.id for one in engine.matchers.all.values() if one.rides]
    await engine.set_fault(holder, "down")
    asked = engine.offers.steps[-1].offer
    if intake == "direct":  # nobody knows of it, but the driver may still say yes to what is open
        await engine.clock.sleep(12)
        found = await engine.rides.find(ride.id)
        assert found.status in ("accepted", "requested", "arrived")
        assert (found.status == "requested") == ("in_time" in broken(engine))
        return
    await engine.offers.close([asked], "lost")  # its driver has not answered yet
    taken = await until(engine, ride, "accepted", seconds=6)
    assert taken.round > asked.round
    rows = await engine.reader.look.refresh(now=True)
    assert rows.told_twice == 0
    assert "one_driver" not in broken(engine)


async def test_rides_survive_a_restart_and_are_matched_by_the_next_process(opener: Opener) -> None:
    engine = await opener(room="again", radius_m=300, fleet=20, give_up_s=60.0)
    ride = await ask(engine)
    await engine.close()
    engine = await opener(room="again", fleet=200, give_up_s=60.0)
    taken = await until(engine, ride, "accepted")
    await engine.close()
    engine = await opener(room="again", fleet=200, give_up_s=60.0)
    assert engine.positions.busy[taken.driver] == ride.id
    await until(engine, ride, COMPLETED, seconds=200)


@pytest.mark.parametrize("workload", ["evening", "stadium", "crashes"])
async def test_claims_hold_with_the_defaults(opener: Opener, workload: str) -> None:
    engine = await opener(fleet=300)
    await play(engine, workload, rate=8, seconds=6)
    assert broken(engine) == set()
    assert {name for name, one in engine.monitors.items() if not one.checked} == set()


@pytest.mark.parametrize(
    ("choices", "workload", "rate", "claims"),
    [
        ({"offers": "all", "answer_ms": 100}, "evening", 12, {"one_driver"}),
        ({"lock": "none"}, "stadium", 12, {"one_offer"}),
        ({"lock": "memory"}, "stadium", 12, {"one_offer"}),
        ({"lock": "memory", "matchers": 1}, "stadium", 12, set()),
        ({"neighbours": "off"}, "evening", 8, {"nearest"}),
        ({"neighbours": "off", "proximity": "h3"}, "evening", 8, {"nearest"}),
        ({"intake": "direct", "give_up_s": 3.0}, "crashes", 6, {"in_time"}),
        ({"intake": "direct"}, "stadium", 8, set()),
        ({"matching": "batch"}, "stadium", 12, set()),
        ({"updates": "adaptive"}, "evening", 8, set()),
        ({"surge": "off"}, "stadium", 12, set()),
    ],
)
async def test_each_choice_breaks_the_claim_that_it_is_about_and_no_other(
    opener: Opener, choices: dict[str, object], workload: str, rate: float, claims: set[str]
) -> None:
    engine = await opener(fleet=300, **choices)
    await play(engine, workload, rate=rate, seconds=8 if claims else 5)
    assert broken(engine) == claims
