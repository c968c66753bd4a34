"""What the API takes and gives, and the calls that the page shows."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from designs.twitter.engine.cards import Card
from designs.twitter.engine.cast import name_of
from designs.twitter.engine.engine import TWEET_TEXT, CardPage
from designs.twitter.engine.pages import Position
from designs.twitter.engine.tweets import Tweet
from sdlab.api.kit import StrictModel, TextOf
from sdlab.api.pages import Page
from sdlab.lab import Example
from sdlab.lab.cursor import CursorKey
from sdlab.parts.two_stage_counter import Counted

BASE = "/api/twitter"


def positions(listing: str) -> CursorKey:
    """The cursors of one listing, such as `search LIKE bread`: those of another are refused."""
    named = hashlib.blake2b(
        listing.encode(), digest_size=8
    ).hexdigest()  # a long term is more than a key holds
    return CursorKey(f"tweets {named}", int, int, int)


TweetText = Annotated[str, TextOf(TWEET_TEXT)]


class NewTweet(StrictModel):
    """A tweet; with `quoteOf` it quotes another."""

    text: TweetText = Field(examples=["The launch is at noon."])
    quoteOf: str | None = Field(default=None, pattern=r"^[1-9][0-9]{0,11}$", examples=[None])


class NewText(StrictModel):
    """What a tweet says from now on, or what is replied."""

    text: TweetText = Field(examples=["The launch is at one."])


class Privacy(StrictModel):
    """Whether followers alone see what the account writes."""

    private: bool = Field(examples=[False])


class QuotedOut(BaseModel):
    """What a tweet quotes; without an id where it is not to be seen any more."""

    id: str | None
    author: str
    text: str


class TweetOut(BaseModel):
    """A tweet as the acting user sees it. `retweetedBy` passed it on."""

    id: str = Field(examples=["200015"])
    author: str = Field(examples=["ada"])
    name: str = Field(examples=["Ada Berg"])
    text: str = Field(examples=["The launch is at noon."])
    at: str = Field(examples=["2026-01-01T00:00:00.000Z"])
    edited: bool
    likes: int
    replies: int
    retweets: int
    liked: bool
    retweeted: bool
    retweetedBy: str | None
    replyTo: str | None
    quoted: QuotedOut | None


class MadeOut(BaseModel):
    """A tweet that was stored."""

    id: str = Field(examples=["200015"])
    author: str = Field(examples=["ada"])
    text: str = Field(examples=["The launch is at noon."])
    at: str = Field(examples=["2026-01-01T00:00:00.000Z"])


class LikeOut(BaseModel):
    """Likes of a tweet: exact, and as the database was last told."""

    likes: int
    stored: int
    changed: bool


class FollowOut(BaseModel):
    """`following`, or `requested` where a private account has to accept."""

    handle: str
    state: str = Field(examples=["following"])


class ThreadOut(BaseModel):
    """A tweet behind what it answers, and the answers to it, oldest first."""

    chain: list[TweetOut]
    replies: list[TweetOut]


class TweetsOut(Page[TweetOut]):
    """A page. `next_page` is there where pages are numbers."""

    next_page: int | None
    cached: bool


def iso(at: float) -> str:
    """RFC 3339, UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def made_out(tweet: Tweet) -> MadeOut:
    """What was stored, as it travels."""
    return MadeOut(id=str(tweet.id), author=tweet.author, text=tweet.text, at=iso(tweet.at))


def tweet_out(card: Card) -> TweetOut:
    """A card, as it travels."""
    tweet = card.tweet
    quoted = card.quoted and QuotedOut(
        id=str(card.quoted[0]) if card.quoted[0] else None, author=card.quoted[1], text=card.quoted[2]
    )
    return TweetOut(
        id=str(tweet.id),
        author=tweet.author,
        name=name_of(tweet.author),
        text=tweet.text,
        at=iso(tweet.at),
        edited=tweet.edited > 0,
        likes=card.likes,
        replies=card.replies,
        retweets=card.retweets,
        liked=card.liked,
        retweeted=card.retweeted,
        retweetedBy=card.passed_on or None,
        replyTo=str(tweet.reply_to) if tweet.reply_to else None,
        quoted=quoted or None,
    )


def tweets_out(page: CardPage, listing: str) -> TweetsOut:
    """A page, as it travels."""
    after = page.next
    return TweetsOut(
        items=[tweet_out(card) for card in page.cards],
        next_cursor=positions(listing).encode(after.page, after.ranking, after.id) if after else None,
        next_page=after.page if after and after.page else None,
        cached=page.cached,
    )


def position_in(cursor: str | None, listing: str, page: int = 0) -> Position:
    """Where a page begins. `Invalid` for a cursor from elsewhere."""
    key = positions(listing).decode(cursor)
    return Position(*key) if key else Position(page=page)


def like_out(counted: Counted) -> LikeOut:
    """A count, as it travels."""
    return LikeOut(likes=counted.count, stored=counted.flush.count, changed=counted.changed)


EXAMPLES = (
    Example(
        "Tweet",
        "POST",
        f"{BASE}/tweets",
        body={"text": "The launch is at noon."},
        status=201,
        saves={"tweet": "id"},
    ),
    Example("Change it", "PATCH", f"{BASE}/tweets/{{tweet}}", body={"text": "The launch is at one."}),
    Example(
        "Like Ada's first", "POST", f"{BASE}/tweets/200015/like", note="again: the same, `changed` is false"
    ),
    Example("Reply", "POST", f"{BASE}/tweets/200015/reply", body={"text": "I will be there."}, status=201),
    Example("Retweet", "POST", f"{BASE}/tweets/200015/retweet", status=201),
    Example("The thread", "GET", f"{BASE}/tweets/200015"),
    Example("My timeline", "GET", f"{BASE}/timeline?limit=5", saves={"cursor": "next_cursor"}),
    Example("The page behind it", "GET", f"{BASE}/timeline?limit=5&cursor={{cursor}}"),
    Example("Search, the most liked first", "GET", f"{BASE}/search?term=launch&sort_by=LIKE&page=0"),
    Example("Search, the newest first", "GET", f"{BASE}/search?term=night%20train&sort_by=timestamp&limit=3"),
    Example("Follow", "POST", f"{BASE}/users/nora/follow", note="twice is the same as once"),
    Example("Ask a private account", "POST", f"{BASE}/users/vera/follow"),
    Example("Its tweets, before it accepts", "GET", f"{BASE}/users/vera/tweets", status=403),
    Example("Somebody else's tweet", "DELETE", f"{BASE}/tweets/200015", status=403),
    Example("Too long", "PATCH", f"{BASE}/tweets/{{tweet}}", body={"text": "x" * 281}, status=422),
    Example("Take it back", "DELETE", f"{BASE}/tweets/{{tweet}}", status=204),
)
