"""The frontier by itself: who holds what, and how often something waits."""

from __future__ import annotations

import pytest

from designs.web_crawler.engine.frontier import BACK_QUEUES, Entry, Frontier, Take
from tests.designs.web_crawler.conftest import Make

pytestmark = pytest.mark.virtual_time
ONE = Entry(7, 1, "http://quiet-river.test/", "quiet-river.test", 0, 1)


async def take(frontier: Frontier, who: str, now: int) -> Take:
    return await frontier.take(
        who, now_ms=now, until_ms=now + 2_000, most=4, polite=True, forget=False, gap_ms=200
    )


async def test_a_lease_is_held_by_its_token_alone_and_never_lasts_shorter(crawler: Make) -> None:
    frontier = (await crawler()).frontier
    await frontier.put([ONE], now_ms=1_000)
    first = (await take(frontier, "a", 1_000)).entries[0][1]
    assert await frontier.hold([(ONE.number, first)], 4_000) == {ONE.number}
    assert await frontier.hold([(ONE.number, first)], 2_000) == {ONE.number}
    assert (await take(frontier, "b", 3_900)).entries == []
    found = await take(frontier, "b", 4_100)
    assert found.expired == 1
    second = found.entries[0][1]
    assert await frontier.hold([(ONE.number, first)], 9_000) == set()
    assert await frontier.hold([(ONE.number, second)], 9_000) == {ONE.number}
    assert await frontier.hold([], 9_000) == set()


async def test_many_addresses_of_one_host_do_not_keep_the_others_waiting(crawler: Make) -> None:
    frontier = Frontier((await crawler()).room.redis, "frontier-of-a-large-host", back_room=10)
    large = [Entry(n, 1, f"http://large.test/{n}", "large.test", 0, 1) for n in range(1, 31)]
    small = [Entry(100 + n, 1, f"http://small-{n}.test/", f"small-{n}.test", 0, 2) for n in range(5)]
    await frontier.put([*large, *small], now_ms=1_000)
    took = await frontier.take(
        "a", now_ms=1_000, until_ms=3_000, most=50, polite=True, forget=False, gap_ms=9
    )
    assert {entry.host for entry, _ in took.entries} == {"large.test", *(one.host for one in small)}


async def test_enough_hosts_have_something_and_the_rest_waits_in_front(
    crawler: Make,
) -> None:
    frontier = Frontier((await crawler()).room.redis, "frontier-of-many-hosts", back_room=10)
    many = [Entry(n, 1, f"http://h{n}.test/", f"h{n}.test", 0, 1) for n in range(1, BACK_QUEUES + 101)]
    await frontier.put(many, now_ms=1_000)
    took = await frontier.take(
        "a", now_ms=1_000, until_ms=3_000, most=99, polite=True, forget=False, gap_ms=9
    )
    assert {entry.number for entry, _ in took.entries} == set(range(1, BACK_QUEUES + 1))


async def test_what_is_to_be_read_again_twice_waits_once(crawler: Make) -> None:
    frontier = (await crawler()).frontier
    for _ in range(2):
        await frontier.read_again([ONE])
        assert await frontier.left(ONE.crawl) == 1
    took = await frontier.take_raw("x", now_ms=1_000, until_ms=3_000, most=5)
    assert [entry for entry, _ in took.entries] == [ONE]
    await frontier.finish_raw([ONE])
    assert await frontier.left(ONE.crawl) == 0
