"""What the API takes and gives, as pydantic models; and calls that show it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from designs.tweet_search.engine.archive import Tweet
from designs.tweet_search.engine.likes import Liked
from designs.tweet_search.engine.paging import PageCursor
from designs.tweet_search.engine.searching import FoundTweet, SearchResult
from designs.tweet_search.engine.tweets import TEXT
from sdlab.api.kit import StrictModel, TextOf
from sdlab.api.pages import CursorKey
from sdlab.lab import Example

BASE = "/api/tweet-search"
CURSOR = CursorKey("tweets", str, int, int, str, str)


class TweetOut(BaseModel):
    """A tweet."""

    id: str = Field(examples=["7421"])
    author: str
    text: str
    language: str = Field(examples=["english"])
    at: datetime


class FoundOut(TweetOut):
    """A tweet of an answer. `likes_exact` is false where they are the index's."""

    likes: int
    likes_exact: bool


class SearchOut(BaseModel):
    """A page. Of a `partial` answer `missing_shards` did not answer; `total` is null where nobody counted."""

    items: list[FoundOut]
    next_cursor: str | None
    total: int | None
    partial: bool
    missing_shards: list[int]


class TweetBody(StrictModel):
    """What to post."""

    text: Annotated[str, TextOf(TEXT)] = Field(examples=["the first good coffee of the day"])


class LikeOut(BaseModel):
    """After a like: all likes, whether this one was counted (once per user), and whether the index hears of it."""

    id: str
    likes: int
    counted: bool
    indexed: bool


def tweet_out(tweet: Tweet) -> TweetOut:
    """A tweet, as it travels."""
    return TweetOut(**_fields(tweet))


def _fields(tweet: Tweet) -> dict[str, object]:
    return {**tweet._asdict(), "id": str(tweet.id), "at": datetime.fromtimestamp(tweet.at, UTC)}


def _found(one: FoundTweet) -> FoundOut:
    return FoundOut(**_fields(one.tweet), likes=one.likes, likes_exact=not one.approximate)


def search_out(found: SearchResult) -> SearchOut:
    """A page, as it travels."""
    cursor = found.next
    written = cursor and CURSOR.encode(cursor.kind, cursor.offset, cursor.last, cursor.key, cursor.walk)
    return SearchOut(
        items=[_found(one) for one in found.items],
        next_cursor=written or None,
        total=found.total,
        partial=found.partial,
        missing_shards=[one + 1 for one in found.missing],
    )


def cursor_of(text: str | None) -> PageCursor | None:
    """The place that a cursor names. `Invalid` for one that this lab did not make."""
    key = CURSOR.decode(text)
    return PageCursor(*key) if key else None  # type: ignore[arg-type]


def like_out(liked: Liked) -> LikeOut:
    """A like, as it travels."""
    return LikeOut(id=str(liked.id), likes=liked.likes, counted=liked.counted, indexed=liked.indexed)


EXAMPLES = (
    Example(
        "The most liked tweets with two words",
        "GET",
        f"{BASE}/search?query=good%20coffee&sort_order=Likes&pageSize=5",
        saves={"cursor": "next_cursor"},
    ),
    Example(
        "The page behind it",
        "GET",
        f"{BASE}/search?query=good%20coffee&sort_order=Likes&pageSize=5&cursor={{cursor}}",
    ),
    Example(
        "The newest with a phrase",
        "GET",
        f"{BASE}/search?query=%22good%20coffee%22&sort_order=Time&pageSize=3",
    ),
    Example(
        "Post a tweet",
        "POST",
        f"{BASE}/tweets",
        body={"text": "the first good coffee of the day"},
        status=201,
        note="a search finds it after the next commit",
    ),
    Example(
        "Like one", "POST", f"{BASE}/tweets/7/like", note="a second like of the same user is not counted"
    ),
    Example("Nothing to search for", "GET", f"{BASE}/search?query=%20&sort_order=Time", status=422),
    Example("A tweet that there is not", "POST", f"{BASE}/tweets/999999999/like", status=404),
)
