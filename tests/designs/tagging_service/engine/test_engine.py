"""The tagging service over real stores: what is tagged is found, whichever way one looks."""

from __future__ import annotations

import pytest

from designs.tagging_service.engine.names import TagQuery
from sdlab.lab import Conflict, Invalid, NotFound, as_user
from tests.designs.tagging_service.conftest import Opener

APPROACHES = ("join", "array", "bitmap", "sets")
pytestmark = pytest.mark.virtual_time


async def test_it_tells_its_story(service: Opener) -> None:
    engine = await service()
    item = await as_user("ann", engine.add_item(("Red", " new   york ", "ＮＹＣ")))
    assert item.tags == ("red", "new york", "nyc")
    done = await as_user("ann", engine.put_tag(item.id, "Dusk"))
    assert done.changed
    assert not (await engine.put_tag(item.id, "dusk")).changed
    found = await engine.find(TagQuery(all=("dusk", "red"), none=("fish",)))
    assert [one.id for one in found] == [item.id]
    assert "ann tagged picture 241 “dusk”" in [event.text for event in engine.feed.newest(20)]
    assert (await engine.complete("du"))[0].items == 1
    assert (await engine.remove_tag(item.id, "dusk")).changed
    assert await engine.find(TagQuery(all=("dusk",))) == []


@pytest.mark.parametrize("approach", APPROACHES)
async def test_merge_and_rename(service: Opener, approach: str) -> None:
    engine = await service(approach=approach)
    old, new = [await engine.find(TagQuery(all=(one,)), limit=1000) for one in ("nyc", "new york")]
    assert old
    assert new
    done = await engine.merge("new york", "nyc")
    assert done.moved == len({one.id for one in new} - {one.id for one in old})
    both = await engine.find(TagQuery(all=("nyc",)), limit=1000)
    assert {one.id for one in both} == {one.id for one in (*old, *new)}
    assert await engine.find(TagQuery(all=("new york",)), limit=1000) == both  # a synonym
    await engine.rename("nyc", "big apple")
    assert len(await engine.find(TagQuery(all=("big apple",)), limit=1000)) == len(both)
    await engine.checker.check()
    assert {one.id: one.violations for one in (m.view() for m in engine.monitors.values())} == {
        "one_answer": 0,
        "pairs_kept": 0,
        "exact_count": 0,
    }
    with pytest.raises(Conflict):
        await engine.rename("big apple", "red")
    with pytest.raises(NotFound):
        await engine.rename("nothing", "something")
    with pytest.raises(Invalid):
        await engine.merge("red", "red")


async def test_a_room_comes_back_as_it_was(service: Opener) -> None:
    engine = await service(room="r1")
    item = await engine.add_item(("only here",))
    await engine.close()
    again = await service(room="r1", approach="bitmap")
    assert [one.id for one in await again.find(TagQuery(all=("only here",)))] == [item.id]


async def test_what_is_looked_at_is_there(service: Opener) -> None:
    engine = await service()
    await engine.refresh_looks(now=True)
    assert engine.reader.look.failed == ""
    seen = engine.reader.look.last
    assert seen.items == 240
    assert len(seen.looks) == 480
    assert len(seen.ids) == seen.found
    assert seen.slow.plan.steps
    assert {name for name, _ in seen.slow.sizes} == {"", "tag_item", "item_tag"}
    assert seen.steps
    assert seen.lists[0].total == seen.lists[0].in_valkey
