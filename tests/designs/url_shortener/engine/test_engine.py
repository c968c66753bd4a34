"""The verbs: make, follow, list, delete; what they answer and what they refuse."""

from __future__ import annotations

import asyncio

import pytest

from sdlab.lab import Conflict, Gone, Invalid, ManualClock, NotFound, Quota, TooMany, as_user
from tests.designs.url_shortener.conftest import MakeShortener, picture

URL = "https://docs.python.org/3/library/asyncio-task.html"


async def test_a_link_leads_to_its_url_and_the_feed_says_how(shortener: MakeShortener) -> None:
    engine = await shortener()
    link = await engine.generate("https://köln.example/straße")
    assert (len(link.code), link.url, link.path) == (7, "https://köln.example/straße", f"/s/{link.code}")
    for sentence in (f"GET /s/{link.code}: cache miss → shard ", f"GET /s/{link.code}: cache hit → 302"):
        redirect = await engine.resolve(link.code)
        assert (redirect.status, redirect.location) == (302, "https://xn--kln-sna.example/stra%C3%9Fe")
        assert engine.feed.newest(1)[0].text.startswith(sentence)
    told = [event.text for event in engine.feed.newest()]
    assert any(
        "Bloom says not seen, lookup skipped; token" in text and "stored on shard" in text for text in told
    )


async def test_every_hop_of_a_request_is_in_its_trace(shortener: MakeShortener) -> None:
    engine = await shortener()
    await engine.generate(URL)
    trace = engine.traces.get(engine.feed.newest(1)[0].trace)
    assert trace is not None
    targets = [hop.target for hop in trace.hops]
    assert targets[0] == "gateway"
    assert {"url-lock", "bloom", "counter"} < set(targets)
    assert any(one.startswith("key-") for one in targets)
    assert targets[-1].startswith("shard-")
    assert trace.decisions[0].file.endswith("locks.py")
    assert trace.decisions[1].file.endswith("mappings.py")


async def test_an_alias_is_given_once(shortener: MakeShortener) -> None:
    engine = await shortener()
    link = await engine.generate(URL, alias="team-lunch")
    assert (link.code, link.alias) == ("team-lunch", True)
    with pytest.raises(Conflict):
        await engine.generate("https://other.example/", alias="team-lunch")
    assert (await engine.resolve("team-lunch")).location == URL
    assert (await engine.generate(URL, alias="Team-Lunch")).code == "Team-Lunch"


