"""Merges, renames and crashes while people tag: what is acknowledged stays, or the lab says that it did not."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest

from designs.tagging_service.config import Config
from designs.tagging_service.engine.names import TagQuery
from sdlab.lab import Conflict, LabError, Unavailable
from tests.designs.tagging_service.conftest import Opener

pytestmark = pytest.mark.virtual_time
WRITERS = 30


@pytest.mark.parametrize("lock", ["on", "off"])
async def test_a_merge_under_writes(service: Opener, lock: str) -> None:
    engine = await service(merge_lock=lock, merge_gap_ms=30)
    for item in range(1, 6):
        await engine.put_tag(item, "trip")
        await engine.put_tag(item + 3, "trips")

    async def writer(item: int) -> None:
        await engine.clock.sleep(item * 0.002)
        await engine.put_tag(item, "trip" if item % 2 else "trips")

    await asyncio.gather(engine.merge("trip", "trips"), *(writer(20 + n) for n in range(WRITERS)))
    await engine.checker.check()
    found = {one.id for one in await engine.find(TagQuery(all=("trips",)), limit=1000)}
    wanted = {*range(1, 9), *range(20, 20 + WRITERS)}
    if lock == "on":
        assert found == wanted
        assert engine.monitors["pairs_kept"].violations == 0
    else:
        assert found < wanted
        assert engine.monitors["pairs_kept"].violations > 0
    await engine.refresh_looks(now=True)
    assert (engine.reader.look.last.slow.stranded > 0) == (lock == "off")


async def test_a_rename_under_writes_loses_nothing(service: Opener) -> None:
    engine = await service()
    await asyncio.gather(
        *(engine.put_tag(1 + n, "nyc") for n in range(WRITERS)),
        engine.rename("nyc", "big apple"),
        *(engine.put_tag(100 + n, "nyc") for n in range(WRITERS)),
    )
    await engine.checker.check()
    found = {one.id for one in await engine.find(TagQuery(all=("nyc",)), limit=1000)}
    assert found >= {*range(1, 1 + WRITERS), *range(100, 100 + WRITERS)}
    assert {monitor.violations for monitor in engine.monitors.values()} == {0}


async def test_renames_come_to_their_turn_while_everybody_tags(service: Opener) -> None:
    """Writers name the tag by both of its names: none waits in a circle with a rename, and none passes it for ever."""
    engine = await service()
    names, done = ("nyc", "big apple"), False
    await engine.rename("nyc", "big apple")

    async def writer(number: int) -> None:
        turn = number
        while not done:
            turn += 1
            await engine.put_tag(1 + turn % 200, names[turn % 2])

    writers = [asyncio.create_task(writer(number * 7)) for number in range(WRITERS)]
    await engine.clock.sleep(0.1)
    for turn in range(8):
        await engine.rename(names[1 - turn % 2], names[turn % 2])
    done = True
    await asyncio.gather(*writers)
    await engine.checker.check()
    assert {monitor.violations for monitor in engine.monitors.values()} == {0}


@pytest.mark.parametrize("lock", ["on", "off"])
async def test_one_name_goes_to_one_tag(service: Opener, lock: str) -> None:
    """Whoever comes second is refused, whether the name went to another tag or to a new one."""
    engine = await service(merge_lock=lock)
    old = [one.tag.name for one in await engine.complete("", limit=4)]
    done = await asyncio.gather(*(engine.rename(one, "harbour") for one in old), return_exceptions=True)
    refused = [one for one in done if isinstance(one, BaseException)]
    assert [type(one) for one in refused] == [Conflict] * 3
    (there,) = await engine.complete("harbour")
    assert there.items > 0


@pytest.mark.parametrize(("upkeep", "apart"), [("outbox", False), ("dual", True)])
async def test_a_crash_after_the_commit(service: Opener, upkeep: str, apart: bool) -> None:
    engine = await service(upkeep=upkeep, approach="sets")
    await engine.set_fault("service", "torn")
    with pytest.raises(Unavailable):
        await engine.put_tag(7, "harbour")
    await engine.clear_fault()
    await engine.clock.sleep(1)
    found = [one.id for one in await engine.find(TagQuery(all=("harbour",)))]
    assert found == ([] if apart else [7])
    await engine.checker.check()
    assert (engine.monitors["one_answer"].violations > 0) == apart


async def test_a_shard_that_was_down_has_what_it_missed(service: Opener) -> None:
    engine = await service(approach="bitmap")
    await engine.set_fault("shard-1", "down")
    await engine.put_tag(9, "harbour")
    with pytest.raises(LabError):
        await engine.find(TagQuery(all=("harbour",)))
    await engine.clear_fault()
    await engine.clock.sleep(1)
    assert [one.id for one in await engine.find(TagQuery(all=("harbour",)))] == [9]


@pytest.mark.parametrize(("counts", "off"), [("exact", 0), ("cached", 20), ("sampled", 0)])
async def test_counts_are_as_exact_as_they_say(service: Opener, counts: str, off: int) -> None:
    engine = await service(counts=counts)
    await engine.complete("night")
    for item in range(1, 21):
        await engine.put_tag(item, "harbour")
    await engine.refresh_looks(now=True)
    seen = {one.tag.name: one for one in engine.reader.look.last.cloud}
    assert all(abs(one.told - one.exact) <= one.bound for one in seen.values()) or counts == "sampled"
    if "harbour" in seen and counts != "sampled":
        assert seen["harbour"].exact - seen["harbour"].told == off


@pytest.mark.parametrize("toggle", ["merge_lock", "upkeep"])
async def test_a_protection_that_is_taken_again_holds(service: Opener, toggle: str) -> None:
    """What was lost without it is put right: nobody sees it fail for what it had not kept."""
    off = {"merge_lock": "off", "upkeep": "dual"}[toggle]
    engine = await service(**{toggle: off}, merge_gap_ms=30)
    for item in range(1, 6):
        await engine.put_tag(item, "trip")
    await engine.put_tag(9, "trips")
    if toggle == "upkeep":
        await engine.set_fault("service", "torn")

    async def writer(item: int) -> None:
        await engine.clock.sleep(item * 0.002)
        with suppress(Unavailable):
            await engine.put_tag(item, "trip")

    with suppress(Unavailable):
        await asyncio.gather(engine.merge("trip", "trips"), *(writer(20 + n) for n in range(WRITERS)))
    await engine.clear_fault()
    await engine.merge("calm", "quiet")  # which has nothing to do with it
    await engine.checker.check()
    if toggle == "merge_lock":
        history = {one.actor: one for one in engine.monitors["pairs_kept"].view().evidence}
        told = next(one for one in history.values() if one.text.startswith("PUT"))
        assert "“trip”" in history["merge"].text
        assert history["merge"].t < told.end, "one while the other"
        assert told.t < history["merge"].end
    broken = {claim for claim, monitor in engine.monitors.items() if monitor.violations}
    assert broken == {"merge_lock": {"pairs_kept", "one_answer"}, "upkeep": {"one_answer"}}[toggle]
    before = engine.monitors["one_answer"].violations
    await engine.configure(replace(engine.config, **{toggle: getattr(Config(), toggle)}))
    await engine.checker.check()
    assert engine.monitors["one_answer"].violations == before
    await engine.refresh_looks(now=True)
    slow = engine.reader.look.last.slow
    assert (slow.stranded, slow.doubled, dict(slow.apart)) == (
        0,
        0,
        dict.fromkeys(("arrays", "bitmaps", "sets"), 0),
    )
    assert slow.in_pairs == slow.in_arrays == slow.in_bitmaps == slow.in_sets
    found = {one.id for one in await engine.find(TagQuery(all=("trips",)), limit=1000)}
    assert found >= {*range(1, 6), *range(20, 20 + WRITERS)}
