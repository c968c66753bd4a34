"""What is shown of matches: the newest race step by step, and what a lab knows that opens again."""

from __future__ import annotations

import asyncio

from designs.tinder.engine.traffic import TinderTraffic
from designs.tinder.inside.snapshot import build_snapshot
from sdlab.lab import ManualClock, Operation
from tests.designs.tinder.conftest import MakeTinder, swipe


async def test_an_opened_lab_knows_its_matches(tinder: MakeTinder) -> None:
    engine = await tinder(room="again")
    await swipe(engine, "visitor", "sam", like=True)
    await swipe(engine, "sam", "visitor", like=True)
    again = await tinder(room="again")
    await again.refresh_looks(now=True)
    assert [one.match_total for one in build_snapshot(again).phones] == [1, 1]


async def test_the_race_shows_both_swipes_and_when_the_replicas_heard(tinder: MakeTinder) -> None:
    clock = ManualClock()
    engine = await tinder(clock=clock, replication_ms=200)
    await asyncio.gather(TinderTraffic(engine).perform(Operation("both", {"nonce": 3})))
    for _ in range(40):
        await clock.advance(0.05)
        await engine.swipes.counted(0)
    await engine.checker.check()
    await engine.refresh_looks(now=True)
    race = build_snapshot(engine).race
    assert (race.exists, race.matched, race.mutual) == (True, True, 1)
    first, second, *ways = race.lanes
    assert {first.label.split(", ")[1], second.label.split(", ")[1]} == {"west", "east"}
    assert "match" in first.segments[0].label + second.segments[0].label
    assert {one.label for one in ways} == {"to east", "to west"}
    assert all(200 <= step.end_ms - step.start_ms < 400 for one in ways for step in one.segments)
    assert [len(one.segments) for one in ways] == [1, 1]
