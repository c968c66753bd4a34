"""Mutual likes at the same instant: none is missed with an order, many without; and swipes count once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from random import Random

import pytest

from designs.tinder.engine.people import NAMED
from designs.tinder.engine.swipe_store import PARTITIONS, home, partition
from designs.tinder.engine.traffic import TinderTraffic
from designs.tinder.inside.snapshot import build_snapshot
from sdlab.lab import Conflict, ManualClock, NotFound, Operation, TooMany, Unavailable
from tests.designs.tinder.conftest import MakeTinder, swipe

PAIRS = 1000


def both(number: int) -> Operation:
    return Operation("both", {"nonce": number * 104_729 % (1 << 31)})


@pytest.mark.parametrize("match", ["atomic", "pair"])
async def test_a_thousand_likes_at_the_same_instant_are_a_thousand_matches(
    tinder: MakeTinder, match: str
) -> None:
    engine = await tinder(match=match)
    traffic = TinderTraffic(engine)
    for start in range(0, PAIRS, 50):
        answers = await asyncio.gather(*(traffic.perform(both(start + n)) for n in range(50)))
        assert all(one["matches"] for one in answers)
    await engine.checker.check()
    assert (engine.counters.mutual, engine.counters.missed) == (PAIRS, 0)
    assert engine.monitors["matched"].violations == 0
    assert await engine.room.redis.hlen(engine.room.key("match-log")) == PAIRS


async def test_read_then_write_misses_them_and_says_which(tinder: MakeTinder) -> None:
    engine = await tinder(match="replicas")
    traffic = TinderTraffic(engine)
    for start in range(0, PAIRS, 50):
        await asyncio.gather(*(traffic.perform(both(start + n)) for n in range(50)))
    await engine.checker.check()
    assert engine.counters.mutual == PAIRS
    assert engine.counters.missed > PAIRS / 2
    made = await engine.room.redis.hlen(engine.room.key("match-log"))
    assert engine.counters.missed == PAIRS - made
    evidence = engine.monitors["matched"].view().evidence
    steps = [step for step in evidence if step.kind != "cause"]
    told = [step.text.split(": ", 1)[1] for step in steps]
    assert {*told[:2]} == {"read west: nothing", "read east: nothing"}, "P2: both looked before either wrote"
    assert {*told[2:]} == {"write west", "write east"}
    assert [step.t for step in evidence] == sorted(step.t for step in evidence)
    assert max(step.t for step in steps[:2]) <= min(step.t for step in steps[2:])
    assert len({step.actor for step in steps}) == 2
    assert {step.actor for step in evidence if step.kind == "cause"} == {"replication"}
    assert build_snapshot(engine).race.missed_pairs


async def test_a_like_that_is_on_its_way_is_not_seen_and_one_that_has_arrived_is(tinder: MakeTinder) -> None:
    clock = ManualClock()
    engine = await tinder(match="replicas", clock=clock, replication_ms=500)
    await swipe(engine, "visitor", "sam", like=True)
    await clock.advance(0.3)
    assert not (await swipe(engine, "sam", "visitor", like=True)).match
    await engine.checker.check()
    assert engine.counters.missed == 1
    await swipe(engine, "visitor", "p2", like=True)
    assert not await engine.swipes.entry(1, 0, engine.people.number("p2"))
    for _ in range(100):
        await clock.advance(0.1)
        if await engine.swipes.entry(1, 0, engine.people.number("p2")):
            break
    assert (await swipe(engine, "p2", "visitor", like=True)).match
    await engine.checker.check()
    assert engine.counters.missed == 1


@pytest.mark.parametrize("match", ["atomic", "pair", "replicas"])
async def test_a_swipe_counts_once_however_often_it_is_sent(tinder: MakeTinder, match: str) -> None:
    engine = await tinder(match=match)
    said = await asyncio.gather(
        *(swipe(engine, "visitor", "p7", like=n % 2 == 0, mark="h-1", by_hand=False) for n in range(64))
    )
    assert sum(not one.repeated for one in said) == 1
    assert len({one.like for one in said}) == 1
    await engine.checker.count_of(0)
    assert engine.swipes.history == {0: 1}
    assert engine.monitors["once"].violations == 0
    assert engine.counters.shown_again == 0


@pytest.mark.parametrize("match", ["atomic", "pair"])
async def test_3_000_swipes_at_64_at_once_break_no_claim(tinder: MakeTinder, match: str) -> None:
    engine = await tinder(match=match, people=200)
    rng = Random(5)
    pairs = [(rng.randrange(1, 201), rng.randrange(1, 201), rng.random() < 0.7) for _ in range(3_000)]
    wanted: dict[tuple[int, int], bool] = {}

    async def worker(some: list[tuple[int, int, bool]]) -> None:
        for a, b, like in some:
            if a != b:
                said = await swipe(engine, f"p{a}", f"p{b}", like=like, by_hand=False)
                wanted.setdefault((a, b), said.like)
                assert wanted[a, b] == said.like

    await asyncio.gather(*(worker(pairs[start::64]) for start in range(64)))
    mutual = {(min(a, b), max(a, b)) for (a, b), like in wanted.items() if like and wanted.get((b, a))}
    made = await engine.room.redis.hlen(engine.room.key("match-log"))
    await engine.checker.check()
    assert (made, engine.counters.mutual, engine.counters.missed) == (len(mutual), len(mutual), 0)
    assert engine.swipes.total == len(wanted)
    for number in engine.swipes.history:
        await engine.checker.count_of(number)
    assert {one.claim.id: one.violations for one in engine.monitors.values()} == dict.fromkeys(
        engine.monitors, 0
    )
    await engine.refresh_looks(now=True)
    partitions = engine.reader.look.last.partitions
    assert sum(swipes for swipes, _ in partitions) == len(wanted)
    assert sum(people for _, people in partitions) == len(engine.swipes.history)
    assert [people for _, people in partitions] == [
        sum(partition(number) == n for number in engine.swipes.history) for n in range(PARTITIONS)
    ]


async def test_both_phones_are_told_once(tinder: MakeTinder) -> None:
    engine = await tinder()
    assert not (await swipe(engine, "visitor", "sam", like=True)).match
    said = await swipe(engine, "sam", "visitor", like=True)
    again = await swipe(engine, "visitor", "sam", like=True)
    assert (said.match, again.match, again.match_number) == (True, True, said.match_number)
    await engine.refresh_looks(now=True)
    phones = build_snapshot(engine).phones
    assert [(one.match_total, one.matches[0].id) for one in phones] == [(1, "sam"), (1, "visitor")]


async def test_nobody_oneself_and_a_full_room_are_refused_and_record_nothing(
    tinder: MakeTinder, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await tinder()
    with pytest.raises(Conflict):
        await swipe(engine, "sam", "sam", like=True)
    for nobody in ("p0", "p3001", "nobody", ""):
        with pytest.raises(NotFound):
            await swipe(engine, "sam", nobody, like=True)
    monkeypatch.setattr("designs.tinder.engine.engine.MOST_SWIPES", 0)
    with pytest.raises(TooMany):
        await swipe(engine, "sam", "p1", like=True)
    assert engine.swipes.total == 0


async def test_a_replica_that_is_down_refuses_and_loses_nothing(tinder: MakeTinder) -> None:
    engine = await tinder()
    await engine.set_fault("west", "down")
    with pytest.raises(Unavailable):
        await swipe(engine, "visitor", "p5", like=True)
    assert (await swipe(engine, "sam", "p5", like=True)).repeated is False
    await engine.clear_fault()
    assert (await swipe(engine, "visitor", "p5", like=True)).repeated is False
    assert engine.swipes.total == 2


async def test_what_waits_for_the_other_replica_survives_a_crash(tinder: MakeTinder) -> None:
    engine = await tinder(room="crash", replication_ms=5000)
    for number in range(1, 41):
        await swipe(engine, "visitor", f"p{number}", like=True, by_hand=False)
    assert await engine.room.redis.hlen(engine.swipes.key(1 - home(0), 0)) == 0
    again = await tinder(room="crash", replication_ms=5000)
    assert await engine.room.redis.hlen(engine.swipes.key(1 - home(0), 0)) == 40
    assert again.swipes.history == {0: 40}
    await engine.refresh_looks(now=True)
    await again.refresh_looks(now=True)
    assert again.reader.look.last.partitions == engine.reader.look.last.partitions
    assert sum(swipes for swipes, _ in again.reader.look.last.partitions) == 40
    assert again.replication.behind == [0, 0]


async def test_each_partition_serves_pairs_in_order(tinder: MakeTinder) -> None:
    engine = await tinder(match="pair")
    traffic = TinderTraffic(engine)
    await asyncio.gather(*(traffic.perform(both(n)) for n in range(100)))
    assert sum(engine.partitions.served) == 200
    assert sum(served > 0 for served in engine.partitions.served) == PARTITIONS
    await engine.configure(replace(engine.config, match="atomic"))
    assert (await traffic.perform(both(7000)))["matches"]
    assert all(number >= NAMED for pair in engine.checker.swipes for number in pair)
