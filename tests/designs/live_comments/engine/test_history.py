"""Pages of history neither repeat nor skip, except by offset."""

from __future__ import annotations

import pytest

from designs.live_comments.engine.history import CURSORS
from designs.live_comments.engine.streams import MAIN
from designs.live_comments.engine.traffic import CommentTraffic
from sdlab.lab import Invalid, Operation
from tests.designs.live_comments.helpers import MakeLive, say, verdict


async def test_cursors_are_exact_while_comments_come_and_go(live: MakeLive) -> None:
    engine = await live()
    await say(engine, 30)
    first = await engine.read(MAIN, limit=10)
    await say(engine, 5)
    await engine.hide(MAIN, 15)
    second = await engine.read(MAIN, limit=10, cursor=first.next_cursor)
    last = await engine.read(MAIN, limit=10, cursor=second.next_cursor)
    seqs = [one.seq for page in (first, second, last) for one in page.comments]
    assert seqs == [*range(30, 15, -1), *range(14, 0, -1)]
    assert last.next_cursor is None


async def test_offsets_repeat_after_an_insert_and_skip_after_a_removal(live: MakeLive) -> None:
    engine = await live(pagination="offset")
    traffic = CommentTraffic(engine)
    await say(engine, 40)
    read = Operation("scroll", {"stream": MAIN, "limit": 10}, "reader-1")
    await traffic.perform(read)
    await say(engine, 2)
    await traffic.perform(read)
    assert (engine.checker.duplicates, engine.checker.gaps) == (2, 0)
    for seq in (42, 41, 40):
        await engine.hide(MAIN, seq)
    await traffic.perform(read)
    assert (engine.checker.duplicates, engine.checker.gaps) == (2, 3)
    assert not verdict(engine, "pages_exact")[0]


@pytest.mark.parametrize("total", [0, 1, 9, 10, 11, 50, 51, 60, 61, 73])
async def test_the_prefetch_cache_gives_the_same_pages_with_fewer_reads(live: MakeLive, total: int) -> None:
    engine = await live(pagination="prefetch")
    await say(engine, total)
    seqs: list[int] = []
    cursor, pages = None, 0
    while True:
        page = await engine.read(MAIN, limit=10, cursor=cursor)
        seqs += [one.seq for one in page.comments]
        pages += 1
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seqs == list(range(total, 0, -1))
    assert pages == max(1, -(-total // 10))
    assert engine.history.counters.reads == 1 + -(-max(0, pages - 1) // 5)


async def test_hiding_a_comment_empties_the_cached_pages(live: MakeLive) -> None:
    engine = await live(pagination="prefetch")
    await say(engine, 40)
    page = await engine.read(MAIN, limit=10)
    page = await engine.read(MAIN, limit=10, cursor=page.next_cursor)
    assert engine.history.cached_pages > 0
    await engine.hide(MAIN, 15)
    page = await engine.read(MAIN, limit=10, cursor=page.next_cursor)
    assert [one.seq for one in page.comments] == [20, 19, 18, 17, 16, 14, 13, 12, 11, 10]


@pytest.mark.parametrize("cursor", ["x", "!!!", "YWZ0ZXI6MQ", "YmVmb3JlOi0x", "é"])
async def test_what_is_no_cursor_is_refused(live: MakeLive, cursor: str) -> None:
    engine = await live()
    with pytest.raises(Invalid):
        await engine.read(MAIN, cursor=cursor)


def test_a_cursor_names_its_position() -> None:
    assert [CURSORS.decode(CURSORS.encode(seq)) for seq in (1, 20, 10**9)] == [(1,), (20,), (10**9,)]


async def test_a_page_that_was_being_read_when_a_comment_was_hidden_is_not_kept(live: MakeLive) -> None:
    engine = await live(pagination="prefetch")
    await say(engine, 60)
    read, first = engine.store.before, await engine.read(MAIN, limit=10)

    async def slow_read(*place: object, **options: object) -> object:
        found = await read(*place, **options)  # type: ignore[arg-type]
        await engine.hide(MAIN, 35)
        return found

    engine.store.before = slow_read  # type: ignore[method-assign, assignment]
    second = await engine.read(MAIN, cursor=first.next_cursor, limit=10)
    engine.store.before = read  # type: ignore[method-assign]
    third = await engine.read(MAIN, cursor=second.next_cursor, limit=10)
    assert [one.seq for one in third.comments] == [seq for seq in range(40, 29, -1) if seq != 35]
