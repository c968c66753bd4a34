"""The tables of the feed: posts, and follows that differ from those the graph began with."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class PostRow(SQLModel, table=True):
    """A post. `id` grows with every post of a room, `at` is whole Unix seconds, `author` a member's number.

    `pushed` says how it travels: true into each follower's feed, false by being read from its author's list.
    `placed` is false while that is still to be finished. `once` is the caller's idempotency key.
    """

    __tablename__ = "facebook_feed_post"

    room: str = Field(primary_key=True)
    id: int = Field(primary_key=True)
    author: int = Field(index=True)
    at: int
    text: str
    pushed: bool
    placed: bool = False
    deleted: bool = False
    once: str | None = Field(default=None, index=True)


class FollowRow(SQLModel, table=True):
    """A follow that was made or undone by hand; `at` is Unix seconds."""

    __tablename__ = "facebook_feed_follow"

    room: str = Field(primary_key=True)
    follower: int = Field(primary_key=True)
    followee: int = Field(primary_key=True)
    follows: bool
    at: float
