"""Workers that end, queues and tables that do not answer, processes that are killed: no feed misses a post."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from designs.facebook_feed.engine.demo_users import AUTHOR, CELEBRITY, FOLLOWER
from designs.facebook_feed.engine.engine import Feed
from designs.facebook_feed.engine.feed_table import FEED_KEPT
from designs.facebook_feed.engine.nodes import worker_ids
from designs.facebook_feed.engine.traffic import FeedTraffic
from designs.facebook_feed.inside.snapshot import build_snapshot
from designs.facebook_feed.workloads import churn, crashes, everyday, scrollers
from sdlab.lab import LabError, Operation, Quota, Unavailable
from tests.designs.facebook_feed.conftest import UNHURRIED, OpenFeed, all_pages, by, fans, verdicts

AT_ONCE = 64
SLOW = {"fanout": "queue", "worker_rate": 1000, "workers": 2}


@pytest.fixture
def quickly_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs of ended workers are claimed after 50 ms; live ones speak up more often than that."""
    monkeypatch.setattr("designs.facebook_feed.engine.jobs.CLAIM_AFTER", 0.05)
    monkeypatch.setattr("designs.facebook_feed.engine.workers.HEARTBEAT", 0.01)
    monkeypatch.setattr("designs.facebook_feed.engine.workers.LOOK_EVERY", 0.05)


async def until(true: Callable[[], bool]) -> None:
    """Let everything else run until it is so."""
    while not true():  # noqa: ASYNC110 - what is waited for has no event
        await asyncio.sleep(0.001)


async def in_the_middle(feed: Feed, post: int) -> str:
    """The worker that has written some of a post's entries, and not all."""
    await until(lambda: bool((one := feed.deliveries.recent.get(post)) and one.reached))
    delivery = feed.deliveries.recent.get(post)
    assert delivery is not None
    assert 0 < len(delivery.reached) < delivery.followers
    return delivery.worker


async def lacking(feed: Feed, post: int) -> int:
    """How many followers' feeds do not have that post."""
    found = (await feed.posts.read([post]))[post]
    return len(await feed.stores.feeds.missing(found.entry, feed.graph.followers(found.author)))


async def test_another_worker_finishes_what_one_left(make_feed: OpenFeed, quickly_claimed: None) -> None:
    feed = await make_feed(**SLOW)
    post = await by(CELEBRITY, feed.post("on its way"))
    worker = await in_the_middle(feed, post.id)
    await feed.set_fault(worker, "down")
    assert await lacking(feed, post.id) > 0
    await feed.workers.settled()
    assert await lacking(feed, post.id) == 0
    assert build_snapshot(feed).queue.claimed == 1
    assert feed.writer.rewritten > 0
    await feed.checker.check(everything=True)
    assert verdicts(feed) == {}


async def test_a_job_acknowledged_early_dies_with_its_worker(
    make_feed: OpenFeed, quickly_claimed: None
) -> None:
    feed = await make_feed(ack="before", **SLOW)
    post = await by(CELEBRITY, feed.post("half of it"))
    worker = await in_the_middle(feed, post.id)
    await feed.set_fault(worker, "down")
    await feed.workers.settled()
    missing = await lacking(feed, post.id)
    assert missing > 0
    await feed.checker.check(everything=True)
    seen = feed.monitors["delivered"].view()
    assert seen.violations == 1
    assert [one.actor for one in seen.evidence[:2]] == ["Hugo Banerjee", feed.node(worker).spec.label]
    assert f"{missing:,} feeds lack post {post.id}" in seen.evidence[-1].text
    assert feed.checker.lost == missing
    await feed.clear_fault()
    await feed.workers.settled()
    assert await lacking(feed, post.id) == missing


async def test_who_works_slowly_is_not_robbed(make_feed: OpenFeed, quickly_claimed: None) -> None:
    feed = await make_feed(**SLOW)
    await by(CELEBRITY, feed.post("slowly"))
    await feed.workers.settled()
    assert build_snapshot(feed).queue.claimed == 0
    assert feed.writer.rewritten == 0


async def test_all_workers_end_and_come_back(make_feed: OpenFeed, quickly_claimed: None) -> None:
    feed = await make_feed(fanout="queue", **UNHURRIED)
    for id in worker_ids(feed.config):
        await feed.set_fault(id, "down")
    made = [await by(AUTHOR, feed.post(f"{n}")) for n in range(5)]
    assert [await lacking(feed, one.id) for one in made] == [86] * 5
    assert feed.monitors["delivered"].violations == 0
    await feed.clear_fault()
    await feed.workers.settled()
    assert [await lacking(feed, one.id) for one in made] == [0] * 5


