"""Each claim fails when the box office is made to do what it says it does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from designs.ticketmaster.engine.admission import AdmissionControl
from designs.ticketmaster.engine.engine import Ticketmaster
from designs.ticketmaster.engine.models import BOOKING
from designs.ticketmaster.engine.strategies.seat_locks import HoldRequest, RedisLock, Unprotected
from designs.ticketmaster.engine.waiting_queue import WaitingQueue
from sdlab.lab import Clock, LabError, as_user
from tests.designs.ticketmaster.conftest import Make
from tests.sabotage import Sabotage, sabotage_test


def locks_nothing(patch: pytest.MonkeyPatch, engine: Ticketmaster) -> None:
    """Neither a lock nor the unique key keeps a seat."""
    patch.setattr(RedisLock, "take", Unprotected.take)
    patch.setattr(RedisLock, "constrained", False)


def loses_bookings(patch: pytest.MonkeyPatch, engine: Ticketmaster) -> None:
    """Somebody deletes bookings behind the box office; the money is kept."""

    async def later() -> None:
        gone = BOOKING.delete().where(BOOKING.c.room == engine.room.id)
        while True:
            await engine.clock.sleep(0.5)
            await engine.room.sql.write(lambda c: c.execute(gone) and None)

    engine.supervise("sabotage", later)


def locks_some(patch: pytest.MonkeyPatch, engine: Ticketmaster) -> None:
    """Of all seats of a hold only the first is locked."""
    take = RedisLock.take

    async def half(locks: RedisLock, request: HoldRequest) -> None:
        await take(locks, replace(request, seats=request.seats[:1]))

    patch.setattr(RedisLock, "take", half)


def lets_in_too_many(patch: pytest.MonkeyPatch, engine: Ticketmaster) -> None:
    """Twice the batch comes in."""
    admit = WaitingQueue.admit

    async def more(queue: WaitingQueue, *, batch: int, visit_s: float) -> list[str]:
        return await admit(queue, batch=2 * batch, visit_s=visit_s)

    patch.setattr(WaitingQueue, "admit", more)


SABOTAGES = {
    "sold_once": Sabotage(
        breaks=locks_nothing, workload="rush", config={"admission": "free"}, rate=150, seconds=2
    ),
    "money": Sabotage(breaks=loses_bookings, workload="failing", rate=30, seconds=2),
    "all_or_nothing": Sabotage(breaks=locks_some, workload="abandon", rate=30, seconds=2),
    "inside": Sabotage(breaks=lets_in_too_many, workload="rush", config={"batch": 10}, rate=100, seconds=2),
}

test_every_claim_can_fail = sabotage_test("ticketmaster", SABOTAGES)


@pytest.mark.virtual_time
async def test_who_holds_seats_from_outside_is_found_out(
    office: Make, usual_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await office(clock=usual_clock)

    async def anybody(admission: AdmissionControl, event: Any, token: str) -> None:
        return None

    async def hold(user: str, seat: str) -> None:
        token = (await as_user(user, engine.join("e1"))).token
        await engine.admission.admit()
        await as_user(user, engine.hold("e1", [seat], token=token))

    await usual_clock.sleep(1)
    await hold("ann", "A1")
    await engine.checker.check()
    assert (engine.monitors["inside"].violations, engine.monitors["inside"].checked > 0) == (0, True)
    monkeypatch.setattr(AdmissionControl, "check", anybody)
    await as_user("bob", engine.hold("e1", ["A2"]))
    await engine.checker.check()
    verdict = engine.monitors["inside"].view()
    assert (verdict.violations, {step.actor for step in verdict.evidence}) == (1, {"bob", "checker"})


@pytest.mark.virtual_time
@pytest.mark.parametrize("holding", ["redis", "row", "status"])
async def test_a_refused_hold_that_kept_a_seat_is_found_out(
    office: Make, usual_clock: Clock, monkeypatch: pytest.MonkeyPatch, holding: str
) -> None:
    engine = await office(clock=usual_clock, holding=holding)
    await as_user("ann", engine.hold("e2", ["A2"]))
    for kept in (False, True):
        if kept:
            lock = type(engine.holds.locks)
            take = lock.take

            async def one_by_one(locks: Any, request: HoldRequest, take: Any = take) -> None:
                for seat in request.seats:
                    await take(locks, replace(request, seats=(seat,)))

            monkeypatch.setattr(lock, "take", one_by_one)
        with pytest.raises(LabError):
            await as_user("bob", engine.hold("e2", ["A1", "A2"]))
        await engine.checker.check()
        assert engine.monitors["all_or_nothing"].violations == kept


@pytest.mark.virtual_time
async def test_p1_both_look_before_either_sells(office: Make, usual_clock: Clock) -> None:
    engine = await office(clock=usual_clock, holding="none", payment_ms=100)
    await engine.demo_users.race(["E10"])
    await engine.checker.check()
    evidence = engine.monitors["sold_once"].view().evidence
    assert {step.actor for step in evidence} == {"buyer A", "buyer B"}
    looks = [step for step in evidence if step.kind == "read"]
    sales = [step for step in evidence if step.lost]
    assert [len(looks), len(sales)] == [2, 2]
    assert {step.value for step in looks} == {"not sold"}
    assert max(step.end for step in looks) < min(step.t for step in sales)
    assert all(step.end > step.t for step in (*looks, *sales))
    first, second = looks
    assert max(first.t, second.t) < min(first.end, second.end), "they looked at once"
