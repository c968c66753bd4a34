"""Tweets: written, answered, passed on, changed and taken away, by whoever may; and nowhere afterwards."""

from __future__ import annotations

import asyncio

import pytest

from designs.twitter.config import Config
from designs.twitter.engine.engine import Twitter
from designs.twitter.engine.search import LIKES
from designs.twitter.engine.strategies import SEARCHES
from sdlab.lab import Forbidden, Invalid, NotFound, as_user
from tests.designs.twitter.conftest import Opener


async def texts(engine: Twitter, user: str) -> list[str]:
    return [card.tweet.text for card in (await as_user(user, engine.timeline(size=50))).cards]


async def found(engine: Twitter, user: str, term: str) -> list[int]:
    await engine.feed_of_index.turn()
    return [card.tweet.id for card in (await as_user(user, engine.search(term, size=50))).cards]


async def test_a_room_begins_with_a_timeline_and_comes_back_as_it_was(opener: Opener) -> None:
    engine = await opener(room="r1")
    first = await texts(engine, "visitor")
    assert len(first) > 8
    assert first[0].startswith("The rocket launch")
    tweet = await as_user("ada", engine.post("The picture is here."))
    await as_user("bob", engine.like(tweet.id))
    await engine.close()
    again = await opener(room="r1")
    assert (await texts(again, "visitor"))[0] == "The picture is here."
    assert await found(again, "visitor", "picture here") == [tweet.id]
    assert await again.likes.counter.counts([str(tweet.id)]) == {str(tweet.id): 1}


async def test_replies_retweets_and_quotes(opener: Opener) -> None:
    engine = await opener()
    tweet = await as_user("ada", engine.post("Look up!"))
    reply = await as_user("hugo", engine.reply(tweet.id, "Where?"))
    await as_user("ada", engine.reply(reply.id, "There."))
    chain, answers = await as_user("bob", engine.thread(reply.id))
    assert [card.tweet.text for card in chain] == ["Look up!", "Where?"]
    assert [card.tweet.text for card in answers] == ["There."]
    retweet, new = await as_user("grace", engine.retweet(tweet.id))
    assert new
    assert await as_user("grace", engine.retweet(tweet.id)) == (retweet, False)
    await as_user("diego", engine.post("This!", quote_of=retweet.id))
    home = (await as_user("visitor", engine.timeline())).cards
    assert (home[0].quoted, home[1].passed_on, home[1].retweets) == (
        (tweet.id, "ada", "Look up!"),
        "grace",
        1,
    )


async def test_a_retweet_that_comes_many_times_at_once_is_one(opener: Opener) -> None:
    engine = await opener()
    tweet = await as_user("ada", engine.post("Look up!"))
    made = await asyncio.gather(*(as_user("bob", engine.retweet(tweet.id)) for _ in range(20)))
    assert sum(new for _, new in made) == 1
    assert len({one.id for one, _ in made}) == 1
    card = (await as_user("bob", engine.tweets_of("bob"))).cards
    assert [one.retweets for one in card if one.tweet.id == tweet.id] == [1]


async def test_only_the_author_changes_a_tweet(opener: Opener) -> None:
    engine = await opener()
    tweet = await as_user("ada", engine.post("Tomorow"))
    for work in (engine.edit(tweet.id, "Mine now"), engine.delete(tweet.id)):
        with pytest.raises(Forbidden):
            await as_user("hugo", work)
    assert (await as_user("ada", engine.edit(tweet.id, "Tomorrow"))).text == "Tomorrow"
    assert await found(engine, "hugo", "tomorrow") == [tweet.id]
    assert await found(engine, "hugo", "tomorow") == []
    for text in ("", "\u200b", "x" * 281):
        with pytest.raises(Invalid):
            await as_user("ada", engine.post(text))


@pytest.mark.parametrize("search", ["index", "scan"])
async def test_what_is_deleted_is_nowhere(opener: Opener, search: str) -> None:
    engine = await opener(search=search, paging="cached")
    tweet = await as_user("ada", engine.post("Here and gone"))
    await as_user("grace", engine.retweet(tweet.id))
    await as_user("bob", engine.like(tweet.id))
    assert tweet.id in await found(engine, "bob", "gone here")
    await as_user("visitor", engine.timeline())
    await as_user("ada", engine.delete(tweet.id))
    assert "Here and gone" not in await texts(engine, "visitor")
    assert await found(engine, "bob", "gone here") == []
    assert await engine.likes.counter.counts([str(tweet.id)]) == {str(tweet.id): 0}
    assert not await engine.room.redis.exists(engine.likes.counter.key(str(tweet.id)))
    for work in (engine.thread(tweet.id), engine.like(tweet.id), engine.reply(tweet.id, "?")):
        with pytest.raises(NotFound):
            await as_user("bob", work)
    assert engine.monitors["gone"].violations == 0


