"""Two-stage counting: once per member, never above the rows, behind by less than the rule allows, and rebuilt."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

from sdlab.lab import Room
from sdlab.parts.two_stage_counter import (
    EVERY_CHANGE,
    POWERS_OF_TWO,
    CountRow,
    Flush,
    FlushRule,
    MemberRow,
    TwoStageCounter,
    every,
    writes_for,
)
from tests.conftest import MakeRoom

RULES = (EVERY_CHANGE, POWERS_OF_TWO, every(10))


class Fans(MemberRow, table=True):
    __tablename__ = "counter_test_fans"


class FanCounts(CountRow, table=True):
    __tablename__ = "counter_test_counts"


TABLES = SQLModel.metadata.tables


@pytest.fixture
async def room(make_room: MakeRoom) -> Room:
    return await make_room("counter-test")


def counter(room: Room, rule: FlushRule = POWERS_OF_TWO, **options: Any) -> TwoStageCounter:
    return TwoStageCounter(
        room, TABLES["counter_test_fans"], TABLES["counter_test_counts"], rule=rule, **options
    )


async def stages(room: Room, one: TwoStageCounter, name: str = "x") -> tuple[int, int, int]:
    """Rows, count in Redis, count in the database."""
    table = TABLES["counter_test_counts"]
    query = sa.select(table.c.flushed).where(table.c.room == room.id, table.c.name == name)
    flushed = await room.sql.read(lambda c: c.execute(query).scalar())
    rows = (await one.truth([name]))[name]
    return rows, int(await room.redis.hget(one.key(name), "count") or 0), flushed or 0


@given(st.sampled_from(RULES), st.integers(0, 5000))
def test_the_floor_is_never_above_and_behind_by_no_more_than_said(rule: FlushRule, count: int) -> None:
    floor = rule.floor(count)
    assert 0 <= count - floor <= rule.most_behind(count)
    if rule is POWERS_OF_TWO and count:
        assert 2 * (count - floor) < count


@given(st.sampled_from(RULES), st.integers(0, 3000))
def test_writes_are_the_thresholds_on_the_way(rule: FlushRule, count: int) -> None:
    assert writes_for(rule, count) == len({rule.floor(n) for n in range(1, count + 1)} - {0})


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.label)
async def test_each_member_counts_once_and_the_database_hears_of_thresholds(
    room: Room, rule: FlushRule
) -> None:
    one = counter(room, rule)
    await asyncio.gather(*(one.add("x", f"m{n % 75}", now=1.0) for n in range(150)))
    assert await stages(room, one) == (75, 75, rule.floor(75))
    assert (one.changes, one.writes, one.saved) == (
        75,
        writes_for(rule, 75),
        75 - writes_for(rule, 75),
    )
    again = await one.add("x", "m3", now=2.0)
    assert again is not None
    assert (again.count, again.changed) == (75, False)


async def test_without_the_set_repeats_are_counted(room: Room) -> None:
    one = counter(room)
    one.once = False
    for _ in range(3):
        await one.add("x", "m1", now=1.0)
    assert await stages(room, one) == (1, 3, 2)


async def test_who_leaves_lowers_the_database_too_where_it_would_be_above(room: Room) -> None:
    one = counter(room)
    for n in range(4):
        await one.add("x", f"m{n}", now=1.0)
    assert await stages(room, one) == (4, 4, 4)
    gone = await one.remove("x", "m0")
    assert (gone.count, gone.changed) == (3, True)
    assert await stages(room, one) == (3, 3, 2)
    assert not (await one.remove("x", "m0")).changed


@pytest.mark.parametrize("seed", range(3))
async def test_at_no_moment_is_a_stage_above_the_one_before_it(room: Room, seed: int) -> None:
    one, rng, over = counter(room), Random(seed), asyncio.Event()
    seen: list[tuple[int, int, int]] = []
    fans, stage = TABLES["counter_test_fans"], TABLES["counter_test_counts"]

    def cut(connection: Connection) -> tuple[int, int]:
        rows = connection.execute(
            sa.select(sa.func.count()).select_from(fans).where(fans.c.room == room.id)
        ).scalar_one()
        flushed = connection.execute(sa.select(stage.c.flushed).where(stage.c.room == room.id)).scalar()
        return rows, flushed or 0

    async def watch() -> None:
        while not over.is_set():
            rows, flushed = await room.sql.read(cut)
            seen.append((rows, int(await room.redis.hget(one.key("x"), "count") or 0), flushed))
            assert flushed <= rows

    async def change(n: int) -> None:
        member = f"m{rng.randrange(40)}"
        await (one.remove("x", member) if rng.random() < 0.45 else one.add("x", member, now=float(n)))

    watching = asyncio.create_task(watch())
    for _ in range(12):
        await asyncio.gather(*(change(n) for n in range(20)))
    over.set()
    await watching
    rows, exact, flushed = await stages(room, one)
    assert len(seen) > 3
    assert rows == exact
    assert flushed == POWERS_OF_TWO.floor(rows) or rows // 2 < flushed <= rows


async def test_what_redis_loses_is_built_again_from_the_rows(room: Room) -> None:
    one = counter(room)
    await asyncio.gather(*(one.add("x", f"m{n}", now=1.0) for n in range(9)))
    await room.redis.flushdb()
    assert await one.counts(["x", "new"]) == {"x": 9, "new": 0}
    again = await one.add("x", "m3", now=2.0)
    assert again is not None
    assert (again.count, again.changed) == (9, False)
    assert (await one.remove("x", "m3")).count == 8
    await asyncio.gather(*(one.add("x", f"n{n}", now=3.0) for n in range(8)))
    assert await stages(room, one) == (16, 16, 16)
    assert one.rebuilt == 1


async def test_loss_amid_changes_leaves_no_stage_above_the_rows(room: Room) -> None:
    one, rng = counter(room), Random(5)
    for _ in range(6):
        work: list[Any] = [one.add("x", f"m{rng.randrange(60)}", now=1.0) for _ in range(20)]
        work += [one.remove("x", f"m{rng.randrange(60)}") for _ in range(5)]
        rng.shuffle(work)
        answers = asyncio.gather(*work, return_exceptions=True)
        await room.redis.unlink(one.key("x"), f"{one.key('x')}:members")
        await answers
    await one.add("x", "last", now=2.0)
    rows, exact, flushed = await stages(room, one)
    assert exact == rows >= flushed


async def test_what_failed_half_way_is_counted_with_the_next_change(room: Room) -> None:
    failing = False

    async def reach(operation: str, work: Any) -> Any:
        if failing:
            raise ConnectionError
        return await work()

    one = counter(room, reach_counter=reach)
    await one.add("x", "m1", now=1.0)
    failing = True
    with pytest.raises(ConnectionError):
        await one.add("x", "m2", now=1.0)
    failing = False
    assert await stages(room, one) == (2, 1, 1)
    await one.add("x", "m3", now=1.0)
    assert await stages(room, one) == (3, 3, 2)


async def test_what_a_crash_left_apart_is_forgotten_at_the_next_opening(room: Room) -> None:
    one = counter(room)
    for n in range(5):
        await one.add("x", f"m{n}", now=1.0)
        await one.add("y", f"m{n}", now=1.0)
    await room.redis.hset(one.key("x"), "count", 4)
    again = counter(room)
    await again.open()
    assert not await room.redis.exists(again.key("x"))
    assert await room.redis.exists(again.key("y"))
    assert await again.counts(["x", "y"]) == {"x": 5, "y": 5}


async def test_another_rule_is_settled_at_once(room: Room) -> None:
    one = counter(room, every(10))
    for n in range(7):
        await one.add("x", f"m{n}", now=1.0)
    assert await stages(room, one) == (7, 7, 0)
    one.rule = POWERS_OF_TWO
    await one.settle(["x"])
    assert await stages(room, one) == (7, 7, 4)


async def test_nobody_is_counted_where_there_is_nothing_any_more(room: Room) -> None:
    one = counter(room)
    one.existing = lambda _, names: names - {"gone"}
    assert await one.add("gone", "m1", now=1.0) is None
    assert await one.add("x", "m1", now=1.0)
    assert await stages(room, one, "gone") == (0, 0, 0)
    await room.sql.write(lambda c: one.erase(c, ["x"]))
    await one.drop(["x"])
    assert await stages(room, one) == (0, 0, 0)


async def test_who_keeps_a_copy_hears_of_flushes_in_their_transaction(room: Room) -> None:
    one, told = counter(room), []

    def note(_: Connection, flush: Flush) -> None:
        told.append(flush.count)

    one.flushed = note
    for n in range(9):
        await one.add("x", f"m{n}", now=1.0)
    assert told == [1, 2, 4, 8]


async def test_many_at_once_are_counted_in_their_order(room: Room) -> None:
    one = counter(room, EVERY_CHANGE)
    waves = [[f"m{n}" for n in range(start, start + 30)] for start in range(0, 90, 20)]
    await asyncio.gather(*(one.add_many("x", wave, now=1.0) for wave in waves))
    assert await stages(room, one) == (110, 110, 110)
    counted = await one.add_many("x", ["m1", "new", "m2"], now=2.0)
    assert [(each.count, each.changed) for each in counted] == [(110, False), (111, True), (111, False)]
    assert one.writes == 111
