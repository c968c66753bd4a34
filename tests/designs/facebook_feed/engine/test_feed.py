"""Posting, following and reading under every approach."""

from __future__ import annotations

from dataclasses import replace

import pytest

from designs.facebook_feed.api.schemas import BadCursor, position_in
from designs.facebook_feed.engine.demo_users import AUTHOR, CELEBRITY, FOLLOWER
from designs.facebook_feed.engine.engine import Feed
from designs.facebook_feed.engine.feed_table import FEED_KEPT
from designs.facebook_feed.engine.graph import room_edges
from designs.facebook_feed.engine.post_store import Post
from designs.facebook_feed.engine.strategies import FANOUTS
from designs.facebook_feed.inside.snapshot import build_snapshot
from sdlab.lab import Conflict, Forbidden, Invalid, ManualClock, NotFound, Unavailable, as_user
from tests.designs.facebook_feed.conftest import UNHURRIED, OpenFeed, all_pages, by, fans, verdicts

APPROACHES = pytest.mark.parametrize("fanout", list(FANOUTS))


async def posts_of(feed: Feed, authors: list[int]) -> list[int]:
    """Ids of posts by these authors, one each in that order."""
    made = [(await by(one, feed.post(f"post by {one}"))).id for one in authors]
    await feed.workers.settled()
    return made


@APPROACHES
async def test_a_post_is_in_every_followers_timeline_once(make_feed: OpenFeed, fanout: str) -> None:
    feed = await make_feed(fanout=fanout, **UNHURRIED)
    made = await posts_of(feed, [AUTHOR, CELEBRITY, AUTHOR])
    for reader in fans(AUTHOR)[:15]:
        shown = [one.id for one in (await by(reader, feed.timeline(size=50))).posts]
        assert [shown.count(one) for one in (made[0], made[2])] == [1, 1]
        assert shown == sorted(shown, reverse=True)
        assert (made[1] in shown) == feed.graph.follows(reader, CELEBRITY)
    stranger = next(n for n in range(2000) if n not in fans(AUTHOR) and n != AUTHOR)
    assert not {made[0], made[2]} & {one.id for one in (await by(stranger, feed.timeline(size=50))).posts}
    await feed.checker.check(everything=True)
    assert feed.monitors["delivered"].checked == 3
    assert verdicts(feed) == {}


@pytest.mark.parametrize(
    ("fanout", "written"),
    [("read", 0), ("write", 86 + 878), ("queue", 86 + 878), ("hybrid", 86)],
)
async def test_each_approach_writes_what_it_promises(make_feed: OpenFeed, fanout: str, written: int) -> None:
    feed = await make_feed(fanout=fanout, **UNHURRIED)
    await posts_of(feed, [AUTHOR, CELEBRITY])
    assert feed.writer.written == feed.costs.by_approach[fanout].writes == written
    assert feed.writer.rewritten == 0


async def test_reads_per_view_are_the_lists_that_were_read(make_feed: OpenFeed) -> None:
    feed = await make_feed(fanout="read")
    followees = room_edges().followees(FOLLOWER)
    assert (await by(FOLLOWER, feed.timeline())).lists_read == len(followees)
    hybrid = await make_feed(fanout="hybrid")
    popular = [one for one in followees if hybrid.graph.popularity(one) > hybrid.config.threshold]
    page = await by(FOLLOWER, hybrid.timeline())
    assert page.lists_read == 1 + len(popular)
    pushed = await make_feed(fanout="queue")
    assert (await by(FOLLOWER, pushed.timeline())).lists_read == 1


async def test_the_threshold_decides_and_a_post_keeps_its_way(make_feed: OpenFeed) -> None:
    feed = await make_feed(threshold=86, **UNHURRIED)
    assert (await by(AUTHOR, feed.post("written ahead"))).pushed
    await feed.configure(replace(feed.config, threshold=85))
    assert not (await by(AUTHOR, feed.post("merged"))).pushed
    await feed.workers.settled()
    page = await by(FOLLOWER, feed.timeline())
    assert [post.text for post in page.posts[:2]] == ["merged", "written ahead"]
    assert [post.id in page.ahead for post in page.posts[:2]] == [False, True]