async def test_a_row_that_goes_alone_is_still_found(opener: Opener) -> None:
    engine = await opener(removal="row")
    tweet = await as_user("ada", engine.post("Still here"))
    assert await found(engine, "bob", "still here") == [tweet.id]
    await as_user("ada", engine.delete(tweet.id))
    await engine.clock.sleep(0.01)
    assert await found(engine, "bob", "still here") == [tweet.id]
    assert engine.monitors["gone"].violations == 1


@pytest.mark.parametrize("search", ["index", "scan"])
async def test_blocked_and_private_hold_everywhere(opener: Opener, search: str) -> None:
    engine = await opener(search=search)
    secret = await as_user("vera", engine.post("Quinces for my friends"))
    public = await as_user("ada", engine.post("Quinces for everybody"))
    assert await found(engine, "hugo", "quinces") == [public.id, secret.id]
    assert await found(engine, "bob", "quinces") == [public.id]
    for sort in (LIKES, "timestamp"):
        cards = (await as_user("bob", engine.search("quinces", sort=sort))).cards
        assert [card.tweet.id for card in cards] == [public.id]
    with pytest.raises(NotFound):
        await as_user("bob", engine.thread(secret.id))
    with pytest.raises(Forbidden):
        await as_user("bob", engine.tweets_of("vera"))
    with pytest.raises(Forbidden):
        await as_user("hugo", engine.retweet(secret.id))
    assert await as_user("bob", engine.follow("vera")) == "requested"
    assert await found(engine, "bob", "quinces") == [public.id]
    await as_user("vera", engine.accept("bob"))
    assert "Quinces for my friends" in await texts(engine, "bob")
    await as_user("ada", engine.block("bob"))
    assert await found(engine, "bob", "quinces") == [secret.id]
    with pytest.raises(NotFound):
        await as_user("bob", engine.like(public.id))
    with pytest.raises(Forbidden):
        await as_user("bob", engine.follow("ada"))
    await as_user("ada", engine.block("bob", blocked=False))
    assert public.id in await found(engine, "bob", "quinces")


async def test_searches_go_back_into_the_archive_and_sort_by_likes(opener: Opener) -> None:
    engine = await opener(archive=1000)
    by_time = [card.tweet for card in (await engine.search("ferry")).cards]
    assert len(by_time) == 10
    for search in SEARCHES:
        other = await opener(archive=1000, search=search)
        cards = (await other.search("ferry")).cards
        assert [card.tweet.text for card in cards] == [one.text for one in by_time]
    oldest = by_time[-1]
    for fan in range(30):
        await as_user(f"fan{fan}", engine.like(oldest.id))
    await engine.feed_of_index.turn()
    assert (await engine.search("ferry", sort=LIKES)).cards[0].tweet.id == oldest.id
    assert engine.monitors["once"].violations == 0


async def test_a_row_that_goes_alone_breaks_its_own_claim_until_the_rest_is_told(opener: Opener) -> None:
    engine = await opener(removal="row")
    tweet = await as_user("ada", engine.post("Still here"))
    await engine.like_wave(tweet.id, ["bob", "cem", "dina"])
    assert await found(engine, "bob", "still here") == [tweet.id]
    await as_user("ada", engine.delete(tweet.id))
    await engine.checker.check()
    broken = {claim: one.violations for claim, one in engine.monitors.items() if one.violations}
    assert broken == {"gone": 1}  # it is still counted
    await engine.configure(Config())
    assert await found(engine, "bob", "still here") == []
    assert not await engine.room.redis.exists(engine.likes.counter.key(str(tweet.id)))
    assert engine.monitors["gone"].violations <= 1


async def test_the_same_request_again_is_answered_also_when_its_tweet_is_gone(opener: Opener) -> None:
    engine = await opener()
    tweet = await as_user("ada", engine.post("Look up!"))

    async def both() -> tuple[int, int]:
        reply = await as_user("bob", engine.reply(tweet.id, "Where?", key="one"))
        return reply.id, (await as_user("bob", engine.post("This", quote_of=tweet.id, key="two"))).id

    first = await both()
    await as_user("ada", engine.delete(tweet.id))
    assert await both() == first
