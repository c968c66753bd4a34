"""The rows: tweets that were posted in this room, and the news of them for whoever indexes."""

from __future__ import annotations

from sqlmodel import Field, SQLModel

from sdlab.parts.outbox import OutboxRow


class TweetRow(SQLModel, table=True):
    """A tweet that was posted here; those of the archive are no rows."""

    __tablename__ = "tweet_search_tweet"

    room: str = Field(primary_key=True)
    id: int = Field(primary_key=True)
    author: str
    text: str
    language: str
    at: float


class NewsRow(OutboxRow, table=True):
    """That a tweet was posted; its body is the id."""

    __tablename__ = "tweet_search_news"


TWEET = TweetRow.__table__  # type: ignore[attr-defined]
NEWS = NewsRow.__table__  # type: ignore[attr-defined]
