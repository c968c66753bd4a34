"""The tables: tweets, likes, who follows and blocks whom, and the news that the index is told of."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from sdlab.parts.outbox import OutboxRow
from sdlab.parts.two_stage_counter import CountRow, MemberRow

PASSED_ON = sa.text("retweet_of > 0 AND NOT deleted")


class TweetRow(SQLModel, table=True):
    """A tweet, reply, quote or retweet. `origin` wrote what is shown; what is deleted keeps its id and nothing else."""

    __tablename__ = "twitter_tweet"
    __table_args__ = (
        sa.Index("twitter_tweet_by", "room", "author", "id"),
        sa.Index("twitter_tweet_reply", "room", "reply_to", "id"),
        sa.Index("twitter_tweet_again", "room", "retweet_of"),
        # Nobody passes a tweet on twice, also when the same press comes twice at once.
        sa.Index(
            "twitter_tweet_once",
            "room",
            "author",
            "retweet_of",
            unique=True,
            sqlite_where=PASSED_ON,
            postgresql_where=PASSED_ON,
        ),
    )

    room: str = Field(primary_key=True)
    id: int = Field(primary_key=True)
    author: str
    origin: str
    text: str
    at: float
    edited: float = 0.0
    reply_to: int = 0
    quote_of: int = 0
    retweet_of: int = 0
    deleted: bool = False


class LikeRow(MemberRow, table=True):
    """Who likes what: the truth that counts are judged by."""

    __tablename__ = "twitter_like"


class LikeCountRow(CountRow, table=True):
    """Likes as the database was last told."""

    __tablename__ = "twitter_like_count"


class FollowRow(SQLModel, table=True):
    """Who follows whom; an account that is private has to accept it."""

    __tablename__ = "twitter_follow"

    room: str = Field(primary_key=True)
    follower: str = Field(primary_key=True)
    followee: str = Field(primary_key=True)
    accepted: bool = True


class BlockRow(SQLModel, table=True):
    """Who blocks whom."""

    __tablename__ = "twitter_block"

    room: str = Field(primary_key=True)
    who: str = Field(primary_key=True)
    whom: str = Field(primary_key=True)


class ProfileRow(SQLModel, table=True):
    """An account of the cast, and those that have changed a setting."""

    __tablename__ = "twitter_profile"

    room: str = Field(primary_key=True)
    handle: str = Field(primary_key=True)
    private: bool = False


class SearchRow(SQLModel, table=True):
    """What somebody searched for, for the box that shows it."""

    __tablename__ = "twitter_search"

    room: str = Field(primary_key=True)
    term: str = Field(primary_key=True)
    by: str
    at: float


class NewsRow(OutboxRow, table=True):
    """What the index has to be told."""

    __tablename__ = "twitter_news"


TWEET: sa.Table = TweetRow.__table__  # type: ignore[attr-defined]
LIKE: sa.Table = LikeRow.__table__  # type: ignore[attr-defined]
LIKE_COUNT: sa.Table = LikeCountRow.__table__  # type: ignore[attr-defined]
FOLLOW: sa.Table = FollowRow.__table__  # type: ignore[attr-defined]
BLOCK: sa.Table = BlockRow.__table__  # type: ignore[attr-defined]
PROFILE: sa.Table = ProfileRow.__table__  # type: ignore[attr-defined]
SEARCH: sa.Table = SearchRow.__table__  # type: ignore[attr-defined]
NEWS: sa.Table = NewsRow.__table__  # type: ignore[attr-defined]
