"""Small inputs that failed, and what is right; and pictures that follow the stores."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from designs.facebook_feed.engine.demo_users import AUTHOR, CELEBRITY, FOLLOWER
from designs.facebook_feed.engine.engine import Feed
from designs.facebook_feed.engine.members import member
from designs.facebook_feed.engine.post_store import POST
from designs.facebook_feed.engine.traffic import FeedTraffic
from designs.facebook_feed.inside.snapshot import build_snapshot
from designs.facebook_feed.inside.views import DemoUserView, Snapshot
from designs.facebook_feed.product.page import _initial
from designs.facebook_feed.toggles import TOGGLES
from sdlab.lab import Invalid, ManualClock, NotFound, Operation
from tests.designs.facebook_feed.conftest import UNHURRIED, OpenFeed, by, verdicts

BASE = "/api/facebook-feed"
STAR, READER = member(0).handle, member(1).handle


async def bearer(client: httpx.AsyncClient, who: str) -> dict[str, str]:
    answer = await client.get(f"{BASE}/members/{who}/token")
    return {"Authorization": f"Bearer {answer.json()['token']}"}


async def test_c4_a_key_is_of_one_author_and_one_text(client: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "k"}
    star, reader = await bearer(client, STAR) | key, await bearer(client, READER) | key
    first = await client.post(f"{BASE}/post", json={"data": "one"}, headers=star)
    other = await client.post(f"{BASE}/post", json={"data": "two"}, headers=star)
    again = await client.post(f"{BASE}/post", json={"data": "one"}, headers=star)
    theirs = await client.post(f"{BASE}/post", json={"data": "two"}, headers=reader)
    assert [one.status_code for one in (first, other, again, theirs)] == [201, 422, 201, 201]
    assert first.json() == again.json()
    assert theirs.json()["author"] == READER
    assert first.json()["id"] not in other.json()["detail"]


@pytest.mark.parametrize("text", ["hey 👩‍💻", "می‌خواهم", "Cafe\u0301", "שלום", "🏳️‍🌈" * 80])
async def test_c5_text_of_any_script_is_posted(client: httpx.AsyncClient, text: str) -> None:
    answer = await client.post(f"{BASE}/post", json={"data": text}, headers=await bearer(client, STAR))
    assert answer.status_code == 201


@pytest.mark.parametrize("text", ["\u200b", "\u2060\u00ad", "a\u202eb", "\ud800"])
async def test_c10_text_that_shows_nothing_or_misleads_is_refused(make_feed: OpenFeed, text: str) -> None:
    feed = await make_feed()
    with pytest.raises(Invalid):
        await by(AUTHOR, feed.post(text))


async def test_c9_values_of_another_type_are_refused(client: httpx.AsyncClient) -> None:
    star = await bearer(client, STAR)
    for body in ({"data": True}, {"data": 1}, {"data": None}):
        assert (await client.post(f"{BASE}/post", json=body, headers=star)).status_code == 422
    for body in ({"followerId": True}, {"followerId": 1}):
        assert (await client.post(f"{BASE}/users/follow", json=body, headers=star)).status_code == 422


def test_p15_nothing_is_said_before_the_first_frame() -> None:
    before = _initial()
    assert all(not user.known and not user.own for user in before.users)
    assert (before.totals.popular, before.totals.posts, before.queue.waiting, before.feed.held) == (-1,) * 4
    assert not DemoUserView().known
    assert Snapshot().totals.popular == -1


async def test_p15_who_follows_is_known_with_the_first_frame(make_feed: OpenFeed) -> None:
    feed = await make_feed()
    users = build_snapshot(feed).users
    assert all(user.known for user in users)
    assert users[1].follows_other
    assert users[0].own


# A repeat


async def test_a_repeat_counts_nothing_and_brings_nothing_back(make_feed: OpenFeed) -> None:
    feed = await make_feed(**UNHURRIED)
    post = await by(AUTHOR, feed.post("once", key="k"))
    await feed.workers.settled()
    await by(AUTHOR, feed.delete(post.id))
    again = await by(AUTHOR, feed.post("once", key="k"))
    assert again == post
    assert feed.costs.by_approach["hybrid"].posts == 1
    assert len(feed.checker.to_check) <= 1
    assert post.id not in {one.id for one in feed.users.users[0].own}
    assert "before" in feed.feed.newest(1)[0].text
    assert verdicts(feed) == {}


async def test_a_repeat_is_answered_also_when_the_queue_is_full(
    make_feed: OpenFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = await make_feed(**UNHURRIED)
    post = await by(AUTHOR, feed.post("once", key="k"))
    monkeypatch.setattr("designs.facebook_feed.engine.job_relay.MOST_WAITING", -1)
    assert await by(AUTHOR, feed.post("once", key="k")) == post


# What is measured


async def test_counting_what_old_pages_hide_takes_no_time_of_the_view(
    make_feed: OpenFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock()
    feed = await make_feed(clock=clock, page_cache="ahead", fanout="read")
    await by(FOLLOWER, feed.timeline())
    newer, late = feed.stores.feeds.newer, clock.monotonic() + 5

    async def slowly(*arguments: object) -> object:
        monkeypatch.setattr(clock, "monotonic", lambda: late)
        return await newer(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(feed.stores.feeds, "newer", slowly)
    await by(FOLLOWER, feed.timeline())
    assert feed.page_cache.hits == 1
    assert feed.costs.by_approach["read"].reading.quantile(1.0) < 1000


async def test_what_readers_may_not_see_is_not_hidden_by_old_pages(make_feed: OpenFeed) -> None:
    feed = await make_feed(page_cache="ahead", fanout="read", removal="filter")
    await by(FOLLOWER, feed.timeline())
    seen, gone = await by(AUTHOR, feed.post("seen")), await by(AUTHOR, feed.post("gone"))
    await by(AUTHOR, feed.delete(gone.id))
    await by(FOLLOWER, feed.timeline())
    assert seen.id < gone.id
    assert feed.page_cache.unseen == 1


async def test_popular_are_those_who_are_so_now(make_feed: OpenFeed) -> None:
    feed = await make_feed(threshold=86)
    before = build_snapshot(feed).totals.popular
    stranger = next(n for n in range(2000) if not feed.graph.follows(n, AUTHOR) and n != AUTHOR)
    await by(stranger, feed.follow(AUTHOR))
    assert build_snapshot(feed).totals.popular == before + 1
    await by(stranger, feed.unfollow(AUTHOR))
    assert build_snapshot(feed).totals.popular == before


# Panels follow the stores


async def forget_keys(feed: Feed, part: str) -> None:
    found = [key async for key in feed.room.redis.scan_iter(match=feed.room.key(f"{part}*"), count=1000)]
    await feed.room.redis.unlink(*found)


async def test_panels_that_read_follow_what_is_deleted_behind_them(make_feed: OpenFeed) -> None:
    feed = await make_feed(fanout="queue", **UNHURRIED)
    post = await by(AUTHOR, feed.post("in all feeds"))
    await feed.workers.settled()
    own = build_snapshot(feed).users[0].own[0]
    assert (own.state, own.written) == ("unknown", 0)
    await feed.refresh_looks(now=True)
    before = build_snapshot(feed)
    assert (before.users[0].own[0].state, before.users[0].own[0].written) == ("done", 86)
    assert before.feed.rows[0].id == post.id
    assert before.feed.rows[0].ahead
    assert before.feed.held > 0
    await feed.room.redis.delete(feed.stores.feeds.feed_key(FOLLOWER))
    await feed.refresh_looks(now=True)
    after = build_snapshot(feed)
    assert (after.feed.held, after.feed.ahead) == (0, 0)
    assert (after.users[0].own[0].state, after.users[0].own[0].written) == ("lacking", 85)
    await forget_keys(feed, "feed:")
    await feed.room.sql.forget(feed.room.id, feed.room.slug)
    await feed.refresh_looks(now=True)
    emptied = build_snapshot(feed)
    assert emptied.users[0].own[0].written == 0
    assert emptied.totals.posts == 0
    assert feed.node("posts").detail == "0 posts"


async def test_the_queue_is_shown_as_the_stream_is(make_feed: OpenFeed) -> None:
    feed = await make_feed(fanout="queue", workers=1)
    await feed.set_fault("worker-1", "down")
    for number in range(3):
        await by(AUTHOR, feed.post(f"{number}"))
    while feed.relay.unsent:  # noqa: ASYNC110 - what is waited for has no event
        await asyncio.sleep(0.001)
    await feed.refresh_looks(now=True)
    assert build_snapshot(feed).queue.waiting == 3
    await feed.room.redis.xtrim(feed.room.key("jobs"), 0)
    await feed.refresh_looks(now=True)
    assert build_snapshot(feed).queue.waiting == 0


async def test_the_feed_shows_what_is_to_be_merged_from_lists(make_feed: OpenFeed) -> None:
    feed = await make_feed(**UNHURRIED)
    post = await by(CELEBRITY, feed.post("merged"))
    await feed.refresh_looks(now=True)
    row = build_snapshot(feed).feed.rows[0]
    assert (row.id, row.ahead, row.clock.endswith(" UTC")) == (post.id, False, True)


# Why


async def test_every_verb_says_why(make_feed: OpenFeed) -> None:
    feed = await make_feed(**UNHURRIED)
    post = await by(AUTHOR, feed.post("why"))
    stranger = next(n for n in range(2000) if not feed.graph.follows(n, AUTHOR) and n != AUTHOR)
    for act in (
        by(stranger, feed.follow(AUTHOR)),
        by(stranger, feed.unfollow(AUTHOR)),
        by(FOLLOWER, feed.timeline()),
        feed.read_post(post.id),
        by(AUTHOR, feed.delete(post.id)),
        feed.users.become(0, CELEBRITY),
        feed.workers.crash(1),
    ):
        await act
        assert feed.feed.newest(1)[0].why


async def test_another_option_has_another_deciding_line(make_feed: OpenFeed) -> None:
    async def lines(verb: str, **config: str) -> set[tuple[str, int]]:
        feed = await make_feed(**{"fanout": "queue", **UNHURRIED, **config})
        last = None
        made = await by(AUTHOR, feed.post("one"))
        if verb == "delete":
            await by(AUTHOR, feed.delete(made.id))
        elif verb == "timeline":
            last = await by(FOLLOWER, feed.timeline(size=3))
            await by(FOLLOWER, feed.timeline(after=last.next, size=3))
        elif verb == "kill":
            await FeedTraffic(feed).perform(Operation("kill", {"number": 1}, "chaos"))
        trace = feed.traces.get(feed.feed.newest(1)[0].trace)
        assert trace is not None
        return {(one.file.rpartition("/")[2], one.line) for one in trace.decisions}

    for verb, toggle in (
        ("post", "fanout"),
        ("post", "ack"),
        ("kill", "ack"),
        ("timeline", "cursor"),
        ("timeline", "page_cache"),
        ("timeline", "hot_cache"),
        ("timeline", "removal"),
        ("delete", "removal"),
    ):
        chosen = next(one for one in TOGGLES if one.id == toggle)
        seen = [await lines(verb, **{toggle: option.id}) for option in chosen.options]
        assert all(one - other for one in seen for other in seen if one is not other), (verb, toggle)


async def test_who_ends_says_what_becomes_of_the_job(make_feed: OpenFeed) -> None:
    for ack, said in (("after", "stays pending"), ("before", "had left the queue")):
        feed = await make_feed(fanout="queue", ack=ack)
        await feed.workers.crash(1)
        assert said in feed.feed.newest(1)[0].why


# Claims


async def test_a_deletion_is_judged_from_what_its_author_was_told(
    make_feed: OpenFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = await make_feed(fanout="queue", removal="filter", **UNHURRIED)
    post = await by(AUTHOR, feed.post("gone"))
    await feed.workers.settled()
    monkeypatch.setattr(feed.visibility.deleted, "note", lambda key, value: None)
    monkeypatch.setattr(feed.posts, "delete", lambda post: asyncio.sleep(0))
    await by(AUTHOR, feed.delete(post.id))
    assert post.id in {one.id for one in (await by(FOLLOWER, feed.timeline())).posts}
    assert verdicts(feed) == {"gone": 1}


async def test_a_post_in_feeds_and_in_the_list_beside_them_is_twice(make_feed: OpenFeed) -> None:
    feed = await make_feed(fanout="queue", **UNHURRIED)
    post = await by(AUTHOR, feed.post("twice"))
    await feed.workers.settled()
    await feed.stores.authors.add(post.entry, pushed=False)
    await feed.checker.check(everything=True)
    assert verdicts(feed) == {"delivered": 1}
    assert "as well as" in feed.monitors["delivered"].view().evidence[-1].text


async def test_a_post_that_says_something_else_is_not_kept(make_feed: OpenFeed) -> None:
    feed = await make_feed(**UNHURRIED)
    post = await by(AUTHOR, feed.post("as it was"))
    await feed.workers.settled()
    statement = POST.update().where(POST.c.room == feed.room.id, POST.c.id == post.id).values(text="another")
    await feed.room.sql.write(lambda connection: connection.execute(statement) and None)
    await feed.checker.check(everything=True)
    assert verdicts(feed) == {"kept": 1}


async def test_who_is_nobody_becomes_nobody(make_feed: OpenFeed) -> None:
    feed = await make_feed()
    with pytest.raises(NotFound):
        await feed.users.become(0, 99_999)