async def test_posts_wait_while_the_queue_is_down(make_feed: OpenFeed) -> None:
    feed = await make_feed(fanout="queue", **UNHURRIED)
    await feed.set_fault("queue", "down")
    post = await by(AUTHOR, feed.post("accepted"))
    assert feed.relay.waiting == 1
    await feed.clear_fault()
    await feed.workers.settled()
    assert await lacking(feed, post.id) == 0


async def test_workers_wait_while_the_feed_table_is_down(make_feed: OpenFeed) -> None:
    feed = await make_feed(fanout="queue", **UNHURRIED)
    await feed.set_fault("feeds", "down")
    post = await by(AUTHOR, feed.post("accepted"))
    await until(lambda: feed.nodes["feeds"].errors > 0)
    await feed.clear_fault()
    await feed.workers.settled()
    assert await lacking(feed, post.id) == 0


async def test_a_post_that_failed_half_way_comes_after_all(make_feed: OpenFeed) -> None:
    feed = await make_feed(fanout="write", **UNHURRIED)
    await feed.set_fault("feeds", "down")
    with pytest.raises(Unavailable):
        await by(AUTHOR, feed.post("told that it failed"))
    id = feed.posts.last_id
    await feed.clear_fault()
    await until(lambda: id in feed.deliveries.placed)
    assert await lacking(feed, id) == 0


async def test_without_the_post_store_nothing_is_accepted(make_feed: OpenFeed) -> None:
    feed = await make_feed()
    await feed.set_fault("posts", "down")
    with pytest.raises(Unavailable):
        await by(AUTHOR, feed.post("no"))
    await feed.clear_fault()
    assert "no" not in [one.text for one in (await by(FOLLOWER, feed.timeline())).posts]


async def test_more_and_fewer_workers(make_feed: OpenFeed, quickly_claimed: None) -> None:
    feed = await make_feed(**SLOW)
    posts = [await by(AUTHOR, feed.post(f"{n}")) for n in range(6)]
    for workers in (6, 1, 3):
        await feed.configure(replace(feed.config, workers=workers, worker_rate=workers * 1000))
        assert list(feed.workers.all) == worker_ids(feed.config)
    await feed.workers.settled()
    assert [await lacking(feed, one.id) for one in posts] == [0] * 6


@pytest.mark.parametrize("fanout", ["queue", "write", "hybrid"])
async def test_an_engine_that_ends_in_the_middle_goes_on_when_opened(
    make_feed: OpenFeed, quickly_claimed: None, fanout: str
) -> None:
    feed = await make_feed(**{**SLOW, "fanout": fanout}, threshold=100)
    posting = asyncio.create_task(by(AUTHOR, feed.post("in the middle")))
    await until(lambda: any(one.reached for one in feed.deliveries.recent.newest(1)))
    id = feed.deliveries.recent.newest(1)[0].post.id
    posting.cancel()
    await asyncio.gather(posting, return_exceptions=True)
    await feed.close()
    assert await lacking(feed, id) > 0
    again = await make_feed(room=feed.room.id, fanout=fanout, **UNHURRIED)
    await again.workers.settled()
    assert await lacking(again, id) == 0
    await again.checker.check(everything=True)
    assert verdicts(again) == {}


async def test_lost_lists_are_made_again_from_the_rows(make_feed: OpenFeed) -> None:
    feed = await make_feed(fanout="queue", **UNHURRIED)
    made = [(await by(one, feed.post(f"{n}"))).id for n, one in enumerate((AUTHOR, CELEBRITY) * 3)]
    await feed.workers.settled()
    before = [one.id for one in (await by(FOLLOWER, feed.timeline(size=100))).posts]
    await feed.close()
    keys = [key async for key in feed.room.redis.scan_iter(match=feed.room.key("*"), count=1000)]
    await feed.room.redis.unlink(*keys)
    again = await make_feed(room=feed.room.id, fanout="queue", **UNHURRIED)
    assert [one.id for one in (await by(FOLLOWER, again.timeline(size=100))).posts] == before
    assert set(made) <= set(before)


async def test_a_feed_keeps_its_newest(make_feed: OpenFeed) -> None:
    feed = await make_feed(fanout="queue", **UNHURRIED)
    entries = [
        (f"{n:010d}{n:010d}:{AUTHOR}", [FOLLOWER])
        for n in range(1_900_000_000, 1_900_000_000 + FEED_KEPT + 5)
    ]
    await feed.stores.feeds.deliver(entries)
    kept, size = await feed.stores.feeds.read(FOLLOWER, "+", FEED_KEPT + 10)
    assert len(kept) == size == FEED_KEPT
    assert kept[0].written == entries[-1][0]
    assert await feed.stores.feeds.deliver(entries[-1:]) == 0


