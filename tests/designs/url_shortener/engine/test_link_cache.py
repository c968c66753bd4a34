"""The read cache: what it saves, what it forgets, and what happens without it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from designs.url_shortener.engine.engine import UrlShortener
from designs.url_shortener.engine.strategies import CACHES
from sdlab.lab import ManualClock
from tests.designs.url_shortener.conftest import MakeShortener, picture


def shard_calls(engine: UrlShortener) -> int:
    return sum(node.calls for node in engine.nodes.values() if node.spec.kind == "shard")


@pytest.mark.parametrize(("cache", "asked"), [("off", 6), ("lru", 1), ("ttl", 2)])
async def test_a_cache_spares_the_shards(shortener: MakeShortener, cache: str, asked: int) -> None:
    clock = ManualClock()
    engine = await shortener(clock=clock, cache=cache, cache_ttl_s=10)
    link = await engine.generate("https://a.example/")
    before = shard_calls(engine)
    for _ in range(6):
        await engine.resolve(link.code)
        await clock.advance(3)
    assert shard_calls(engine) - before == asked
    shown = (await picture(engine)).cache
    assert (shown.policy, shown.misses) == (CACHES[cache].label, 0 if cache == "off" else asked)
    assert shown.expirations == (1 if cache == "ttl" else 0)


async def test_the_least_recently_used_link_is_evicted(shortener: MakeShortener) -> None:
    engine = await shortener(cache_size=10, one_to_one="off")
    codes = [(await engine.generate(f"https://a.example/{n}")).code for n in range(11)]
    for code in [*codes[:10], codes[0], codes[10]]:
        await engine.resolve(code)
    shown = (await picture(engine)).cache
    assert (shown.held, shown.capacity, shown.evictions, shown.last_evicted) == (10, 10, 1, codes[1])
    assert [one.code for one in shown.newest] == [codes[10], codes[0], *reversed(codes[2:10])]


async def test_resizing_keeps_what_fits(shortener: MakeShortener) -> None:
    engine = await shortener(cache_size=40, one_to_one="off")
    codes = [(await engine.generate(f"https://a.example/{n}")).code for n in range(30)]
    for code in codes:
        await engine.resolve(code)
    await engine.configure(replace(engine.config, cache_size=10, cache="ttl"))
    shown = (await picture(engine)).cache
    assert [one.code for one in shown.newest] == list(reversed(codes[-10:]))
    await engine.configure(replace(engine.config, cache="off"))
    assert (await picture(engine)).cache.policy == "off"
    assert "cache" not in engine.nodes


async def test_a_flushed_cache_fills_up_again(shortener: MakeShortener) -> None:
    engine = await shortener()
    link = await engine.generate("https://a.example/")
    await engine.resolve(link.code)
    await engine.set_fault("cache", "flush")
    assert (await picture(engine)).cache.held == 0
    assert engine.feed.newest(1)[0].text == "cache flushed: 1 link forgotten"
    assert engine.faults() == ()
    await engine.resolve(link.code)
    assert (await picture(engine)).cache.held == 1


async def test_a_dead_cache_is_passed_by(shortener: MakeShortener) -> None:
    engine = await shortener()
    link = await engine.generate("https://a.example/")
    await engine.resolve(link.code)
    await engine.set_fault("cache", "down")
    before = shard_calls(engine)
    assert (await engine.resolve(link.code)).location == "https://a.example/"
    assert shard_calls(engine) == before + 1
    assert "the cache is down" in engine.feed.newest(1)[0].text


async def test_a_hit_touches_no_store(shortener: MakeShortener, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = await shortener(clock=ManualClock())
    link = await engine.generate("https://a.example/")
    await engine.resolve(link.code)

    def touched(*_: object, **__: object) -> None:
        raise AssertionError("a hit asked a store")

    with monkeypatch.context() as patched:
        patched.setattr(engine.room.sql, "read", touched)
        patched.setattr(engine.room.sql, "write", touched)
        patched.setattr(engine.room.redis, "execute_command", touched)
        assert (await engine.resolve(link.code)).location == "https://a.example/"
