"""Caches of searches: none, one that goes with the index, one that goes with time, and the answers that were wrong."""

from __future__ import annotations

import pytest

from designs.ticketmaster.engine.engine import Ticketmaster
from designs.ticketmaster.engine.search_index import SearchQuery
from designs.ticketmaster.inside.snapshot import build_snapshot
from sdlab.lab import Invalid, ManualClock
from tests.designs.ticketmaster.conftest import Make

ASKED = SearchQuery(term="zebra")


async def ask(engine: Ticketmaster) -> tuple[str, int]:
    found = await engine.search(ASKED)
    return found.source, len(found.events)


async def test_without_a_cache_every_question_is_asked(office: Make) -> None:
    engine = await office(cache="none")
    assert [await ask(engine) for _ in range(2)] == [("index", 0)] * 2
    assert build_snapshot(engine).cache.hits == 0


async def test_the_lru_goes_with_the_index_and_is_never_wrong(office: Make) -> None:
    engine = await office(cache="lru")
    assert [await ask(engine) for _ in range(2)] == [("index", 0), ("cache", 0)]
    await engine.edit("e3", "Zebra Night")
    assert await ask(engine) == ("cache", 0), "the index has not heard of it either"
    await engine.index_feed.capture()
    assert [await ask(engine) for _ in range(2)] == [("index", 1), ("cache", 1)]
    cache = build_snapshot(engine).cache
    assert (cache.stale, cache.cleared, cache.header) == (0, 1, "no-store")


async def test_an_edge_is_wrong_until_its_time_is_over(office: Make, clock: ManualClock) -> None:
    engine = await office(cache="edge")
    assert await ask(engine) == ("index", 0)
    await engine.edit("e3", "Zebra Night")
    await engine.index_feed.capture()
    assert [await ask(engine) for _ in range(3)] == [("edge", 0)] * 3
    cache = build_snapshot(engine).cache
    assert (cache.stale, cache.hits, cache.header) == (3, 3, "public, max-age=0, s-maxage=30")
    clock.step_back(-31)
    assert await ask(engine) == ("index", 1)
    await engine.edit("e4", "Another Night")
    await engine.index_feed.capture()
    assert await ask(engine) == ("edge", 1)
    assert build_snapshot(engine).cache.stale == 3, "something changed, and not this answer"


async def test_a_purge_empties_the_edge(office: Make) -> None:
    engine = await office(cache="edge")
    await ask(engine)
    await engine.set_fault("edge", "purge")
    assert await ask(engine) == ("index", 0)


async def test_what_the_database_answered_for_a_dead_index_is_not_kept_beside_it(office: Make) -> None:
    engine = await office(cache="lru")
    await engine.set_fault("index", "down")
    assert await ask(engine) == ("database", 0)
    await engine.clear_fault()
    assert await ask(engine) == ("index", 0)


async def test_the_database_alone_is_right_at_once(office: Make) -> None:
    engine = await office(search="like")
    assert [await ask(engine) for _ in range(2)] == [("database", 0), ("cache", 0)]
    await engine.edit("e3", "Night of the zebras")
    assert await ask(engine) == ("database", 1)


async def test_an_index_that_nobody_told_is_made_anew_for_change_capture(office: Make) -> None:
    engine = await office(search="dual")
    await engine.set_fault("index", "down")
    await engine.edit("e3", "Zebra Night")
    await engine.clear_fault()
    assert (await engine.event_search.look.refresh(now=True)).wrong == 1
    await engine.configure(type(engine.config)(search="cdc", payment_ms=0))
    assert (await engine.event_search.look.refresh(now=True)).wrong == 0
    assert await ask(engine) == ("index", 1)


@pytest.mark.parametrize("title", ["", "  ", "x" * 81, "a\nb"])
async def test_what_is_no_title_is_refused(office: Make, title: str) -> None:
    engine = await office()
    with pytest.raises(Invalid):
        await engine.edit("e3", title)


async def test_old_titles_are_remembered_as_long_as_the_outbox_keeps_them(office: Make) -> None:
    engine = await office()
    for title in ("One", "Two"):
        await engine.edit("e3", title)
    assert await engine.catalogue.had_title("e3", "One")
    assert await engine.catalogue.had_title("e3", "Two")
    assert not await engine.catalogue.had_title("e3", "Three")