async def test_switching_the_approach_loses_and_repeats_nothing(make_feed: OpenFeed) -> None:
    feed = await make_feed(**UNHURRIED)
    made = []
    for fanout in ("read", "queue", "hybrid", "write", "read"):
        await feed.configure(replace(feed.config, fanout=fanout))
        made += await posts_of(feed, [AUTHOR, CELEBRITY])
        shown = [one.id for one in await all_pages(feed, FOLLOWER, size=7)]
        assert len(set(shown)) == len(shown)
        assert set(made) <= set(shown)
    assert verdicts(feed) == {}


async def test_on_write_the_author_waits_and_behind_a_queue_nobody_does(make_feed: OpenFeed) -> None:
    waiting = await make_feed(fanout="write", worker_rate=2000)
    await by(CELEBRITY, waiting.post("slow"))
    queued = await make_feed(fanout="queue", worker_rate=2000)
    await by(CELEBRITY, queued.post("quick"))
    slow = waiting.costs.by_approach["write"].posting.quantile(0.5)
    quick = queued.costs.by_approach["queue"].posting.quantile(0.5)
    assert slow > 878 / 2000 * 1000 * 0.8
    assert quick < slow / 2
    assert waiting.writer.written == 878 > queued.writer.written


async def test_a_repeat_with_the_same_key_is_the_same_post(make_feed: OpenFeed) -> None:
    feed = await make_feed(**UNHURRIED)
    first = await by(AUTHOR, feed.post("once", key="k1"))
    again = await by(AUTHOR, feed.post("once", key="k1"))
    other = await by(FOLLOWER, feed.post("once", key="k1"))
    await feed.workers.settled()
    assert first.id == again.id != other.id
    assert [one.text for one in (await by(FOLLOWER, feed.timeline())).posts].count("once") == 1


@pytest.mark.parametrize("text", ["", "   ", "x" * 501, "a\x00b"])
async def test_bad_posts_are_refused(make_feed: OpenFeed, text: str) -> None:
    feed = await make_feed()
    before = feed.posts.total
    with pytest.raises(Invalid):
        await by(AUTHOR, feed.post(text))
    assert feed.posts.total == before


async def test_bad_readings_are_refused(make_feed: OpenFeed) -> None:
    feed = await make_feed()
    with pytest.raises(BadCursor):
        await by(FOLLOWER, feed.timeline(after=position_in("yesterday")))
    for size in (0, 101):
        with pytest.raises(Invalid):
            await by(FOLLOWER, feed.timeline(size=size))
    with pytest.raises(NotFound):
        await as_user("nobody", feed.timeline())
    with pytest.raises(NotFound):
        feed.members.number_of("nobody")
    with pytest.raises(NotFound):
        await feed.posts_of(99_999)
    with pytest.raises(NotFound):
        await feed.users.become(2, 0)


# Following


async def test_following_twice_is_once_and_nobody_follows_themselves(make_feed: OpenFeed) -> None:
    feed = await make_feed(**UNHURRIED)
    stranger = next(n for n in range(2000) if n not in fans(AUTHOR) and n != AUTHOR)
    assert await by(stranger, feed.follow(AUTHOR))
    assert not await by(stranger, feed.follow(AUTHOR))
    assert await by(stranger, feed.unfollow(AUTHOR))
    assert not await by(stranger, feed.unfollow(AUTHOR))
    with pytest.raises(Conflict):
        await by(AUTHOR, feed.follow(AUTHOR))