async def test_of_many_who_ask_for_an_alias_at_once_one_gets_it(shortener: MakeShortener) -> None:
    engine = await shortener()
    asked = [as_user(f"u{n}", engine.generate(f"https://a.example/{n}", alias="popular")) for n in range(20)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    (winner,) = [one for one in answers if not isinstance(one, Conflict)]
    assert not isinstance(winner, BaseException)
    assert (await engine.resolve("popular")).location == winner.url


async def test_the_same_code_in_another_room_is_another_link(shortener: MakeShortener) -> None:
    here, there = await shortener(), await shortener()
    first = await here.generate("https://here.example/", alias="shared")
    second = await there.generate("https://there.example/", alias="shared")
    assert first.path == "/s/shared"
    assert second.path == f"/s/shared?room={there.room.id}", "the public name was taken"
    assert (await here.resolve("shared")).location == "https://here.example/"
    assert (await there.resolve("shared")).location == "https://there.example/"
    assert await here.room.names.owner("link", "shared") == here.room.id


async def test_traffic_takes_no_public_names(shortener: MakeShortener) -> None:
    engine = await shortener()
    link = await as_user("load", engine.generate(URL), by_hand=False)
    assert await engine.room.names.owner("link", link.code) is None
    assert (await picture(engine)).my_links == ()


@pytest.mark.parametrize("cache", ["off", "lru", "ttl"])
async def test_a_link_expires_on_time_even_from_the_cache(shortener: MakeShortener, cache: str) -> None:
    clock = ManualClock()
    engine = await shortener(clock=clock, cache=cache)
    link = await engine.generate(URL, expires_at=clock.time() + 60)
    await clock.advance(59.5)
    assert (await engine.resolve(link.code)).location == URL
    assert (await engine.resolve(link.code)).location == URL
    assert (await picture(engine)).my_links[0].expires_in == 0.5
    await clock.advance(0.5)
    with pytest.raises(Gone):
        await engine.resolve(link.code)
    assert (await picture(engine)).my_links[0].state == "expired"


async def test_an_expired_link_leaves_a_tombstone(shortener: MakeShortener) -> None:
    clock = ManualClock()
    engine = await shortener(clock=clock)
    await engine.generate(URL, alias="brief", expires_at=clock.time() + 10)
    stays = await engine.generate(URL)
    await clock.advance(11)
    await engine.scans.purge(before=clock.time(), limit=500)
    (row,) = await engine.scans.peek(["brief"])
    assert (row.url, row.url_digest) == ("", "")
    with pytest.raises(Gone):
        await engine.resolve("brief")
    with pytest.raises(Conflict):
        await engine.generate("https://other.example/", alias="brief")
    assert (await engine.resolve(stays.code)).location == URL


async def test_purging_is_bounded(shortener: MakeShortener) -> None:
    clock = ManualClock()
    engine = await shortener(clock=clock)
    for number in range(12):
        await engine.generate(URL, alias=f"brief-{number}", expires_at=clock.time() + 10)
    assert [await engine.scans.purge(before=clock.time() + 11, limit=5) for _ in range(4)] == [5, 5, 2, 0]


async def test_a_deleted_link_is_gone_for_good(shortener: MakeShortener) -> None:
    engine = await shortener()
    link = await engine.generate(URL, alias="mine")
    await engine.resolve("mine")
    await engine.delete("mine")
    for verb in (engine.resolve, engine.delete, engine.stats, engine.link):
        with pytest.raises(NotFound):
            await verb("mine")
    with pytest.raises(Conflict):
        await engine.generate("https://other.example/", alias="mine")
    assert await engine.links() == []
    assert (await picture(engine)).my_links == ()
    assert await engine.room.names.owner("link", link.code) is None


async def test_a_link_belongs_to_its_owner(shortener: MakeShortener) -> None:
    engine = await shortener()
    link = await as_user("ada", engine.generate(URL))
    for verb in (engine.delete, engine.stats):
        with pytest.raises(NotFound):
            await as_user("bob", verb(link.code))
    assert [one.code for one in await as_user("ada", engine.links())] == [link.code]
    assert await as_user("bob", engine.links()) == []


async def test_pages_hold_every_link_once_newest_first(shortener: MakeShortener) -> None:
    clock = ManualClock()
    engine = await shortener(clock=clock, one_to_one="off")
    made = []
    for number in range(23):
        made.append((await as_user("ada", engine.generate(f"https://a.example/{number}"))).code)
        await clock.advance(0.5 if number % 3 else 0)  # some have the same time
    listed, before = [], None
    while page := await as_user("ada", engine.links(before=before, limit=5)):
        listed += [link.code for link in page]
        before = page[-1].created_at, page[-1].code
    assert sorted(listed) == sorted(made)
    by_time = {link.code: link.created_at for link in await as_user("ada", engine.links(limit=99))}
    assert [by_time[code] for code in listed] == sorted(by_time.values(), reverse=True)


async def test_a_repeated_call_with_its_key_is_one_call(shortener: MakeShortener) -> None:
    engine = await shortener(one_to_one="off")
    first = await engine.generate(URL, idempotency_key="k1")
    assert await engine.generate(URL, idempotency_key="k1") == first
    assert (await as_user("ada", engine.generate(URL, idempotency_key="k1"))).code != first.code
    with pytest.raises(Invalid):
        await engine.generate("https://other.example/", idempotency_key="k1")
    assert (await picture(engine)).totals.links == 2


async def test_calls_with_one_key_at_once_make_one_link(shortener: MakeShortener) -> None:
    engine = await shortener(one_to_one="off")
    asked = [engine.generate(URL, idempotency_key="k") for _ in range(10)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    codes = {one.code for one in answers if not isinstance(one, BaseException)}
    assert len(codes) == 1
    assert all(isinstance(one, Conflict) for one in answers if isinstance(one, BaseException))
    assert (await picture(engine)).totals.links == 1


async def test_a_call_that_failed_may_be_repeated_with_its_key(shortener: MakeShortener) -> None:
    engine = await shortener()
    await engine.generate("https://other.example/", alias="taken")
    with pytest.raises(Conflict):
        await engine.generate(URL, alias="taken", idempotency_key="k")
    assert (await engine.generate(URL, alias="free", idempotency_key="k")).code == "free"


@pytest.mark.parametrize("key", ["", "x" * 201])
async def test_a_key_has_bounds(shortener: MakeShortener, key: str) -> None:
    engine = await shortener()
    with pytest.raises(Invalid):
        await engine.generate(URL, idempotency_key=key)


@pytest.mark.parametrize(("replicas", "links"), [(1, 6), (2, 3)])
async def test_a_full_room_takes_no_more(shortener: MakeShortener, replicas: int, links: int) -> None:
    engine = await shortener(quota=Quota(rows=6), replicas=replicas, one_to_one="off")
    for number in range(links):
        await engine.generate(f"https://a.example/{number}")
    with pytest.raises(TooMany):
        await engine.generate(URL)
    assert (await picture(engine)).totals.links == links


@pytest.mark.parametrize("code", ["zzz", "x" * 500, "a b", "ä", "..", "%00"])
async def test_an_unknown_code_is_not_found(shortener: MakeShortener, code: str) -> None:
    engine = await shortener()
    for verb in (engine.resolve, engine.stats, engine.delete, engine.link):
        with pytest.raises(NotFound):
            await verb(code)


async def test_a_restart_keeps_links_and_shows_them(shortener: MakeShortener) -> None:
    before = await shortener(room="kept", one_to_one="bloom")
    links = [await before.generate(f"https://a.example/{n}") for n in range(30)]
    for link in links:
        await before.resolve(link.code)
    await before.delete(links[-1].code)
    await before.close()
    after = await shortener(room="kept", one_to_one="bloom")
    shown = await picture(after)
    assert [one.code for one in shown.my_links] == [link.code for link in reversed(links[9:29])]
    assert all(one.clicks == 1 for one in shown.my_links)
    assert (shown.totals.links, shown.clicks.seen, shown.bloom.added) == (30, 30, 29)
    for link in links[:-1]:
        assert (await after.resolve(link.code)).location == link.url
        assert (await after.generate(link.url)).code == link.code
    with pytest.raises(NotFound):
        await after.resolve(links[-1].code)


async def test_clearing_forgets_all_and_gives_names_back(shortener: MakeShortener) -> None:
    engine, other = await shortener(room="cleared"), await shortener()
    link = await engine.generate(URL, alias="named")
    kept = await other.generate(URL)
    await engine.close()
    await engine.clear()
    assert await engine.room.names.owner("link", link.code) is None
    assert [key async for key in engine.room.redis.scan_iter(match=engine.room.key("*"))] == []
    again = await shortener(room="cleared")
    assert ((await picture(again)).totals.links, (await picture(again)).clicks.made) == (0, 0)
    assert (await other.resolve(kept.code)).location == URL


async def test_a_room_full_of_long_urls_takes_no_more_and_keeps_what_it_has(shortener: MakeShortener) -> None:
    engine = await shortener(quota=Quota(bytes=5_000), one_to_one="off")
    made = [await engine.generate(f"https://long.example/{n}/{'x' * 1500}") for n in range(3)]
    with pytest.raises(TooMany, match="bytes"):
        await engine.generate("https://one.example/more")
    assert [(await engine.resolve(one.code)).status for one in made] == [302] * 3
    again = await shortener(room=engine.room.id, quota=Quota(bytes=5_000), one_to_one="off")
    assert again.shards.stats.bytes == engine.shards.stats.bytes > 5_000
