"""One code per URL: index and Bloom filter, what they save, and the lock that a burst needs."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from designs.url_shortener.engine.engine import UrlShortener
from designs.url_shortener.engine.strategies import MAPPINGS
from sdlab.lab import ManualClock, Unavailable, as_user
from tests.designs.url_shortener.conftest import MakeShortener, picture


async def burst(engine: UrlShortener, url: str, clients: int = 40) -> set[str]:
    asked = [as_user(f"client-{n}", engine.generate(url), by_hand=False) for n in range(clients)]
    return {link.code for link in await asyncio.gather(*asked)}


@pytest.mark.parametrize("mapping", MAPPINGS)
async def test_a_url_gets_one_code_when_that_is_asked_for(shortener: MakeShortener, mapping: str) -> None:
    engine = await shortener(one_to_one=mapping)
    codes = {(await engine.generate(url)).code for url in ("https://A.example", "https://a.example/")}
    assert len(codes) == (2 if mapping == "off" else 1)
    named = await engine.generate("https://a.example/", alias="named")
    brief = await engine.generate("https://a.example/", expires_at=engine.clock.time() + 60)
    assert len(codes | {named.code, brief.code}) == len(codes) + 2, "a name or an end makes a link of its own"
    assert (await picture(engine)).invariants[2].applies == (mapping != "off")


@pytest.mark.parametrize("mapping", ["index", "bloom"])
async def test_a_deleted_links_url_may_have_a_new_code(shortener: MakeShortener, mapping: str) -> None:
    engine = await shortener(one_to_one=mapping)
    first = await engine.generate("https://a.example/")
    await engine.delete(first.code)
    second = await engine.generate("https://a.example/")
    assert second.code != first.code
    assert (await engine.generate("https://a.example/")).code == second.code
    assert engine.monitors["one_code_per_url"].violations == 0


async def test_the_filter_saves_the_lookups_of_new_urls(shortener: MakeShortener) -> None:
    engine = await shortener(one_to_one="bloom")
    for number in range(50):
        await as_user("load", engine.generate(f"https://a.example/{number}"), by_hand=False)
    for number in range(50):
        await as_user("load", engine.generate(f"https://a.example/{number}"), by_hand=False)
    shown = (await picture(engine)).bloom
    assert (shown.avoided, shown.lookups, shown.found, shown.false_positives) == (50, 50, 50, 0)
    assert (shown.added, shown.verdict) == (50, "perhaps seen: found")
    await engine.configure(replace(engine.config, one_to_one="index"))
    for number in range(50, 60):
        await as_user("load", engine.generate(f"https://a.example/{number}"), by_hand=False)
    assert ((await picture(engine)).bloom.lookups, (await picture(engine)).bloom.avoided) == (10, 0)


async def test_false_positives_come_as_often_as_theory_says(shortener: MakeShortener) -> None:
    engine = await shortener(one_to_one="bloom", bloom_capacity=200, bloom_error_pct=20.0, url_lock="off")
    for number in range(200):
        engine.one_to_one.urls.add(f"seen-{number}")
    asked = 2000
    for number in range(asked):
        found = await engine.one_to_one.mapping.existing(f"new-{number}", _nothing, decide=lambda _: None)
        assert found.link is None
    shown = (await picture(engine)).bloom
    assert shown.avoided + shown.false_positives == shown.unseen == asked
    assert shown.theory_pct == pytest.approx(20, rel=0.1)
    assert abs(shown.measured_pct - shown.theory_pct) < 5 * (0.2 * 0.8 / asked) ** 0.5 * 100


async def _nothing() -> None:
    return None


async def test_a_filter_that_is_switched_on_or_resized_knows_what_is_stored(
    shortener: MakeShortener,
) -> None:
    engine = await shortener(one_to_one="off")
    codes = [
        (await as_user("load", engine.generate(f"https://a.example/{n}"), by_hand=False)).code
        for n in range(30)
    ]
    for change in ({"one_to_one": "bloom"}, {"bloom_error_pct": 0.1}, {"bloom_capacity": 100}):
        await engine.configure(replace(engine.config, **change))
        assert (await picture(engine)).bloom.added == 30
        again = [
            (await as_user("load", engine.generate(f"https://a.example/{n}"), by_hand=False)).code
            for n in range(30)
        ]
        assert again == codes


async def test_links_made_while_the_filter_is_rebuilt_are_in_it(shortener: MakeShortener) -> None:
    engine = await shortener(one_to_one="bloom")
    for step in range(5):
        making = [
            asyncio.create_task(
                as_user("load", engine.generate(f"https://{step}.example/{n}"), by_hand=False)
            )
            for n in range(20)
        ]
        await asyncio.sleep(0)
        await engine.configure(replace(engine.config, bloom_capacity=1000 + 100 * step))
        made = await asyncio.gather(*making)
        for link in made:
            assert (await as_user("load", engine.generate(link.url), by_hand=False)).code == link.code
    assert engine.monitors["one_code_per_url"].violations == 0


@pytest.mark.parametrize("mapping", ["index", "bloom"])
async def test_a_burst_of_one_url_gets_one_code_with_the_lock(shortener: MakeShortener, mapping: str) -> None:
    engine = await shortener(one_to_one=mapping)
    for number in range(5):
        assert len(await burst(engine, f"https://{number}.example/")) == 1
    shown = (await picture(engine)).locks
    assert (shown.taken, shown.waited, shown.lapsed) == (200, 195, 0)
    assert engine.monitors["one_code_per_url"].violations == 0


@pytest.mark.parametrize("mapping", ["index", "bloom"])
async def test_a_burst_of_one_url_gets_several_codes_without(shortener: MakeShortener, mapping: str) -> None:
    engine = await shortener(one_to_one=mapping, url_lock="off")
    assert len(await burst(engine, "https://a.example/")) > 1
    verdict = engine.monitors["one_code_per_url"].view()
    assert verdict.violations > 0
    told = [step for step in verdict.evidence if "https://a.example/" in step.text]
    assert len(told) == 2
    assert len({step.actor for step in told}) == 2
    assert {step.kind for step in verdict.evidence} >= {"write", "step"}


async def test_a_lock_that_another_process_holds_is_waited_for(shortener: MakeShortener) -> None:
    clock = ManualClock()
    engine = await shortener(clock=clock)
    key = engine.room.key("lock", "d")
    await engine.room.redis.set(key, "somebody else")
    asking = asyncio.create_task(_hold(engine, key))
    for _ in range(3):
        await clock.advance(1)
        assert not asking.done()
    await engine.room.redis.delete(key)
    while not asking.done():
        await clock.advance(0.01)
    assert await asking
    assert await engine.room.redis.get(key) is None


async def test_a_lock_that_is_never_given_back_is_refused(shortener: MakeShortener) -> None:
    clock = ManualClock()
    engine = await shortener(clock=clock)
    key = engine.room.key("lock", "d")
    await engine.room.redis.set(key, "somebody else")
    asking = asyncio.create_task(_hold(engine, key))
    while not asking.done():
        await clock.advance(1)
    with pytest.raises(Unavailable):
        await asking
    assert await engine.room.redis.get(key) == "somebody else", "only its holder may give it back"


async def _hold(engine: UrlShortener, key: str) -> bool:
    async with engine.one_to_one.url_lock.hold(key, reach=lambda work: work()):
        return True


async def test_a_dead_lock_service_stops_creates_and_not_redirects(shortener: MakeShortener) -> None:
    engine = await shortener()
    link = await engine.generate("https://a.example/")
    await engine.set_fault("url-lock", "down")
    with pytest.raises(Unavailable):
        await engine.generate("https://b.example/")
    assert (await engine.resolve(link.code)).location == "https://a.example/"
    assert (await engine.generate("https://b.example/", alias="named")).code == "named"
