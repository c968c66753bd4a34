"""How the index hears of edits: at once, late, or not at all; and what survives a restart."""

from __future__ import annotations

import pytest

from designs.yelp.engine.city_places import CENTRE, OWNER
from designs.yelp.engine.engine import Yelp
from designs.yelp.engine.place import query_of
from sdlab.lab import Forbidden, Unavailable, as_user
from tests.designs.yelp.conftest import Make

pytestmark = pytest.mark.virtual_time


async def finds(engine: Yelp, word: str) -> bool:
    return bool((await engine.search(query_of(word, *CENTRE, 9_000))).found)


async def rename(engine: Yelp, word: str, place: int = 2) -> None:
    await as_user(OWNER, engine.rename(place, f"{word} House"))


@pytest.mark.parametrize("approach", ["engine", "grid"])
async def test_within_the_transaction_an_edit_is_found_at_once_or_not_made(yelp: Make, approach: str) -> None:
    engine = await yelp(sync="same", search=approach)
    await rename(engine, "Xylophone")
    assert await finds(engine, "xylophone")
    await engine.set_fault("index", "down")
    with pytest.raises(Unavailable):
        await rename(engine, "Zither")
    assert not await finds(engine, "zither")
    assert engine.catalogue.place(2).name == "Xylophone House"


async def test_captured_edits_are_late_and_never_lost(yelp: Make) -> None:
    engine = await yelp(sync="capture", promise_s=2)
    await engine.set_fault("capture", "paused")
    await rename(engine, "Xylophone")
    assert not await finds(engine, "xylophone")
    await engine.clock.sleep(4)
    fresh = engine.monitors["fresh"].view()
    assert fresh.violations == 1
    assert [one.text for one in fresh.evidence if one.kind == "cause"] == ["has a fault: paused"]
    await engine.clear_fault()
    await engine.clock.sleep(1)
    assert await finds(engine, "xylophone")


async def test_a_lost_message_leaves_the_index_wrong_and_is_noticed(yelp: Make) -> None:
    engine = await yelp(sync="queue", promise_s=2)
    await engine.set_fault("service", "drop")
    for number, word in enumerate(("alpha", "beta", "gamma"), start=2):
        await rename(engine, word, number)
    await engine.clock.sleep(3)
    assert [await finds(engine, word) for word in ("alpha", "beta", "gamma")] == [True, True, False]
    assert engine.monitors["fresh"].violations == 1
    assert any(step.kind == "cause" for step in engine.monitors["fresh"].view().evidence)
    await engine.refresh_looks(now=True)
    assert engine.reader.look.last.wrong == (4,)


async def test_a_new_place_is_found_and_only_its_own_person_changes_it(yelp: Make) -> None:
    engine = await yelp()
    added = await as_user("ann", engine.add_place("Quince Corner", "coffee", "quiet", *CENTRE))
    await engine.clock.sleep(1)
    assert await finds(engine, "quince")
    with pytest.raises(Forbidden):
        await as_user("bob", engine.rename(added.id, "Mine"))


async def test_a_key_adds_a_place_once(yelp: Make) -> None:
    engine = await yelp()
    first = await engine.add_place("Quince", "coffee", "", *CENTRE, key="k")
    again = await engine.add_place("Quince", "coffee", "", *CENTRE, key="k")
    assert first == again


async def test_everything_is_there_after_a_restart(yelp: Make) -> None:
    engine = await yelp()
    await rename(engine, "Xylophone")
    await as_user("ann", engine.rate(3, 5))
    sums = await engine.ratings.sums_of(3)
    again = await yelp(room=engine.room.id)
    assert await finds(again, "xylophone")
    assert await again.ratings.sums_of(3) == sums
    assert again.ratings.column.of(3) == sums
