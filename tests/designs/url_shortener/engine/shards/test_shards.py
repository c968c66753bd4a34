"""Shards: rows move and heal while reads go on; a dead one is missed, unless it has a replica."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace

import pytest

from designs.url_shortener.engine.engine import UrlShortener
from designs.url_shortener.engine.owner_links import ShortLink
from sdlab.lab import NotFound, Unavailable, as_user
from tests.designs.url_shortener.conftest import MakeShortener, picture


async def links_of(engine: UrlShortener, count: int, *, host: str = "a.example") -> list[ShortLink]:
    asked = [as_user("load", engine.generate(f"https://{host}/{n}"), by_hand=False) for n in range(count)]
    return list(await asyncio.gather(*asked))


async def all_found(engine: UrlShortener, links: list[ShortLink]) -> None:
    for link in links:
        assert (await as_user("load", engine.resolve(link.code), by_hand=False)).location == link.url


async def settled(engine: UrlShortener) -> None:
    await asyncio.wait_for(engine.shards.settled.wait(), 10)
    assert not engine.shards.rebalancing.pending
    assert not engine.shards.replicas.behind


async def rows(engine: UrlShortener) -> list[tuple[int, str]]:
    """Copy number and code of every row that is where it belongs; all must be."""
    found = await engine.room.sql.read(
        lambda c: c.exec_driver_sql(
            "SELECT shard, copy, code FROM url_shortener_link WHERE room = ?", (engine.room.id,)
        ).all()
    )
    misplaced = [row for row in found if row[0] != engine.shards.placement.owner(row[2])]
    assert misplaced == []
    return sorted((row[1], row[2]) for row in found)


CHANGES = [
    pytest.param({}, {"shards": 4}, 1 / 4, id="ring 3 to 4"),
    pytest.param({}, {"shards": 2}, 1 / 3, id="ring 3 to 2"),
    pytest.param({"placement": "modulo"}, {"shards": 4}, 3 / 4, id="modulo 3 to 4"),
    pytest.param({"placement": "modulo"}, {"shards": 2}, 2 / 3, id="modulo 3 to 2"),
    pytest.param({}, {"placement": "modulo"}, 2 / 3, id="ring to modulo"),
    pytest.param({"shards": 1}, {"shards": 8}, 7 / 8, id="ring 1 to 8"),
    pytest.param({"shards": 8}, {"shards": 1}, 7 / 8, id="ring 8 to 1"),
]


@pytest.mark.parametrize(("config", "change", "share"), CHANGES)
async def test_a_new_layout_moves_as_many_rows_as_theory_says_and_loses_none(
    shortener: MakeShortener, config: dict, change: dict, share: float
) -> None:
    engine = await shortener(cache="off", one_to_one="off", virtual_nodes=256, **config)
    links = await links_of(engine, 400)
    await engine.configure(replace(engine.config, **change))
    await settled(engine)
    shown = (await picture(engine)).shard_map
    assert shown.moved_pct / 100 == pytest.approx(share, abs=0.12)
    assert shown.moved == round(shown.moved_of * shown.moved_pct / 100)
    assert sum(one.codes for one in shown.shards) == shown.total == 400
    assert len(await rows(engine)) == 400
    await all_found(engine, links)
    if "shards" in change:
        ring, modulo = shown.ring_would_pct, shown.modulo_would_pct
        assert ring < modulo or 1 in (config.get("shards"), change["shards"])


async def test_reads_and_writes_go_on_while_rows_move(shortener: MakeShortener) -> None:
    engine = await shortener(cache="off", one_to_one="off", placement="modulo")
    links = await links_of(engine, 300)
    stop = asyncio.Event()
    checked = itertools.count()

    async def reader() -> None:
        while not stop.is_set():
            link = links[next(checked) % len(links)]
            assert (await as_user("load", engine.resolve(link.code), by_hand=False)).location == link.url

    async def writer(number: int) -> None:
        for count in itertools.count():
            if stop.is_set():
                return
            links.append(
                await as_user("load", engine.generate(f"https://w.example/{number}/{count}"), by_hand=False)
            )

    tasks = [asyncio.create_task(reader()) for _ in range(4)]
    tasks += [asyncio.create_task(writer(number)) for number in range(2)]
    for shards in (5, 2, 8, 3):
        await engine.configure(replace(engine.config, shards=shards))
    stop.set()
    await asyncio.gather(*tasks)
    await settled(engine)
    assert next(checked) > 50
    assert len(await rows(engine)) == len(links)
    await all_found(engine, links)


async def test_a_move_that_a_killed_process_left_half_done_goes_on(shortener: MakeShortener) -> None:
    engine = await shortener(room="halfway", one_to_one="off", cache="off")
    links = await links_of(engine, 200)
    await engine.set_fault("shard-1", "down")
    await engine.configure(replace(engine.config, shards=5))
    assert engine.shards.rebalancing.pending, "rows of a dead shard cannot move"
    await engine.close()
    again = await shortener(room="halfway", one_to_one="off", cache="off", shards=5)
    await settled(again)
    assert len(await rows(again)) == 200
    await all_found(again, links)


async def test_rows_of_a_dead_shard_move_once_it_is_back(shortener: MakeShortener) -> None:
    engine = await shortener(one_to_one="off", cache="off")
    links = await links_of(engine, 200)
    await engine.set_fault("shard-1", "down")
    await engine.configure(replace(engine.config, shards=4))
    assert (await picture(engine)).shard_map.moving
    await engine.clear_fault("shard-1")
    await settled(engine)
    assert len(await rows(engine)) == 200
    await all_found(engine, links)


async def test_a_dead_shard_takes_its_links_along_but_not_the_others(shortener: MakeShortener) -> None:
    engine = await shortener(one_to_one="off", cache_size=10)
    links = await links_of(engine, 90)
    there = [link for link in links if engine.shards.placement.owner(link.code) == 1]
    elsewhere = [link for link in links if link not in there]
    warm, cold = there[0], there[1]
    await engine.resolve(warm.code)
    await engine.set_fault("shard-1", "down")
    assert (await engine.resolve(warm.code)).location == warm.url, "the cache still has it"
    with pytest.raises(Unavailable):
        await engine.resolve(cold.code)
    await all_found(engine, elsewhere[:10])
    answers = await asyncio.gather(
        *[as_user("load", engine.generate(f"https://b.example/{n}"), by_hand=False) for n in range(30)],
        return_exceptions=True,
    )
    refused = [one for one in answers if isinstance(one, BaseException)]
    assert 0 < len(refused) < 30
    assert all(isinstance(one, Unavailable) for one in refused)
    for _ in range(3):
        await engine.checker.check_links()
    assert engine.monitors["acknowledged_found"].violations == 0, "unavailable is not lost"
    await engine.clear_fault()
    await all_found(engine, links)


async def test_with_a_replica_a_dead_shard_is_not_missed(shortener: MakeShortener) -> None:
    engine = await shortener(one_to_one="off", cache="off", replicas=2)
    links = await links_of(engine, 60)
    await engine.set_fault("shard-1", "down")
    await all_found(engine, links)
    links += await links_of(engine, 60, host="b.example")
    gone = next(link for link in links if engine.shards.placement.owner(link.code) == 1)
    await as_user("load", engine.delete(gone.code))
    links.remove(gone)
    assert (await picture(engine)).shard_map.shards[1].behind
    await engine.clear_fault()
    await settled(engine)
    await engine.set_fault("shard-1-replica", "down")
    await all_found(engine, links)
    with pytest.raises(NotFound):
        await engine.resolve(gone.code)


async def test_a_copy_that_missed_a_write_serves_nobody_until_it_has_caught_up(
    shortener: MakeShortener,
) -> None:
    engine = await shortener(one_to_one="off", cache="off", replicas=2, shards=1)
    await engine.set_fault("shard-0", "down")
    (link,) = await links_of(engine, 1)
    await engine.set_fault("shard-0-replica", "down")
    await engine.clear_fault("shard-0")
    with pytest.raises(Unavailable):
        await engine.resolve(link.code)
    with pytest.raises(Unavailable):
        await engine.generate("https://b.example/")
    await engine.clear_fault()
    await settled(engine)
    assert (await engine.resolve(link.code)).location == link.url
    assert await rows(engine) == [(0, link.code), (1, link.code)]


async def test_flaky_copies_lose_nothing(shortener: MakeShortener) -> None:
    engine = await shortener(one_to_one="off", cache="off", replicas=2, shards=2)
    for node in ("shard-0", "shard-1-replica"):
        await engine.set_fault(node, "flaky", 50)
    answers = await asyncio.gather(
        *[as_user("load", engine.generate(f"https://a.example/{n}"), by_hand=False) for n in range(100)],
        return_exceptions=True,
    )
    links = [one for one in answers if isinstance(one, ShortLink)]
    assert len(links) > 50
    await engine.clear_fault()
    await settled(engine)
    await all_found(engine, links)
    by_copy = [[code for copy, code in await rows(engine) if copy == which] for which in (0, 1)]
    assert by_copy[0] == by_copy[1]


async def test_copies_are_made_and_dropped_while_the_system_runs(shortener: MakeShortener) -> None:
    engine = await shortener(one_to_one="off", cache="off")
    links = await links_of(engine, 100)
    await engine.configure(replace(engine.config, replicas=2))
    await settled(engine)
    assert len(await rows(engine)) == 200
    assert engine.shards.stats.rows == 200
    await engine.set_fault("shard-0", "down")
    links += await links_of(engine, 50, host="b.example")
    await engine.configure(replace(engine.config, replicas=1))
    await engine.clear_fault()
    await settled(engine)
    assert len(await rows(engine)) == 150
    await all_found(engine, links)


async def test_who_is_behind_is_remembered_over_a_restart(shortener: MakeShortener) -> None:
    engine = await shortener(room="behind", one_to_one="off", cache="off", replicas=2, shards=1)
    links = await links_of(engine, 20)
    await engine.set_fault("shard-0", "down")
    links += await links_of(engine, 20, host="b.example")
    await engine.close()
    again = await shortener(room="behind", one_to_one="off", cache="off", replicas=2, shards=1)
    await settled(again)
    await all_found(again, links)
    assert len(await rows(again)) == 80


async def test_a_slow_shard_is_slow_and_a_paused_one_waits(shortener: MakeShortener) -> None:
    engine = await shortener(one_to_one="off", cache="off", shards=1)
    (link,) = await links_of(engine, 1)
    await engine.set_fault("shard-0", "slow", 30)
    await engine.resolve(link.code)
    assert (await picture(engine)).latency.misses.p50 >= 25
    await engine.set_fault("shard-0", "paused")
    waiting = asyncio.create_task(engine.resolve(link.code))
    await asyncio.sleep(0)
    await engine.clear_fault()
    assert (await waiting).location == link.url