@APPROACHES
async def test_what_was_posted_before_comes_with_the_follow(make_feed: OpenFeed, fanout: str) -> None:
    feed = await make_feed(fanout=fanout, **UNHURRIED)
    made = await posts_of(feed, [AUTHOR, AUTHOR])
    stranger = next(n for n in range(2000) if n not in fans(AUTHOR) and n != AUTHOR)
    await by(stranger, feed.follow(AUTHOR))
    made += await posts_of(feed, [AUTHOR])
    shown = [one.id for one in await all_pages(feed, stranger, size=10)]
    assert [shown.count(one) for one in made] == [1, 1, 1]
    await feed.checker.check(everything=True)
    assert verdicts(feed) == {}


async def test_a_change_survives_and_counts(make_feed: OpenFeed) -> None:
    feed = await make_feed()
    await by(FOLLOWER, feed.unfollow(AUTHOR))
    await feed.close()
    again = await make_feed(room=feed.room.id)
    assert not again.graph.follows(FOLLOWER, AUTHOR)
    assert again.graph.popularity(AUTHOR) == len(fans(AUTHOR)) - 1
    assert AUTHOR not in {one.author for one in await all_pages(again, FOLLOWER, size=20)}


async def test_a_follow_that_fails_leaves_nothing(make_feed: OpenFeed) -> None:
    feed = await make_feed()
    stranger = next(n for n in range(2000) if n not in fans(AUTHOR) and n != AUTHOR)
    await feed.set_fault("feeds", "down")
    with pytest.raises(Unavailable):
        await by(stranger, feed.follow(AUTHOR))
    assert not feed.graph.follows(stranger, AUTHOR)
    assert await feed.stores.follows.followed(stranger, AUTHOR) is None


# Unfollow and delete


@pytest.mark.parametrize(("removal", "purged"), [("purge", True), ("filter", False)])
@APPROACHES
async def test_what_is_gone_is_on_no_page(
    make_feed: OpenFeed, fanout: str, removal: str, purged: bool
) -> None:
    feed = await make_feed(fanout=fanout, removal=removal, **UNHURRIED)
    kept, gone = await posts_of(feed, [AUTHOR, AUTHOR])
    await by(FOLLOWER, feed.timeline())
    await by(AUTHOR, feed.delete(gone))
    shown = {one.id for one in await all_pages(feed, FOLLOWER, size=10)}
    assert kept in shown
    assert gone not in shown
    await by(FOLLOWER, feed.unfollow(AUTHOR))
    assert AUTHOR not in {one.author for one in await all_pages(feed, FOLLOWER, size=10)}
    pushes = fanout != "read"
    assert (feed.removal.purged + feed.changes.purged > 0) == (purged and pushes)
    assert verdicts(feed) == {}


async def test_left_alone_it_stays_and_the_claim_says_so(make_feed: OpenFeed) -> None:
    feed = await make_feed(removal="leave", fanout="queue", **UNHURRIED)
    made = await posts_of(feed, [AUTHOR, AUTHOR])
    await by(AUTHOR, feed.delete(made[1]))
    assert made[1] in {one.id for one in (await by(FOLLOWER, feed.timeline())).posts}
    await by(FOLLOWER, feed.unfollow(AUTHOR))
    assert made[0] in {one.id for one in (await by(FOLLOWER, feed.timeline())).posts}
    seen = feed.monitors["gone"].view()
    assert seen.violations == 2
    assert [one.kind for one in seen.evidence] == ["write", "write", "read"]
    assert "acknowledged" in seen.evidence[1].text
    assert "is shown post" in seen.evidence[2].text
    assert seen.evidence[1].end <= seen.evidence[2].t
    await feed.configure(replace(feed.config, removal="purge"))
    assert not set(made) & {one.id for one in (await by(FOLLOWER, feed.timeline())).posts}


async def test_only_its_author_deletes_a_post(make_feed: OpenFeed) -> None:
    feed = await make_feed()
    post = await by(AUTHOR, feed.post("mine"))
    with pytest.raises(Forbidden):
        await by(FOLLOWER, feed.delete(post.id))
    await by(AUTHOR, feed.delete(post.id))
    for act in (lambda: by(AUTHOR, feed.delete(post.id)), lambda: feed.read_post(post.id)):
        with pytest.raises(NotFound):
            await act()


