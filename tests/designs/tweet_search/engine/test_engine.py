"""Search, post and like, by every approach."""

from __future__ import annotations

import pytest

from designs.tweet_search.engine.paging import PageCursor
from designs.tweet_search.engine.truth import TrueOrder
from sdlab.lab import Invalid, ManualClock, NotFound, Quota, TooMany, Unavailable, as_user
from tests.designs.tweet_search.conftest import MakeSearch, commit, ids, picture, violations

APPROACHES = pytest.mark.parametrize("approach", ["engine", "own", "scan"])
PAGES = pytest.mark.parametrize("pages", ["chronological", "prefetched", "again"])


@APPROACHES
@pytest.mark.parametrize("query", ["coffee", '"good coffee"', "running trains", "häuser"])
async def test_every_approach_finds_the_truth(search: MakeSearch, approach: str, query: str) -> None:
    engine = await search(approach=approach)
    truth = await engine.truth.order(engine.searching.parsed(query), engine.tweets.newest)
    newest, liked = await engine.search(query, "Time", size=15), await engine.search(query, "Likes", size=15)

    assert ids(newest) == list(truth.by_time[:15])
    assert ids(liked) == [id for id, _ in truth.by_likes[:15]]
    assert newest.total == liked.total == len(truth.by_time) >= 3
    assert [one.likes for one in liked.items] == [likes for _, likes in truth.by_likes[:15]]


@APPROACHES
async def test_a_new_tweet_is_found_after_the_commit_and_its_likes_move_it(
    search: MakeSearch, approach: str
) -> None:
    engine = await search(approach=approach)
    tweet = await as_user("ann", engine.post("Zebras drinking good coffee"))
    assert ids(await engine.search("zebra", "Time")) == ([tweet.id] if approach == "scan" else [])

    await commit(engine)
    assert ids(await engine.search("zebra coffee", "Time")) == [tweet.id]
    assert ids(await engine.search('"good coffee"', "Time"))[0] == tweet.id
    for name in ("ben", "cy", "cy"):
        liked = await as_user(name, engine.like(tweet.id))
    assert (liked.likes, liked.counted) == (2, False)
    await commit(engine)
    found = (await engine.search("zebra", "Likes")).items[0]
    assert (found.likes, found.approximate, found.tweet.author) == (2, False, "ann")
    assert violations(engine) == {}


async def test_the_index_hears_of_powers_of_two(search: MakeSearch) -> None:
    engine = await search()
    tweet = await engine.post("nobody knows xylophones")
    told = [(await as_user(f"u{n}", engine.like(tweet.id))).indexed for n in range(1, 10)]

    assert told == [True, True, False, True, False, False, False, True, False]
    assert (engine.likes.given, engine.likes.told) == (9, 4)
    await commit(engine)
    shown = (await picture(engine)).likes
    assert [(one.id, one.likes, one.known) for one in shown.points] == [(tweet.id, 9, 8)]


async def test_every_like_is_an_index_write_where_that_is_the_rule(search: MakeSearch) -> None:
    engine = await search(likes="every")
    for n in range(5):
        await as_user(f"u{n}", engine.like(7))
    await commit(engine)

    assert engine.counters.like_writes == 5
    assert (await picture(engine)).likes.points[0].known == engine.tweets.archive.likes(7) + 5


async def test_without_exact_likes_the_order_is_that_of_the_index(search: MakeSearch) -> None:
    exact, floors = await search(), await search(likes="floors")
    page, other = (
        await exact.search("coffee", "Likes", size=20),
        await floors.search("coffee", "Likes", size=20),
    )

    assert [one.likes for one in page.items] == sorted((one.likes for one in page.items), reverse=True)
    assert all(one.approximate and one.likes.bit_count() <= 1 for one in other.items)


