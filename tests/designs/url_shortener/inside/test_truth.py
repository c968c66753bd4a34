"""What a panel says that it reads is what the stores hold: rows and keys are changed behind the system."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
import sqlalchemy as sa

from designs.url_shortener.engine.engine import UrlShortener
from designs.url_shortener.engine.shards.rows import LINKS
from designs.url_shortener.engine.traffic import ShortenerTraffic
from designs.url_shortener.inside.views import Snapshot
from sdlab.lab import Operation, Unavailable, as_user
from tests.designs.url_shortener.conftest import MakeShortener, picture

HOST = "https://a.example"


async def used(shortener: MakeShortener, **config: object) -> UrlShortener:
    engine = await shortener(one_to_one="off", **config)
    for number in range(12):
        await engine.generate(f"{HOST}/{number}", alias=f"link-{number}")
        await engine.generate(f"{HOST}/drawn/{number}")
        await engine.resolve(f"link-{number}")
    return engine


async def flush_keys(engine: UrlShortener) -> None:
    keys = [key async for key in engine.room.redis.scan_iter(match=engine.room.key("*"))]
    await engine.room.redis.unlink(*keys)


async def test_emptied_stores_are_shown_empty(shortener: MakeShortener) -> None:
    engine = await used(shortener)
    before = await picture(engine)
    assert (before.totals.links, before.totals.rows, before.clicks.seen, len(before.my_links)) == (
        24,
        24,
        12,
        20,
    )
    assert before.generator.counter > 0
    assert sum(one.left for one in before.generator.servers) > 0
    await flush_keys(engine)
    emptied = await picture(engine)
    assert (emptied.generator.counter, [one.left for one in emptied.generator.servers]) == (0, [0, 0, 0])
    assert (emptied.clicks.made, emptied.clicks.seen, emptied.clicks.seen_pct) == (0, 0, None)
    assert {one.clicks for one in emptied.my_links} == {0}
    assert emptied.totals.links == 24, "the rows are in another store"
    gone = sa.delete(LINKS).where(LINKS.c.room == engine.room.id)
    await engine.room.sql.write(lambda connection: connection.execute(gone).rowcount)
    emptied = await picture(engine)
    assert (emptied.totals.links, emptied.totals.rows, emptied.my_links) == (0, 0, ())
    assert [one.codes for one in emptied.shard_map.shards] == [0, 0, 0]
    assert emptied.shard_map.sigma_pct is None
    assert emptied.generator.used == 0


async def test_changed_rows_and_keys_are_shown_changed(shortener: MakeShortener) -> None:
    engine = await used(shortener)
    moved = sa.update(LINKS).where(LINKS.c.room == engine.room.id, LINKS.c.shard == 0).values(shard=1)
    changed = await engine.room.sql.write(lambda connection: connection.execute(moved).rowcount)
    assert changed > 0
    await engine.clicks.flush()
    await engine.room.redis.hset(engine.clicks.per_link_key, "link-11", "77")
    await engine.room.redis.set(engine.keys.counter.key(7), 5)
    shown = await picture(engine)
    assert (shown.shard_map.shards[0].codes, shown.generator.counter) == (0, 5)
    assert {one.code: one.clicks for one in shown.my_links}["link-11"] == 77


async def test_an_untouched_lab_claims_to_know_nothing(shortener: MakeShortener) -> None:
    engine = await shortener()
    for shown in (Snapshot(), await picture(engine)):
        assert (shown.clicks.seen_pct, shown.cache.recent_hit_ratio_pct, shown.bloom.measured_pct) == (
            None,
        ) * 3
        assert (shown.shard_map.sigma_pct, shown.latency.reads.p50, shown.latency.writes.p99) == (None,) * 3


async def test_panels_agree_where_they_name_the_same_fact(shortener: MakeShortener) -> None:
    engine = await used(shortener, replicas=2)
    shown = await picture(engine)
    assert (
        shown.totals.links == shown.shard_map.total == sum(one.codes for one in shown.shard_map.shards) == 24
    )
    assert shown.totals.rows == 48
    assert shown.totals.creates == 24
    assert shown.generator.made == 12, "an alias is made by nobody"
    assert shown.generator.used == 12 + sum(len(f"link-{n}") == 7 for n in range(12))


# Wrong pictures


async def test_p10_rows_that_the_race_overwrote_are_no_false_positives(shortener: MakeShortener) -> None:
    engine = await shortener(allocator_lock="off", key_servers=1, range_size=10, code_length=2)
    made: dict[str, set[str]] = {}
    while not engine.monitors["one_url_per_code"].violations:
        urls = [f"{HOST}/{len(made)}/{n}" for n in range(40)]
        links = await _at_once(engine, urls)
        made |= {url: {code} for url, code in zip(urls, links, strict=True)}
    await engine.configure(replace(engine.config, allocator_lock="on"))
    await _at_once(engine, list(made))
    shown = (await picture(engine)).bloom
    assert shown.gone > 0
    assert shown.false_positives <= 2
    assert shown.verdict


async def _at_once(engine: UrlShortener, urls: list[str]) -> list[str]:
    asked = [as_user("load", engine.generate(url), by_hand=False) for url in urls]
    return [link.code for link in await asyncio.gather(*asked)]


async def test_p11_a_shard_that_is_down_is_not_blamed_on_browsers(shortener: MakeShortener) -> None:
    engine = await shortener(redirect="302", cache="off", shards=1)
    traffic = ShortenerTraffic(engine)
    await traffic.perform(Operation("create", {"number": 0, "url": f"{HOST}/"}))
    for _ in range(3):
        await traffic.perform(Operation("open", {"number": 0}, "ada"))
    await engine.set_fault("shard-0", "down")
    with pytest.raises(Unavailable):
        await traffic.perform(Operation("open", {"number": 0}, "ada"))
    shown = (await picture(engine)).clicks
    assert (shown.made, shown.seen, shown.seen_pct) == (4, 3, 75.0)
    assert (shown.failed, shown.browsers, shown.missed, shown.under_way) == (1, 0, 0, 0)


async def test_p12_the_bits_of_a_snowflake_id_can_be_read(shortener: MakeShortener) -> None:
    engine = await shortener(generator="snowflake", one_to_one="off")
    await engine.generate(f"{HOST}/")
    fields = (await picture(engine)).generator.last.fields
    assert [one.label for one in fields] == ["ms since 2024", "data centre", "worker", "sequence"]
    assert [len(one.digits) for one in fields] == [one.bits for one in fields] == [41, 6, 4, 12]
    assert [int(one.digits, 2) for one in fields] == [int(one.value.replace(",", "")) for one in fields]