async def test_a_deletion_that_cannot_reach_the_feeds_still_holds(make_feed: OpenFeed) -> None:
    feed = await make_feed(fanout="queue", **UNHURRIED)
    (made,) = await posts_of(feed, [AUTHOR])
    await feed.set_fault("feeds", "down")
    await by(AUTHOR, feed.delete(made))
    await by(FOLLOWER, feed.unfollow(CELEBRITY))
    await feed.clear_fault()
    shown = await all_pages(feed, FOLLOWER, size=10)
    assert made not in {one.id for one in shown}
    assert CELEBRITY not in {one.author for one in shown}


# Pages


async def posts_of_one_second(make_feed: OpenFeed, cursor: str, fanout: str) -> tuple[list[int], list[int]]:
    """Ids made within one second, and those shown in pages of four."""
    clock = ManualClock()
    feed = await make_feed(clock=clock, cursor=cursor, fanout=fanout, **UNHURRIED)
    await clock.advance(100.0)
    made = [(await by(AUTHOR, feed.post(f"of one second {n}"))).id for n in range(10)]
    for _ in range(200):
        if all(id in feed.deliveries.placed for id in made):
            break
        await clock.advance(0.05)
        await feed.stores.feeds.is_built()
    shown = [one.id for one in await all_pages(feed, FOLLOWER, size=4, most=20)]
    return made, [id for id in shown if id in made]


@pytest.mark.parametrize("fanout", ["read", "queue"])
async def test_posts_of_one_second_neither_repeat_nor_vanish(make_feed: OpenFeed, fanout: str) -> None:
    made, shown = await posts_of_one_second(make_feed, "time_id", fanout)
    assert shown == made[::-1]


async def test_a_cursor_of_time_alone_skips_what_did_not_fit(make_feed: OpenFeed) -> None:
    made, shown = await posts_of_one_second(make_feed, "time", "queue")
    assert shown == made[::-1][:4]


async def test_a_cursor_of_time_alone_repeats_for_ever(make_feed: OpenFeed) -> None:
    made, shown = await posts_of_one_second(make_feed, "time_again", "queue")
    assert shown == made[::-1][:4] * 20


async def test_scrolling_goes_on_where_the_feed_was_cut_off(make_feed: OpenFeed) -> None:
    feed = await make_feed(fanout="queue", **UNHURRIED)
    stars = room_edges().followees(FOLLOWER)[-3:]
    made = [(await by(stars[n % 3], feed.post(f"{n}"))).id for n in range(FEED_KEPT + 60)]
    await feed.workers.settled()
    shown = [one.id for one in await all_pages(feed, FOLLOWER, size=90)]
    assert len(shown) == len(set(shown))
    assert set(made) <= set(shown)
    assert shown == sorted(shown, reverse=True)
    assert (await by(FOLLOWER, feed.timeline())).held == FEED_KEPT
    await feed.checker.check(everything=True)
    assert verdicts(feed) == {}


async def test_kept_pages_are_old_and_that_is_counted(make_feed: OpenFeed) -> None:
    clock = ManualClock()
    feed = await make_feed(clock=clock, page_cache="ahead", cache_ttl=60, fanout="read")
    first = await by(FOLLOWER, feed.timeline())
    post = await by(AUTHOR, feed.post("too late"))
    await clock.advance(30)
    old = await by(FOLLOWER, feed.timeline())
    assert post.id not in {one.id for one in old.posts}
    assert old.lists_read == 0 < len(first.posts)
    assert old.cached_s == 30.0
    seen = feed.page_cache
    assert (seen.hits, seen.misses, seen.stale_views, seen.unseen, seen.oldest_s) == (1, 1, 1, 1, 30.0)
    await clock.advance(31)
    assert (await by(FOLLOWER, feed.timeline())).posts[0].id == post.id