def operations(count: int) -> list[Operation]:
    """A mixture of everything that members do, and of workers that end."""
    from random import Random

    sources = [kind(Random(f"race {kind.__name__}")) for kind in (everyday, churn, crashes, scrollers)]
    weights = (5, 3, 1, 1)
    turns = [one for one, times in zip(sources, weights, strict=True) for _ in range(times)]
    return [next(turns[n % len(turns)]) for n in range(count)]


async def race(feed: Feed, count: int) -> list[int]:
    """That many operations, sixty-four at a time; the posts that were acknowledged."""
    todo, made = operations(count), []

    async def serve() -> None:
        while todo:
            try:
                answer = await FeedTraffic(feed).perform(todo.pop())
            except LabError:
                continue
            if "post" in answer:
                made.append(answer["post"])

    await asyncio.gather(*[serve() for _ in range(AT_ONCE)])
    await feed.workers.settled()
    await feed.checker.check(everything=True)
    return made


@pytest.mark.parametrize("fanout", ["hybrid", "queue"])
async def test_a_race_of_many_loses_and_repeats_nothing(
    make_feed: OpenFeed, quickly_claimed: None, fanout: str
) -> None:
    feed = await make_feed(fanout=fanout, **UNHURRIED)
    made = await race(feed, 2_000)
    assert len(set(made)) == len(made) > 300
    assert set(made) <= set(await feed.posts.read(made))
    checked = {name: one.checked for name, one in feed.monitors.items()}
    assert verdicts(feed) == {}
    assert all(count > 20 for count in checked.values()), checked
    assert checked["delivered"] + len(feed.visibility.deleted.newest(10_000)) >= len(made)


async def test_the_race_without_protections_breaks_what_they_protect(
    make_feed: OpenFeed, quickly_claimed: None
) -> None:
    feed = await make_feed(
        fanout="queue", ack="before", cursor="time", removal="leave", worker_rate=5000, workers=3
    )
    await race(feed, 2_000)
    assert {"delivered", "pages_exact", "gone"} <= set(verdicts(feed))
    assert all(len(feed.monitors[one].view().evidence) >= 2 for one in ("delivered", "pages_exact", "gone"))


def test_the_followers_used_here_are_many() -> None:
    assert (len(fans(AUTHOR)), len(fans(CELEBRITY))) == (86, 878)


async def test_a_room_keeps_its_newest_posts(make_feed: OpenFeed) -> None:
    feed = await make_feed(quota=Quota(rows=400), fanout="queue", **UNHURRIED)
    stars = [one for one in feed.graph.followees(FOLLOWER) if feed.graph.popularity(one) < 30][:2]
    made = [(await by(stars[n % 2], feed.post(f"{n}"))).id for n in range(230)]
    await feed.workers.settled()
    assert feed.posts.total == 230 + 48
    await feed.retention.trim()
    assert feed.posts.total == feed.retention.most == 200
    kept = set(await feed.posts.read(made))
    assert kept == set(made[-200:])
    shown = [one.id for one in await all_pages(feed, FOLLOWER, size=50)]
    assert shown == sorted(kept, reverse=True)
    await feed.checker.check(everything=True)
    assert verdicts(feed) == {}
    assert await FeedTraffic(feed).honours({"post": made[0]})


async def test_every_answer_to_traffic_is_honoured_after_a_restart(
    make_feed: OpenFeed, quickly_claimed: None
) -> None:
    feed = await make_feed(**UNHURRIED)
    answers = [
        await FeedTraffic(feed).perform(one) for one in operations(600) if one.verb not in ("kill", "scroll")
    ]
    await feed.close()
    again = await make_feed(room=feed.room.id, **UNHURRIED)
    assert sum(bool({"post", "followee", "deleted"} & set(answer)) for answer in answers) > 150
    assert [answer for answer in answers if not await FeedTraffic(again).honours(answer)] == []
    assert not await FeedTraffic(again).honours({"post": again.posts.last_id + 1})


async def test_what_one_left_is_claimed_even_while_new_jobs_keep_coming(
    make_feed: OpenFeed, quickly_claimed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("designs.facebook_feed.engine.workers.TAKEN_AT_ONCE", 1)
    feed = await make_feed(**SLOW)
    post = await by(CELEBRITY, feed.post("left behind"))
    worker = await in_the_middle(feed, post.id)
    await feed.set_fault(worker, "down")
    backlog = [await by(AUTHOR, feed.post(f"{n}")) for n in range(60)]
    await until(lambda: post.id in feed.deliveries.placed)
    assert sum(one.id not in feed.deliveries.placed for one in backlog) > 20
