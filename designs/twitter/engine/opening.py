"""What a room begins with: accounts, follows, a few tweets and their likes, written once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from sqlalchemy.engine import Connection

from designs.twitter.config import Config
from designs.twitter.engine.cast import CAST, FIRST_SEARCHES
from designs.twitter.engine.members import Members
from designs.twitter.engine.models import FOLLOW, LIKE, LIKE_COUNT, PROFILE, SEARCH, TWEET
from designs.twitter.engine.strategies import COUNTINGS
from designs.twitter.engine.tweets import Tweet, TweetStore
from sdlab.lab import EngineContext

MINUTE = 60.0
EARLY = tuple(f"early{number}" for number in range(120))  # readers who like what there is when a room opens


async def open_first(
    context: EngineContext[Config],
    members: Members,
    store: TweetStore,
    tweets: Sequence[tuple[str, str, int, int]],
    replies: Sequence[tuple[str, int, str]],
) -> None:
    """Write it, in one transaction; the oldest tweet has the lowest id."""
    room, now = context.room.id, context.clock.time()
    rule = COUNTINGS[context.config.counting].rule
    follows, profiles = members.first_rows()
    rows: list[dict[str, Any]] = []
    likes: list[dict[str, Any]] = []
    ids: dict[int, int] = {}

    def row(tweet: Tweet, at: float) -> dict[str, Any]:
        fields = {name: getattr(tweet, name) for name in Tweet.__slots__}
        return {"room": room, "deleted": False, **fields, "at": at}

    for place in reversed(range(len(tweets))):
        author, text, minutes, fans = tweets[place]
        tweet = store.new(author, text)
        ids[place] = tweet.id
        at = now - minutes * MINUTE
        rows.append(row(tweet, at))
        likers = islice((one for one in (*CAST, *EARLY) if one != author), fans)
        likes += [{"room": room, "name": str(tweet.id), "member": one, "at": at} for one in likers]
    rows += [row(store.new(by, text, reply_to=ids[to]), now - MINUTE) for by, to, text in replies]
    searches = [
        {"room": room, "term": term, "by": by, "at": now - place}
        for place, (term, by) in enumerate(FIRST_SEARCHES)
    ]
    counts = [
        {"room": room, "name": str(ids[place]), "flushed": rule.floor(fans), "version": 1}
        for place, (_, _, _, fans) in enumerate(tweets)
        if fans
    ]

    def write(connection: Connection) -> None:
        for table, some in (
            (PROFILE, profiles),
            (FOLLOW, follows),
            (TWEET, rows),
            (LIKE, likes),
            (LIKE_COUNT, counts),
            (SEARCH, searches),
        ):
            connection.execute(table.insert(), some)

    await context.room.sql.write(write)
    await members.open()