async def test_following_shows_at_once_even_with_kept_pages(make_feed: OpenFeed) -> None:
    feed = await make_feed(page_cache="ahead", fanout="read")
    await by(FOLLOWER, feed.timeline())
    await by(FOLLOWER, feed.unfollow(AUTHOR))
    assert AUTHOR not in {one.author for one in await all_pages(feed, FOLLOWER, size=20)}
    await by(FOLLOWER, feed.follow(AUTHOR))
    assert AUTHOR in {one.author for one in await all_pages(feed, FOLLOWER, size=20)}


async def test_a_cursor_may_lead_below_the_kept_pages(make_feed: OpenFeed) -> None:
    feed = await make_feed(page_cache="ahead", fanout="queue", **UNHURRIED)
    for number in range(70):
        await by(AUTHOR, feed.post(f"{number}"))
    await feed.workers.settled()
    everything = [one.id for one in await all_pages(feed, FOLLOWER, size=100)]
    feed.page_cache.clear()
    assert [one.id for one in await all_pages(feed, FOLLOWER, size=1, most=200)] == everything


# Hot posts


async def storm(feed: Feed, reads: int) -> None:
    """That many read the celebrity's newest post."""
    post = await by(CELEBRITY, feed.post("read me"))
    for _ in range(reads):
        assert (await feed.read_post(post.id)).id == post.id


async def test_partitioned_one_node_melts(make_feed: OpenFeed) -> None:
    clock = ManualClock()
    feed = await make_feed(clock=clock, hot_cache="partitioned", node_rate=50)
    await storm(feed, 120)
    asked = sorted(one.asked.total for one in feed.hot.nodes.values())
    refused = sorted(one.refused.total for one in feed.hot.nodes.values())
    assert asked == [0, 0, 120]
    assert refused == [0, 0, 70]
    assert feed.hot.rows.total == 71


async def test_replicated_all_nodes_share_the_load(make_feed: OpenFeed) -> None:
    clock = ManualClock()
    feed = await make_feed(clock=clock, hot_cache="replicated", node_rate=50)
    await storm(feed, 120)
    assert [one.asked.total for one in feed.hot.nodes.values()] == [40, 40, 40]
    assert feed.hot.rows.total == 3


async def test_without_a_cache_the_store_reads_all(make_feed: OpenFeed) -> None:
    feed = await make_feed(hot_cache="none")
    await storm(feed, 20)
    assert feed.hot.rows.total == 20
    assert build_snapshot(feed).store.hottest_reads == 20


async def test_a_node_that_is_down_costs_reads_and_nothing_else(make_feed: OpenFeed) -> None:
    feed = await make_feed(hot_cache="replicated")
    await feed.set_fault("cache-1", "down")
    await storm(feed, 9)
    assert feed.hot.rows.total == 3 + 2
    await feed.clear_fault()
    assert feed.hot.nodes["cache-1"].held.newest(1) == []
    await storm(feed, 9)
    assert verdicts(feed) == {}


async def test_own_posts_come_in_pages(make_feed: OpenFeed) -> None:
    feed = await make_feed(**UNHURRIED)
    made = [(await by(AUTHOR, feed.post(f"{n}"))).id for n in range(5)]
    first = await feed.posts_of(AUTHOR, count=3)
    second = await feed.posts_of(AUTHOR, below=first[-1].id, count=3)
    assert [one.id for one in first + second][:5] == made[::-1]


async def test_a_post_that_is_stored_while_somebody_looks_for_the_newest_is_found(
    make_feed: OpenFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = await make_feed(fanout="read")
    look, made = feed.posts.newest_of, []

    async def look_before_a_post(author: int, below: int, count: int) -> list[Post]:
        found = await look(author, below, count)
        if not made:
            made.extend(await posts_of(feed, [AUTHOR]))
        return found

    monkeypatch.setattr(feed.posts, "newest_of", look_before_a_post)
    assert await feed.posts.newest_id_of(AUTHOR) == made[0]
    assert await feed.posts.newest_id_of(AUTHOR) == made[0]