@PAGES
@pytest.mark.parametrize("sort", ["Likes", "Time"])
async def test_pages_are_the_whole_in_parts(search: MakeSearch, pages: str, sort: str) -> None:
    engine = await search(pages=pages)
    whole = ids(await engine.search("coffee", sort, size=60))  # type: ignore[arg-type]
    found = await engine.search("coffee", sort, size=20)  # type: ignore[arg-type]
    parts = ids(found)
    for _ in range(2):
        found = await engine.search("coffee", sort, size=20, cursor=found.next)  # type: ignore[arg-type]
        parts += ids(found)

    assert parts == whole
    await engine.checker.check()
    assert violations(engine) == {}


@pytest.mark.parametrize(
    ("pages", "moves"), [("chronological", False), ("prefetched", False), ("again", True)]
)
async def test_pages_while_tweets_arrive(search: MakeSearch, pages: str, moves: bool) -> None:
    engine = await search(pages=pages)
    found = await engine.search("coffee", "Time", size=10)
    first = ids(found)
    for _ in range(3):
        await engine.post("more coffee")
    await commit(engine)
    second = ids(await engine.search("coffee", "Time", size=10, cursor=found.next))
    await engine.checker.check()

    assert bool(set(first) & set(second)) is moves
    assert violations(engine) == ({"pages": 1} if moves else {})


async def test_a_shared_list_serves_later_searches_and_takes_in_what_is_newer(search: MakeSearch) -> None:
    engine = await search(hot="off")
    await engine.search("coffee", "Time")
    looked = engine.counters.looked
    tweet = await engine.post("even more coffee")
    await commit(engine)
    again = await engine.search("coffee", "Time")

    assert ids(again)[0] == tweet.id
    assert engine.counters.looked == looked + 1
    shown = (await picture(engine)).pages
    assert shown.kept[0].upto == tweet.id
    assert [one.query for one in shown.kept if one.upto] == ["coffee"]


async def test_a_lost_cache_loses_no_place(search: MakeSearch) -> None:
    for pages in ("chronological", "prefetched"):
        engine = await search(pages=pages)
        whole = ids(await engine.search("coffee", "Time", size=40))
        found = await engine.search("coffee", "Time", size=20)
        await engine.set_fault("cache", "forget")
        assert ids(await engine.search("coffee", "Time", size=20, cursor=found.next)) == whole[20:]
        await engine.set_fault("cache", "down")
        assert ids(await engine.search("coffee", "Time", size=20, cursor=found.next)) == whole[20:]


async def test_what_is_on_a_list_of_a_missing_shard_comes_when_it_is_back(search: MakeSearch) -> None:
    """A tweet that is committed late is not skipped by a list that has younger ones."""
    engine = await search()
    await engine.search("coffee", "Time")
    await engine.set_fault("shard-1", "down")
    posted = [(await engine.post(f"late coffee {n}")).id for n in range(4)]
    await commit(engine)
    part = await engine.search("coffee", "Time")
    assert part.partial
    await engine.clear_fault()
    await commit(engine)

    assert set(posted) <= set(ids(await engine.search("coffee", "Time")))


async def test_a_missing_shard_is_said_hidden_or_refused(search: MakeSearch) -> None:
    engine = await search()
    whole = await engine.search("coffee", "Likes", size=30)
    await engine.set_fault("shard-2", "down")
    said = await engine.search("coffee", "Likes", size=30)

    assert (said.partial, said.missing) == (True, (1,))
    assert {id % 2 for id in ids(said)} == {0}
    assert (said.total or 0) < (whole.total or 0)
    hidden = await search(missing="hidden", hot="off", pages="again")
    await hidden.set_fault("shard-2", "down")
    assert not (await hidden.search("coffee", "Time")).partial
    await hidden.checker.check()
    assert violations(hidden)["partial"] == 1
    refused = await search(missing="refused")
    await refused.set_fault("shard-2", "down")
    with pytest.raises(Unavailable):
        await refused.search("coffee", "Likes")


async def test_a_copy_answers_for_a_shard_that_is_down(search: MakeSearch) -> None:
    engine = await search(replicas=1)
    await engine.set_fault("shard-1", "down")

    assert not (await engine.search("coffee", "Likes")).partial


@pytest.mark.parametrize(("approach", "node"), [("engine", "shard-1"), ("own", "own")])
async def test_a_lost_index_is_made_again_from_the_source_of_truth(
    search: MakeSearch, approach: str, node: str
) -> None:
    engine = await search(approach=approach)
    tweet = await engine.post("zebras everywhere")
    await commit(engine)
    before = ids(await engine.search("coffee", "Likes", size=50))
    await engine.set_fault(node, "wipe")

    assert ids(await engine.search("coffee", "Likes", size=50)) == before
    assert ids(await engine.search("zebra", "Time")) == [tweet.id]


@APPROACHES
async def test_a_room_that_opens_again_finds_everything(search: MakeSearch, approach: str) -> None:
    engine = await search(room=f"again-{approach}", approach=approach)
    early = await engine.post("zebras early")
    await commit(engine)
    late = await engine.post("zebras late")
    await as_user("ann", engine.like(late.id))
    await engine.close()
    again = await search(room=f"again-{approach}", approach=approach)

    assert ids(await again.search("zebra", "Likes")) == [late.id, early.id]


async def test_another_rule_of_words_another_number_of_shards(search: MakeSearch) -> None:
    engine = await search(clock=ManualClock())
    tweet = await engine.post("zebras running")
    await engine.configure(type(engine.config)(words="written", shards=3))

    assert ids(await engine.search("zebras", "Time")) == [tweet.id]
    assert ids(await engine.search("zebra", "Time")) == []
    assert len((await picture(engine)).shards) == 3


async def test_hot_queries_are_kept_until_a_commit(search: MakeSearch) -> None:
    engine = await search()
    for _ in range(6):
        await engine.search("coffee", "Likes")
    assert engine.hot.hits >= 2
    tweet = await engine.post("hot coffee")
    await commit(engine)
    found = await engine.search("coffee", "Likes", size=100)
    assert (
        found.total
        == (await engine.truth.order(engine.searching.parsed("coffee"), tweet.id)).by_time.__len__()
    )


async def test_likes_without_counters_and_tweets_without_their_store(search: MakeSearch) -> None:
    engine = await search()
    await engine.set_fault("likes", "down")
    assert all(one.approximate for one in (await engine.search("coffee", "Likes")).items)
    with pytest.raises(Unavailable):
        await engine.like(3)
    await engine.set_fault("tweets", "down")
    with pytest.raises(Unavailable):
        await engine.post("lost?")


async def test_refusals(search: MakeSearch) -> None:
    engine = await search(quota=Quota(corpus=5_000, rows=2))
    with pytest.raises(NotFound):
        await engine.like(10_000)
    for query, size in (("", 10), ("coffee", 0), ("coffee", 101)):
        with pytest.raises(Invalid):
            await engine.search(query, "Likes", size=size)
    await engine.post("one")
    with pytest.raises(TooMany):
        await engine.post("two")
    await as_user("a", engine.like(1))
    await as_user("b", engine.like(1))
    with pytest.raises(TooMany):
        await as_user("c", engine.like(1))


async def test_a_cursor_of_a_walk_that_is_forgotten_still_leads_on(search: MakeSearch) -> None:
    engine = await search()
    found = await engine.search("coffee", "Time", size=5, cursor=PageCursor("below", 5, 500, "", "gone"))

    assert all(id < 500 for id in ids(found))


def test_of_equal_likes_any_will_do() -> None:
    order = TrueOrder(by_time=(), by_likes=((5, 9), (4, 3), (3, 3), (2, 1)))

    assert order.recall((5, 3), 2) == order.recall((4, 5), 2) == 1
    assert order.recall((5, 2), 2) == 0.5
    assert TrueOrder((), ()).recall((), 20) == 1
